"""Tasks (SEP-2663): polled to their end, asked and answered, cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from webclient.errors import FlowError, ProtocolFailure, TooSlow
from webclient.mcp.protocol.results import InvalidResult, RpcError
from webclient.mcp.tasks import interval_of
from webclient.wire import Tool

from .conftest import Person, Rig
from .scripted import TOOL, Message, Script, Scripted, Turn, modern

Serve = Callable[[Script], Awaitable[Scripted]]
DONE = {"content": [{"type": "text", "text": "done"}]}
FORM = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
WHO = {"method": "elicitation/create", "params": {"message": "Who?", "requestedSchema": FORM}}


def task(status: str, **more: Any) -> Message:
    return {"taskId": "t-1", "status": status, "pollIntervalMs": 100, **more}


def following(*states: Message) -> Script:
    """A call that becomes a task; each tasks/get tells the next of these states, the last again and again."""
    left = list(states)

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "tools/call":
            return turn.result({"resultType": "task", **task("working")})
        if turn.method == "tasks/get":
            return turn.result({"resultType": "complete", **(left.pop(0) if len(left) > 1 else left[0])})
        return turn.result({"resultType": "complete"})

    return modern(answer)


async def test_task_is_followed_to_its_result(rig: Rig, serve: Serve) -> None:
    server = await serve(
        following(
            task("working", statusMessage="half"), task("working", statusMessage="half"), task("completed", result=DONE)
        )
    )
    person = Person()
    async with rig.client(server.url, host=person) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    gets = server.only("tasks/get")
    assert len(gets) == 3
    assert all(turn.request.headers["Mcp-Name"] == turn.params["taskId"] == "t-1" for turn in gets)
    assert [params["status"] for method, params in person.heard if method == "notifications/tasks"] == [
        "working",
        "completed",
    ]


async def test_task_is_handed_out_when_nobody_wants_to_wait(rig: Rig, serve: Serve) -> None:
    server = await serve(following(task("completed", result=DONE)))
    async with rig.client(server.url) as client:
        ticket = await client.call_tool(TOOL, {}, follow=False)
        assert ticket["resultType"] == "task"
        assert (await client.tasks.get("t-1"))["status"] == "completed"
        assert await client.task_result(TOOL, ticket) == DONE
        await client.tasks.cancel("t-1")
    assert server.methods()[-1] == "tasks/cancel"


async def test_each_question_of_a_task_is_put_once(rig: Rig, serve: Serve) -> None:
    """«Clients SHOULD deduplicate inputRequests keys across consecutive polls.»"""
    asks = task("input_required", inputRequests={"a": WHO})
    both = task("input_required", inputRequests={"a": WHO, "b": WHO})
    server = await serve(following(asks, asks, both, task("completed", result=DONE)))
    person = Person({"elicit": {"action": "accept", "content": {"name": "Ada"}}})
    async with rig.client(server.url, host=person) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    assert [sorted(turn.params["inputResponses"]) for turn in server.only("tasks/update")] == [["a"], ["b"]]
    assert len(person.asked) == 2


@pytest.mark.parametrize(
    ("state", "kind", "sentence"),
    [
        (task("failed", error={"code": -32603, "message": "out of paper"}), RpcError, "out of paper"),
        (task("failed"), RpcError, "no reason given"),
        (task("cancelled"), ProtocolFailure, "was cancelled"),
        (task("completed"), ProtocolFailure, "sent no result"),
        (task("dancing"), ProtocolFailure, "without a known status"),
        ({"status": "working"}, ProtocolFailure, "without a known status"),
        (task("input_required", inputRequests=[1]), ProtocolFailure, "its request is not valid"),
        (task("input_required", inputRequests={"a": 1}), ProtocolFailure, "its request is not valid"),
        (task("completed", result={"structuredContent": 5}), InvalidResult, "does not fit its output schema"),
    ],
)
async def test_task_that_ends_badly_says_how(
    rig: Rig, serve: Serve, state: Message, kind: type[FlowError], sentence: str
) -> None:
    tool: Tool = {**TOOL, "outputSchema": {"type": "object"}}
    with pytest.raises(kind, match=sentence):
        await rig.client((await serve(following(state))).url, host=Person()).call_tool(tool, {})
    assert rig.failed()


async def test_questions_without_end_end(rig: Rig, serve: Serve) -> None:
    states = [task("input_required", inputRequests={str(each): WHO}) for each in range(50)]
    server = await serve(following(*states))
    person = Person({"elicit": {"action": "decline"}})
    with pytest.raises(ProtocolFailure, match="too many times"):
        await rig.client(server.url, host=person, most_questions=1, most_rounds=3, task_timeout=60).call_tool(TOOL, {})
    assert len(person.asked) == 4


@pytest.mark.parametrize(
    ("wished", "seconds"),
    [(None, 1), ("9", 1), (True, 1), (1500, 1.5), (0, 0.1), (-5, 0.1), (10**400, 60), (1e999, 60)],
)
def test_interval_is_the_servers_within_reason(wished: object, seconds: float) -> None:
    """SEP-2663: pollIntervalMs."""
    assert interval_of({"pollIntervalMs": wished}) == seconds


async def test_task_that_never_ends_is_left(rig: Rig, serve: Serve) -> None:
    with pytest.raises(TooSlow, match="took longer"):
        await rig.client((await serve(following(task("working")))).url, task_timeout=0.5).call_tool(TOOL, {})


async def test_leaving_cancels_the_task(rig: Rig, serve: Serve) -> None:
    server = await serve(following(task("working")))
    client = rig.client(server.url)
    call = asyncio.create_task(client.call_tool(TOOL, {}))
    while not server.only("tasks/get"):
        await server.news.wait()
        server.news.clear()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert server.only("tasks/cancel")[0].params == {**server.only("tasks/cancel")[0].params, "taskId": "t-1"}


@pytest.mark.parametrize("ticket", [{}, {"taskId": ""}, {"taskId": 5}, {"taskId": "x" * 5000}])
async def test_ticket_that_is_none_is_refused(rig: Rig, serve: Serve, ticket: Message) -> None:
    server = await serve(following(task("working")))
    async with rig.client(server.url) as client:
        with pytest.raises(ProtocolFailure, match="no task id"):
            await client.tasks.result(ticket)
    assert server.only("tasks/get") == []
