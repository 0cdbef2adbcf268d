"""Chapter N of the attack catalogue: what one caller may hold of the process, and what a talkative tool or a slow
reader costs the others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import TCPConnector, web
from aiohttp.test_utils import TestServer
from attrs import define, evolve
from pytest_aiohttp import AiohttpClient

from mcpserver import Context, MCPServer, User
from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.interaction.context import AT_ONCE
from mcpserver.mcp.interaction.subscriptions import TOOLS, Listener, Subscriptions
from mcpserver.mcp.legacy.sessions import LOOKS_AFTER, MemorySessions, Sessions
from mcpserver.mcp.protocol.budget import Budget, Limits, Share, TooMuch
from mcpserver.mcp.protocol.jsonrpc import parse
from mcpserver.mcp.protocol.turns import EACH_TURN, turn
from mcpserver.mcp.tasks.records import BASE, MemoryTasks, TaskRecord
from mcpserver.sources import Sources
from mcpserver.transports.http.heartbeat import SLICE, Heartbeat, beat_after
from mcpserver.transports.http.request import EndpointRequest
from mcpserver.transports.http.response import MOST_WAITING
from mcpserver.transports.http.timing import Timing
from mcpserver.transports.legacy.event_stream import BASE as STREAM_BASE
from mcpserver.transports.legacy.event_stream import MOST_AHEAD, MOST_BYTES_READ
from mcpserver.transports.legacy.streamable import HandshakeHTTP
from mcpserver.transports.streamable_http import StreamableHTTP
from webclient.broadcast import MOST_OF_ONE, Broadcast
from webclient.mcp.protocol.sse import events as events_of

from ..holders import HOST, install
from ..transports.contract.ways import WAYS, Way
from ..transports.endpoint import META, VERSION
from ..transports.visitor import Client, Everybody, Stage, Visitor, call, events, request

PATIENCE = 20
"""Seconds until something that does not happen fails the test."""

ADA = User("ada", "ada", "Ada", None, frozenset(), "client", "grant")
STREAMS = {"toolsListChanged": True}


@define
class Scene:
    """An endpoint with small limits, where Ada and Bob may come in."""

    stage: Stage
    endpoint: StreamableHTTP
    client: Client
    transports: list[asyncio.Transport]
    """Of the connections on which answers began."""

    @property
    def budget(self) -> Budget:
        return self.endpoint.budget

    def visitor(self, who: str = "ada") -> Visitor:
        return Visitor(self.client, who=who)

    def modern(self, method: str, *, who: str = "ada", name: str = "", **params: Any) -> Any:
        """A request of 2026-07-28 under way: the answer, as a context manager."""
        meta = {**META, "progressToken": "t"}
        named: dict[str, Any] = {"name": name, "arguments": params} if name else params
        headers = {"MCP-Protocol-Version": VERSION, "Mcp-Method": method, "Authorization": f"Bearer {who}"} | (
            {"Mcp-Name": name} if name else {}
        )
        headers["Accept"] = "application/json, text/event-stream"
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**named, "_meta": meta}}
        return self.client.post("/mcp", json=body, headers=headers)

    def listen(self, who: str = "ada") -> Any:
        return self.modern("subscriptions/listen", who=who, notifications=STREAMS)


async def open_scene(aiohttp_client: AiohttpClient, limits: Limits, **options: Any) -> Scene:
    stage, app = Stage(), web.Application()

    @stage.server.tool()
    async def report(context: Context, count: int, size: int = 1) -> str:
        for number in range(count):
            await context.progress(number, message="x" * size)
        return "reported"

    transports: list[asyncio.Transport] = []

    async def notice(request: web.Request, response: web.StreamResponse) -> None:
        assert request.transport is not None
        transports.append(request.transport)

    app.on_response_prepare.append(notice)
    endpoint = StreamableHTTP(stage.server, Everybody(), limits=limits, **options)
    app.router.add_route("*", "/mcp", endpoint.handle)
    endpoint.setup(app)
    return Scene(stage, endpoint, await aiohttp_client(app), transports)


async def refusal(answer: Any) -> tuple[int, bool]:
    """The status, and whether it says when to come back (RFC 9110 section 10.2.3) and what is the matter."""
    assert "under way" in (await answer.json())["error"]["message"]
    return answer.status, int(answer.headers["Retry-After"]) > 0


# N5: what one caller may hold.


async def test_n5_streams_of_one_person_are_bounded_and_others_get_theirs(aiohttp_client: AiohttpClient) -> None:
    """As the whole application has it: one token opens hundreds, and then hears when to come back; another person is
    not affected.
    """
    installation = await install()
    client: Client = await aiohttp_client(installation.app, headers={"Host": HOST}, connector=TCPConnector(limit=0))
    ada, bob = await installation.bearer(), await installation.bearer(user_id="bob")
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "subscriptions/listen",
        "params": {"notifications": STREAMS, "_meta": META},
    }
    headers = {
        "MCP-Protocol-Version": VERSION,
        "Mcp-Method": "subscriptions/listen",
        "Accept": "application/json, text/event-stream",
    }
    async with AsyncExitStack() as stack, asyncio.timeout(60):

        async def listen(token: dict[str, str]) -> Any:
            return await stack.enter_async_context(client.post("/mcp", json=body, headers=headers | token))

        opened = [await listen(ada) for _ in range(Limits().listeners.each)]
        assert {each.status for each in opened} == {200}
        assert await refusal(await listen(ada)) == (429, True)
        assert (await listen(bob)).status == 200
        opened[0].close()
        while (again := await listen(ada)).status != 200:  # once the server has noticed
            assert again.status == 429


async def test_n5_process_that_is_nearly_full_refuses_whoever_holds_most(aiohttp_client: AiohttpClient) -> None:
    """One holds all that one may hold: somebody else gets in, and the first does not get more although their own
    part is larger.
    """
    scene = await open_scene(aiohttp_client, Limits(listeners=Share(100, 100, 25)))
    async with AsyncExitStack() as stack:
        opened = 0
        while (answer := await stack.enter_async_context(scene.listen())).status == 200:
            opened += 1
            assert opened < 30
        assert await refusal(answer) == (503, True)
        assert opened == 20
        assert (await stack.enter_async_context(scene.listen("bob"))).status == 200


async def test_n5_call_of_whoever_has_too_many_streams_open_is_answered_without_one(
    aiohttp_client: AiohttpClient,
) -> None:
    """Progress is a courtesy (2026-07-28, patterns: progress): the result still comes, as JSON."""
    scene = await open_scene(aiohttp_client, Limits(streams=Share(1, 1, 100)))
    visitor = await scene.visitor().initialize()

    @scene.stage.server.tool
    async def begin(context: Context) -> None:
        await context.progress(1)
        await scene.stage.go_on.wait()

    async with scene.modern("tools/call", name="begin") as stream:
        assert stream.content_type == "text/event-stream"
        async with scene.modern("tools/call", name="report", count=3) as answer:
            assert answer.content_type == "application/json"
            assert (await answer.json())["result"]["content"][0]["text"] == "reported"
        status, message = await visitor.call(1, "report", count=3)
        assert (status, message["result"]["content"][0]["text"]) == (200, "reported")
        async with visitor.listen() as answer:
            assert answer.content_type == "text/event-stream"
        assert scene.budget.streams.total == 1
        scene.stage.go_on.set()
        await stream.read()
    assert scene.budget.streams.total == 0


async def test_n5_listeners_take_no_places_of_calls_and_streams(aiohttp_client: AiohttpClient) -> None:
    """2026-07-28, patterns: subscriptions, and 2025-11-25, transports: who only listens may do so for days."""
    scene = await open_scene(
        aiohttp_client, Limits(listeners=Share(2, 2, 100), streams=Share(1, 1, 100), calls=Share(1, 1, 100))
    )
    visitor = await scene.visitor().initialize()
    async with scene.listen() as first, visitor.listen() as second:
        assert (first.status, second.status) == (200, 200)
        assert (scene.budget.listeners.total, scene.budget.streams.total, scene.budget.calls.total) == (2, 0, 0)
        async with scene.listen() as third, visitor.listen() as fourth:
            assert (third.status, third.headers["Retry-After"]) == (429, "5")
            assert fourth.status == 200  # the client takes its own stream over, which is no further one
        async with scene.modern("tools/call", name="report", count=3) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")
            await answer.read()
        assert (await visitor.call(1, "report", count=3))[0] == 200
    async with asyncio.timeout(PATIENCE):
        while (
            scene.budget.listeners.total or scene.budget.received.total
        ):  # the end of a connection is noticed in the next turns
            await turn()


def test_n5_ten_thousand_listeners_fit_in_one_process() -> None:
    """Also when all come from one address without a sign-in; there is room for others even then, and for every call."""
    budget, behind_one_address = Budget(), ("", "192.0.2.1")
    for _ in range(10_000):
        budget.begin_listener(behind_one_address, 1000)
    budget.begin_listener(("ada",), 1000)
    budget.require_calls(behind_one_address, 1000)
    assert budget.calls.total == 0
    with pytest.raises(TooMuch, match="streams that listen"):
        budget.begin_listener(behind_one_address, 1000)


async def test_n5_answers_that_are_kept_stay_within_the_budget_and_the_oldest_go_first(
    aiohttp_client: AiohttpClient,
) -> None:
    """2025-11-25, transports: resumability is an offer; whoever comes back for what is gone hears that it is, and
    what to do.
    """
    scene = await open_scene(aiohttp_client, Limits(kept=Share(100_000, 100_000, 1_000_000)))
    left = []
    for _ in range(30):
        visitor = await scene.visitor().initialize()
        async with visitor.send(call(1, "report", count=1, size=10_000)) as answer:
            name, _ = await anext(events(answer))
        left.append((visitor, name.partition(".")[0] + ".0"))
        assert scene.budget.kept.held(("ada",)) <= 100_000
    assert scene.budget.kept.held(("ada",)) > 50_000
    (first, lost), (last, kept) = left[0], left[-1]
    async with first.listen(Last_Event_ID=lost) as answer:
        assert answer.status == 400
        assert "send the request again" in (await answer.json())["error"]["message"]
    async with last.listen(Last_Event_ID=kept) as answer:
        told = [message async for _, message in events(answer)]
    assert told[-1]["result"]["content"][0]["text"] == "reported"
    assert await first.post(request(2, "ping")) == (200, {"jsonrpc": "2.0", "id": 2, "result": {}})


async def test_n5_kept_answers_of_one_person_cost_another_nothing(aiohttp_client: AiohttpClient) -> None:
    scene = await open_scene(aiohttp_client, Limits(kept=Share(100_000, 100_000, 120_000)))

    async def leave_an_answer(who: str) -> tuple[Visitor, str]:
        visitor = await scene.visitor(who).initialize()
        async with visitor.send(call(1, "report", count=1, size=5_000)) as answer:
            name, _ = await anext(events(answer))
        return visitor, name.partition(".")[0] + ".0"

    bob, name = await leave_an_answer("bob")
    for _ in range(40):
        await leave_an_answer("ada")
    assert scene.budget.kept.total <= 120_000
    async with bob.listen(Last_Event_ID=name) as answer:
        assert [message async for _, message in events(answer)][-1]["result"]["content"][0]["text"] == "reported"


async def test_n5_sessions_that_end_give_back_all_they_held(aiohttp_client: AiohttpClient) -> None:
    scene = await open_scene(aiohttp_client, Limits())
    for _ in range(3):
        visitor = await scene.visitor().initialize()
        await visitor.call(1, "report", count=200, size=100)
        async with visitor.listen() as stream:
            await stream.content.readline()
            assert await visitor.delete() == 204
    async with scene.modern("tools/call", name="report", count=20) as answer:
        await answer.read()
    async with asyncio.timeout(PATIENCE):
        while (
            scene.budget.streams.total or scene.budget.listeners.total
        ):  # the end of a connection is noticed in the next turns
            await turn()
    held = scene.budget
    assert (held.kept.total, held.sessions.total, held.calls.total, held.received.total) == (0, 0, 0, 0)


async def test_n5_session_too_many_closes_the_runtime_of_the_idlest_and_it_goes_on(
    aiohttp_client: AiohttpClient,
) -> None:
    """Sessions rest in the store; what runs for them in the process is bounded."""
    scene = await open_scene(aiohttp_client, Limits(sessions=Share(5, 5, 100)))
    first = await scene.visitor().initialize()
    async with first.send(call(1, "report", count=1, size=100)) as answer:
        name, _ = await anext(events(answer))
    for _ in range(10):
        await scene.visitor().initialize()
        assert scene.budget.sessions.total <= 5
    assert (await first.post(request(2, "ping")))[0] == 200
    async with first.listen(Last_Event_ID=name) as answer:
        assert answer.status == 400
    bob = await scene.visitor("bob").initialize()
    assert (await bob.post(request(2, "ping")))[0] == 200


async def test_n5_session_that_is_trimmed_closes_its_runtime(aiohttp_client: AiohttpClient) -> None:
    """Nobody can come back to it: what it was doing ends, and what was kept for it goes."""
    stage, budget = Stage(), Budget()
    sessions = Sessions(MemorySessions(), Sources(), 3600, most_of_one=3)
    door = HandshakeHTTP(Dispatcher(stage.server), sessions, budget=budget, timing=Timing())

    async def handle(visited: web.Request) -> web.StreamResponse:
        return await door.post(EndpointRequest(visited, ADA, {}, holder=(ADA.id,)), parse(await visited.read()))

    app = web.Application()
    app.router.add_post("/mcp", handle)
    client = await aiohttp_client(app)
    visitor = await Visitor(client).initialize()
    under_way = asyncio.create_task(visitor.call(1, "wait"))
    await stage.begun.wait()
    for _ in range(LOOKS_AFTER):
        await Visitor(client).initialize()
    async with asyncio.timeout(PATIENCE):
        await stage.cancelled.wait()
        assert (await under_way)[0] == 404
    assert door.runtimes.find(visitor.session) is None
    assert budget.sessions.total <= LOOKS_AFTER


async def test_n5_calls_under_way_are_bounded_in_every_revision(aiohttp_client: AiohttpClient) -> None:
    scene = await open_scene(aiohttp_client, Limits(calls=Share(2, 2, 100)))
    earlier, bob = await scene.visitor().initialize(), await scene.visitor("bob").initialize()
    first = asyncio.create_task(earlier.call(1, "wait"))
    await scene.stage.begun.wait()
    scene.stage.begun.clear()
    second = asyncio.ensure_future(scene.modern("tools/call", name="wait"))
    await scene.stage.begun.wait()
    async with scene.modern("tools/call", name="echo", text="x") as answer:
        assert await refusal(answer) == (429, True)
    async with earlier.send(call(2, "echo", text="x")) as answer:
        assert await refusal(answer) == (429, True)
    assert (await bob.call(1, "echo", text="x"))[0] == 200
    scene.stage.go_on.set()
    assert ((await first)[0], (await second).status) == (200, 200)
    assert (await earlier.call(3, "echo", text="x"))[0] == 200


async def test_n5_calls_go_on_counting_when_their_client_has_left(aiohttp_client: AiohttpClient) -> None:
    """2025-11-25, transports: leaving cancels nothing; it frees no place either."""
    scene = await open_scene(aiohttp_client, Limits(calls=Share(1, 1, 100)))
    visitor = await scene.visitor().initialize()
    leaving = asyncio.create_task(visitor.call(1, "wait"))
    await scene.stage.begun.wait()
    leaving.cancel()
    async with visitor.send(call(2, "echo", text="x")) as answer:
        assert await refusal(answer) == (429, True)
    scene.stage.go_on.set()
    async with asyncio.timeout(PATIENCE):
        while (await visitor.call(3, "echo", text="x"))[0] != 200:
            await turn()


async def test_n5_bodies_that_are_on_their_way_are_bounded_in_bytes(aiohttp_client: AiohttpClient) -> None:
    """What is announced counts: nothing of what is too much is read."""
    scene = await open_scene(aiohttp_client, Limits(received=Share(100_000, 100_000, 1_000_000)))
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"jsonrpc":"2.0",'
        await go_on.wait()
        yield b" " * 60_000 + b'"id":1,"method":"nothing"}'

    headers = {
        "Authorization": "Bearer ada",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    length = {"Content-Length": str(17 + 60_000 + 26)}
    first = asyncio.ensure_future(scene.client.post("/mcp", data=slowly(), headers=headers | length))
    async with asyncio.timeout(PATIENCE):
        while not scene.budget.received.total:
            await turn()
        async with scene.client.post("/mcp", data=slowly(), headers=headers | length) as answer:
            assert await refusal(answer) == (429, True)
        go_on.set()
        assert (await first).status != 429
    assert scene.budget.received.total == 0


async def test_n5_tasks_that_ended_are_kept_within_bytes() -> None:
    """Of a server without a database, and of whoever has too many: another's are kept."""
    store, most = MemoryTasks(Share(20 * BASE, 20 * BASE, 100 * BASE)), 20
    done: dict[str, Any] = {"status": "completed", "result": "x" * BASE}

    async def keep(number: int, who: str) -> bytes:
        record = TaskRecord(b"%s %d" % (who.encode(), number), (who, "client"), 0, 0, 3600, "runner", 60)
        await store.add_task(record)
        await store.replace_task(evolve(record, **done), version=0)
        return record.digest

    bobs = await keep(0, "bob")
    adas = [await keep(number, "ada") for number in range(3 * most)]
    kept = [digest for digest in adas if await store.find_task(digest) is not None]
    assert 0 < len(kept) <= most
    assert kept == adas[-len(kept) :]
    assert await store.find_task(bobs) is not None


async def test_n5_pages_of_one_person_that_are_told_of_changes_are_bounded() -> None:
    """Of the web client: the oldest is let go, and another person's stays."""
    feed = Broadcast()
    with ExitStack() as stack:
        bobs = stack.enter_context(feed.listen("one", holder=b"bob"))
        adas = [stack.enter_context(feed.listen("one", holder=b"ada")) for _ in range(MOST_OF_ONE + 1)]
        async with asyncio.timeout(PATIENCE):
            assert [part async for part in adas[0].parts()] == []
            feed.publish("one", "state")
            for listener in (bobs, adas[1], adas[-1]):
                assert (await anext(listener.parts()))[0] == "state"


# N7: what a talkative tool, a slow reader and many listeners cost the others.


@define
class Ticker:
    """Somebody else in the same event loop, who counts their turns."""

    turns: int = 0

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.turns += 1


@pytest.fixture
async def ticker() -> AsyncIterator[Ticker]:
    ticker = Ticker()
    task = asyncio.create_task(ticker.run())
    yield ticker
    task.cancel()


COUNT = 300


def talkative(ticker: Ticker, turns: list[int]) -> MCPServer:
    """``turns`` hears how many the ticker had while a tool talked without waiting for anything else."""
    server = MCPServer("talkative")

    @server.tool()
    async def report(context: Context) -> str:
        before = ticker.turns
        for number in range(COUNT):
            await context.progress(number)
        turns.append(ticker.turns - before)
        return "done"

    @server.tool()
    async def chat(context: Context) -> str:
        before = ticker.turns
        for number in range(COUNT):
            await context.debug(number)
        turns.append(ticker.turns - before)
        return "done"

    @server.tool()
    def plain(context: Context) -> str:
        before = ticker.turns
        for number in range(COUNT):
            context.wait(context.progress(number))
        turns.append(ticker.turns - before)
        return "done"

    return server


@pytest.mark.parametrize("tool", ["report", "chat", "plain"])
@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_n7_tool_that_only_talks_lets_the_others_run(way: Way, tool: str, ticker: Ticker) -> None:
    """Whatever carries it, and whether or not the client wants to hear it: each word beyond the first few is a turn
    for the others.
    """
    turns: list[int] = []
    async with asyncio.timeout(60), way.open(talkative(ticker, turns)) as client:
        assert (await client.request("tools/call", name=tool, arguments={}))["content"][0]["text"] == "done"
    assert turns[0] >= COUNT - AT_ONCE - 1


async def test_n7_many_that_talk_share_a_bounded_part_of_each_turn() -> None:
    """However many they are, a turn of the loop stays short for everybody else."""
    talking, most = 10 * EACH_TURN, 0
    said = 0

    async def talk() -> None:
        nonlocal said
        for _ in range(3):
            await turn()
            said += 1

    tasks = [asyncio.create_task(talk()) for _ in range(talking)]
    while not all(task.done() for task in tasks):
        before = said
        await asyncio.sleep(0)
        most = max(most, said - before)
    assert said == 3 * talking
    assert most <= 2 * EACH_TURN


async def stalled(client: Client, path: str, headers: dict[str, str], body: bytes) -> asyncio.StreamWriter:
    """A request whose answer nobody reads."""
    server = client.server
    assert isinstance(server, TestServer)
    _, writer = await asyncio.open_connection(server.host, server.port, limit=1024)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()
    return writer


async def test_n7_stream_waits_for_its_reader_and_gives_up_on_one_that_does_not_read(
    aiohttp_client: AiohttpClient,
) -> None:
    """Of a session's stream little more is kept than what the reader may be behind, and whoever does not read is
    dropped in time.
    """
    scene = await open_scene(aiohttp_client, Limits(), timing=Timing(patience=1))
    said, ended = 0, asyncio.Event()

    @scene.stage.server.tool()
    async def go_on(context: Context) -> str:
        nonlocal said
        try:
            while not ended.is_set():
                await context.progress(said, message="x" * 4000)
                said += 1
        finally:
            ended.set()
        return "done"

    visitor = await scene.visitor().initialize()
    params = b'{"name":"go_on","arguments":{},"_meta":{"progressToken":1}}'
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' + params + b"}"
    writer = await stalled(scene.client, "/mcp", {**visitor.headers(), "Content-Type": "application/json"}, body)
    most, before, waited = 0, -1, False
    async with asyncio.timeout(60):
        while scene.budget.streams.total or not said:
            await asyncio.sleep(0.05)  # as long as the operating system takes what nobody reads
            waited, before = waited or before == said, said
            if scene.budget.streams.total:
                most = max(most, scene.budget.kept.held(("ada",)))
    assert waited
    assert most <= STREAM_BASE + MOST_BYTES_READ + MOST_AHEAD + 2 * 4500
    ended.set()
    writer.transport.abort()


async def test_n7_tool_of_a_reader_that_does_not_read_ends_with_its_stream(aiohttp_client: AiohttpClient) -> None:
    """2026-07-28: who is dropped has left, and the work was for nobody else."""
    scene = await open_scene(aiohttp_client, Limits(), timing=Timing(patience=1))
    ended = asyncio.Event()

    @scene.stage.server.tool()
    async def go_on(context: Context) -> str:
        number = 0
        try:
            while True:
                number += 1
                await context.progress(number, message="x" * 4000)
        finally:
            ended.set()

    meta = (
        '"_meta":{"progressToken":1,"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
        '"io.modelcontextprotocol/clientCapabilities":{}}'
    )
    body = (
        f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"go_on","arguments":{{}},{meta}}}}}'.encode()
    )
    named = {
        "MCP-Protocol-Version": VERSION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "go_on",
        "Authorization": "Bearer ada",
    }
    writer = await stalled(
        scene.client,
        "/mcp",
        {**named, "Accept": "application/json, text/event-stream", "Content-Type": "application/json"},
        body,
    )
    waiting = 0
    async with asyncio.timeout(60):
        while not ended.is_set():
            await turn()
            waiting = max([waiting, *(transport.get_write_buffer_size() for transport in scene.transports)])
        while scene.budget.streams.total or scene.budget.calls.total:
            await turn()
    writer.transport.abort()
    assert 0 < waiting <= MOST_WAITING + 2 * 4500


async def test_n7_news_reach_ten_thousand_listeners_in_slices(ticker: Ticker) -> None:
    """All of them in one turn would hold up every call: some dozens are woken at a time."""
    subscriptions, heard = Subscriptions(), 0
    listeners = [Listener(lambda topic: True) for _ in range(10_000)]

    async def listen(listener: Listener) -> None:
        nonlocal heard
        async for _ in listener.events():
            heard += 1

    for listener in listeners:
        subscriptions.add(listener)
    tasks = [asyncio.create_task(listen(listener)) for listener in listeners]
    await asyncio.sleep(0)
    subscriptions.publish(TOOLS)
    subscriptions.publish(TOOLS)  # the same news: told once
    before, most = ticker.turns, 0
    async with asyncio.timeout(60):
        while heard < len(listeners):
            last = heard
            await asyncio.sleep(0)
            most = max(most, heard - last)
    assert most <= 100
    assert ticker.turns - before >= len(listeners) // 100
    subscriptions.close()
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks)
    assert heard == len(listeners)


async def test_n7_news_from_a_thread_reach_those_who_listen() -> None:
    """A plain function that changes a list in a loop: the event loop hears of it once."""
    subscriptions, listener, heard = Subscriptions(), Listener(lambda topic: True), asyncio.Event()
    told: list[str] = []

    async def listen() -> None:
        async for event in listener.events():
            told.append(event.topic[0])
            heard.set()

    subscriptions.add(listener)
    task = asyncio.create_task(listen())

    def change() -> None:
        for _ in range(1000):
            subscriptions.publish(TOOLS)

    async with asyncio.timeout(PATIENCE):
        await asyncio.to_thread(change)
        await heard.wait()
        subscriptions.close()
        await task
    assert 1 <= len(told) < 1000


async def test_n7_signs_of_life_are_spread() -> None:
    """Of thousands that are due at the same moment some dozens a turn; and those that began together are not due
    together.
    """
    pulse, beats = Heartbeat(0), 0

    class Due:
        def look(self, now: float) -> bool:
            nonlocal beats
            beats += 1
            pulse.discard(self)
            return True

    for _ in range(3000):
        pulse.add(Due())
    most = 0
    async with asyncio.timeout(PATIENCE):
        while beats < 3000:
            before = beats
            await asyncio.sleep(0)
            most = max(most, beats - before)
    assert most <= SLICE
    moments = sorted(beat_after(16.0) for _ in range(1000))
    assert 12 <= moments[0] < moments[-1] <= 16
    assert max(later - sooner for sooner, later in pairwise(moments)) < 0.02


async def test_n7_server_that_only_talks_lets_the_rest_of_the_web_client_run(ticker: Ticker) -> None:
    """Thousands of events of a foreign server in one piece."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"data: {}\n\n" * COUNT

    before = ticker.turns
    assert [event.data async for event in events_of(chunks())] == ["{}"] * COUNT
    assert ticker.turns - before >= COUNT - 1
