"""Tasks against a model of them: whatever happens in whatever order, each task is what the model says it is
(SEP-2663: task status).
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from attrs import define, field, frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mcpserver import Context, MCPServer, ProtocolError, ToolError, form
from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.protocol.errors import InvalidParams
from mcpserver.mcp.tasks.leases import LEASE
from mcpserver.mcp.tasks.records import MemoryTasks, TaskRecord, TaskStore

from ..holders import Clock
from .desk import Desk

T = TypeVar("T")
DECLARED: dict[str, Any] = {
    "io.modelcontextprotocol/clientCapabilities": {
        "extensions": {"io.modelcontextprotocol/tasks": {}},
        "elicitation": {},
    }
}
LIFETIME = 100
GOOD = {"action": "accept", "content": {"name": "Ada"}}
WRONG = {"action": "accept", "content": {"name": 12}}
DECLINED = {"action": "decline"}
ENDED = ("completed", "failed", "cancelled")
any_number = st.integers(0, 9)


@frozen
class Name:
    name: str


@define
class Cable:
    """A process's way to the store that all share; once it is cut, nothing of that process gets through."""

    store: TaskStore
    cut: bool = False

    async def add_task(self, record: TaskRecord) -> None:
        await self.store.add_task(record)

    async def find_task(self, digest: bytes) -> TaskRecord | None:
        return None if self.cut else await self.store.find_task(digest)

    async def replace_task(self, record: TaskRecord, *, version: int) -> bool:
        return not self.cut and await self.store.replace_task(record, version=version)

    async def renew_tasks(self, runner: str, *, alive_until: int) -> None:
        if not self.cut:
            await self.store.renew_tasks(runner, alive_until=alive_until)


@define(eq=False)
class Process:
    desk: Desk
    cable: Cable
    lives: bool = True


@define(eq=False)
class Expected:
    """What the model knows of a task.

    ``handler`` is ``idle``, ``asking`` or ``gone``; ``asked`` is how many questions wait.
    """

    id: str
    label: str
    process: Process
    expires_at: int
    alive_until: int
    status: str = "working"
    handler: str = "idle"
    asked: int = 0
    keys: set[str] = field(factory=set)

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    def end(self, status: str) -> None:
        self.status, self.asked = status, 0


class Tasks(RuleBasedStateMachine):
    """Two processes over one store; the tools obey orders, the clock moves when it is told to."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.store = MemoryTasks()
        self.orders: dict[str, asyncio.Queue[str]] = {}
        self.working: set[str] = set()
        self.tasks: list[Expected] = []
        self.processes = [self.start(), self.start()]

    def teardown(self) -> None:
        for process in getattr(self, "processes", ()):
            self.run(process.desk.peer.tasks.close())
        if hasattr(self, "runner"):
            self.runner.close()

    # What happens.

    @rule(number=any_number)
    def create(self, number: int) -> None:
        process, label = self.processes[number % 2], f"task {len(self.tasks)}"
        made = self.ask(process, "tools/call", name="obey", arguments={"label": label})
        self.tasks.append(Expected(made["taskId"], label, process, self.clock.now + LIFETIME, self.clock.now + LEASE))

    @precondition(lambda self: any(task.handler == "idle" for task in self.tasks))
    @rule(number=any_number, order=st.sampled_from(["ask", "ask two", "finish", "fail", "break"]))
    def order(self, number: int, order: str) -> None:
        idle = [task for task in self.tasks if task.handler == "idle"]
        task = idle[number % len(idle)]
        self.run(self.orders[task.label].put(order))
        asks = order.startswith("ask")
        task.handler = "asking" if asks and not task.ended else "gone"
        if not task.ended:
            task.status = {"finish": "completed", "fail": "completed", "break": "failed"}.get(order, "input_required")
            task.asked = {"ask": 1, "ask two": 2}.get(order, 0)

    @precondition(lambda self: self.tasks)
    @rule(number=any_number, through=any_number, answer=st.sampled_from([GOOD, WRONG, DECLINED]))
    def answer(self, number: int, through: int, answer: Mapping[str, Any]) -> None:
        waiting = [task for task in self.tasks if task.asked] or self.tasks
        task, process = waiting[number % len(waiting)], self.processes[through % 2]
        if self.is_gone(task):
            return
        asked = self.get(task).get("inputRequests", {})
        given = {key: dict(answer) for key in sorted(asked)[:1]}
        # What is not asked, not any more or not yet, is ignored.
        given |= {key: dict(GOOD) for key in ("who", "who_2", "who_3") if key not in asked}
        self.ask(process, "tasks/update", taskId=task.id, inputResponses=given)
        if task.ended and task.handler == "asking" and process is task.process:
            task.handler = "gone"  # it looks up, and sees that it was cancelled
        if not asked:
            return
        self.given.setdefault(task.id, []).append(answer)
        task.asked -= 1
        if task.asked:
            return
        answers = self.given.pop(task.id)
        task.status = "working"
        if not task.process.lives:
            return
        self.poll(task.process)
        self.heard(task, answers)

    def heard(self, task: Expected, answers: list[Mapping[str, Any]]) -> None:
        if DECLINED in answers:
            task.end("completed")
            task.handler = "gone"
        elif WRONG in answers:
            task.status, task.asked = "input_required", answers.count(WRONG)
        else:
            task.handler = "idle"

    @precondition(lambda self: self.tasks)
    @rule(number=any_number, through=any_number)
    def cancel(self, number: int, through: int) -> None:
        task, process = self.tasks[number % len(self.tasks)], self.processes[through % 2]
        if self.is_gone(task):
            return
        self.get(task)
        self.ask(process, "tasks/cancel", taskId=task.id)
        if not task.ended:
            task.end("cancelled")
        if process is task.process:
            task.handler = "gone"

    @rule(seconds=st.sampled_from([1, 20, 60]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds
        for process in self.processes:
            self.poll(process)

    @rule(number=any_number, tells=st.booleans())
    def leave(self, number: int, tells: bool) -> None:
        """A process stops and says what it leaves behind, or is gone from one moment to the next, which others find
        out by its silence.
        """
        process = self.processes[number % 2]
        process.cable.cut = not tells
        self.run(process.desk.peer.tasks.close() if tells else process.desk.peer.tasks.poll())
        for task in self.replaced(number):
            if tells and not task.ended:
                task.end("failed")

    # What must hold.

    @invariant()
    def tasks_are_what_they_should_be(self) -> None:
        for task in getattr(self, "tasks", ()):
            if self.is_gone(task):
                self.require_unknown(task)
                continue
            if not task.ended and not task.process.lives and task.alive_until < self.clock.now:
                task.end("failed")
            seen = self.get(task)
            asked = seen.get("inputRequests", {})
            assert (seen["status"], len(asked)) == (task.status, task.asked)
            assert ("result" in seen, "error" in seen) == (task.status == "completed", task.status == "failed")
            task.keys |= set(asked)

    @invariant()
    def nobody_works_for_nothing(self) -> None:
        wanted = {task.label for task in getattr(self, "tasks", ()) if task.handler != "gone" and task.process.lives}
        assert getattr(self, "working", set()) == wanted

    # How it is done.

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, list[Mapping[str, Any]]] = {}

    def start(self) -> Process:
        cable = Cable(self.store)
        desk = Desk(self.server())
        desk.peer = Dispatcher(desk.server, tasks=cable, sources=self.clock.sources())
        return Process(desk, cable)

    def server(self) -> MCPServer:
        server = MCPServer("obedient", task_lifetime=LIFETIME)

        @server.tool(task=True)
        async def obey(label: str, context: Context) -> str:
            """Do what is ordered until it is over."""
            orders = self.orders.setdefault(label, asyncio.Queue())
            self.working.add(label)
            try:
                while (order := await orders.get()) != "finish":
                    await carry_out(order, context)
                return "done"
            finally:
                self.working.discard(label)

        return server

    def replaced(self, number: int) -> list[Expected]:
        """Those that the process ran, once another one has its place."""
        process, self.processes[number % 2] = self.processes[number % 2], self.start()
        process.lives = False
        left = [task for task in self.tasks if task.process is process]
        for task in left:
            task.handler = "gone"
        return left

    def poll(self, process: Process) -> None:
        """The process says that it lives, and hears of what ended elsewhere."""
        self.run(process.desk.peer.tasks.poll())
        for task in self.tasks:
            if task.process is process and (task.ended or self.is_gone(task)):
                task.handler = "gone"
            elif task.process is process:
                task.alive_until = self.clock.now + LEASE

    def is_gone(self, task: Expected) -> bool:
        return task.expires_at <= self.clock.now

    def get(self, task: Expected) -> dict[str, Any]:
        return self.runner.run(self.processes[0].desk.ask("tasks/get", meta=DECLARED, taskId=task.id))

    def require_unknown(self, task: Expected) -> None:
        try:
            seen = self.get(task)
        except InvalidParams:
            return
        raise AssertionError(f"{task.label} is over, but was {seen}")

    def ask(self, process: Process, method: str, **params: Any) -> dict[str, Any]:
        return self.run(process.desk.ask(method, meta=DECLARED, **params))

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result, once everybody who can go on has done so."""

        async def settled() -> T:
            result = await coroutine
            for _ in range(20):
                await asyncio.sleep(0)
            return result

        return self.runner.run(settled())


async def carry_out(order: str, context: Context) -> None:
    if order == "fail":
        raise ToolError("As ordered.")
    if order == "break":
        raise ProtocolError("As ordered.")
    await context.ask(*[form(Name, "Who?", key="who") for _ in range(2 if order == "ask two" else 1)])


TestTasks = Tasks.TestCase
TestTasks.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
