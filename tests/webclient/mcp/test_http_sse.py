"""The transport of 2024-11-05, as the last fallback (MCP 2024-11-05, transports; MCP 2026-07-28, Streamable HTTP:
HTTP+SSE).
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from webclient.errors import FlowError, TooSlow, Untrusted
from webclient.mcp.client import Session
from webclient.mcp.protocol.host import Progress
from webclient.mcp.protocol.results import StrangeAnswer
from webclient.mcp.transports.http_sse import posting_url

from .conftest import Person, Rig
from .scripted import TOOL, Message, Script, Scripted, Turn, event, note

Serve = Callable[[Script], Awaitable[Scripted]]
DONE: Message = {"content": []}
INFO = {
    "protocolVersion": "2024-11-05",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "ancient", "version": "1"},
}


class Ancient:
    """Speaks on one stream and listens at another address."""

    def __init__(self, named: str = "/messages?session=1", call: list[Message] | None = None) -> None:
        self.named = named
        self.call = call
        self.queue: asyncio.Queue[Message | str | None] = asyncio.Queue()

    async def __call__(self, turn: Turn) -> web.StreamResponse:
        if turn.request.path == "/mcp":
            return await self._stream(turn) if turn.method == "GET" else web.Response(status=405)
        if turn.method == "initialize":
            self.queue.put_nowait(turn.response(INFO))
        elif turn.method == "tools/list":
            self.queue.put_nowait(turn.response({"tools": [TOOL]}))
        elif turn.method == "tools/call":
            token = turn.params["_meta"]["progressToken"]
            self.queue.put_nowait(note("notifications/progress", {"progressToken": token, "progress": 1}))
            for each in [turn.response(DONE)] if self.call is None else self.call:
                self.queue.put_nowait(each)
        return web.Response(status=202)

    async def _stream(self, turn: Turn) -> web.StreamResponse:
        answer = await turn.stream(f"event: endpoint\ndata: {self.named}\n\n".encode())
        while (message := await self.queue.get()) is not None:
            await answer.write(event(message))
        return answer


async def test_ancient_server_is_met_at_last(rig: Rig, serve: Serve) -> None:
    ancient = Ancient()
    server = await serve(ancient)
    person = Person()
    async with rig.client(server.url, host=person) as client:
        assert (await client.open()).protocol == "2024-11-05"
        assert client.server.name == "ancient"
        assert len((await client.list_tools()).items) == 1
        assert await client.call_tool(TOOL, {}) == DONE
        await client.roots_changed()
    await asyncio.wait_for(server.gone.wait(), 5)
    assert server.methods()[:4] == ["server/discover", "initialize", "GET", "initialize"]
    assert {turn.request.path_qs for turn in server.turns[3:]} == {"/messages?session=1"}
    assert person.seen == [Progress(1)]
    assert rig.failed() == []


@pytest.mark.parametrize(
    ("late", "said"),
    [
        ({"method": "ping"}, {"result": {}}),
        ({"method": "elicitation/create", "params": {"message": "Who?"}}, {"result": {"action": "cancel"}}),
        ({"method": "roots/list"}, {"error": {"code": -32603, "message": "There is nobody to ask any more."}}),
    ],
)
async def test_question_that_comes_while_the_last_client_leaves_is_put_away(
    rig: Rig, serve: Serve, late: Message, said: Message
) -> None:
    """The stream stays open until what was asked before is let go of; a server that heard nothing would wait for
    ever.
    """
    asked, answered, ancient = asyncio.Event(), asyncio.Event(), Ancient()

    async def think(params: Message) -> Message:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ancient.queue.put_nowait({"jsonrpc": "2.0", "id": 8, **late})
            await asyncio.wait_for(answered.wait(), 5)
        raise AssertionError

    async def hears(turn: Turn) -> web.StreamResponse:
        if turn.method == "response" and turn.message["id"] == 8:
            answered.set()
        return await ancient(turn)

    server = await serve(hears)
    async with rig.client(server.url, host=Person({"sample": think})) as client:
        await client.open()
        ancient.queue.put_nowait(
            {"jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {"messages": []}}
        )
        await asyncio.wait_for(asked.wait(), 5)
    assert answered.is_set()
    assert [turn.message for turn in server.only("response") if turn.message["id"] == 8] == [
        {"jsonrpc": "2.0", "id": 8, **said}
    ]


async def test_transport_is_remembered_whatever_revision_is_spoken_on_it(rig: Rig, serve: Serve) -> None:
    """SDKs speak later revisions over HTTP+SSE, too; what counts for the next time is how to reach the server."""
    ancient = Ancient()

    async def script(turn: Turn) -> web.StreamResponse:
        if turn.method == "initialize" and turn.request.path != "/mcp":
            ancient.queue.put_nowait(turn.response({**INFO, "protocolVersion": "2025-11-25"}))
            return web.Response(status=202)
        return await ancient(turn)

    server, session = await serve(script), Session()
    for _ in range(2):
        async with rig.client(server.url, session=session) as client:
            await client.list_tools()
    assert server.methods().count("server/discover") == 1


async def test_known_ancient_server_is_not_probed(rig: Rig, serve: Serve) -> None:
    server = await serve(Ancient())
    async with rig.client(server.url, session=Session(protocol="2024-11-05")) as client:
        await client.list_tools()
    async with rig.client(server.url, protocol="2024-11-05") as client:
        await client.list_tools()
    assert server.methods() == ["GET", "initialize", "notifications/initialized", "tools/list"] * 2


async def test_stream_may_be_long_when_its_messages_are_short(rig: Rig, serve: Serve) -> None:
    """The bound on an answer is for each of them, not for the stream that carries all."""
    ancient = Ancient()
    big = "x" * 100_000

    async def script(turn: Turn) -> web.StreamResponse:
        if turn.method == "tools/call":
            ancient.queue.put_nowait(turn.response({"content": [{"type": "text", "text": big}]}))
            return web.Response(status=202)
        return await ancient(turn)

    async with rig.client((await serve(script)).url) as client:
        for _ in range(5):
            assert (await client.call_tool(TOOL, {}))["content"][0]["text"] == big


async def test_its_questions_are_answered(rig: Rig, serve: Serve) -> None:
    ancient = Ancient(call=[{"jsonrpc": "2.0", "id": "q", "method": "roots/list"}])

    async def script(turn: Turn) -> web.StreamResponse:
        if turn.method == "response":
            call = server.only("tools/call")[0]
            ancient.queue.put_nowait(call.response(DONE))
        return await ancient(turn)

    server = await serve(script)
    async with rig.client(server.url, host=Person({"roots": {"roots": []}})) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    assert server.only("response")[0].message["result"] == {"roots": []}


@pytest.mark.parametrize(
    "named",
    [
        "https://evil.example/messages",
        "//evil.example/x",
        "http://127.0.0.1:1/x",
        "http://[",
        "/a\tb",
        "http://ada:secret@{host}/m",
    ],
)
async def test_messages_go_to_the_same_origin_only(rig: Rig, serve: Serve, named: str) -> None:
    """The token would go along."""
    ancient = Ancient(named)
    server = await serve(ancient)
    ancient.named = named.replace("{host}", server.origin.removeprefix("http://"))
    with pytest.raises(Untrusted, match="an address for messages that is not its own"):
        await rig.client(server.url, protocol="2024-11-05").open()
    assert server.methods() == ["GET"]


def test_default_port_is_the_same_place() -> None:
    assert posting_url("https://x.example/sse", "https://x.example:443/m") == "https://x.example:443/m"
    assert posting_url("https://x.example/a/sse", "messages") == "https://x.example/a/messages"


async def test_stream_without_an_endpoint_is_no_such_server(rig: Rig, serve: Serve) -> None:
    async def script(turn: Turn) -> web.StreamResponse:
        return await turn.stream(event(note("hello"))) if turn.method == "GET" else web.Response(status=404)

    with pytest.raises(StrangeAnswer, match="status 404"):
        await rig.client((await serve(script)).url).open()


async def test_silent_stream_is_given_up(rig: Rig, serve: Serve) -> None:
    async def script(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream(b": wait\n\n")
        await asyncio.Event().wait()
        return answer

    with pytest.raises(TooSlow, match="the address for messages"):
        await rig.client((await serve(script)).url, protocol="2024-11-05", request_timeout=0.3).open()


async def test_stream_that_closes_fails_what_waits_and_is_opened_again(rig: Rig, serve: Serve) -> None:
    ancient = Ancient(call=[])
    server = await serve(ancient)
    async with rig.client(server.url) as client:
        await client.open()
        call = asyncio.create_task(client.call_tool(TOOL, {}))
        while not server.only("tools/call"):
            await server.news.wait()
            server.news.clear()
        ancient.queue.put_nowait(None)
        with pytest.raises(FlowError, match="closed the stream on which it sends its responses"):
            await call
        assert len((await client.list_tools()).items) == 1
    assert len(server.only("GET")) == 2
    assert len(server.only("tools/call")) == 1


@pytest.mark.parametrize("status", [400, 500])
async def test_message_that_is_refused_fails_at_once(rig: Rig, serve: Serve, status: int) -> None:
    ancient = Ancient()

    async def script(turn: Turn) -> web.StreamResponse:
        return web.Response(status=status) if turn.method == "tools/call" else await ancient(turn)

    async with rig.client((await serve(script)).url) as client:
        with pytest.raises(StrangeAnswer, match=f"status {status}"):
            await client.call_tool(TOOL, {})


async def test_silence_ends_and_is_said(rig: Rig, serve: Serve) -> None:
    ancient = Ancient(call=[])
    server = await serve(ancient)
    async with rig.client(server.url, call_timeout=0.3) as client:
        with pytest.raises(TooSlow):
            await client.call_tool(TOOL, {})
    assert len(server.only("notifications/cancelled")) == 1


async def arrived(server: Scripted, method: str, count: int) -> None:
    """Until so many requests with this method have come."""
    async with asyncio.timeout(10):
        while len(server.only(method)) < count:
            server.news.clear()
            await server.news.wait()


async def test_news_come_on_the_stream_which_is_opened_again_when_it_ends(rig: Rig, serve: Serve) -> None:
    """MCP 2024-11-05, HTTP with SSE: everything that the server says comes on its one stream."""
    ancient, changed = Ancient(), "notifications/tools/list_changed"
    server = await serve(ancient)
    async with rig.client(server.url) as client, await client.listen({"toolsListChanged": True}) as news:
        await anext(news)
        for streams in (1, 2):
            await arrived(server, "GET", streams)
            await arrived(server, "initialize", streams + 1)
            ancient.queue.put_nowait("no JSON")
            ancient.queue.put_nowait(note(changed))
            assert (await anext(news)).method == changed
            ancient.queue.put_nowait(None)
