"""Tasks whose store is busy at the wrong moment: the file is locked by another program for longer than anybody waits
(SEP-2663).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from mcpserver import Context, MCPServer
from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.protocol.errors import Unavailable
from mcpserver.mcp.tasks.leases import LEASE
from mcpserver.store import Store, StoreBusy, open_store

from ..holders import Clock
from .desk import Desk

DECLARED: dict[str, Any] = {
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}}
}


@define
class Tool:
    begun: asyncio.Event = field(factory=asyncio.Event)
    go_on: asyncio.Event = field(factory=asyncio.Event)
    over: asyncio.Event = field(factory=asyncio.Event)
    times: int = 0


@pytest.fixture
async def tool() -> Tool:
    return Tool()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/tasks.db", busy_timeout=0.05)
    yield opened
    await opened.close()


@pytest.fixture
def rival(store: Store, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program on the same file, which locks it with BEGIN IMMEDIATE."""
    connection = sqlite3.connect(tmp_path / "tasks.db", timeout=0, isolation_level=None)
    yield connection
    connection.close()


def sit(store: Store, tool: Tool, clock: Clock) -> Desk:
    server = MCPServer("work", task_lifetime=600)

    @server.tool(task=True)
    async def work(context: Context, report: bool = False) -> str:
        tool.times += 1
        tool.begun.set()
        try:
            await tool.go_on.wait()
            if report:
                await context.progress(1, message="nearly there")
            return "done"
        finally:
            tool.over.set()

    desk = Desk(server)
    desk.peer = Dispatcher(server, tasks=store, sources=clock.sources())
    return desk


async def get(desk: Desk, task: dict[str, Any]) -> dict[str, Any]:
    return await desk.ask("tasks/get", meta=DECLARED, taskId=task["taskId"])


async def ended_unkept(
    desk: Desk, tool: Tool, rival: sqlite3.Connection, caplog: pytest.LogCaptureFixture, **arguments: Any
) -> dict[str, Any]:
    """A task whose work is done while nothing can be kept."""
    task = await desk.call("work", meta=DECLARED, **arguments)
    await tool.begun.wait()
    rival.execute("BEGIN IMMEDIATE")
    tool.go_on.set()
    async with asyncio.timeout(10):
        while "the end of a task could not be kept" not in caplog.text:
            with pytest.raises(StoreBusy):  # takes as long as is waited for the lock
                await desk.peer.tasks.poll()
    return task


@pytest.mark.parametrize("asked", ["by the client", "by the clock"])
async def test_work_is_not_lost_because_the_store_was_busy_at_its_end(
    store: Store, tool: Tool, rival: sqlite3.Connection, caplog: pytest.LogCaptureFixture, asked: str
) -> None:
    """A client that heard of an interruption would call the tool again, and what it does would be done twice."""
    desk = sit(store, tool, Clock())
    task = await ended_unkept(desk, tool, rival, caplog)
    with pytest.raises(Unavailable):
        await get(desk, task)
    rival.execute("ROLLBACK")
    if asked == "by the clock":
        await desk.peer.tasks.poll()
    seen = await get(desk, task)
    assert (seen["status"], seen["result"]["content"][0]["text"], tool.times) == ("completed", "done", 1)
    elsewhere = sit(store, tool, Clock(now=Clock().now + LEASE + 1))
    assert (await get(elsewhere, task))["status"] == "completed"


async def test_progress_that_cannot_be_kept_does_not_end_the_work(
    store: Store, tool: Tool, rival: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    desk = sit(store, tool, Clock())
    task = await ended_unkept(desk, tool, rival, caplog, report=True)
    rival.execute("ROLLBACK")
    assert (await get(desk, task))["status"] == "completed"


async def test_server_that_stops_stops_all_of_them_whatever_the_store_says(
    store: Store, tool: Tool, rival: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    desk = sit(store, tool, clock)
    tasks = [await desk.call("work", meta=DECLARED) for _ in range(3)]
    await tool.begun.wait()
    rival.execute("BEGIN IMMEDIATE")
    await desk.peer.tasks.close()
    assert tool.over.is_set()
    rival.execute("ROLLBACK")
    clock.now += LEASE + 1
    later = sit(store, tool, clock)
    assert {(await get(later, task))["status"] for task in tasks} == {"failed"}
