"""A server that does what a test tells it to: a real port, real HTTP, and not one rule of the protocol kept by
itself.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field

from webclient.wire import Tool

Message = dict[str, Any]
Script = Callable[["Turn"], Awaitable[web.StreamResponse]]
MODERN_INFO = {"io.modelcontextprotocol/serverInfo": {"name": "scripted", "version": "1"}}
DISCOVERED = {
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
    "_meta": MODERN_INFO,
    "instructions": "Be kind.",
}
TOOL: Tool = {"name": "work", "inputSchema": {"type": "object"}}


def event(message: Any, *, id_: str | None = None, retry: int | None = None) -> bytes:
    """One server-sent event."""
    lines = [f"id: {id_}\n" if id_ is not None else "", f"retry: {retry}\n" if retry is not None else ""]
    return ("".join(lines) + f"data: {message if isinstance(message, str) else json.dumps(message)}\n\n").encode()


def note(method: str, params: Message | None = None) -> Message:
    return {"jsonrpc": "2.0", "method": method, "params": params or {}}


@define
class Turn:
    """One request, and the ways to answer it."""

    request: web.Request
    message: Message

    @property
    def method(self) -> str:
        """The JSON-RPC method, or the HTTP method of a request without a body."""
        return str(self.message.get("method", "response" if self.message else self.request.method))

    @property
    def params(self) -> Message:
        params: Message = self.message.get("params", {})
        return params

    def response(self, result: Any) -> Message:
        return {"jsonrpc": "2.0", "id": self.message.get("id"), "result": result}

    @property
    def server(self) -> "Scripted":
        return self.request.app[SCRIPTED]

    def result(self, result: Any, **headers: str) -> web.Response:
        return web.json_response(
            self.response(result), headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def error(self, code: int, status: int = 400, data: Any = None, message: str = "no") -> web.Response:
        return web.json_response(
            {"jsonrpc": "2.0", "id": self.message.get("id"), "error": {"code": code, "message": message, "data": data}},
            status=status,
        )

    async def stream(self, *chunks: bytes, headers: Mapping[str, str] | None = None) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", **(headers or {})})
        await answer.prepare(self.request)
        for chunk in chunks:
            await answer.write(chunk)
        return answer


SCRIPTED: web.AppKey["Scripted"] = web.AppKey("SCRIPTED")


@define
class Scripted:
    """``script`` answers what the test is about; modern() and legacy() answer the rest."""

    script: Script
    turns: list[Turn] = field(factory=list)
    gone: asyncio.Event = field(factory=asyncio.Event)
    """Set when a client left before its answer was there."""
    news: asyncio.Event = field(factory=asyncio.Event)
    """Set when a request arrived."""
    _server: TestServer | None = None

    @property
    def origin(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def url(self) -> str:
        return self.origin + "/mcp"

    def methods(self) -> list[str]:
        return [turn.method for turn in self.turns]

    def only(self, method: str) -> list[Turn]:
        return [turn for turn in self.turns if turn.method == method]

    async def start(self) -> "Scripted":
        app = web.Application()
        app[SCRIPTED] = self
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app, host="127.0.0.1")
        await self._server.start_server()
        return self

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        turn = Turn(request, json.loads(body) if body else {})
        self.turns.append(turn)
        self.news.set()
        try:
            return await self.script(turn)
        except (asyncio.CancelledError, ConnectionError):
            self.gone.set()
            raise


def modern(script: Script) -> Script:
    """A server of 2026-07-28 with one tool; ``script`` answers everything but its introduction and its list."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return turn.result(DISCOVERED)
        if turn.method == "tools/list":
            return turn.result({"tools": [TOOL]})
        return await script(turn)

    return answer


def legacy(script: Script, version: str = "2025-11-25", session: str = "s-1") -> Script:
    """A server of before, with sessions; it keeps no line open unless ``script`` answers GET."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return web.Response(status=400, text="Bad Request: no session")
        if turn.method == "initialize":
            info = {"protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "old", "version": "1"}}
            return turn.result(info, **({"Mcp_Session_Id": session} if session else {}))
        if turn.method.startswith("notifications/") or turn.method == "response":
            return web.Response(status=202)
        if turn.method == "DELETE":
            return web.Response(status=204)
        if turn.method == "tools/list":
            return turn.result({"tools": [TOOL]})
        return await script(turn)

    return answer


async def no_line(turn: Turn) -> web.StreamResponse:
    """For servers without a line of their own."""
    return web.Response(status=405)
