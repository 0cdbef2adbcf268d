"""Both programs at ports of their own with short patience, and connections to them byte by byte."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

from aiohttp import web
from attrs import define, evolve, field

from mcpbase.serving.limits import Limits
from mcpserver import MCPServer
from mcpserver.cli.process.serving import answering
from mcpserver.compose.app import create_open_app
from mcpserver.settings import Settings
from webclient.app import create_app as create_client_app
from webclient.http.listening import answering as client_answering
from webclient.pages.http.place import PLACE
from webclient.settings import Settings as ClientSettings

from ..sample import create_app

DEADLINE = 20
"""Seconds in which everything here has to end on the slowest machine."""
SHORT = Limits(head=0.5, idle=0.5, stall=0.5)
LISTEN = (
    b'{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},'
    b'"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}'
)


@define
class Wire:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def leave(self) -> None:
        self.writer.transport.abort()

    async def answer(self) -> bytes:
        """The head of the next answer, and what came with it."""
        async with asyncio.timeout(DEADLINE):
            return await self.reader.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        """All that comes until the other side ends the connection."""
        async with asyncio.timeout(DEADLINE):
            with suppress(ConnectionResetError):
                return await self.reader.read()
        return b""

    async def drip(self, data: bytes) -> bytes:
        """Send byte after byte for as long as the other side takes them; then all that it said."""
        answer = asyncio.ensure_future(self.rest())
        while not answer.done():
            for number in data:
                self.send(bytes([number]))
                await asyncio.wait({answer}, timeout=0.05)
                if answer.done():
                    break
        return answer.result()


@define
class Target:
    """A program that answers at a port."""

    name: str
    port: int
    app: web.Application
    _stack: AsyncExitStack = field(repr=False)

    @property
    def base(self) -> str:
        """What the addresses of the web client's pages begin with."""
        return self.app[PLACE].base if PLACE in self.app else ""

    async def connect(self, *, source: str = "127.0.0.1") -> Wire:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
        wire = Wire(reader, writer)
        self._stack.callback(wire.leave)
        return wire

    async def silent(self, number: int, *, source: str = "127.0.0.1") -> list[Wire]:
        return [await self.connect(source=source) for _ in range(number)]

    def head(self, line: str, *fields: str) -> bytes:
        return "\r\n".join([f"{line} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *fields, "", ""]).encode()

    async def ask(self, line: str, *fields: str, body: bytes = b"", source: str = "127.0.0.1") -> bytes:
        """Over a connection of its own, to the end."""
        wire = await self.connect(source=source)
        wire.send(self.head(line, "Connection: close", *fields) + body)
        return await wire.rest()

    async def stream(self, *, source: str = "127.0.0.1") -> Wire:
        """A subscription (MCP 2026-07-28), which has begun and never ends; for servers without sign-in."""
        fields = [
            "Content-Type: application/json",
            "Accept: application/json, text/event-stream",
            "MCP-Protocol-Version: 2026-07-28",
        ]
        wire = await self.connect(source=source)
        wire.send(
            self.head("POST /mcp", *fields, "Mcp-Method: subscriptions/listen", f"Content-Length: {len(LISTEN)}")
            + LISTEN
        )
        assert (await wire.answer()).startswith(b"HTTP/1.1 200")
        async with asyncio.timeout(DEADLINE):
            await wire.reader.readuntil(b"acknowledged")
        return wire


@contextmanager
def _listener() -> Iterator[tuple[socket.socket, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener, listener.getsockname()[1]


@asynccontextmanager
async def service(limits: Limits = SHORT, **settings: object) -> AsyncIterator[Target]:
    """The whole service; bodies have a second, unless ``settings`` say otherwise."""
    async with AsyncExitStack() as stack:
        listener, port = stack.enter_context(_listener())
        chosen = evolve(Settings(port=port, database="sqlite://", legacy_sse=True, body_timeout=1), **settings)  # type: ignore[arg-type]
        app = await create_app(chosen)
        await stack.enter_async_context(answering(app, listener, chosen, limits))
        yield Target("service", port, app, stack)


@asynccontextmanager
async def open_server(limits: Limits = SHORT) -> AsyncIterator[Target]:
    """An MCP server without sign-in."""
    async with AsyncExitStack() as stack:
        listener, port = stack.enter_context(_listener())
        settings = Settings(port=port, body_timeout=1)
        app = create_open_app(settings, MCPServer("open"))
        await stack.enter_async_context(answering(app, listener, settings, limits))
        yield Target("open", port, app, stack)


@asynccontextmanager
async def webclient(limits: Limits = SHORT) -> AsyncIterator[Target]:
    """The web client's pages."""
    async with AsyncExitStack() as stack:
        listener, port = stack.enter_context(_listener())
        app = create_client_app(ClientSettings(port=port, database="sqlite://", body_timeout=1))
        await stack.enter_async_context(client_answering(app, listener, limits))
        yield Target("webclient", port, app, stack)


PROGRAMS = {"service": service, "webclient": webclient, "open": open_server}
