"""A small server behind its HTTP endpoint, and somebody who posts to it. Whom the gate lets in is an argument."""

import asyncio
from collections.abc import Collection, Sequence
from io import BytesIO
from typing import Annotated, Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient
from attrs import define, field
from msgspec import Meta
from pytest_aiohttp import AiohttpClient

from mcpserver import Context, MCPServer, User
from mcpserver.oauth.keys.dpop import Presented
from mcpserver.oauth.protocol.errors import BearerError
from mcpserver.transports.streamable_http import StreamableHTTP

VERSION = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
PUBLIC_URL = "https://server.example"
ACCEPT = {"Accept": "application/json, text/event-stream"}

Client = TestClient[web.Request, web.Application]


class Porter:
    """A gate that knows people by name: ``Bearer ada`` is Ada, who may read."""

    async def authenticate(self, authorization: Sequence[str], query: Collection[str], proof: Presented) -> User:
        if "access_token" in query:
            raise refusal(400, "invalid_request", "Bearer error")
        if list(authorization) != ["Bearer ada"]:
            raise refusal(401, None, 'Bearer resource_metadata="https://server.example/meta"')
        return User("ada", "ada", "Ada", None, frozenset({"read"}), "client", "grant")

    def require_scope(self, user: User, scope: str) -> None:
        if not user.has_scope(scope):
            raise refusal(403, "insufficient_scope", f'Bearer error="insufficient_scope", scope="read {scope}"')


def refusal(status: int, code: str | None, header: str) -> BearerError:
    return BearerError(status=status, code=code, description="No.", www_authenticate=header)


@define
class Bell:
    """Tells the test what happens inside of a tool."""

    begun: asyncio.Event = field(factory=asyncio.Event)
    ended: asyncio.Event = field(factory=asyncio.Event)
    go_on: asyncio.Event = field(factory=asyncio.Event)
    how: str = ""
    task: asyncio.Task[None] | None = None


def build_server(bell: Bell) -> MCPServer:
    """One tool for each thing that a transport must get right."""
    server = MCPServer("small", version="1")

    @server.tool()
    async def echo(text: str) -> str:
        return text

    @server.prompt(name="größe")
    async def ask_size() -> str:
        return "How large?"

    @server.tool()
    async def size(region: Annotated[str, Meta(extra_json_schema={"x-mcp-header": "Region"})] = "") -> str:
        return region

    @server.tool()
    async def mirror(
        word: Annotated[str | None, Meta()] = None,
        number: Annotated[int, Meta(extra_json_schema={"x-mcp-header": "Number"})] = 0,
        sure: Annotated[bool, Meta(extra_json_schema={"x-mcp-header": "Sure"})] = False,
    ) -> str:
        return f"{word} {number} {sure}"

    shelf = {"type": "object", "properties": {"shelf": {"type": "integer", "x-mcp-header": "Shelf"}}}

    @server.tool(input_schema={"type": "object", "properties": {"place": shelf}})
    async def put(arguments: dict[str, Any]) -> str:
        return str(arguments)

    branches = [
        {"properties": {"left": {"$ref": "#"}, "kind": {"const": name}}, "required": ["kind"]}
        for name in ("and", "or", "not", "is")
    ]

    @server.tool(input_schema={"type": "object", "oneOf": branches})
    async def evaluate(arguments: dict[str, Any]) -> str:
        return str(arguments["kind"])

    @server.tool(scope="write")
    async def change(context: Context) -> str:
        await context.progress(1)
        return "changed"

    @server.tool()
    async def work(context: Context) -> str:
        await context.progress(1, total=2)
        await context.log("info", "two\nlines")
        return "done"

    @server.tool()
    async def together(context: Context) -> str:
        await asyncio.gather(*(context.progress(step) for step in range(10)))
        return "done"

    @server.tool()
    async def sample(context: Context) -> str:
        await context.progress(1)
        context.require_capability("sampling")
        return "sampled"

    @server.tool()
    async def strict(context: Context) -> str:
        context.require_capability("sampling")
        return "sampled"

    @server.tool()
    async def linger(context: Context) -> str:
        """Goes on talking after its answer."""

        async def later() -> None:
            await bell.go_on.wait()
            await context.progress(2)
            bell.ended.set()

        bell.task = asyncio.create_task(later())
        return "answered"

    @server.tool()
    async def wait(context: Context, talk: bool = False) -> str:
        bell.begun.set()
        try:
            while talk and not bell.go_on.is_set():
                await context.progress(1)
                await asyncio.sleep(0)
            await bell.go_on.wait()
            bell.how = "finished"
        except asyncio.CancelledError:
            bell.how = "cancelled"
            raise
        finally:
            bell.ended.set()
        return "waited"

    return server


@define
class Endpoint:
    """Posts to a running endpoint as Ada."""

    client: Client
    bell: Bell
    authorization: dict[str, str] = field(factory=lambda: {"Authorization": "Bearer ada"})

    async def post(self, body: object, **headers: str) -> web.Response:
        """Any body at all; header names with underscores for hyphens, an empty value leaves one out."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Content-Type": "application/json", **ACCEPT, **self.authorization, **named}
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await answered(self.client, "POST", data, {name: value for name, value in sent.items() if value})

    async def modern(
        self, method: str, params: dict[str, Any] | None = None, *, meta: dict[str, Any] | None = None, **headers: Any
    ) -> web.Response:
        """A request of 2026-07-28 with the headers that it needs, unless others are given."""
        named = {"Mcp-Name": params["name"]} if params and "name" in params and "Mcp_Name" not in headers else {}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": META | (meta or {}), **(params or {})}}
        return await self.post(
            body,
            **{"MCP-Protocol-Version": VERSION, "Mcp-Method": method}
            | named
            | {k.replace("_", "-"): v for k, v in headers.items()},
        )

    async def earlier(
        self, method: str, params: dict[str, Any] | None = None, *, version: str = "2025-11-25", **headers: str
    ) -> web.Response:
        """A request of an earlier revision."""
        return await self.post(
            {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}},
            **{"MCP-Protocol-Version": version} | headers,
        )

    async def call(
        self, tool: str, arguments: dict[str, Any] | None = None, *, meta: dict[str, Any] | None = None, **headers: Any
    ) -> web.Response:
        return await self.modern("tools/call", {"name": tool, "arguments": arguments or {}}, meta=meta, **headers)


async def answered(
    client: Client, method: str, data: bytes | None, headers: dict[str, str], *, query: str = ""
) -> web.Response:
    """The answer, read whole, as a value."""
    sent = BytesIO(data) if data is not None and len(data) > 1024 * 1024 else data  # as aiohttp wants it
    async with client.request(method, f"/mcp{query}", data=sent, headers=headers) as answer:
        return web.Response(status=answer.status, body=await answer.read(), headers=answer.headers)


def json_of(answer: web.Response) -> Any:
    assert answer.content_type == "application/json", answer.body
    assert isinstance(answer.body, bytes)
    return msgspec.json.decode(answer.body)


def error_of(answer: web.Response) -> tuple[int, int]:
    """HTTP status and JSON-RPC code."""
    return answer.status, json_of(answer)["error"]["code"]


def result_of(answer: web.Response) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    return dict(json_of(answer)["result"])


def text_of(answer: web.Response) -> str:
    """The text of a tool's result."""
    return str(result_of(answer)["content"][0]["text"])


def events_of(answer: web.Response) -> list[dict[str, Any]]:
    """The messages of an SSE stream (WHATWG HTML section 9.2.6)."""
    assert answer.content_type == "text/event-stream"
    assert isinstance(answer.body, bytes)
    blocks = answer.body.decode().split("\n\n")
    assert blocks.pop() == ""
    events = [block.split("\n") for block in blocks]
    assert all(lines[0] == "event: message" and lines[1].startswith("data: ") and len(lines) == 2 for lines in events)
    return [msgspec.json.decode(lines[1].removeprefix("data: ")) for lines in events]


async def breathe(request: web.Request, response: web.StreamResponse) -> None:
    """What an application does before an answer begins may take its time; others run meanwhile."""
    await asyncio.sleep(0)


def build_application(bell: Bell, **options: Any) -> web.Application:
    """``options`` are those of StreamableHTTP."""
    every: dict[str, Any] = {"gate": Porter(), "public_url": PUBLIC_URL, "max_body_size": 65_536} | options
    application = web.Application()
    application.on_response_prepare.append(breathe)
    application.router.add_route("*", "/mcp", StreamableHTTP(build_server(bell), **every).handle)
    return application


async def open_endpoint(aiohttp_client: AiohttpClient, **options: Any) -> Endpoint:
    """A running endpoint on a real port."""
    bell = Bell()
    return Endpoint(await aiohttp_client(build_application(bell, **options)), bell)
