"""Tasks of revision 2025-11-25: calls augmented with one, polled, asked and answered, their results fetched,
cancelled (MCP 2025-11-25, tasks).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from attrs import define, field

from webclient.errors import FlowError, ProtocolFailure, TooSlow
from webclient.mcp.client import Session
from webclient.mcp.protocol.host import Progress
from webclient.mcp.protocol.results import InvalidResult, RpcError
from webclient.wire import Tool

from .conftest import Person, Rig
from .scripted import TOOL, Message, Script, Scripted, Turn, event, no_line, note

Serve = Callable[[Script], Awaitable[Scripted]]
RELATED = "io.modelcontextprotocol/related-task"
REQUIRED: Tool = {**TOOL, "execution": {"taskSupport": "required"}}
DONE = {"content": [{"type": "text", "text": "done"}], "_meta": {RELATED: {"taskId": "t-1"}}}
FORM = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
CAPABLE: Message = {"tools": {}, "tasks": {"cancel": {}, "requests": {"tools": {"call": {}}}}}
WHO = {
    "jsonrpc": "2.0",
    "id": "q-1",
    "method": "elicitation/create",
    "params": {"message": "Who?", "requestedSchema": FORM, "_meta": {RELATED: {"taskId": "t-1"}}},
}


def task(status: str, **more: Any) -> Message:
    return {
        "taskId": "t-1",
        "status": status,
        "createdAt": "2025-11-25T10:30:00Z",
        "lastUpdatedAt": "2025-11-25T10:30:00Z",
        "ttl": 5000,
        "pollInterval": 1,
        **more,
    }


async def replied(server: Scripted, many: int = 1) -> list[Turn]:
    """The client's responses, once there are so many."""
    async with asyncio.timeout(10):
        while len(server.only("response")) < many:
            server.news.clear()
            await server.news.wait()
    return server.only("response")


@define
class Tasked:
    """A server of 2025-11-25 with one tool that requires a task.

    ``states`` are told one after the other, the last again and again.
    """

    states: list[Message]
    result: Message | None = field(factory=lambda: dict(DONE))
    """What tasks/result brings; None blocks."""
    capabilities: Message = field(factory=lambda: CAPABLE)
    fetched: Script | None = None
    """Answers tasks/result instead."""
    line: Script = no_line
    created: Message = field(factory=lambda: {"task": task("working")})

    async def __call__(self, turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return web.Response(status=400, text="no session")
        if turn.method == "tasks/result":
            return await self._fetch(turn)
        if turn.method == "GET":
            return await self.line(turn)
        return self._told(turn)

    def _told(self, turn: Turn) -> web.Response:
        said = {
            "protocolVersion": "2025-11-25",
            "capabilities": self.capabilities,
            "serverInfo": {"name": "old", "version": "1"},
        }
        results: dict[str, Message] = {
            "initialize": said,
            "tools/list": {"tools": [REQUIRED]},
            "tasks/cancel": task("cancelled"),
        }
        results["tools/call"] = self.created if "task" in turn.params else DONE
        if turn.method == "tasks/get":
            results["tasks/get"] = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        result = results.get(turn.method)
        if result is None:
            return web.Response(status=202)
        return (
            turn.error(result["error"], 200, message="Task has expired")
            if "error" in result
            else turn.result(result, Mcp_Session_Id="s-1")
        )

    async def _fetch(self, turn: Turn) -> web.StreamResponse:
        if self.fetched is not None:
            return await self.fetched(turn)
        if self.result is None:
            await asyncio.Event().wait()
        return turn.error(-32603, 200, message="out of ink") if self.result == {} else turn.result(self.result)


async def test_required_task_is_created_polled_and_its_result_fetched(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25, tasks: tool-level negotiation, creating tasks, getting tasks, retrieving task results."""
    server, person = (
        await serve(
            Tasked([task("working", statusMessage="half"), task("working", statusMessage="half"), task("completed")])
        ),
        Person(),
    )
    async with rig.client(server.url, host=person, task_timeout=9) as client:
        [tool], set_aside = await client.list_tools()
        assert await client.call_tool(tool, {"n": 1}) == DONE
    assert set_aside == []
    [call] = server.only("tools/call")
    assert (call.params["task"], call.params["arguments"]) == ({"ttl": 9000}, {"n": 1})
    assert [turn.params for turn in server.only("tasks/get")] == [{"taskId": "t-1"}] * 3
    assert [turn.params for turn in server.only("tasks/result")] == [{"taskId": "t-1"}]
    told = [
        (params["status"], params.get("statusMessage"))
        for method, params in person.heard
        if method == "notifications/tasks"
    ]
    assert told == [("working", None), ("working", "half"), ("completed", None)]


@pytest.mark.parametrize(
    ("capabilities", "support"),
    [
        ({"tools": {}}, "required"),
        ({"tasks": {"requests": {}}}, "required"),
        ({"tasks": {"requests": {"tools": 5}}}, "required"),
        (CAPABLE, "optional"),
        (CAPABLE, 5),
    ],
)
async def test_call_is_no_task_unless_server_and_tool_want_it(
    rig: Rig, serve: Serve, capabilities: Message, support: object
) -> None:
    """«If a server's capabilities do not include tasks.requests.tools.call, then clients MUST NOT attempt to use
    task augmentation.»
    """
    server = await serve(Tasked([task("completed")], capabilities=capabilities))
    async with rig.client(server.url) as client:
        assert await client.call_tool({**TOOL, "execution": {"taskSupport": support}}, {}) == DONE
    assert "task" not in server.only("tools/call")[0].params


async def test_tasks_are_created_by_a_client_that_meets_the_server_with_the_call(rig: Rig, serve: Serve) -> None:
    """What the server is capable of is known after a handshake, and not of a session that was remembered."""
    server = await serve(Tasked([task("completed")]))
    async with rig.client(server.url, session=Session(protocol="2025-11-25")) as client:
        assert await client.call_tool(REQUIRED, {}) == DONE
    assert server.methods()[:3] == ["initialize", "notifications/initialized", "tools/call"]


async def test_questions_of_a_task_come_on_the_request_for_its_result(rig: Rig, serve: Serve) -> None:
    """Tasks, input required status: «it SHOULD preemptively call tasks/result»; the response names the task that the
    question named.
    """

    async def asks(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream(event(WHO))
        await replied(turn.server)
        await answer.write(event(turn.response(DONE)))
        return answer

    server = await serve(Tasked([task("working"), task("input_required")], fetched=asks))
    person = Person({"elicit": {"action": "accept", "content": {"name": "Ada"}}})
    async with rig.client(server.url, host=person) as client:
        assert await client.call_tool(REQUIRED, {}) == DONE
    [reply] = server.only("response")
    assert reply.message["result"] == {
        "action": "accept",
        "content": {"name": "Ada"},
        "_meta": {RELATED: {"taskId": "t-1"}},
    }
    assert len(server.only("tasks/result")) == 1


@pytest.mark.parametrize("refused", [True, False])
async def test_request_for_a_result_that_does_not_block_is_made_again(rig: Rig, serve: Serve, refused: bool) -> None:
    """Some servers refuse it before the task is over, or close its stream; the questions come on the line then."""
    over = asyncio.Event()

    async def fetched(turn: Turn) -> web.StreamResponse:
        if over.is_set():
            return turn.result(DONE)
        return turn.error(-32603, 200, message="not yet") if refused else await turn.stream(b": nothing\n\n")

    async def line(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream()
        while not turn.server.only("tasks/result"):
            turn.server.news.clear()
            await turn.server.news.wait()
        await answer.write(event(WHO))
        await replied(turn.server)
        script.states[:] = [task("completed")]
        over.set()
        return answer

    script = Tasked([task("input_required")], fetched=fetched, line=line)
    server, person = await serve(script), Person({"elicit": {"action": "decline"}})
    async with rig.client(server.url, host=person) as client:
        assert await client.call_tool(REQUIRED, {}) == DONE
    assert len(server.only("tasks/result")) > 1
    assert server.only("response")[0].message["result"] == {"action": "decline", "_meta": {RELATED: {"taskId": "t-1"}}}


async def test_question_of_a_task_is_put_to_whoever_follows_it(rig: Rig, serve: Serve) -> None:
    """«Clients SHOULD expect messages to be delivered on any SSE stream»: here on that of another client's call in
    the same session.
    """
    following = asyncio.Event()

    async def slow(turn: Turn) -> web.StreamResponse:
        if turn.method == "tasks/get":
            following.set()
        if turn.method != "tools/call" or "task" in turn.params:
            return await script(turn)
        answer = await turn.stream(event(WHO))
        await replied(turn.server)
        script.states[:] = [task("completed")]
        await answer.write(event(turn.response(DONE)))
        return answer

    script = Tasked([task("working")])
    server, session = await serve(slow), Session()
    yes, no = (
        Person({"elicit": {"action": "accept", "content": {"name": "Ada"}}}),
        Person({"elicit": {"action": "decline"}}),
    )
    async with (
        rig.client(server.url, host=yes, session=session) as tasked,
        rig.client(server.url, host=no, session=session) as other,
    ):
        await tasked.open()
        by_task = asyncio.create_task(tasked.call_tool(REQUIRED, {}))
        await following.wait()
        assert await other.call_tool(TOOL, {}) == DONE
        assert await by_task == DONE
        await tasked.end()
    assert (len(yes.asked), len(no.asked)) == (1, 0)


async def test_progress_is_told_as_long_as_the_task_lasts(rig: Rig, serve: Serve) -> None:
    """Tasks, progress: «The progressToken provided in the initial request remains valid throughout the task
    lifetime.»
    """

    async def tells(turn: Turn) -> web.StreamResponse:
        token = turn.server.only("tools/call")[0].params["_meta"]["progressToken"]
        return await turn.stream(
            event(note("notifications/progress", {"progressToken": token, "progress": 3})), event(turn.response(DONE))
        )

    server, person = await serve(Tasked([task("completed")], fetched=tells)), Person()
    async with rig.client(server.url, host=person) as client:
        await client.call_tool(REQUIRED, {})
    assert person.seen == [Progress(3)]


async def test_told_change_is_looked_at_at_once_and_told_to_nobody_else(rig: Rig, serve: Serve) -> None:
    """Tasks, task status notification: it is no more than a reason to look."""

    async def line(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream()
        while not turn.server.only("tasks/get"):
            turn.server.news.clear()
            await turn.server.news.wait()
        script.states[:] = [task("completed")]
        await answer.write(event(note("notifications/tasks/status", task("completed"))))
        await turn.server.gone.wait()
        return answer

    script = Tasked([task("working", pollInterval=60_000)], line=line, created={"task": task("working")})
    server, person = await serve(script), Person()
    async with rig.client(server.url, host=person) as client, asyncio.timeout(10):
        assert await client.call_tool(REQUIRED, {}) == DONE
    assert "notifications/tasks/status" not in [method for method, _ in person.heard]


@pytest.mark.parametrize(
    ("state", "result", "kind", "sentence"),
    [
        (task("failed", statusMessage="paper jam"), {}, RpcError, "out of ink"),
        (task("failed", statusMessage="paper jam"), {"_meta": {}}, ProtocolFailure, "paper jam"),
        (task("failed"), {"_meta": {}}, ProtocolFailure, "does not say why"),
        (task("cancelled", statusMessage="no time"), DONE, ProtocolFailure, "was cancelled.*no time"),
        (task("dancing"), DONE, ProtocolFailure, "without a known status"),
        ({"taskId": "t-1", "status": []}, DONE, ProtocolFailure, "without a known status"),
        (
            {"error": -32602},
            DONE,
            ProtocolFailure,
            "no longer knows the task. It keeps tasks for 5 seconds.*has expired",
        ),
        ({"error": -32603}, DONE, RpcError, "has expired"),
        (task("completed"), {"structuredContent": 5}, InvalidResult, "does not fit its output schema"),
    ],
)
async def test_task_that_ends_badly_says_how(
    rig: Rig, serve: Serve, state: Message, result: Message, kind: type[FlowError], sentence: str
) -> None:
    """Tasks, error handling."""
    server = await serve(Tasked([state], result))
    with pytest.raises(kind, match=sentence):
        await rig.client(server.url, host=Person()).call_tool({**REQUIRED, "outputSchema": {"type": "object"}}, {})


async def test_result_that_says_it_failed_is_a_result(rig: Rig, serve: Serve) -> None:
    """«For tool calls specifically, this includes cases where the tool call result has isError set to true.»"""
    failed = {**DONE, "isError": True}
    async with rig.client((await serve(Tasked([task("failed")], failed))).url) as client:
        assert await client.call_tool(REQUIRED, {}) == failed


@pytest.mark.parametrize("created", [{"task": {}}, {"task": {"taskId": ""}}, {"task": {"taskId": 5}}])
async def test_ticket_that_is_none_is_refused(rig: Rig, serve: Serve, created: Message) -> None:
    with pytest.raises(ProtocolFailure, match="no task id"):
        await rig.client((await serve(Tasked([task("completed")], created=created))).url).call_tool(REQUIRED, {})


@pytest.mark.parametrize("status", [[], {}, 5, None, "dancing"])
async def test_created_task_must_say_how_it_stands(rig: Rig, serve: Serve, status: object) -> None:
    """Tasks, task status: one of five words."""
    server = await serve(Tasked([task("completed")], created={"task": {**task("working"), "status": status}}))
    with pytest.raises(ProtocolFailure, match="without a known status"):
        await rig.client(server.url).call_tool(REQUIRED, {})
    assert len(rig.failed()) == 1


@pytest.mark.parametrize("ttl", [10**400, -(10**400), -1, True, "5", None])
async def test_time_to_live_that_means_nothing_is_not_told(rig: Rig, serve: Serve, ttl: object) -> None:
    server = await serve(Tasked([{"error": -32602}], created={"task": task("working", ttl=ttl)}))
    with pytest.raises(ProtocolFailure, match=r"no longer knows the task\. The MCP server refused"):
        await rig.client(server.url).call_tool(REQUIRED, {})


async def test_result_that_is_refused_at_once_is_asked_for_more_and_more_seldom(rig: Rig, serve: Serve) -> None:
    """Tasks, getting tasks: «Requestors SHOULD respect the pollInterval provided in responses when determining
    polling frequency».
    """
    at: dict[str, list[float]] = {"tasks/get": [], "tasks/result": []}

    async def timed(turn: Turn) -> web.StreamResponse:
        if turn.method in at:
            at[turn.method].append(asyncio.get_running_loop().time())
        return await script(turn)

    waiting = task("input_required", pollInterval=400)
    script = Tasked(
        [*[waiting] * 7, task("failed", statusMessage="enough")],
        {},
        created={"task": task("working", pollInterval=400)},
    )
    server = await serve(timed)
    with pytest.raises(RpcError):
        await rig.client(server.url, host=Person()).call_tool(REQUIRED, {})
    assert len(at["tasks/get"]) == 8
    assert at["tasks/get"][-1] - at["tasks/get"][0] > 1.5
    assert 2 <= len(at["tasks/result"]) - 1 <= 5


async def test_stream_that_hangs_up_does_not_end_the_task(rig: Rig, serve: Serve) -> None:
    """The server leaves a mark where the stream of tasks/result goes on, and does not know it later: how the task
    stands is to be seen.
    """

    async def hangs_up(turn: Turn) -> web.StreamResponse:
        if over.is_set():
            return turn.result(DONE)
        script.states[:] = [task("input_required"), task("completed")]
        return await turn.stream(event("", id_="e-1", retry=1))

    async def resumed(turn: Turn) -> web.StreamResponse:
        if "Last-Event-ID" in turn.request.headers:
            over.set()
        return await no_line(turn)

    over = asyncio.Event()
    script = Tasked([task("input_required")], fetched=hangs_up, line=resumed)
    server = await serve(script)
    async with rig.client(server.url) as client:
        assert await client.call_tool(REQUIRED, {}) == DONE
    assert over.is_set()


async def test_result_that_comes_at_once_is_taken(rig: Rig, serve: Serve) -> None:
    """Against «MUST return a CreateTaskResult», but nothing is missing."""
    async with rig.client((await serve(Tasked([task("completed")], created=dict(DONE)))).url) as client:
        assert await client.call_tool(REQUIRED, {}) == DONE


@pytest.mark.parametrize("cancels", [True, False])
async def test_leaving_cancels_the_task_where_the_server_can(rig: Rig, serve: Serve, cancels: bool) -> None:
    """Tasks, cancelling; cancellation: «the tasks/cancel request MUST be used instead of the notifications/cancelled
    notification».
    """
    capabilities: Message = {"tasks": {**({"cancel": {}} if cancels else {}), "requests": {"tools": {"call": {}}}}}
    server = await serve(Tasked([task("input_required")], None, capabilities))
    async with rig.client(server.url) as client:
        call = asyncio.create_task(client.call_tool(REQUIRED, {}))
        while not server.only("tasks/result"):
            server.news.clear()
            await server.news.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert [turn.params for turn in server.only("tasks/cancel")] == ([{"taskId": "t-1"}] if cancels else [])


async def test_task_that_begins_after_leaving_is_cancelled(rig: Rig, serve: Serve) -> None:
    """The call itself is not cancelled in words: a server may have begun the task already."""
    begun, left = asyncio.Event(), asyncio.Event()

    async def slow(turn: Turn) -> web.StreamResponse:
        if turn.method == "tools/call":
            begun.set()
            await left.wait()
        return await script(turn)

    script = Tasked([task("working")])
    server = await serve(slow)
    async with rig.client(server.url) as client:
        call = asyncio.create_task(client.call_tool(REQUIRED, {}))
        await begun.wait()
        call.cancel()
        asyncio.get_running_loop().call_soon(left.set)
        with pytest.raises(asyncio.CancelledError):
            await call
    assert len(server.only("tasks/cancel")) == 1
    assert server.only("notifications/cancelled") == []


async def test_task_that_never_ends_is_left_and_cancelled(rig: Rig, serve: Serve) -> None:
    server = await serve(Tasked([task("working")]))
    with pytest.raises(TooSlow, match="took longer"):
        await rig.client(server.url, task_timeout=0.5).call_tool(REQUIRED, {})
    assert len(server.only("tasks/cancel")) == 1


async def test_task_is_handed_out_when_nobody_wants_to_wait(rig: Rig, serve: Serve) -> None:
    server = await serve(Tasked([task("completed")]))
    async with rig.client(server.url) as client:
        ticket = await client.call_tool(REQUIRED, {}, follow=False)
        assert (ticket["resultType"], ticket["taskId"]) == ("task", "t-1")
        assert (await client.tasks.get("t-1"))["status"] == "completed"
        assert await client.task_result(REQUIRED, ticket) == DONE
        await client.tasks.cancel("t-1")
        with pytest.raises(ProtocolFailure, match="no tasks/update"):
            await client.tasks.update("t-1", {})
    assert server.methods()[-2] == "tasks/cancel"
