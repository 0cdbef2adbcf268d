"""What every HTTP request to the MCP endpoint passes: origin, headers, body, and the response or event stream.

``origins`` and ``headers`` refuse first, ``body`` reads the message, ``response`` answers as JSON or as a stream
that ``heartbeat`` keeps open. ``connections`` are the open ones by grant, so that a revoked grant ends them.

It may import ``mcp.features``, ``mcp.protocol``, ``mcp.types`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""
