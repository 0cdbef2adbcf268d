"""A client of the revisions before 2026-07-28 that speaks HTTP by hand, so that it can do what no client should."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from attrs import define, evolve, field

from mcpserver import Context, MCPServer, Message
from mcpserver.mcp.protocol.errors import MissingCapability
from mcpserver.transports.streamable_http import StreamableHTTP

from .endpoint import Porter

Client = TestClient[web.Request, web.Application]
EVERYTHING: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {}}
REVISIONS = ("2025-11-25", "2025-06-18", "2025-03-26")


@define
class Stage:
    """A server, and what its tools wait for or tell."""

    server: MCPServer = field(factory=lambda: MCPServer("stage", version="1"))
    begun: asyncio.Event = field(factory=asyncio.Event)
    go_on: asyncio.Event = field(factory=asyncio.Event)
    cancelled: asyncio.Event = field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        @self.server.tool()
        async def echo(text: str) -> str:
            return text

        @self.server.tool()
        async def wait(context: Context) -> str:
            self.begun.set()
            try:
                await self.go_on.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
            return "waited"

        @self.server.tool()
        async def steps(context: Context) -> str:
            for step in (1, 2, 3):
                await context.progress(step, total=3)
            return "walked"

        @self.server.tool()
        async def agree(context: Context) -> str:
            return "yes" if await context.ask_yes_no("Agreed?") else "no"

        @self.server.tool()
        async def visit_page(context: Context) -> str:
            await context.elicit_url("https://example.com/", "Go there.")
            return "gone"

        @self.server.tool()
        async def think(context: Context) -> str:
            return (await context.sample([Message("user", "Think.")])).text

        @self.server.tool()
        async def refuse(context: Context) -> str:
            raise MissingCapability("roots")

        @self.server.tool(scope="write")
        async def change() -> str:
            return "changed"

        @self.server.resource("memo://one")
        async def memo() -> str:
            return "memo"


@define
class Visitor:
    client: Client
    revision: str = "2025-11-25"
    who: str = "ada"
    session: str = ""
    path: str = "/mcp"

    def headers(self, **more: str) -> dict[str, str]:
        named = {"Mcp-Session-Id": self.session, "MCP-Protocol-Version": self.revision if self.session else ""}
        sent = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {self.who}", **named}
        sent |= {name.replace("_", "-"): value for name, value in more.items()}
        return {name: value for name, value in sent.items() if value}

    @asynccontextmanager
    async def send(self, message: object, **headers: str) -> AsyncIterator[ClientResponse]:
        data = message if isinstance(message, bytes) else msgspec.json.encode(message)
        async with self.client.post(
            self.path, data=data, headers={"Content-Type": "application/json", **self.headers(**headers)}
        ) as answer:
            yield answer

    @asynccontextmanager
    async def listen(self, **headers: str) -> AsyncIterator[ClientResponse]:
        async with self.client.get(self.path, headers=self.headers(Accept="text/event-stream", **headers)) as answer:
            yield answer

    async def post(self, message: object, **headers: str) -> tuple[int, Any]:
        """The status, and the body as a value: a list of messages when it is a stream."""
        async with self.send(message, **headers) as answer:
            if answer.content_type == "text/event-stream":
                return answer.status, [each async for _, each in events(answer)]
            body = await answer.read()
            return answer.status, msgspec.json.decode(body) if body else None

    async def initialize(self, **capabilities: Any) -> "Visitor":
        params = {
            "protocolVersion": self.revision,
            "capabilities": capabilities,
            "clientInfo": {"name": "visitor", "version": "1"},
        }
        async with self.send(request("init", "initialize", **params)) as answer:
            assert answer.status == 200, await answer.text()
            assert (await answer.json())["result"]["protocolVersion"] == self.revision
            self.session = answer.headers["Mcp-Session-Id"]
        assert await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}) == (202, None)
        return self

    async def call(self, number: int | str, tool: str, **arguments: Any) -> tuple[int, Any]:
        return await self.post(call(number, tool, **arguments))

    async def delete(self) -> int:
        async with self.client.delete(self.path, headers=self.headers()) as answer:
            return answer.status


def request(number: int | str, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def call(number: int | str, tool: str, **arguments: Any) -> dict[str, Any]:
    return request(number, "tools/call", name=tool, arguments=arguments, _meta={"progressToken": number})


def cancelled(number: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}}


async def events(answer: ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Id and message of every event that has a message."""
    name, data = "", ""
    async for raw in answer.content:
        line = raw.decode().rstrip("\n")
        if line.startswith("id: "):
            name = line[4:]
        elif line.startswith("data: "):
            data = line[6:]
        elif not line and data:
            yield name, msgspec.json.decode(data)
            data = ""


class Everybody(Porter):
    """Ada and Bob."""

    async def authenticate(self, authorization: Any, query: Any, proof: Any) -> Any:
        ada = await super().authenticate(["Bearer ada"], query, proof)
        return (
            evolve(ada, id="bob")
            if list(authorization) == ["Bearer bob"]
            else await super().authenticate(authorization, query, proof)
        )


def application(stage: Stage, **options: Any) -> web.Application:
    app = web.Application()
    endpoint = StreamableHTTP(stage.server, **({"gate": Everybody()} | options))
    app.router.add_route("*", "/mcp", endpoint.handle)
    endpoint.setup(app)
    return app
