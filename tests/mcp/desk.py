"""A server to ask by value: requests in, results out, what was notified beside them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import define, field

from mcpserver import MCPServer, User
from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.legacy.handshake import Handshake, RequestCallbacks, Session, session_of, unasked
from mcpserver.mcp.protocol.jsonrpc import Params, Request

ADA = User("ada", "ada", "Ada", "ada@example.com", frozenset({"notes:read"}), "client", "grant")
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


@define
class Desk:
    """Asks ``server`` as ``user``; ``heard`` keeps the notifications in order."""

    server: MCPServer
    user: User | None = ADA
    heard: list[tuple[str, Params]] = field(factory=list)
    peer: Dispatcher = field(init=False)
    _news: asyncio.Event = field(factory=asyncio.Event, init=False)

    @peer.default
    def _sit_down(self) -> Dispatcher:
        return Dispatcher(self.server)

    async def ask(self, method: str, /, *, meta: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """The result of a request of 2026-07-28."""
        message = Request(1, method, {"_meta": {**META, **(meta or {})}, **params})
        return wire(await self.peer.handle(self.peer.read(message, self.user, self.peer.named(message)), self._notify))

    async def ask_earlier(self, method: str, /, *, version: str = "2025-11-25", **params: Any) -> dict[str, Any]:
        """The result of a request of an earlier revision."""
        handshake, session = Handshake(self.peer), Session(revision=version)
        if method == "initialize":
            return wire(handshake.initialize(session_of(Request(1, method, params), self.user)))
        return wire(
            await handshake.handle(
                Request(1, method, params), self.user, session, RequestCallbacks(self._notify, self._cannot_ask)
            )
        )

    async def call(self, tool: str, *, meta: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
        return await self.ask("tools/call", meta=meta, name=tool, arguments=arguments)

    async def error(self, tool: str, **arguments: Any) -> str:
        """The sentence of a call that fails."""
        result = await self.call(tool, **arguments)
        assert result["isError"] is True
        return str(result["content"][0]["text"])

    async def _cannot_ask(self, method: str, params: Params) -> Params:
        raise unasked(method)

    async def until(self, count: int) -> list[tuple[str, Params]]:
        """What was heard, once it is that much."""
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return self.heard

    async def _notify(self, method: str, params: Params) -> None:
        self.heard.append((method, params))
        self._news.set()


def wire(result: Mapping[str, Any]) -> dict[str, Any]:
    """As it arrives."""
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(result))
    return decoded


def text_of(result: dict[str, Any]) -> str:
    """The one text of a result."""
    (content,) = result["content"]
    assert content["type"] == "text"
    return str(content["text"])
