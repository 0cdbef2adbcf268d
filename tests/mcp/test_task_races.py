"""Tasks when things happen at the same time (SEP-2663: task creation, task cancellation)."""

import asyncio
from typing import Any

import pytest
from attrs import define, field, frozen

from mcpserver import Context, MCPServer
from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.protocol.budget import Limits
from mcpserver.mcp.protocol.errors import RpcError
from mcpserver.mcp.tasks.records import MemoryTasks, TaskRecord

from ..holders import Clock
from .desk import Desk

DECLARED: dict[str, Any] = {
    "io.modelcontextprotocol/clientCapabilities": {
        "extensions": {"io.modelcontextprotocol/tasks": {}},
        "elicitation": {},
    }
}


@frozen
class Name:
    name: str


@define(slots=False)
class SlowTasks(MemoryTasks):
    """Keeps a task only once ``open`` is set; ``reached`` says that somebody waits for that."""

    reached: asyncio.Event = field(factory=asyncio.Event)
    open: asyncio.Event = field(factory=asyncio.Event)
    kept: int = 0

    def __attrs_post_init__(self) -> None:
        super().__init__()

    async def add_task(self, record: TaskRecord) -> None:
        self.reached.set()
        await self.open.wait()
        await super().add_task(record)
        self.kept += 1


@define
class Tool:
    """What the tool of these tests is told, and tells."""

    begun: asyncio.Event = field(factory=asyncio.Event)
    go_on: asyncio.Event = field(factory=asyncio.Event)
    over: asyncio.Event = field(factory=asyncio.Event)


@pytest.fixture
async def tool() -> Tool:
    return Tool()


@pytest.fixture
def server(tool: Tool) -> MCPServer:
    server = MCPServer("busy", task_lifetime=600)

    @server.tool(task=True)
    async def ask_when_told(context: Context) -> str:
        try:
            tool.begun.set()
            await tool.go_on.wait()
            return (await context.elicit(Name, "Who?", key="who")).name
        finally:
            tool.over.set()

    @server.tool(task="later")
    async def begin_twice(context: Context) -> str:
        try:
            return str(all(await asyncio.gather(context.begin_task(), context.begin_task())))
        finally:
            tool.over.set()

    return server


def sit(server: MCPServer, store: MemoryTasks, clock: Clock) -> Desk:
    desk = Desk(server)
    desk.peer = Dispatcher(server, tasks=store, sources=clock.sources())
    return desk


async def get(desk: Desk, task: dict[str, Any]) -> dict[str, Any]:
    return await desk.ask("tasks/get", meta=DECLARED, taskId=task["taskId"])


async def test_task_that_was_cancelled_elsewhere_asks_nothing_any_more(server: MCPServer, tool: Tool) -> None:
    """SEP-2663, task status: what has ended never changes again."""
    store = MemoryTasks()
    here, elsewhere = sit(server, store, Clock()), sit(server, store, Clock())
    task = await here.call("ask_when_told", meta=DECLARED)
    await tool.begun.wait()
    await elsewhere.ask("tasks/cancel", meta=DECLARED, taskId=task["taskId"])
    tool.go_on.set()
    await tool.over.wait()
    assert (await get(here, task))["status"] == "cancelled"


async def test_work_stops_when_the_time_of_its_task_is_over(server: MCPServer, tool: Tool) -> None:
    """SEP-2663, task lifetime: nobody could hear of the result."""
    clock = Clock()
    desk = sit(server, MemoryTasks(), clock)
    await desk.call("ask_when_told", meta=DECLARED)
    await tool.begun.wait()
    clock.now += 600
    await desk.peer.tasks.poll()
    await tool.over.wait()


async def test_many_that_begin_at_the_same_moment_are_as_many(server: MCPServer, tool: Tool) -> None:
    """The limit holds while tasks are being kept."""
    store = SlowTasks()
    desk = sit(server, store, Clock())
    calls = [asyncio.create_task(desk.call("ask_when_told", meta=DECLARED)) for _ in range(Limits().tasks.each + 20)]
    await store.reached.wait()
    store.open.set()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(answer, RpcError) for answer in answers) == 20
    await desk.peer.tasks.close()


async def test_begun_twice_at_once_is_one_task(server: MCPServer, tool: Tool) -> None:
    store = SlowTasks()
    desk = sit(server, store, Clock())
    call = asyncio.create_task(desk.call("begin_twice", meta=DECLARED))
    await store.reached.wait()
    store.open.set()
    assert (await call)["resultType"] == "task"
    await tool.over.wait()
    assert store.kept == 1
    await desk.peer.tasks.close()


async def test_client_that_leaves_before_its_task_is_kept_leaves_nothing_running(server: MCPServer, tool: Tool) -> None:
    """MCP 2026-07-28, patterns: cancellation; a task that nobody knows of counts for nobody."""
    store = SlowTasks()
    desk = sit(server, store, Clock())
    for _ in range(Limits().tasks.each + 1):
        store.reached.clear()
        call = asyncio.create_task(desk.call("ask_when_told", meta=DECLARED))
        await store.reached.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert not tool.begun.is_set()
