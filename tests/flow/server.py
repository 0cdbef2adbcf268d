"""An MCP server without sign-in, on a port of its own, for the time of a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from mcpserver import MCPServer
from mcpserver.transports.streamable_http import StreamableHTTP
from tests.ports import free_port


@asynccontextmanager
async def serving(server: MCPServer) -> AsyncIterator[str]:
    """The address of its MCP endpoint."""
    port = free_port()
    app = web.Application()
    endpoint = StreamableHTTP(
        server, None, public_url=f"http://127.0.0.1:{port}", allowed_origins=(), max_body_size=1024 * 1024
    )
    app.router.add_route("*", "/mcp", endpoint.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)  # Whoever watches keeps a line open.
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        await runner.cleanup()
