"""What a tool call costs over what the web framework costs by itself.

    python -m benchmarks.mcp_call [--seconds 2] [--connections 16]

A service on loopback answers the same request, a tools/call of revision 2026-07-28 with a known token, at two addresses: ``/mcp``, and ``/bare``,
whose handler reads the body and answers as many bytes without looking at anything. Prints requests per second of both, in turns, and
their ratio: 1.00 would be a protocol that costs nothing. The client is a few lines over sockets in the same process, whose small cost is in both figures.
"""

import argparse
import asyncio
from statistics import median
from time import perf_counter

import msgspec
from aiohttp import web

from benchmarks.bearer import RESOURCE, issue
from mcpserver import MCPServer, User
from mcpserver.mcp.revisions.modern import CLIENT_CAPABILITIES, PROTOCOL_VERSION, VERSION
from mcpserver.notes.scopes import SCOPES
from mcpserver.oauth.resource_server import ResourceServer
from mcpserver.sources import Sources
from mcpserver.store import open_store
from mcpserver.transports.streamable_http import StreamableHTTP

ROUNDS = 5


def build_server() -> MCPServer:
    server = MCPServer("benchmark")

    @server.tool(scope="notes:read")
    async def greet(name: str, user: User) -> str:
        """Greet somebody in the caller's name."""
        return f"{user.name} greets {name}"

    return server


def request(path: str, token: str) -> bytes:
    params = {"name": "greet", "arguments": {"name": "Bob"}, "_meta": {PROTOCOL_VERSION: VERSION, CLIENT_CAPABILITIES: {}}}
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: application/json, text/event-stream",
        "Content-Type: application/json",
        f"Authorization: Bearer {token}",
        f"MCP-Protocol-Version: {VERSION}",
        "Mcp-Method: tools/call",
        "Mcp-Name: greet",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Visitor(asyncio.Protocol):
    """One connection that asks again as soon as it is answered; every answer to the same request is as long as the first."""

    transport: asyncio.Transport

    def __init__(self, asked: bytes) -> None:
        self._asked = asked
        self._due = 0
        self._length = 0
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._asked)

    def data_received(self, data: bytes) -> None:
        if not self._length:
            if not data.startswith(b"HTTP/1.1 200") or b'"isError":true' in data:
                raise RuntimeError(data.decode())
            self._length = self._due = len(data)
        self._due -= len(data)
        if self._due == 0:
            self._due = self._length
            self.answers += 1
            self.transport.write(self._asked)


async def rate(port: int, asked: bytes, *, seconds: float, connections: int) -> float:
    """Requests per second."""
    loop = asyncio.get_running_loop()
    visitors = [(await loop.create_connection(lambda: Visitor(asked), "127.0.0.1", port))[1] for _ in range(connections)]
    start = perf_counter()
    await asyncio.sleep(seconds)
    total, elapsed = sum(visitor.answers for visitor in visitors), perf_counter() - start
    for visitor in visitors:
        visitor.transport.abort()
    return total / elapsed


async def main(seconds: float, connections: int) -> None:
    sources, store = Sources(), await open_store("sqlite://")
    tokens, token = await issue(store, sources)
    gate = ResourceServer(tokens, store, scopes=SCOPES, resource_metadata_url=RESOURCE, sources=sources)
    answer = b'{"jsonrpc":"2.0","id":1,"result":{}}'.ljust(230)

    async def bare(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=answer, content_type="application/json")

    application = web.Application()
    application.add_routes([web.post("/bare", bare), web.post("/mcp", StreamableHTTP(build_server(), gate).handle)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    measured: dict[str, list[float]] = {"/bare": [], "/mcp": []}
    for _ in range(ROUNDS):
        for path, rates in measured.items():
            rates.append(await rate(port, request(path, token), seconds=seconds / ROUNDS, connections=connections))
    await runner.cleanup()
    await store.close()
    framework, protocol = (median(rates) for rates in measured.values())
    print(f"bare handler {framework:>8,.0f} a second\ntools/call   {protocol:>8,.0f} a second, {protocol / framework:.2f} of it")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to measure each")
    parser.add_argument("--connections", type=int, default=16, help="how many ask at once")
    asyncio.run(main(**vars(parser.parse_args())))
