"""One message sent and answered: the HTTP exchange, and what a server sends or asks meanwhile.

``endpoint`` sends a request with its authorization, ``exchange`` waits for the answer in JSON or a stream,
``inbox`` and ``dispatch`` take what comes beside it, ``questions`` answers elicitation, sampling and roots.
``listening`` and ``shared_stream`` keep a stream open.

It may import ``fetcher``, ``http``, ``mcp.protocol``, ``trace``, ``trace.recording`` and the value modules at the top
of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""
