"""HTTP+SSE (2024-11-05, transports): for clients that never heard of anything else, behind a setting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attrs import define, frozen

from mcpserver import Context, MCPServer
from mcpserver.settings import Settings
from mcpserver.transports.http.timing import Timing
from mcpserver.transports.legacy.http_sse import MOST_PENDING, Channel
from mcpserver.transports.streamable_http import StreamableHTTP

from ..holders import ALL_SCOPES, HOST, install
from .endpoint import Porter

Client = TestClient[web.Request, web.Application]
ACCEPTED = 202


@frozen
class Name:
    name: str


def build() -> MCPServer:
    server = MCPServer("old")

    @server.tool
    async def greet(context: Context, name: str = "you") -> str:
        await context.progress(1)
        return f"Hello, {name}"

    @server.tool
    async def ask(context: Context) -> str:
        return (await context.sample("Say hi")).text

    @server.tool
    async def wait(context: Context) -> str:
        await context.info("waiting")
        await asyncio.Event().wait()
        return "never"

    @server.tool
    async def broken() -> list[int]:
        return "secret"  # type: ignore[return-value]

    @server.tool(scope="write")
    async def change() -> str:
        return "changed"

    @server.resource("old://one")
    async def one() -> str:
        return "1"

    return server


@define
class Visitor:
    """A client with its stream open; ``address`` is where it posts."""

    client: Client
    answer: aiohttp.ClientResponse
    address: str = ""
    person: str = "ada"

    async def event(self) -> tuple[str, str]:
        """The next event: its name and its data."""
        name, data = "", ""
        async with asyncio.timeout(10):
            async for line in self.answer.content:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data = value
                elif not line.strip() and name:
                    return name, data
        return "", ""

    async def message(self) -> dict[str, Any]:
        name, data = await self.event()
        assert name == "message"
        decoded: dict[str, Any] = msgspec.json.decode(data)
        return decoded

    async def post(self, message: Any, *, person: str | None = None) -> int:
        headers = {"Authorization": f"Bearer {person or self.person}"}
        async with self.client.post(self.address, json=message, headers=headers) as answer:
            return answer.status

    async def begin(self, version: str = "2024-11-05", **capabilities: Any) -> dict[str, Any]:
        params = {"protocolVersion": version, "capabilities": capabilities, "clientInfo": {"name": "t", "version": "1"}}
        assert await self.post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}) == ACCEPTED
        result: dict[str, Any] = (await self.message())["result"]
        await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return result


@pytest.fixture
async def server() -> MCPServer:
    return build()


@pytest.fixture
async def client(server: MCPServer) -> AsyncIterator[Client]:
    app = web.Application()
    endpoint = StreamableHTTP(server, Porter(), timing=Timing(look=0.2, quiet=0.3))
    app.add_routes([web.get("/sse", endpoint.open_sse), web.post("/messages", endpoint.post_sse)])
    endpoint.setup(app)
    async with TestClient(TestServer(app)) as client:
        yield client


@asynccontextmanager
async def visiting(client: Client) -> AsyncIterator[Visitor]:
    async with client.get("/sse", headers={"Authorization": "Bearer ada"}) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        visitor = Visitor(client, answer)
        name, visitor.address = await visitor.event()
        assert name == "endpoint"
        yield visitor


async def test_client_of_2024_initializes_lists_and_calls(client: Client) -> None:
    async with visiting(client) as visitor:
        assert (await visitor.begin())["protocolVersion"] == "2024-11-05"
        assert await visitor.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}) == ACCEPTED
        assert [tool["name"] for tool in (await visitor.message())["result"]["tools"]] == [
            "greet",
            "ask",
            "wait",
            "broken",
            "change",
        ]
        params = {"name": "greet", "arguments": {"name": "Bob"}, "_meta": {"progressToken": "t"}}
        await visitor.post({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params})
        assert (await visitor.message())["method"] == "notifications/progress"
        assert (await visitor.message())["result"]["content"] == [{"type": "text", "text": "Hello, Bob"}]


async def test_server_that_stops_takes_no_answers(client: Client) -> None:
    async with visiting(client) as visitor:
        await visitor.begin(sampling={})
        await visitor.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask"}})
        assert (await visitor.message())["method"] == "sampling/createMessage"
        async with asyncio.timeout(20):
            await client.server.close()
            assert "about to stop" in str(await visitor.message())


async def test_client_is_asked_on_its_stream(client: Client) -> None:
    """2024-11-05, client: sampling."""
    async with visiting(client) as visitor:
        await visitor.begin(sampling={})
        calling = asyncio.create_task(
            visitor.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask"}})
        )
        question = await visitor.message()
        assert question["method"] == "sampling/createMessage"
        reply = {"role": "assistant", "content": {"type": "text", "text": "hi"}, "model": "m"}
        assert await visitor.post({"jsonrpc": "2.0", "id": question["id"], "result": reply}) == ACCEPTED
        assert (await visitor.message())["result"]["content"][0]["text"] == "hi"
        assert await calling == ACCEPTED


async def test_cancelled_call_says_nothing_more(client: Client) -> None:
    """2024-11-05, utilities: cancellation."""
    async with visiting(client) as visitor:
        await visitor.begin()
        await visitor.post({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "wait"}})
        assert (await visitor.message())["method"] == "notifications/message"
        await visitor.post({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}})
        await visitor.post({"jsonrpc": "2.0", "id": 8, "method": "ping"})
        assert (await visitor.message())["id"] == 8


async def test_missing_scope_is_a_true_403_and_missing_token_a_401(client: Client) -> None:
    """RFC 6750 section 3.1."""
    async with visiting(client) as visitor:
        await visitor.begin()
        assert (
            await visitor.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "change"}}) == 403
        )
        assert await visitor.post({"jsonrpc": "2.0", "id": 2, "method": "ping"}, person="nobody") == 401
    assert (await client.get("/sse")).status == 401


async def test_stream_tells_of_changes_until_the_server_stops(client: Client, server: MCPServer) -> None:
    async with visiting(client) as visitor:
        await visitor.begin()
        await visitor.post({"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": {"uri": "old://one"}})
        await visitor.message()
        server.resource_updated("old://one")
        assert (await visitor.message())["method"] == "notifications/resources/updated"
        server.tool(name="late")(lambda: "x")
        assert (await visitor.message())["method"] == "notifications/tools/list_changed"
        await client.app.shutdown()
        assert await visitor.event() == ("", "")


async def test_session_ends_with_its_stream_and_is_nobody_elses(client: Client) -> None:
    async with visiting(client) as visitor:
        await visitor.begin()
        assert (
            await client.post(
                "/messages?session=invented", json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=ADA
            )
        ).status == 404
        address = visitor.address
    async with asyncio.timeout(10):
        while (
            await client.post(address, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=ADA)
        ).status != 404:
            pass  # the server hears of the end when it writes


ADA = {"Authorization": "Bearer ada"}


async def test_quiet_stream_is_kept_alive(client: Client) -> None:
    async with visiting(client) as visitor, asyncio.timeout(10):
        assert await visitor.answer.content.readline() == b":\n"


async def test_what_is_no_message_is_refused(client: Client) -> None:
    async with visiting(client) as visitor:
        async with client.post(
            visitor.address, data=b"nonsense", headers={**ADA, "Content-Type": "application/json"}
        ) as answer:
            assert answer.status == 400
        await visitor.begin()
        assert await visitor.post([{"jsonrpc": "2.0", "id": 1, "method": "ping"}]) == 400
        await visitor.post({"jsonrpc": "2.0", "id": 1, "method": "nothing"})
        assert (await visitor.message())["error"]["code"] == -32601
        await visitor.post({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "broken"}})
        assert "secret" not in str(await visitor.message())


async def test_what_is_said_waits_for_a_client_that_reads_slowly() -> None:
    channel = Channel(None, Timing())
    await channel.notify("notifications/message", {"data": "x" * MOST_PENDING})
    waiting = asyncio.create_task(channel.notify("notifications/message", {}))
    await asyncio.sleep(0)
    assert not waiting.done()
    await channel.messages.get()
    await waiting
    channel.end()


async def test_client_that_reads_gets_all_that_is_said(server: MCPServer, client: Client) -> None:
    """And the answer after it: more than waits for a client at a time."""

    @server.tool
    async def burst(context: Context) -> str:
        for number in range(1500):
            await context.info(number)
        return "done"

    async with visiting(client) as visitor:
        await visitor.begin()
        posted = asyncio.create_task(
            visitor.post({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "burst"}})
        )
        told = [await visitor.message() for _ in range(1500 + 1)]
        assert [each["params"]["data"] for each in told[:-1]] == list(range(1500))
        assert told[-1]["result"]["content"][0]["text"] == "done"
        assert await posted == ACCEPTED


@pytest.mark.parametrize("on", [False, True])
async def test_it_is_served_only_where_the_operator_wants_it(on: bool) -> None:
    installation = await install(Settings(public_url=f"http://{HOST}", database="sqlite://", legacy_sse=on))
    token = await installation.bearer(ALL_SCOPES)
    async with (
        TestClient(TestServer(installation.app), headers={"Host": HOST, **token}) as client,
        client.get("/sse") as answer,
    ):
        assert answer.status == (200 if on else 404)
