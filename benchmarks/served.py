"""The servers that are measured, each a process of its own: ``python -m benchmarks.served NAME`` prints its port, and
for ours a token.

``ours`` is the MCP endpoint behind the real token check, ``bare`` a handler of the same framework that answers as many
bytes without looking at anything, ``sdk`` the official Python SDK under uvicorn, without a token check.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from benchmarks.bearer import CATALOG, RESOURCE, issue
from mcpserver import Context, MCPServer
from mcpserver.oauth.resource.local_verifier import OwnTokens
from mcpserver.oauth.resource.server import ResourceServer
from mcpserver.sources import Sources
from mcpserver.store import open_store
from mcpserver.transports.streamable_http import StreamableHTTP

TOOLS = 100
EVENTS = 10


async def greet(name: str) -> str:
    """Greet somebody."""
    return f"Hello, {name}"


async def ours() -> None:
    server = MCPServer("benchmark")
    server.tool(scope="notes:read")(greet)

    @server.tool(scope="notes:read")
    async def stream(context: Context) -> str:
        """Say how far it is."""
        for number in range(EVENTS):
            await context.progress(number + 1, total=EVENTS)
        return "done"

    for number in range(TOOLS - 2):
        server.tool(name=f"tool_{number}")(greet)
    sources, store = Sources(), await open_store("sqlite://")
    tokens, token = await issue(store, sources)
    gate = ResourceServer(
        OwnTokens(tokens, store, sources.monotonic), scopes=CATALOG, resource_metadata_url=RESOURCE, sources=sources
    )
    app = web.Application()
    app.router.add_route("*", "/mcp", StreamableHTTP(server, gate).handle)
    await _serve(app, token)


async def bare() -> None:
    """Answers of the sizes that ours have."""
    call, listing, event = b"{}".ljust(240), b"{}".ljust(21_000), b"data: " + b"{}".ljust(130) + b"\n\n"

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        if request.headers["Mcp-Method"] == "tools/list":
            return web.Response(body=listing, content_type="application/json")
        if request.headers.get("Mcp-Name") == "greet":
            return web.Response(body=call, content_type="application/json")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        with suppress(ConnectionResetError):  # the measuring ends in the middle of an answer
            await response.prepare(request)
            await response.write(event)
            if request.headers["Mcp-Method"] == "subscriptions/listen":
                await asyncio.Event().wait()
            for _ in range(EVENTS):
                await response.write(event)
        return response

    app = web.Application()
    app.router.add_post("/mcp", answer)
    await _serve(app, "")


async def _serve(app: web.Application, token: str) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], token, flush=True)
    await asyncio.Event().wait()


async def sdk() -> None:
    import uvicorn  # noqa: PLC0415 - only here
    from mcp.server import MCPServer as Official  # noqa: PLC0415
    from mcp.server.mcpserver import Context as OfficialContext  # noqa: PLC0415

    server: Any = Official("benchmark")
    server.tool()(greet)

    async def stream(ctx: OfficialContext) -> str:
        """Say how far it is."""
        for number in range(EVENTS):
            await ctx.report_progress(number + 1, EVENTS)
        return "done"

    stream.__annotations__["ctx"] = OfficialContext
    server.tool()(stream)
    for number in range(TOOLS - 2):
        server.tool(name=f"tool_{number}")(greet)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(server.streamable_http_app(stateless_http=True), log_level="error", access_log=False)
        await uvicorn.Server(config).serve(sockets=[listener])


SERVERS: dict[str, Callable[[], Awaitable[None]]] = {"bare": bare, "ours": ours, "sdk": sdk}

if __name__ == "__main__":
    asyncio.run(SERVERS[sys.argv[1]]())  # type: ignore[arg-type]
