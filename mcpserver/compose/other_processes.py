"""Reading and writing the events between the processes that serve one database, while the application runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

from aiohttp import web

from ..processes import ALIVE, ProcessEvents
from ..sources import Sources
from ..store import Store, StoreBusy
from .background import CleanupContext, attempt, every

POLL = 0.5
"""Seconds after which the tables are read although nothing was heard."""
REST = 0.05
"""Seconds after a reading, however much the others publish."""
PAUSE = 1.0
"""Seconds before the next attempt, when the database did not answer."""


async def begin_events(store: Store, sources: Sources) -> ProcessEvents:
    """The events of a process that starts to serve. Raises StoreBusy."""
    events = ProcessEvents(store, sources)
    await events.begin()
    return events


class Counter(Protocol):
    """A limit that all processes count together: it lags by a fraction of a second, and costs a request nothing."""

    relay: Callable[..., None]

    @property
    def hear(self) -> Callable[..., None]:
        """Takes the words of ``relay`` and how many ``times`` it was called."""


def count_together(events: ProcessEvents, name: str, counter: Counter) -> None:
    """Connect the counters of this name in all processes."""
    counter.relay = partial(events.publish, f"count {name}")
    events.on(f"count {name}", lambda event, times: counter.hear(*event[1:], times=times))


def exchange(
    events: ProcessEvents, store: Store, also_read: Sequence[Callable[[], Awaitable[object]]] = ()
) -> list[CleanupContext]:
    """Exchange events while the application runs. ``also_read`` are read whenever another process has changed
    something.
    """

    async def read_changes() -> None:
        await store.changed(POLL)
        for read in (*also_read, events.read):
            await read()
        await asyncio.sleep(REST)

    async def write() -> None:
        await events.until_published()
        await events.write()

    async def exchanging(app: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_for_ever(read_changes)), asyncio.create_task(_for_ever(write))]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        with suppress(StoreBusy):  # the others notice by its silence
            await events.end()

    return [exchanging, every(ALIVE, events.keep_alive)]


async def _for_ever(work: Callable[[], Awaitable[object]]) -> None:
    while True:
        if not await attempt(work):
            await asyncio.sleep(PAUSE)
