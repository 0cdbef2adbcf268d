"""One session for many clients (MCP 2025-11-25: basic, session management, progress; MCP 2024-11-05, HTTP with SSE)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from mcpserver import MCPServer
from tests.flow.server import serving
from webclient.errors import FlowError
from webclient.mcp.client import Session
from webclient.mcp.protocol.revisions import RELATED_TASK

from .conftest import Person, Rig
from .scripted import TOOL, Script, Scripted, Turn, event, legacy, no_line, note

Serve = Callable[[Script], Awaitable[Scripted]]
DONE = {"content": [{"type": "text", "text": "done"}]}
FORM = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
WHO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "elicitation/create",
    "params": {"message": "Who?", "requestedSchema": FORM},
}


async def until(server: Scripted, method: str, many: int = 1) -> None:
    async with asyncio.timeout(10):
        while len(server.only(method)) < many:
            server.news.clear()
            await server.news.wait()


def pinged(script: Script) -> Script:
    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result({}) if turn.method == "ping" else await script(turn)

    return answer


async def test_no_id_comes_twice_in_a_session(rig: Rig, serve: Serve) -> None:
    """«The request ID MUST NOT have been previously used by the requestor within the same session.»"""

    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result(DONE) if turn.method == "tools/call" else await no_line(turn)

    server, session = await serve(legacy(answer)), Session()

    async def operate() -> None:
        async with rig.client(server.url, session=session) as client:
            await client.call_tool(TOOL, {})

    await asyncio.gather(*(operate() for _ in range(20)))
    ids = [
        turn.message["id"]
        for turn in server.turns
        if "id" in turn.message and turn.request.headers.get("Mcp-Session-Id")
    ]
    assert len(ids) == len(set(ids)) == 20
    assert len(server.only("initialize")) == 1
    tokens = [turn.params["_meta"]["progressToken"] for turn in server.only("tools/call")]
    assert len(set(tokens)) == 20


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("status", [400, 404, 405])
async def test_refusal_of_one_request_leaves_the_session_to_the_others(
    rig: Rig, serve: Serve, status: int, named: bool
) -> None:
    """A question is open meanwhile, and its answer arrives in the session in which it was put."""
    thinking, asked = asyncio.Event(), asyncio.Event()

    async def think(params: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        await thinking.wait()
        return {"action": "accept", "content": {"name": "Ada"}}

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "resources/read":
            return turn.error(-32602, status) if named else web.Response(status=status, text="no")
        if turn.method != "tools/call":
            return await no_line(turn)
        answer = await turn.stream(event(WHO))
        await until(server, "response")
        await answer.write(event(turn.response(DONE)))
        return answer

    server, session = await serve(pinged(legacy(answer))), Session()
    async with rig.client(server.url, session=session, host=Person({"elicit": think})) as client:
        call = asyncio.create_task(client.call_tool(TOOL, {}))
        await asyncio.wait_for(asked.wait(), 5)
        async with rig.client(server.url, session=session) as other:
            with pytest.raises(FlowError):
                await other.read_resource("x:1")
        thinking.set()
        assert await call == DONE
    assert len(server.only("initialize")) == 1
    assert len(server.only("resources/read")) == 1
    assert server.only("response")[0].request.headers["Mcp-Session-Id"] == "s-1"


async def test_renewed_session_is_asked_for_what_the_lost_one_was(rig: Rig, serve: Serve) -> None:
    """Log level and resource subscriptions."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.request.headers.get("Mcp-Session-Id") in lost:
            return web.Response(status=404)
        if turn.request.method != "POST":
            return await no_line(turn)
        return await legacy(fine, session=f"s-{len(server.only('initialize'))}")(turn)

    async def fine(turn: Turn) -> web.StreamResponse:
        return turn.result({})

    lost: list[str] = []
    server, session = await serve(answer), Session(protocol="2025-11-25")
    async with rig.client(server.url, session=session) as client:
        await client.set_level("debug")
        for uri in ("x:1", "x:2", "x:3"):
            await client.subscribe(uri)
        await client.unsubscribe("x:2")
    lost.append("s-1")
    async with rig.client(server.url, session=session) as client:
        await client.list_tools()
    renewed = [turn for turn in server.turns if turn.request.headers.get("Mcp-Session-Id") == "s-2"]
    assert [turn.method for turn in renewed] == [
        "notifications/initialized",
        "logging/setLevel",
        "resources/subscribe",
        "resources/subscribe",
        "tools/list",
    ]
    assert [turn.params.get("level") or turn.params["uri"] for turn in renewed[1:4]] == ["debug", "x:1", "x:3"]


async def test_question_on_the_shared_line_is_put_to_whoever_works(rig: Rig, serve: Serve) -> None:
    """A watch keeps the line; the one whose call is under way is asked, and progress is told to the one whose token
    it is.
    """
    calling, line = asyncio.Event(), asyncio.Event()
    tokens: list[int] = []

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "GET":
            answer = await turn.stream(b": open\n\n")
            line.set()
            await calling.wait()
            await answer.write(
                event(note("notifications/progress", {"progressToken": tokens[0], "progress": 1})) + event(WHO)
            )
            await asyncio.Event().wait()
        tokens.append(turn.params["_meta"]["progressToken"])
        calling.set()
        await until(server, "response")
        return turn.result(DONE)

    server, session = await serve(legacy(answer)), Session()
    watcher, caller = Person(), Person({"elicit": {"action": "accept", "content": {"name": "Ada"}}})
    async with (
        rig.client(server.url, session=session, host=watcher) as watching,
        await watching.listen({"toolsListChanged": True}) as news,
    ):
        await anext(news)
        await asyncio.wait_for(line.wait(), 5)
        async with rig.client(server.url, session=session, host=caller) as client:
            assert await client.call_tool(TOOL, {}) == DONE
    assert (watcher.asked, len(caller.asked), len(caller.seen)) == ([], 1, 1)
    assert len(server.only("GET")) == 1


async def test_line_stays_for_a_call_when_the_watch_stops(rig: Rig, serve: Serve) -> None:
    calling, stopped = asyncio.Event(), asyncio.Event()

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "GET":
            answer = await turn.stream(b": open\n\n")
            await stopped.wait()
            await answer.write(event(WHO))
            await asyncio.Event().wait()
        calling.set()
        await until(server, "response")
        return turn.result(DONE)

    server, session = await serve(legacy(answer)), Session()
    caller = Person({"elicit": {"action": "accept", "content": {"name": "Ada"}}})
    async with rig.client(server.url, session=session, host=caller) as client:
        async with (
            rig.client(server.url, session=session) as watching,
            await watching.listen({"toolsListChanged": True}) as news,
        ):
            await anext(news)
            call = asyncio.create_task(client.call_tool(TOOL, {}))
            await asyncio.wait_for(calling.wait(), 5)
        stopped.set()
        assert await call == DONE
    assert len(caller.asked) == 1


@pytest.mark.parametrize(
    ("method", "meta", "said"),
    [
        ("elicitation/create", {}, {"result": {"action": "cancel"}}),
        (
            "elicitation/create",
            {"taskId": "t-1"},
            {"result": {"action": "cancel", "_meta": {RELATED_TASK: {"taskId": "t-1"}}}},
        ),
        ("sampling/createMessage", {}, {"error": {"code": -32603, "message": "There is nobody to ask any more."}}),
    ],
)
async def test_question_on_the_line_is_put_away_when_nobody_is_left(
    rig: Rig, serve: Serve, method: str, meta: dict[str, str], said: dict[str, Any]
) -> None:
    """MCP 2025-11-25, elicitation, response actions: no refusal of a person's, and no silence: the server would wait
    for ever.
    """
    asked = asyncio.Event()

    async def think(params: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def answer(turn: Turn) -> web.StreamResponse:
        params = {
            "message": "Who?",
            "requestedSchema": FORM,
            "messages": [],
            **({"_meta": {RELATED_TASK: meta}} if meta else {}),
        }
        if turn.method != "GET":
            return await no_line(turn)
        answer = await turn.stream(event({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}))
        await asyncio.Event().wait()
        return answer

    server, session = await serve(legacy(answer)), Session()
    person = Person({"elicit": think, "sample": think})
    async with (
        rig.client(server.url, session=session, host=person) as watching,
        await watching.listen({"toolsListChanged": True}),
    ):
        await asyncio.wait_for(asked.wait(), 10)
    [response] = server.only("response")
    assert response.message == {"jsonrpc": "2.0", "id": 7, **said}


async def test_question_that_comes_while_its_client_leaves_is_for_another(rig: Rig, serve: Serve) -> None:
    """A host may take its time to let go of a question; nothing new is put to it meanwhile, for nobody would answer."""
    joined, asked, leaving, answered = (asyncio.Event() for _ in range(4))

    async def think(params: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            leaving.set()
            await asyncio.wait_for(answered.wait(), 5)
        raise AssertionError

    async def hears(turn: Turn) -> web.StreamResponse:
        if turn.method == "response" and turn.message["id"] == 8:
            answered.set()
        return await legacy(answer)(turn)

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "GET":
            return await no_line(turn)
        line = await turn.stream(b": open\n\n")
        await joined.wait()
        await line.write(event({**WHO, "id": 7}))
        await leaving.wait()
        await line.write(event({**WHO, "id": 8}))
        await asyncio.Event().wait()
        return line

    server, session = await serve(hears), Session()
    async with rig.client(server.url, session=session) as watching, await watching.listen({"toolsListChanged": True}):
        async with rig.client(server.url, session=session, host=Person({"elicit": think})) as client:
            await client.list_tools(fresh=True)
            joined.set()
            await asyncio.wait_for(asked.wait(), 5)
        assert answered.is_set()
        await until(server, "response", 2)
    assert sorted(turn.message["id"] for turn in server.only("response")) == [7, 8]


async def test_person_may_think_longer_than_a_call_may_be_silent(rig: Rig, serve: Serve) -> None:
    """The question came on the line, the answer of the call comes as JSON: nothing is heard of the call itself."""
    asking = asyncio.Event()

    async def think(params: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(1)
        return {"action": "decline"}

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "GET":
            answer = await turn.stream(b": open\n\n")
            await asking.wait()
            await answer.write(event(WHO))
            await asyncio.Event().wait()
        asking.set()
        await until(server, "response")
        return turn.result(DONE)

    server = await serve(legacy(answer))
    async with rig.client(server.url, host=Person({"elicit": think}), call_timeout=0.5) as client:
        assert await client.call_tool(TOOL, {}) == DONE


async def test_answer_to_a_lost_session_ends_the_call(rig: Rig, serve: Serve) -> None:
    """It would wait for ever."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method in ("response", "ping"):
            return web.Response(status=404)
        if turn.method != "tools/call":
            return await legacy(no_line)(turn)
        answer = await turn.stream(event(WHO))
        await asyncio.Event().wait()
        return answer

    server = await serve(answer)
    person = Person({"elicit": {"action": "decline"}})
    async with rig.client(server.url, host=person, call_timeout=30) as client:
        with pytest.raises(FlowError, match="did not accept the message"):
            await client.call_tool(TOOL, {})


@pytest.mark.parametrize("protocol", ["2025-11-25", "2025-03-26"])
async def test_our_own_server_takes_twenty_at_once(rig: Rig, protocol: str) -> None:
    """It refuses an id that is under way."""
    own = MCPServer("Own")

    @own.tool
    async def double(number: int) -> int:
        return 2 * number

    async with serving(own) as url:
        session = Session()

        async def operate(number: int) -> Any:
            async with rig.client(url, session=session, protocol=protocol, host=Person()) as client:
                return (await client.call("double", {"number": number}))["content"][0]["text"]

        assert await asyncio.gather(*(operate(number) for number in range(20))) == [
            str(2 * number) for number in range(20)
        ]
        assert session.epoch == 1
        await rig.client(url, session=session, protocol=protocol).end()


async def test_line_of_a_lost_session_is_opened_in_the_next_one(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25, session management: a new session begins with initialize, and the server's line belongs to it."""
    lost = asyncio.Event()

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "GET":
            await turn.stream(b": open\n\n")
            await asyncio.Event().wait()
        return turn.result(DONE)

    async def forgetful(turn: Turn) -> web.StreamResponse:
        if lost.is_set() and turn.request.headers.get("Mcp-Session-Id") == "s-1":
            return web.Response(status=404)
        return await legacy(answer, session="s-2" if lost.is_set() else "s-1")(turn)

    server, session = await serve(forgetful), Session()
    async with (
        rig.client(server.url, session=session) as watching,
        await watching.listen({"toolsListChanged": True}) as news,
    ):
        await anext(news)
        await until(server, "GET")
        async with rig.client(server.url, session=session) as client:
            lost.set()
            assert await client.call_tool(TOOL, {}) == DONE
            async with asyncio.timeout(5):
                while len(server.only("GET")) < 2:
                    server.news.clear()
                    await server.news.wait()
    assert [turn.request.headers["Mcp-Session-Id"] for turn in server.only("GET")] == ["s-1", "s-2"]
