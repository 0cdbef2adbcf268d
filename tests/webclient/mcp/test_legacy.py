"""Revisions 2025-03-26 to 2025-11-25: sessions, questions on the stream, streams that break off and go on,
cancellation in words.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from webclient.errors import FlowError, TooSlow
from webclient.mcp.client import Session
from webclient.mcp.protocol.host import Declined, Progress
from webclient.mcp.protocol.results import RpcError

from .conftest import Person, Rig
from .scripted import TOOL, Script, Scripted, Turn, event, legacy, modern, no_line, note

Serve = Callable[[Script], Awaitable[Scripted]]
DONE = {"content": [{"type": "text", "text": "done"}]}
FORM = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


async def no_tool(turn: Turn) -> web.StreamResponse:
    return turn.result(DONE) if turn.method == "tools/call" else await no_line(turn)


def question(id_: Any, method: str, params: dict[str, Any] | None = None) -> bytes:
    return event({"jsonrpc": "2.0", "id": id_, "method": method, "params": params or {}})


def asking(*questions: bytes, replies: int | None = None) -> Script:
    """A call that puts these questions on its stream and answers when so many replies are there."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "tools/call":
            return await no_line(turn)
        answer = await turn.stream(*questions)
        await heard(turn, len(questions) if replies is None else replies)
        await answer.write(event(turn.response(DONE)))
        return answer

    async def heard(turn: Turn, wanted: int) -> None:
        server = turn.server
        while len(server.only("response")) < wanted:
            await server.news.wait()
            server.news.clear()

    return legacy(answer)


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
async def test_session_goes_along_and_is_ended(rig: Rig, serve: Serve, version: str) -> None:
    """MCP 2025-11-25, session management."""
    server = await serve(legacy(no_tool, version))
    async with rig.client(server.url) as client:
        await client.call_tool(TOOL, {})
    initialize, initialized, call, goodbye = server.turns[1:]
    assert "Mcp-Session-Id" not in initialize.request.headers
    assert initialize.params["protocolVersion"] == "2025-11-25"
    for turn in (initialized, call, goodbye):
        assert turn.request.headers["Mcp-Session-Id"] == "s-1"
        assert turn.request.headers["MCP-Protocol-Version"] == version
    assert goodbye.method == "DELETE"
    assert "Mcp-Method" not in call.request.headers


async def test_kept_session_is_gone_on_with_and_ended_when_told(rig: Rig, serve: Serve) -> None:
    server = await serve(legacy(no_tool))
    session = Session()
    for _ in range(2):
        async with rig.client(server.url, session=session) as client:
            await client.call_tool(TOOL, {})
    assert server.methods().count("initialize") == 1
    await rig.client(server.url, session=session).end()
    assert server.methods()[-1] == "DELETE"
    assert session.id == ""


@pytest.mark.parametrize("named", ["with space", "ü", "x" * 2000])
async def test_unusable_session_id_is_not_repeated(rig: Rig, serve: Serve, named: str) -> None:
    """«The session ID MUST only contain visible ASCII characters.»"""
    server = await serve(legacy(no_tool, session=named))
    async with rig.client(server.url) as client:
        await client.call_tool(TOOL, {})
    assert "Mcp-Session-Id" not in server.turns[-1].request.headers


async def test_lost_session_is_opened_anew_once_for_all(rig: Rig, serve: Serve) -> None:
    """«When a client receives HTTP 404 in response to a request containing an MCP-Session-Id, it MUST start a new
    session.»
    """
    lost = ["s-1"]

    async def forgetful(turn: Turn) -> web.StreamResponse:
        if turn.request.headers.get("Mcp-Session-Id") in lost:
            return web.Response(status=404)
        return await legacy(no_tool, session=f"s-{len(server.only('initialize'))}")(turn)

    server = await serve(legacy(no_tool))
    client = rig.client(server.url)
    await client.open()
    server.script = forgetful
    results = await asyncio.gather(*(client.call_tool(TOOL, {}) for _ in range(5)))
    assert results == [DONE] * 5
    assert len(server.only("initialize")) == 2


async def test_questions_on_the_stream_are_answered(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25, elicitation, sampling, roots, ping: each response is a POST of its own."""
    elicit = {"message": "Who?", "requestedSchema": FORM}
    server = await serve(
        asking(
            question("p", "ping"),
            question(7, "elicitation/create", elicit),
            question(8, "sampling/createMessage", {"messages": []}),
            question(9, "roots/list"),
        )
    )
    words = {"role": "assistant", "content": {"type": "text", "text": "x"}, "model": "m"}
    person = Person(
        {"elicit": {"action": "accept", "content": {"name": "Ada"}}, "sample": words, "roots": {"roots": []}}
    )
    async with rig.client(server.url, host=person) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    replies = {turn.message["id"]: turn.message["result"] for turn in server.only("response")}
    assert replies == {"p": {}, 7: {"action": "accept", "content": {"name": "Ada"}}, 8: words, 9: {"roots": []}}


@pytest.mark.parametrize(
    ("method", "params", "answers", "code"),
    [
        ("sampling/createMessage", {"messages": []}, {}, -1),
        ("tools/call", {}, {}, -32601),
        ("elicitation/create", {"message": "m"}, {}, -32602),
        (
            "elicitation/create",
            {"message": "m", "requestedSchema": FORM},
            {"elicit": {"action": "accept", "content": {"name": 1}}},
            -32603,
        ),
    ],
)
async def test_question_that_is_not_answered_gets_an_error(
    rig: Rig, serve: Serve, method: str, params: dict[str, Any], answers: dict[str, Any], code: int
) -> None:
    """MCP 2025-11-25, sampling: -1 for what the person rejects; JSON-RPC 2.0 for the rest."""
    server = await serve(asking(question(1, method, params)))
    async with rig.client(server.url, host=Person(answers)) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    assert server.only("response")[0].message["error"]["code"] == code


async def test_ping_is_answered_while_a_person_thinks(rig: Rig, serve: Serve) -> None:
    """A person's time is no silence of the server's, and what the server asks meanwhile does not wait."""
    thinking = asyncio.Event()

    async def think(params: dict[str, Any]) -> dict[str, Any]:
        await thinking.wait()
        await asyncio.sleep(0.5)
        return {"action": "decline"}

    async def watch() -> None:
        while not server.only("response"):
            await server.news.wait()
            server.news.clear()
        thinking.set()
        server.news.set()

    server = await serve(
        asking(
            question(1, "elicitation/create", {"message": "m", "requestedSchema": FORM}), question(2, "ping"), replies=1
        )
    )
    watching = asyncio.create_task(watch())
    async with rig.client(server.url, host=Person({"elicit": think}), call_timeout=0.4) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    await watching
    assert server.only("response")[0].message["id"] == 2


async def test_question_that_the_server_takes_back_is_dropped(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25, cancellation."""
    dropped = asyncio.Event()

    async def think(params: dict[str, Any]) -> dict[str, Any]:
        try:
            await asyncio.Event().wait()
        finally:
            dropped.set()
        return {}

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "tools/call":
            return await no_line(turn)
        answer = await turn.stream(question(1, "elicitation/create", {"message": "m", "requestedSchema": FORM}))
        await asked.wait()
        await answer.write(event(note("notifications/cancelled", {"requestId": 1})))
        await asyncio.wait_for(dropped.wait(), 5)
        await answer.write(event(turn.response(DONE)))
        return answer

    asked = asyncio.Event()

    async def thinking(params: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        return await think(params)

    async with rig.client((await serve(legacy(answer))).url, host=Person({"elicit": thinking})) as client:
        assert await client.call_tool(TOOL, {}) == DONE


async def test_flood_of_questions_is_not_answered_in_full(rig: Rig, serve: Serve) -> None:
    async def wait(params: dict[str, Any]) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    questions = [question(each, "roots/list") for each in range(500)]
    person = Person({"roots": wait})
    async with rig.client((await serve(asking(*questions, replies=0))).url, host=person, most_questions=4) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    assert len(person.asked) <= 4


async def test_server_may_ask_on_a_line_of_its_own(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25, listening for messages from the server: open before anything is called."""
    asked = asyncio.Event()

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "GET":
            answer = await turn.stream(b": open\n\n")
            await asked.wait()
            await answer.write(question(1, "roots/list"))
            while True:
                await asyncio.sleep(0.05)
                await answer.write(b": still here\n\n")
        asked.set()
        while not server.only("response"):
            await server.news.wait()
            server.news.clear()
        return turn.result(DONE)

    server = await serve(legacy(answer))
    async with rig.client(server.url, host=Person({"roots": {"roots": []}})) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    assert server.only("response")[0].message["result"] == {"roots": []}


async def test_line_is_asked_for_once_and_only_for_what_may_take_long(rig: Rig, serve: Serve) -> None:
    server = await serve(legacy(no_tool))
    session = Session()
    for _ in range(2):
        async with rig.client(server.url, host=Person(), session=session) as client:
            await client.list_tools()
            assert len(server.only("GET")) == min(1, len(server.only("tools/call")))
            await client.call_tool(TOOL, {})
    assert len(server.only("GET")) == 1


async def test_leaving_a_line_is_no_failure(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "GET":
            return turn.result(DONE)
        answer = await turn.stream(b": open\n\n")
        await asyncio.Event().wait()
        return answer

    async with rig.client((await serve(legacy(answer))).url, host=Person()) as client:
        await client.call_tool(TOOL, {})
    line = next(hop for hop in rig.hops.hops if hop.method == "GET")
    assert (line.outcome, line.meaning) == (
        "info",
        "The client closed the stream because it expected nothing more on it.",
    )


async def test_call_is_not_repeated_when_its_stream_is_lost(rig: Rig, serve: Serve) -> None:
    """A session that ended in the middle is no reason to do a thing twice."""

    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(status=404) if turn.method == "GET" else await turn.stream(b"id: 1\nretry: 1\ndata:\n\n")

    server = await serve(legacy(answer))
    with pytest.raises(FlowError, match="refuses to resume it"):
        await rig.client(server.url).call_tool(TOOL, {})
    assert len(server.only("tools/call")) == 1


async def test_broken_stream_goes_on_where_it_broke(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25, resumability; SEP-1699: the wait is the server's to say."""
    parts = {
        None: b"id: 1\nretry: 50\ndata:\n\n",
        "1": event(note("notifications/message", {"data": 1}), id_="2"),
        "2": b"",
    }
    times: list[float] = []
    call: list[Turn] = []

    async def answer(turn: Turn) -> web.StreamResponse:
        times.append(asyncio.get_running_loop().time())
        if turn.method == "tools/call":
            call.append(turn)
        last = turn.request.headers.get("Last-Event-ID")
        if len(times) == 4:
            return await turn.stream(event(call[0].response(DONE), id_="3"))
        return await turn.stream(parts[last])

    server = await serve(legacy(answer))
    person = Person(capabilities={})
    async with rig.client(server.url, host=person) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    gets = server.only("GET")
    assert [turn.request.headers["Last-Event-ID"] for turn in gets] == ["1", "2", "2"]
    assert all(turn.request.headers["Mcp-Session-Id"] == "s-1" for turn in gets)
    assert all(later - sooner >= 0.04 for sooner, later in pairwise(times))
    assert person.heard == [("notifications/message", {"data": 1})]
    assert rig.failed() == []


async def test_server_that_says_at_once_and_nothing_else_is_not_asked_in_a_whirl(rig: Rig, serve: Serve) -> None:
    """SEP-1699 lets servers close streams and name a wait.

    One that names none, and a new mark each time, would be asked thousands of times a second.
    """
    count = 0

    async def answer(turn: Turn) -> web.StreamResponse:
        nonlocal count
        count += 1
        return await turn.stream(b"id: %d\nretry: 0\ndata:\n\n" % count)

    server = await serve(legacy(answer))
    client = rig.client(server.url, total_timeout=1.5, shortest_retry=0.1)
    with pytest.raises(TooSlow, match="longer for its response than this client waits"):
        await client.call_tool(TOOL, {})
    assert 2 <= len(server.only("GET")) <= 5
    assert len(server.only("tools/call")) == 1


async def test_ping_is_answered_that_comes_together_with_the_result(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25, ping: the receiver must respond promptly, also when it needs nothing more from that stream."""
    ping = event({"jsonrpc": "2.0", "id": "p1", "method": "ping"})

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "tools/call":
            return web.Response(status=202) if turn.method == "response" else await no_line(turn)
        return web.Response(body=ping + event(turn.response(DONE)), content_type="text/event-stream")

    server = await serve(legacy(answer))
    async with rig.client(server.url) as client:
        assert await client.call_tool(TOOL, {}) == DONE
        async with asyncio.timeout(2):
            while not server.only("response"):
                server.news.clear()
                await server.news.wait()
    assert server.only("response")[0].message == {"jsonrpc": "2.0", "id": "p1", "result": {}}


@pytest.mark.parametrize("protocol", ["2026-07-28", "2025-11-25"])
async def test_call_that_was_refused_is_not_made_again_unless_the_server_speaks_otherwise_now(
    rig: Rig, serve: Serve, protocol: str
) -> None:
    """A tool may have done its work before it said no; only a request in the wrong revision was never understood."""

    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.error(-32602, 400) if turn.method == "tools/call" else await no_line(turn)

    server = await serve(modern(answer) if protocol == "2026-07-28" else legacy(answer))
    async with rig.client(server.url, session=Session(protocol=protocol)) as client:
        with pytest.raises(RpcError):
            await client.call_tool(TOOL, {})
    assert len(server.only("tools/call")) == 1


@pytest.mark.parametrize(
    ("first", "again", "sentence"),
    [
        (b"data: {}\n\n", b"", "ended its stream without a response"),
        (b"id: 1\nretry: 1\ndata:\n\n", b"", "closed the stream repeatedly"),
        (b"id: 1\nretry: 600000\ndata:\n\n", b"", "longer for its response than this client waits"),
        (b"id: 1\nretry: 1\ndata:\n\n", None, "refuses to resume it"),
    ],
)
async def test_stream_that_never_answers_ends_in_a_sentence(
    rig: Rig, serve: Serve, first: bytes, again: bytes | None, sentence: str
) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "GET" and again is None:
            return web.Response(status=405)
        return await turn.stream(first if turn.method == "tools/call" else again or b"")

    with pytest.raises(FlowError, match=sentence):
        await rig.client((await serve(legacy(answer))).url).call_tool(TOOL, {})


async def test_leaving_is_said_in_words(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25, cancellation: «to cancel, the client SHOULD explicitly send an MCP CancelledNotification»."""
    started = asyncio.Event()

    async def answer(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream(b": working\n\n")
        started.set()
        await asyncio.Event().wait()
        return answer

    server = await serve(legacy(answer))
    client = rig.client(server.url)
    call = asyncio.create_task(client.call_tool(TOOL, {}))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    told = server.only("notifications/cancelled")[0]
    assert told.params["requestId"] == server.only("tools/call")[0].message["id"]


async def test_impatience_is_said_in_words(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream(b": working\n\n")
        await asyncio.Event().wait()
        return answer

    server = await serve(legacy(answer))
    with pytest.raises(TooSlow):
        await rig.client(server.url, call_timeout=0.3).call_tool(TOOL, {})
    assert len(server.only("notifications/cancelled")) == 1


async def test_batch_is_taken_apart(rig: Rig, serve: Serve) -> None:
    """MCP 2025-03-26: a batch may hold notifications and the response, as JSON or as an event."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "tools/call":
            return await no_line(turn)
        token = turn.params["_meta"]["progressToken"]
        batch = [note("notifications/progress", {"progressToken": token, "progress": 1}), turn.response(DONE)]
        return await turn.stream(event(batch)) if turn.params["arguments"] else web.json_response(batch)

    person = Person()
    async with rig.client((await serve(legacy(answer, "2025-03-26"))).url, host=person) as client:
        assert await client.call_tool(TOOL, {}) == DONE
        assert await client.call_tool(TOOL, {"stream": 1}) == DONE
    assert person.seen == [Progress(1), Progress(1)]


@pytest.mark.parametrize("accepted", [True, False])
async def test_address_that_must_be_visited_is_shown_first(rig: Rig, serve: Serve, accepted: bool) -> None:
    """MCP 2025-11-25, elicitation: URLElicitationRequiredError."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "tools/call":
            return await no_line(turn)
        if len(server.only("tools/call")) > 1:
            return turn.result(DONE)
        wanted = {"mode": "url", "elicitationId": "e", "url": "https://x.example/pay", "message": "Pay first"}
        return turn.error(-32042, status=200, data={"elicitations": [wanted]})

    server = await serve(legacy(answer))
    person = Person({"elicit": {"action": "accept" if accepted else "cancel"}})
    client = rig.client(server.url, host=person)
    if accepted:
        assert await client.call_tool(TOOL, {}) == DONE
    else:
        with pytest.raises(Declined):
            await client.call_tool(TOOL, {})
    await client.close()
    assert person.asked[0][1]["url"] == "https://x.example/pay"


async def test_address_error_without_addresses_is_just_an_error(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return (
            turn.error(-32042, status=200, data={"elicitations": []})
            if turn.method == "tools/call"
            else await no_line(turn)
        )

    with pytest.raises(RpcError):
        await rig.client((await serve(legacy(answer))).url).call_tool(TOOL, {})


async def test_what_only_these_revisions_have(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25: ping, logging/setLevel, resources/subscribe, roots/list_changed."""

    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result({}) if turn.request.method == "POST" else await no_line(turn)

    server = await serve(legacy(answer))
    async with rig.client(server.url) as client:
        await client.ping()
        await client.set_level("warning")
        await client.subscribe("x:1")
        await client.unsubscribe("x:1")
        await client.roots_changed()
    assert server.methods()[3:-1] == [
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "notifications/roots/list_changed",
    ]


async def test_notification_that_is_refused_fails(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(status=400) if turn.method == "notifications/initialized" else await legacy(no_tool)(turn)

    with pytest.raises(FlowError):
        await rig.client((await serve(answer)).url).open()


@pytest.mark.parametrize(
    ("support", "version", "offered"),
    [("required", "2025-06-18", False), ("required", "2025-11-25", True), (7, "2025-06-18", True)],
)
async def test_tool_that_requires_a_task_is_set_aside_before_there_were_tasks(
    rig: Rig, serve: Serve, support: object, version: str, offered: bool
) -> None:
    """MCP 2025-11-25, tasks, tool-level negotiation: called without a task it is refused."""

    async def tasked(turn: Turn) -> web.StreamResponse:
        if turn.method == "tools/list":
            return turn.result({"tools": [{**TOOL, "execution": {"taskSupport": support}}]})
        return await legacy(no_line, version)(turn)

    async with rig.client((await serve(tasked)).url) as client:
        tools, set_aside = await client.list_tools()
    assert bool(tools) is offered
    assert ("runs only as a task" in " ".join(set_aside)) is not offered
