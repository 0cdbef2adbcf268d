"""The transports: the current revision, sessions of older ones, and HTTP with SSE.

``modern`` is revision 2026-07-28, ``legacy`` Streamable HTTP with sessions, ``http_sse`` the transport of
2024-11-05. All satisfy ``session``, so that the conversation need not know which one it has.

It may import ``fetcher``, ``mcp.messaging``, ``mcp.protocol``, ``trace`` and the value modules at the top of
``webclient``. ``tests/test_arrows.py`` holds it to that.
"""
