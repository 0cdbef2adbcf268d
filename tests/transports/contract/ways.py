"""The ways a client can come: a new transport is one line of the table."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import frozen

from mcpserver import MCPServer
from mcpserver.testing import EVERYTHING, Client
from mcpserver.testing.wire import Message, Wire, events
from mcpserver.transports.http.timing import Timing
from mcpserver.transports.streamable_http import StreamableHTTP

from ..channel import connected
from .wires import ChannelClient, channel

Open = Callable[[MCPServer], AbstractAsyncContextManager[Wire]]


@frozen
class Way:
    """``leaving`` says whether a client that leaves has cancelled; on the streams of earlier sessions it may come
    back (2025-11-25, transports).
    """

    transport: str
    revision: str
    wire: Open
    client: type[Client] = Client
    leaving: bool = True

    @property
    def has_forms(self) -> bool:
        """Elicitation came with 2025-06-18 (its changelog)."""
        return self.revision >= "2025-06-18"

    @property
    def absent(self) -> int:
        """The code for a resource that is not there (2026-07-28, changelog; before it, 2025-11-25, resources: error
        handling).
        """
        return -32602 if self.revision >= "2026-07-28" else -32002

    @property
    def capabilities(self) -> dict[str, Any]:
        """All that a client of the revision can declare."""
        return dict(EVERYTHING) if self.has_forms else {"sampling": {}, "roots": {}}

    def __str__(self) -> str:
        return f"{self.transport} {self.revision}"

    @asynccontextmanager
    async def open(self, server: MCPServer) -> AsyncIterator[Client]:
        async with self.wire(server) as wire:
            client = await self.client(wire, self.revision, capabilities=self.capabilities).open()
            yield client
            await client.close()


@asynccontextmanager
async def over_http(server: MCPServer) -> AsyncIterator[Wire]:
    async with _served(server) as (session, address):
        yield Wire(session, f"{address}/mcp", {})


@asynccontextmanager
async def over_stdio(server: MCPServer) -> AsyncIterator[Wire]:
    async with connected(server) as other:

        async def lines() -> AsyncIterator[Message]:
            async for line in other.reader:
                yield json.loads(line)

        async with channel(other.put, lines()) as wire:
            yield wire


@asynccontextmanager
async def over_sse(server: MCPServer) -> AsyncIterator[Wire]:
    async with _served(server) as (session, address), session.get(f"{address}/sse") as stream:
        assert await stream.content.readline() == b"event: endpoint\n"
        path = (await stream.content.readline()).decode().removeprefix("data: ").strip()
        await stream.content.readline()

        async def send(message: Message) -> None:
            async with session.post(address + path, json=message) as answer:
                assert answer.status == 202, await answer.text()

        async with channel(send, events(stream)) as wire:
            yield wire


@asynccontextmanager
async def _served(server: MCPServer) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """One endpoint for every revision, on a real port."""
    app, endpoint = web.Application(), StreamableHTTP(server, None, timing=Timing(look=0.05))
    app.router.add_route("*", "/mcp", endpoint.handle)
    app.add_routes([web.get("/sse", endpoint.open_sse), web.post("/messages", endpoint.post_sse)])
    endpoint.setup(app)
    async with TestServer(app) as served, aiohttp.ClientSession() as session:
        yield session, str(served.make_url("")).rstrip("/")


WAYS = (
    Way("HTTP", "2026-07-28", over_http),
    Way("HTTP", "2025-11-25", over_http, leaving=False),
    Way("HTTP", "2025-06-18", over_http, leaving=False),
    Way("HTTP", "2025-03-26", over_http, leaving=False),
    Way("HTTP+SSE", "2024-11-05", over_sse, ChannelClient),
    Way("stdio", "2026-07-28", over_stdio, ChannelClient),
    Way("stdio", "2025-11-25", over_stdio, ChannelClient),
)
WITH_FORMS = tuple(way for way in WAYS if way.has_forms)
WITHOUT_FORMS = tuple(way for way in WAYS if not way.has_forms)
