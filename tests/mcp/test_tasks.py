"""Tasks (SEP-2663): a tool's work that goes on when its request has been answered."""

import asyncio
from collections.abc import AsyncIterator
from time import sleep
from typing import Any

import pytest
from attrs import evolve, frozen

from mcpserver import Context, MCPServer, ProtocolError, ToolError, form
from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.protocol.budget import Limits
from mcpserver.mcp.protocol.errors import InvalidParams, MethodNotFound, MissingCapability, RpcError
from mcpserver.mcp.tasks.leases import LEASE
from mcpserver.mcp.tasks.records import MemoryTasks, TaskStore
from mcpserver.store import open_store

from ..holders import Clock
from .desk import ADA, Desk

TASKS = "io.modelcontextprotocol/tasks"
DECLARED: dict[str, Any] = {
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}, "elicitation": {}}
}


@frozen
class Name:
    name: str


@frozen
class Sure:
    sure: bool


class Stage:
    """What happens inside of the tools, as events."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.stopped = asyncio.Event(), asyncio.Event(), asyncio.Event()


@pytest.fixture
async def stage() -> Stage:
    return Stage()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[TaskStore]:
    if request.param == "memory":
        yield MemoryTasks()
        return
    kept = await open_store("sqlite://")
    yield kept
    await kept.close()


@pytest.fixture
async def server(stage: Stage) -> MCPServer:
    server = MCPServer("slow", task_lifetime=600)
    loop_of_stage = asyncio.get_running_loop()

    @server.tool(task=True)
    async def work(context: Context) -> dict[str, int]:
        await context.progress(1, message="half way")
        stage.begun.set()
        try:
            await stage.go_on.wait()
        except asyncio.CancelledError:
            stage.stopped.set()
            raise
        return {"answer": 42}

    @server.tool(task=True)
    def compute(context: Context) -> str:
        loop_of_stage.call_soon_threadsafe(stage.begun.set)
        for _ in range(3000):
            if context.cancelled:
                loop_of_stage.call_soon_threadsafe(stage.stopped.set)
                break
            sleep(0.001)
        return "given up"

    @server.tool(task="required")
    async def insist() -> str:
        return "done"

    @server.tool(task=True)
    async def fail(how: str) -> str:
        if how == "tool":
            raise ToolError("Not today.")
        raise ProtocolError("The quota is used up.", code=4290)

    @server.tool(task=True)
    async def ask(context: Context) -> str:
        name, sure = await context.ask(form(Name, "Who?", key="who"), form(Sure, "Sure?", key="sure"))
        more = await context.elicit(Name, "And who else?", key="who")
        return f"{name.name} {sure.sure} {more.name}"

    @server.tool(task="later")
    async def later(context: Context) -> str:
        name = await context.elicit(Name, "Who?", key="who")
        began = await context.begin_task()
        again = await context.begin_task()
        await stage.go_on.wait()
        return f"{name.name} {began} {again}"

    return server


@pytest.fixture
async def desk(server: MCPServer, store: TaskStore, clock: Clock) -> AsyncIterator[Desk]:
    desk = sit(server, store, clock)
    yield desk
    await desk.peer.tasks.close()


def sit(server: MCPServer, store: TaskStore, clock: Clock) -> Desk:
    desk = Desk(server)
    desk.peer = Dispatcher(server, tasks=store, sources=clock.sources())
    return desk


async def start(desk: Desk, tool: str, **arguments: Any) -> dict[str, Any]:
    return await desk.ask("tools/call", meta=DECLARED, name=tool, arguments=arguments)


async def get(desk: Desk, task: dict[str, Any]) -> dict[str, Any]:
    return await desk.ask("tasks/get", meta=DECLARED, taskId=task["taskId"])


async def until(desk: Desk, task: dict[str, Any], *statuses: str) -> dict[str, Any]:
    """The task once it has one of the statuses, as its notifications tell."""
    listening = Desk(desk.server, desk.user)
    listening.peer = desk.peer
    told = asyncio.create_task(
        listening.ask("subscriptions/listen", meta=DECLARED, notifications={"taskIds": [task["taskId"]]})
    )
    await listening.until(1)
    async with asyncio.timeout(5):
        while (seen := await get(desk, task))["status"] not in statuses:
            await listening.until(len(listening.heard) + 1)
    told.cancel()
    return seen


async def test_task_is_created_durably_and_completes_with_the_tools_own_result(desk: Desk, stage: Stage) -> None:
    """Task creation, task polling."""
    created = await start(desk, "work")
    assert (created["resultType"], created["status"], created["ttlMs"], created["pollIntervalMs"]) == (
        "task",
        "working",
        600_000,
        1000,
    )
    assert created["createdAt"] == "2026-09-21T14:13:20Z"
    assert {"result", "error", "inputRequests", "requestState"}.isdisjoint(created)
    await stage.begun.wait()
    seen = await until(desk, created, "working")
    assert seen["resultType"] == "complete"
    stage.go_on.set()
    done = await until(desk, created, "completed")
    assert done["result"]["structuredContent"] == {"answer": 42}
    assert done["result"]["isError"] is False


async def test_progress_is_the_status_message(desk: Desk, stage: Stage) -> None:
    created = await start(desk, "work")
    await stage.begun.wait()
    listening = asyncio.create_task(until(desk, created, "completed"))
    stage.go_on.set()
    assert (await listening)["statusMessage"] == "half way"


async def test_client_that_did_not_declare_tasks_waits_for_the_result(desk: Desk, stage: Stage) -> None:
    """Capability negotiation: MUST NOT."""
    stage.go_on.set()
    assert (await desk.call("work"))["resultType"] == "complete"
    assert (await desk.ask_earlier("tools/call", name="work"))["structuredContent"] == {"answer": 42}


@pytest.mark.parametrize("earlier", [False, True])
async def test_tool_that_needs_a_task_says_so(desk: Desk, earlier: bool) -> None:
    """Capability negotiation: -32021 with what is missing."""
    with pytest.raises(MissingCapability) as refused:
        await (desk.ask_earlier("tools/call", name="insist") if earlier else desk.call("insist"))
    assert refused.value.data == {"requiredCapabilities": {"extensions": {TASKS: {}}}}


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_methods_need_the_extension_before_they_look(desk: Desk, method: str) -> None:
    with pytest.raises(MissingCapability):
        await desk.ask(method, taskId="nothing")


@pytest.mark.parametrize("method", ["tasks/list", "tasks/result"])
async def test_methods_of_the_experiment_are_gone(desk: Desk, method: str) -> None:
    with pytest.raises(MethodNotFound):
        await desk.ask(method, meta=DECLARED, taskId="nothing")


async def test_tool_error_completes_and_error_of_the_protocol_fails(desk: Desk) -> None:
    """Task status: failed is for JSON-RPC errors only."""
    completed = await until(desk, await start(desk, "fail", how="tool"), "completed")
    assert (completed["result"]["isError"], completed["result"]["content"][0]["text"]) == (True, "Not today.")
    failed = await until(desk, await start(desk, "fail", how="protocol"), "failed")
    assert failed["error"] == {"code": 4290, "message": "The quota is used up."}
    assert failed["statusMessage"] == "The quota is used up."
    assert "result" not in failed


def accept(**content: Any) -> dict[str, Any]:
    return {"action": "accept", "content": content}


async def update(desk: Desk, task: dict[str, Any], **responses: Any) -> dict[str, Any]:
    return await desk.ask("tasks/update", meta=DECLARED, taskId=task["taskId"], inputResponses=responses)


async def test_questions_wait_in_the_task_and_are_answered_one_by_one(desk: Desk) -> None:
    """Task update requests: partial answers, unknown keys ignored, no key used twice."""
    created = await start(desk, "ask")
    asking = await until(desk, created, "input_required")
    assert asking["inputRequests"].keys() == {"who", "sure"}
    acknowledged = await update(desk, created, who=accept(name="Ada"), other=accept(a=1), sure="yes")
    assert acknowledged.keys() == {"resultType", "_meta"}
    assert (await get(desk, created))["inputRequests"].keys() == {"sure"}
    await update(desk, created, who=accept(name="Eve"), sure=accept(sure=True))
    again = await until(desk, created, "input_required")
    assert again["inputRequests"].keys() == {"who_2"}
    await update(desk, created, who_2=accept(name=7))
    third = await until(desk, created, "input_required")
    assert third["inputRequests"].keys() == {"who_3"}
    await update(desk, created, who_3=accept(name="Bob"))
    done = await until(desk, created, "completed")
    assert done["result"]["content"][0]["text"] == "Ada True Bob"


async def test_declined_question_of_a_task_is_a_tool_error(desk: Desk) -> None:
    created = await start(desk, "ask")
    await until(desk, created, "input_required")
    await update(desk, created, who={"action": "decline"}, sure={"action": "decline"})
    assert (await until(desk, created, "completed"))["result"]["isError"] is True


async def test_questions_before_a_task_are_rounds_of_the_request(desk: Desk, stage: Stage) -> None:
    """Task creation: rounds are resolved before the task is created."""
    asked = await start(desk, "later")
    assert (asked["resultType"], asked["inputRequests"].keys()) == ("input_required", {"who"})
    responses = {"inputResponses": {"who": accept(name="Ada")}, "requestState": asked["requestState"]}
    created = await desk.ask("tools/call", meta=DECLARED, name="later", arguments={}, **responses)
    assert (created["resultType"], created["ttlMs"]) == ("task", 600_000)
    assert {"inputRequests", "requestState", "cacheScope"}.isdisjoint(created)
    stage.go_on.set()
    assert (await until(desk, created, "completed"))["result"]["content"][0]["text"] == "Ada True True"


@pytest.mark.parametrize("mode", [True, "later"])
async def test_what_is_remembered_is_made_once(desk: Desk, server: MCPServer, mode: Any) -> None:
    """Before the task and in it, by the same key."""
    made: list[int] = []

    def number() -> int:
        made.append(1)
        return len(made)

    @server.tool(task=mode)
    async def remembering(context: Context) -> str:
        first = await context.remember("number", number)
        await context.begin_task()
        return f"{first} {await context.remember('number', number)}"

    done = await until(desk, await start(desk, "remembering"), "completed")
    assert done["result"]["content"][0]["text"] == "1 1"
    assert (await desk.ask_earlier("tools/call", name="remembering"))["content"][0]["text"] == "2 2"


async def test_task_that_is_begun_for_nobody_goes_on_in_the_request(desk: Desk, stage: Stage) -> None:
    stage.go_on.set()
    only_forms: dict[str, Any] = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}
    result = await desk.ask("tools/call", meta=only_forms, name="later", inputResponses={"who": accept(name="Ada")})
    assert result["content"][0]["text"] == "Ada False False"


async def test_cancelling_stops_the_work_and_never_what_has_ended(desk: Desk, stage: Stage) -> None:
    """Task cancellation."""
    created = await start(desk, "work")
    await stage.begun.wait()
    cancelled = await desk.ask("tasks/cancel", meta=DECLARED, taskId=created["taskId"])
    assert cancelled.keys() == {"resultType", "_meta"}
    await stage.stopped.wait()
    assert (await get(desk, created))["status"] == "cancelled"
    done = await until(desk, await start(desk, "fail", how="tool"), "completed")
    await desk.ask("tasks/cancel", meta=DECLARED, taskId=done["taskId"])
    await update(desk, done, who=accept(name="late"))
    assert (await get(desk, done))["status"] == "completed"


async def test_cancelling_reaches_the_work_of_a_thread(desk: Desk, stage: Stage) -> None:
    """Task cancellation: a function that is not async looks at ``context.cancelled``, as it does in a plain call."""
    created = await start(desk, "compute")
    await stage.begun.wait()
    await desk.ask("tasks/cancel", meta=DECLARED, taskId=created["taskId"])
    async with asyncio.timeout(5):
        await stage.stopped.wait()
    assert (await get(desk, created))["status"] == "cancelled"


@pytest.mark.parametrize("other", [evolve(ADA, id="bob"), evolve(ADA, client_id="other"), None])
@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_t12_task_of_another_principal_is_not_there(desk: Desk, stage: Stage, other: Any, method: str) -> None:
    """One answer for what is another's and for what never was."""
    created = await start(desk, "work")
    desk.user = other
    with pytest.raises(InvalidParams) as foreign:
        await desk.ask(method, meta=DECLARED, taskId=created["taskId"], inputResponses={})
    with pytest.raises(InvalidParams) as unknown:
        await desk.ask(method, meta=DECLARED, taskId="nothing", inputResponses={})
    assert foreign.value.as_dict() == unknown.value.as_dict()
    listening = asyncio.create_task(
        desk.ask("subscriptions/listen", meta=DECLARED, notifications={"taskIds": [created["taskId"], "x"]})
    )
    ((_, params), *_) = await desk.until(1)
    assert params["notifications"] == {"taskIds": []}
    listening.cancel()
    stage.go_on.set()


@pytest.mark.parametrize("params", [{"taskId": 7}, {}, {"taskId": "\ud800"}])
async def test_malformed_task_id_is_not_there(desk: Desk, params: dict[str, Any]) -> None:
    with pytest.raises(InvalidParams):
        await desk.ask("tasks/get", meta=DECLARED, **params)


async def test_malformed_answers_are_invalid(desk: Desk, stage: Stage) -> None:
    created = await start(desk, "work")
    malformed: tuple[Any, ...] = (None, [], "x")
    for responses in malformed:
        with pytest.raises(InvalidParams):
            await desk.ask("tasks/update", meta=DECLARED, taskId=created["taskId"], inputResponses=responses)
    stage.go_on.set()


async def test_notifications_carry_the_whole_task(desk: Desk, stage: Stage) -> None:
    """Task status notifications: identical to what tasks/get would say."""
    created = await start(desk, "work")
    await stage.begun.wait()
    listening = Desk(desk.server, desk.user)
    listening.peer = desk.peer
    told = asyncio.create_task(
        listening.ask("subscriptions/listen", meta=DECLARED, notifications={"taskIds": [created["taskId"]]})
    )
    await listening.until(1)
    stage.go_on.set()
    (_, (method, params)) = await listening.until(2)
    seen = await get(desk, created)
    assert method == "notifications/tasks"
    assert {name: value for name, value in params.items() if name != "_meta"} == {
        n: v for n, v in seen.items() if n not in ("_meta", "resultType")
    }
    told.cancel()


async def test_task_is_gone_when_its_time_is_over(desk: Desk, clock: Clock) -> None:
    done = await until(desk, await start(desk, "fail", how="tool"), "completed")
    clock.now += 599
    await get(desk, done)
    clock.now += 1
    with pytest.raises(InvalidParams):
        await get(desk, done)


async def test_task_that_a_restart_interrupted_says_so(
    desk: Desk, server: MCPServer, store: TaskStore, clock: Clock, stage: Stage
) -> None:
    """The process that ran it was not heard of for too long."""
    created = await start(desk, "work")
    await stage.begun.wait()
    another = sit(server, store, clock)
    assert (await get(another, created))["status"] == "working"
    clock.now += LEASE + 1
    failed = await get(another, created)
    assert (failed["status"], "restarted" in failed["error"]["message"]) == ("failed", True)
    assert failed["statusMessage"] == failed["error"]["message"]
    stage.go_on.set()


async def test_process_that_lives_keeps_its_tasks(
    desk: Desk, server: MCPServer, store: TaskStore, clock: Clock, stage: Stage
) -> None:
    created = await start(desk, "work")
    clock.now += LEASE
    await desk.peer.tasks.poll()
    clock.now += LEASE
    assert (await get(sit(server, store, clock), created))["status"] == "working"
    stage.go_on.set()


async def test_clock_that_is_set_forward_ends_no_lease(
    desk: Desk, server: MCPServer, store: TaskStore, clock: Clock, stage: Stage
) -> None:
    """Row O7: who lives says so by the new time soon; who does not by then is gone."""
    created = await start(desk, "work")
    another = sit(server, store, clock)
    clock.step(120)
    assert (await get(another, created))["status"] == "working"
    clock.now += LEASE - 1
    await desk.peer.tasks.poll()
    clock.now += LEASE
    assert (await get(another, created))["status"] == "working"
    clock.now += 1
    assert (await get(another, created))["status"] == "failed"
    stage.go_on.set()


async def test_server_that_stops_says_that_its_tasks_were_interrupted(
    desk: Desk, server: MCPServer, store: TaskStore, clock: Clock, stage: Stage
) -> None:
    async with desk.peer.running():
        created = await start(desk, "work")
        await stage.begun.wait()
    await stage.stopped.wait()
    assert (await get(sit(server, store, clock), created))["status"] == "failed"


async def test_other_process_answers_and_cancels(
    desk: Desk, server: MCPServer, store: TaskStore, clock: Clock, stage: Stage
) -> None:
    """Whichever process is asked: the runner hears of it when it looks."""
    other = sit(server, store, clock)
    asking = await start(desk, "ask")
    await until(desk, asking, "input_required")
    await update(other, asking, who=accept(name="Ada"), sure=accept(sure=True))
    await desk.peer.tasks.poll()
    assert (await until(desk, asking, "input_required"))["inputRequests"].keys() == {"who_2"}
    created = await start(desk, "work")
    await stage.begun.wait()
    await other.ask("tasks/cancel", meta=DECLARED, taskId=created["taskId"])
    await desk.peer.tasks.poll()
    await stage.stopped.wait()


async def test_nobody_runs_more_tasks_than_are_good_for_all(desk: Desk, stage: Stage) -> None:
    created = [await start(desk, "work") for _ in range(Limits().tasks.each)]
    with pytest.raises(RpcError, match="under way already"):
        await start(desk, "work")
    desk.user = evolve(ADA, id="bob")
    created.append(await start(desk, "work"))
    stage.go_on.set()


async def test_extension_is_declared_when_a_tool_has_tasks(desk: Desk) -> None:
    assert (await desk.ask("server/discover"))["capabilities"]["extensions"] == {TASKS: {}}
