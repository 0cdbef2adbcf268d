"""JSON-RPC messages and the terms of MCP: errors, content, request state, trace context, revisions.

``jsonrpc`` parses and writes messages, ``versions`` names the revisions, ``errors`` has one class an error code,
``content`` the blocks of results, ``request_state`` seals what a client carries between rounds, ``budget`` counts
what each caller holds in memory.

It may import ``mcp.types`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to
that.
"""
