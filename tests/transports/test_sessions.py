"""Sessions of the revisions before 2026-07-28 under disorder: races, strangers, restarts (2025-11-25, transports:
session management).
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pytest_aiohttp import AiohttpClient

from mcpserver import Context
from mcpserver.store import open_store
from mcpserver.transports.http.timing import Timing

from .visitor import EVERYTHING, REVISIONS, Stage, Visitor, application, call, cancelled, events, request

CHANGED = "notifications/tools/list_changed"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def visitor(stage: Stage, aiohttp_client: AiohttpClient) -> Visitor:
    return await Visitor(await aiohttp_client(application(stage))).initialize(**EVERYTHING)


async def test_id_under_way_is_refused_and_its_first_request_goes_on(stage: Stage, visitor: Visitor) -> None:
    """2025-11-25, basic: requests; an id must not have been used before."""
    first = asyncio.create_task(visitor.call(7, "wait"))
    await stage.begun.wait()
    status, answer = await visitor.call(7, "echo", text="second")
    assert (status, answer["error"]["code"]) == (400, -32600)
    stage.go_on.set()
    assert (await first)[1]["result"]["content"][0]["text"] == "waited"
    assert (await visitor.call(7, "echo", text="again"))[0] == 200


async def test_cancelled_request_stops_and_is_not_answered(stage: Stage, visitor: Visitor) -> None:
    """2025-11-25, utilities: cancellation."""
    under_way = asyncio.create_task(visitor.call(7, "wait"))
    await stage.begun.wait()
    assert await visitor.post(cancelled(7)) == (202, None)
    assert await under_way == (202, None)
    assert stage.cancelled.is_set()


@pytest.mark.parametrize("number", [[1], {"a": 1}, None, True, 1.5, "unknown", 10**30])
async def test_cancellation_of_what_is_no_request_is_taken_in_silence(
    stage: Stage, visitor: Visitor, number: Any
) -> None:
    """2025-11-25, utilities: cancellation; invalid ones are ignored. ``true`` is not the request 1."""
    under_way = asyncio.create_task(visitor.call(1, "wait"))
    await stage.begun.wait()
    assert await visitor.post(cancelled(number)) == (202, None)
    stage.go_on.set()
    assert (await under_way)[0] == 200


async def test_delete_ends_what_is_under_way(stage: Stage, visitor: Visitor) -> None:
    """2025-11-25, transports: session management."""
    under_way = asyncio.create_task(visitor.call(7, "wait"))
    await stage.begun.wait()
    assert await visitor.delete() == 204
    await under_way
    assert stage.cancelled.is_set()
    assert [(await visitor.call(8, "echo", text="x"))[0], await visitor.delete()] == [404, 404]


async def test_session_of_another_person_is_not_there(stage: Stage, visitor: Visitor) -> None:
    """T11: neither to speak in, nor to listen to, nor to end, nor to answer its questions."""
    bob = Visitor(visitor.client, who="bob", session=visitor.session)
    async with visitor.send(call(1, "agree")) as answer:
        said = events(answer)
        _, question = await anext(said)
        reply = {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": {"yes": True}}}
        async with bob.listen() as stream:
            assert [(await bob.post(reply))[0], stream.status, await bob.delete()] == [404, 404, 404]
        assert await visitor.post({**reply, "result": {"action": "decline"}}) == (202, None)
        assert await visitor.post(reply) == (202, None)  # a second answer is nobody's
        _, result = await anext(said)
    assert result["result"]["content"][0]["text"] == "no"


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26", "2026-07-28", ""])
async def test_session_goes_on_in_its_revision_whatever_version_the_header_names(
    stage: Stage, visitor: Visitor, version: str
) -> None:
    """2025-11-25, transports: protocol version header: it SHOULD be the negotiated one, and 400 is for those that
    are invalid or unsupported.
    """
    status, answer = await visitor.post(request(1, "tools/list"), MCP_Protocol_Version=version)
    assert (status, "resultType" in answer["result"]) == (200, False)
    assert (
        await visitor.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, MCP_Protocol_Version=version)
    ) == (202, None)
    if version == "2026-07-28":  # whose GET and DELETE are answered 405, with whatever header beside
        return
    async with visitor.listen(MCP_Protocol_Version=version) as stream:
        await stream.content.readline()
        stage.server.changed("tools")
        _, message = await anext(events(stream))
    assert message["method"] == CHANGED
    async with visitor.client.delete("/mcp", headers=visitor.headers(MCP_Protocol_Version=version)) as ended:
        assert ended.status == 204


@pytest.mark.parametrize("version", ["1999-01-01", "2024-11-05", "x"])
async def test_version_that_nobody_speaks_is_refused_in_the_words_of_the_session(
    visitor: Visitor, version: str
) -> None:
    """2025-11-25, transports: protocol version header; -32020 to -32022 are codes of 2026-07-28, which clients of
    the session do not know.
    """
    status, answer = await visitor.post(request(1, "ping"), MCP_Protocol_Version=version)
    assert (status, answer["error"]["code"]) == (400, -32600)
    assert "2025-11-25" in answer["error"]["message"]
    async with visitor.listen(MCP_Protocol_Version=version) as stream:
        assert (stream.status, (await stream.json())["error"]["code"]) == (400, -32600)


@pytest.mark.parametrize("name", ["MCP-Protocol-Version", "Mcp-Session-Id"])
async def test_header_that_comes_twice_is_refused_in_the_words_of_the_session(visitor: Visitor, name: str) -> None:
    """RFC 9110 section 5.3: whoever reads the first sees another request than who reads the last."""
    headers = [*visitor.headers().items(), (name, "2025-11-25")]
    async with visitor.client.post("/mcp", json=request(1, "ping"), headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, -32600)


async def test_reader_that_comes_back_gets_what_it_missed_once(stage: Stage, visitor: Visitor) -> None:
    """2025-11-25, transports: resumability."""
    async with visitor.send(call(1, "steps")) as answer:
        first, _ = await anext(events(answer))
    async with visitor.listen(Last_Event_ID=first) as stream:
        rest = [message async for _, message in events(stream)]
    assert [each["params"]["progress"] for each in rest[:-1]] == [2, 3]
    assert rest[-1]["result"]["content"][0]["text"] == "walked"


@pytest.mark.parametrize("seen", ["0.99999", "7.3", "x", "-.1", "deadbeef-0.12"])
async def test_invented_event_id_opens_the_stream_beside_the_answers(stage: Stage, visitor: Visitor, seen: str) -> None:
    """2025-11-25, transports: resumability; what nobody sent cannot be gone on from, and nothing new may be lost by
    it.
    """
    async with visitor.listen(Last_Event_ID=seen) as stream:
        await stream.content.readline()
        stage.server.changed("tools")
        _, message = await anext(events(stream))
    assert message["method"] == CHANGED


async def test_number_beyond_the_last_event_loses_nothing(stage: Stage, visitor: Visitor) -> None:
    async with visitor.listen() as stream:
        priming = (await stream.content.readline()).decode().removeprefix("id: ").strip()
    async with visitor.listen(Last_Event_ID=priming.replace(".0", ".900")) as stream:
        await stream.content.readline()
        stage.server.changed("tools")
        assert (await anext(events(stream)))[1]["method"] == CHANGED


async def test_second_listener_takes_over_and_is_told_nothing_twice(stage: Stage, visitor: Visitor) -> None:
    """2025-11-25, transports: one stream for each message."""
    async with visitor.listen() as first:
        told = events(first)
        await first.content.readline()
        stage.server.changed("tools")
        assert (await anext(told))[1]["method"] == CHANGED
        async with visitor.listen() as second:
            assert [each async for each in told] == []
            stage.server.changed("prompts")
            assert (await anext(events(second)))[1]["method"] == "notifications/prompts/list_changed"


async def test_client_without_a_session_cannot_be_asked(visitor: Visitor) -> None:
    """Nobody could answer: the call says so at once and does not wait."""
    stranger = Visitor(visitor.client)
    status, answer = await stranger.call(1, "agree")
    assert (status, answer["error"]["code"]) == (200, -32021)


async def test_client_that_takes_no_stream_is_told_nothing_on_the_way_and_not_asked(visitor: Visitor) -> None:
    """RFC 9110 section 12.5.1."""
    status, answer = await visitor.post(call(1, "steps"), Accept="application/json")
    assert (status, answer["result"]["content"][0]["text"]) == (200, "walked")
    status, answer = await visitor.post(call(2, "agree"), Accept="application/json")
    assert (status, answer["error"]["code"]) == (200, -32603)


async def test_client_that_takes_streams_only_gets_one_but_true_statuses(visitor: Visitor) -> None:
    """RFC 6750 section 3.1: what a scope is missing for is a 403, whatever the client takes."""
    _, messages = await visitor.post(call(1, "echo", text="x"), Accept="text/event-stream")
    assert messages[-1]["result"]["content"][0]["text"] == "x"
    async with visitor.send(call(2, "change"), Accept="text/event-stream") as answer:
        assert answer.status == 403


async def test_listening_without_taking_streams_is_refused(visitor: Visitor) -> None:
    """2025-11-25, transports: listening for messages."""
    async with visitor.client.get("/mcp", headers=visitor.headers(Accept="application/json")) as answer:
        assert answer.status == 406


async def test_long_silence_becomes_a_stream_that_is_kept_alive(stage: Stage, aiohttp_client: AiohttpClient) -> None:
    """2025-11-25, transports: proxies give up on what is still."""
    client = await aiohttp_client(application(stage, timing=Timing(quiet=0.01)))
    visitor = await Visitor(client).initialize()
    async with visitor.send(call(1, "wait")) as answer:
        while await answer.content.readline() != b":\n":
            pass
        stage.go_on.set()
        assert [message["id"] async for _, message in events(answer)] == [1]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_session_survives_a_restart(
    stage: Stage, aiohttp_client: AiohttpClient, tmp_path: Path, revision: str
) -> None:
    """2025-11-25, transports: session management; its replay is lost, so that the stream is a fresh one."""
    store = await open_store(f"sqlite:///{tmp_path}/sessions.db")
    try:
        before = await aiohttp_client(application(stage, sessions=store))
        visitor = await Visitor(before, revision).initialize(**EVERYTHING)
        await visitor.post(request(1, "resources/subscribe", uri="memo://one"))
        await before.close()
        later = Stage()
        after = Visitor(await aiohttp_client(application(later, sessions=store)), revision, session=visitor.session)
        assert (await after.call(1, "echo", text="still here"))[0] == 200
        async with after.listen(Last_Event_ID="1.4") as stream:
            later.server.resource_updated("memo://one")
            assert (await anext(events(stream)))[1]["params"] == {"uri": "memo://one"}
    finally:
        await store.close()


async def test_server_that_stops_ends_its_streams(stage: Stage, visitor: Visitor) -> None:
    async with visitor.listen() as stream:
        closing = asyncio.create_task(visitor.client.server.close())
        assert [each async for each in events(stream)] == []
        await closing


@pytest.mark.parametrize(("revision", "tool"), [("2025-06-18", "visit_page"), ("2025-03-26", "visit_page")])
async def test_question_that_the_revision_does_not_have_is_not_asked(
    stage: Stage, aiohttp_client: AiohttpClient, revision: str, tool: str
) -> None:
    """Pages to visit came with 2025-11-25, whatever the client declares."""
    visitor = await Visitor(await aiohttp_client(application(stage)), revision).initialize(**EVERYTHING)
    assert (await visitor.call(1, tool))[1]["error"]["code"] == -32021


async def test_meta_of_a_request_without_any_is_data_like_another(stage: Stage, visitor: Visitor) -> None:
    """A tool may return it."""

    @stage.server.tool()
    async def told(context: Context) -> dict[str, Any]:
        return {"meta": context.meta}

    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "told"}}
    _, answer = await visitor.post(message, Accept="application/json")
    assert answer["result"]["structuredContent"] == {"meta": {}}
