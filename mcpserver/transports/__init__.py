"""MCP transports: Streamable HTTP, HTTP with SSE, and stdio.

``streamable_http`` is the endpoint: ``admission`` authenticates the caller with an ``authenticator``, ``http`` reads
the message, and ``modern`` answers it through ``mcp.dispatch``, or ``legacy`` for a client of an earlier revision.
``stdio`` serves one client on one channel.

It may import ``mcp``, ``mcp.dispatch``, ``mcp.features``, ``mcp.legacy``, ``mcp.protocol``, ``mcp.tasks``,
``oauth.keys``, ``oauth.protocol``, ``processes``, ``transports.http``, ``transports.legacy`` and the value modules at
the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .streamable_http import StreamableHTTP

__all__ = ["StreamableHTTP"]
