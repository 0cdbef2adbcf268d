"""The terms of MCP as a client needs them: messages, results, schemas, event streams, tools.

``messages`` builds and reads JSON-RPC, ``results`` are errors and what is no proper answer, ``sse`` parses event
streams, ``schemas`` checks arguments and results, ``tools`` and ``listing`` read lists. ``host`` and ``authorizer``
are the protocols that an embedding program satisfies.

It may import ``http``, ``trace`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it
to that.
"""
