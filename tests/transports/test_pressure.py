"""Sessions of the earlier revisions under pressure: much at once, much at a time, and functions that wait
(2025-11-25, transports).
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import define, field
from pytest_aiohttp import AiohttpClient

from mcpserver import Context
from mcpserver.mcp.features.threads import MOST_EACH
from mcpserver.mcp.interaction.mrtr import LiveInput
from mcpserver.mcp.interaction.questions import roots
from mcpserver.mcp.legacy.handshake import LARGEST_CAPABILITIES, LONGEST_NAME, Session, session_of
from mcpserver.mcp.protocol.errors import LONGEST, ToolError
from mcpserver.mcp.protocol.jsonrpc import Request
from mcpserver.transports.legacy.event_stream import MOST_BYTES, MOST_EVENTS
from mcpserver.transports.legacy.session_runtime import MOST_KEPT, SessionRuntime

from .visitor import EVERYTHING, Client, Stage, Visitor, application, call, cancelled, events, request


@define
class Threaded:
    """What functions in threads tell and wait for."""

    begun: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(0))
    open: threading.Event = field(factory=threading.Event)


@pytest.fixture
async def gate() -> Threaded:
    return Threaded()


@pytest.fixture
async def stage(gate: Threaded) -> AsyncIterator[Stage]:
    stage, loop = Stage(), asyncio.get_running_loop()

    @stage.server.tool
    async def burst(context: Context, count: int, size: int = 1) -> str:
        for number in range(count):
            await context.info(f"{number} {'x' * size}")
        return "done"

    @stage.server.tool
    def plain_question(context: Context) -> str:
        return str(context.wait(context.ask_yes_no("Sure?")))

    @stage.server.tool
    def hang() -> str:
        loop.call_soon_threadsafe(gate.begun.release)
        return str(gate.open.wait(60))

    @stage.server.tool
    def plain() -> str:
        return "plain"

    yield stage
    gate.open.set()


@pytest.fixture
async def client(stage: Stage, aiohttp_client: AiohttpClient) -> Client:
    app = application(stage)
    return await aiohttp_client(app)


@pytest.mark.parametrize(("count", "size"), [(3 * MOST_EVENTS, 1), (40, MOST_BYTES // 8)])
async def test_client_that_reads_gets_all_that_is_said(client: Client, count: int, size: int) -> None:
    """What is kept for a client that comes back is bounded; what one that is there is told is not."""
    visitor = await Visitor(client).initialize()
    _, messages = await visitor.call(1, "burst", count=count, size=size)
    assert [int(each["params"]["data"].split()[0]) for each in messages[:-1]] == list(range(count))
    assert messages[-1]["result"]["content"][0]["text"] == "done"


async def test_function_that_talks_ends_although_nobody_listens_any_more(client: Client, stage: Stage) -> None:
    ended = asyncio.Event()

    @stage.server.tool
    async def talk_on(context: Context) -> str:
        await context.info("begun")
        await stage.go_on.wait()
        for number in range(3 * MOST_EVENTS):
            await context.info(number)
        ended.set()
        return "done"

    visitor = await Visitor(client).initialize()
    async with visitor.send(call(1, "talk_on")) as answer:
        await anext(events(answer))
    stage.go_on.set()
    async with asyncio.timeout(20):
        await ended.wait()


async def test_what_was_said_is_kept_within_bounds() -> None:
    desk = SessionRuntime(Session("one"))
    for _ in range(20):
        stream = desk.stream()
        stream.put(b"x" * (MOST_KEPT // 4))
        stream.close()
    desk.make_room()
    assert sum(each.size for each in desk.streams.values()) <= MOST_KEPT
    assert stream.name in desk.streams
    under_way = [desk.stream() for _ in range(3)]
    assert all(each.name in desk.streams for each in under_way)


async def test_what_a_client_sends_does_not_come_back_at_length(client: Client) -> None:
    visitor = await Visitor(client).initialize()
    _, answer = await visitor.post(request(1, "x" * 100_000))
    assert answer["error"]["message"].startswith("Method not found: xxx")
    assert len(answer["error"]["message"]) == LONGEST


def test_session_keeps_little_of_what_a_client_says_of_itself() -> None:
    info = {"name": "n" * 5000, "version": "1", "icons": [{"src": "data:" + "x" * 100_000}], "title": 7}
    session = session_of(Request(1, "initialize", {"capabilities": {"roots": {}}, "clientInfo": info}), None)
    assert session.client_info == {"name": "n" * LONGEST_NAME, "version": "1"}


async def test_capabilities_that_are_too_large_are_refused(client: Client) -> None:
    large = {"experimental": {"x": "x" * LARGEST_CAPABILITIES}}
    status, answer = await Visitor(client).post(
        request(1, "initialize", protocolVersion="2025-11-25", capabilities=large, clientInfo={})
    )
    assert (status, answer["error"]["code"]) == (400, -32602)
    assert "capabilities" in answer["error"]["message"]


async def test_plain_functions_whose_questions_were_given_up_hold_up_nobody(client: Client) -> None:
    """2025-11-25, utilities: cancellation."""
    visitor = await Visitor(client).initialize(**EVERYTHING)
    for number in range(MOST_EACH):
        async with visitor.send(call(number, "plain_question")) as answer:
            assert (await anext(events(answer)))[1]["method"] == "elicitation/create"
    async with asyncio.timeout(20):
        for number in range(MOST_EACH // 2):
            assert await visitor.post(cancelled(number)) == (202, None)
        assert (await visitor.call("x", "plain"))[1]["result"]["content"][0]["text"] == "plain"
        assert await visitor.delete() == 204
        again = await Visitor(client).initialize()
        answers = await asyncio.gather(*(again.call(number, "plain") for number in range(MOST_EACH)))
    assert {answer["result"]["content"][0]["text"] for _, answer in answers} == {"plain"}


async def test_no_caller_takes_all_the_threads(client: Client, gate: Threaded) -> None:
    ada, bob = await Visitor(client).initialize(), await Visitor(client, who="bob").initialize()
    hanging = [asyncio.create_task(ada.call(number, "hang")) for number in range(MOST_EACH + 1)]
    async with asyncio.timeout(20):
        for _ in range(MOST_EACH):
            await gate.begun.acquire()
        assert (await bob.call(1, "plain"))[1]["result"]["content"][0]["text"] == "plain"
        assert (await ada.call("x", "echo", text="async"))[1]["result"]["content"][0]["text"] == "async"
        gate.open.set()
        assert {answer["result"]["content"][0]["text"] for _, answer in await asyncio.gather(*hanging)} == {"True"}


async def test_question_that_is_not_answered_ends() -> None:
    async def nobody(method: str, params: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    with pytest.raises(ToolError, match="did not answer roots/list in time"):
        await LiveInput(nobody, 0.01).ask([roots()])


async def test_call_of_a_session_that_was_ended_hears_so(client: Client, stage: Stage) -> None:
    """2025-11-25, transports: 404 says that the session is gone; 202 is for what needs no answer."""
    visitor = await Visitor(client).initialize()
    under_way = asyncio.create_task(visitor.call(1, "wait"))
    await stage.begun.wait()
    assert await visitor.delete() == 204
    assert (await under_way)[0] == 404


@pytest.mark.parametrize("accept", ["application/json, text/event-stream", "text/event-stream"])
async def test_server_that_stops_lets_calls_end(client: Client, stage: Stage, accept: str) -> None:
    """As those of 2026-07-28: within the time that the server gives its connections."""
    visitor = await Visitor(client).initialize()
    under_way = asyncio.create_task(visitor.post(call(1, "wait"), Accept=accept))
    await stage.begun.wait()
    closing = asyncio.create_task(client.server.close())
    await asyncio.sleep(0.1)  # the server has begun to close, which no event tells
    stage.go_on.set()
    status, answer = await under_way
    message = answer if isinstance(answer, dict) else answer[-1]
    assert (status, message["result"]["content"][0]["text"]) == (200, "waited")
    await closing


async def test_server_that_stops_waits_for_no_answer_of_the_clients(client: Client) -> None:
    visitor = await Visitor(client).initialize(**EVERYTHING)
    async with visitor.send(call(1, "agree")) as answer:
        told = events(answer)
        await anext(told)
        async with asyncio.timeout(20):
            await client.server.close()
            _, message = await anext(told)
    assert "about to stop" in str(message)


async def test_server_that_stops_takes_no_further_question(client: Client, stage: Stage) -> None:
    """A tool that goes on to ask would hold the server for as long as it waits for connections."""

    @stage.server.tool()
    async def insist(context: Context) -> str:
        told = []
        for _ in range(2):
            try:
                await context.ask(roots())
            except Exception as error:
                told.append(str(error))
        return "; ".join(told)

    visitor = await Visitor(client).initialize(**EVERYTHING)
    async with visitor.send(call(1, "insist")) as answer:
        told = events(answer)
        await anext(told)
        async with asyncio.timeout(20):
            await client.server.close()
            _, message = await anext(told)
    assert str(message).count("about to stop") == 2


async def test_answer_that_is_lost_is_told_to_whoever_comes_back_for_it(client: Client, stage: Stage) -> None:
    """After a restart; a stream on which it never comes would be waited on for ever, and would push out whoever
    listens.
    """
    visitor = await Visitor(client).initialize()
    async with visitor.listen() as stream:
        await stream.content.readline()
        async with visitor.listen(Last_Event_ID="deadbeef-3.1") as refused:
            assert refused.status == 400
            assert "send the request again" in await refused.text()
        stage.server.changed("tools")
        assert (await anext(events(stream)))[1]["method"] == "notifications/tools/list_changed"


@pytest.mark.parametrize("revision", ["2025-06-18", "2025-03-26"])
async def test_stream_is_not_let_go_where_nothing_tells_how_to_come_back(
    client: Client, stage: Stage, revision: str
) -> None:
    """2025-06-18, transports: the server SHOULD NOT close the stream before the response."""

    @stage.server.tool
    async def let_go(context: Context) -> str:
        await context.release_stream()
        return "still here"

    visitor = await Visitor(client, revision).initialize()
    async with visitor.send(call(1, "let_go"), Accept="text/event-stream") as answer:
        assert [message["result"]["content"][0]["text"] async for _, message in events(answer)] == ["still here"]


@pytest.mark.parametrize("revision", ["2025-11-25"])
async def test_page_that_a_person_is_sent_to_has_an_id(client: Client, revision: str) -> None:
    """2025-11-25, schema: ElicitRequestURLParams."""
    visitor = await Visitor(client, revision).initialize(**EVERYTHING)
    named = []
    for number in (1, 2):
        async with visitor.send(call(number, "visit_page")) as answer:
            _, question = await anext(events(answer))
            named.append(question["params"]["elicitationId"])
            await visitor.post({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}})
    assert len(set(named)) == 2


async def test_refused_part_of_a_batch_does_not_take_the_others_along(client: Client) -> None:
    """2025-03-26, basic: batching; what was carried out is answered, or it would be sent again."""
    visitor = await Visitor(client, "2025-03-26").initialize()
    status, answers = await visitor.post([call(1, "echo", text="x"), call(2, "change"), call(3, "echo", text="y")])
    by_id = {each["id"]: each for each in answers}
    assert (status, by_id[1]["result"]["content"][0]["text"], by_id[3]["result"]["content"][0]["text"]) == (
        200,
        "x",
        "y",
    )
    assert "needs the scope write" in by_id[2]["error"]["message"]
    assert (await visitor.call(4, "change"))[0] == 403
