"""Housekeeping: tasks that exactly one of the processes on a database does at a time.

A task has a row in the database, the lease. A process takes a free lease by one conditional statement, and renews it in
the same change as each portion of its work, so that a process that lost the lease changes nothing more. The lease of a
process that died runs out, and another one goes on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from attrs import define, field, frozen

from ..busy import Busy

LEASE = 60
"""Seconds after which a lease that was not renewed is free."""

_log = logging.getLogger(__name__)


@frozen
class Task:
    """A task by the name of its row. ``interval`` in seconds is the time from the start of a turn to the next one."""

    name: str
    interval: int


EXPIRE = Task("expire", 60)
PURGE = Task("purge", 3600)
RENEW_KEYS = Task("signing_keys", 0)


@define
class Turn:
    """One turn of a task in one process. ``removed`` counts the rows that were deleted so far."""

    task: Task
    holder: str
    _now: Callable[[], int]
    removed: int = 0

    @property
    def now(self) -> int:
        """The time here, in epoch seconds."""
        return self._now()


class LeaseLost(Exception):
    """Another process holds the lease now; nothing of the portion was kept."""


@frozen
class Run:
    """When a task last ran: instants in epoch seconds, None before the first turn.

    ``finished_at`` before ``started_at`` means that a turn is under way, or that its process died: ``leased_until``
    tells which. ``last_error`` names the error that ended the last turn, None when it succeeded.
    """

    task: str
    holder: str | None
    leased_until: int
    started_at: int | None
    finished_at: int | None
    rows_removed: int
    last_error: str | None


class HousekeepingStore(Protocol):
    """The leases. Every verb may raise ``Busy``."""

    async def begin_turn(self, turn: Turn) -> bool:
        """Take the lease; false when it is taken, or the task is not due."""

    async def end_turn(self, turn: Turn, *, finished: bool, error: str | None = None) -> None:
        """Give the lease back. A turn that is not ``finished`` is due again at once."""

    async def housekeeping_runs(self) -> list[Run]:
        """Return when each task last ran."""


@define
class Housekeeping:
    """Takes turns on behalf of one process. ``holder`` is the name of the process."""

    _store: HousekeepingStore
    holder: str
    _now: Callable[[], int] = field(alias="now")

    async def take_turn(self, task: Task, work: Callable[[Turn], Awaitable[object]]) -> bool:
        """Do the work if the task is due and no other process does it; return whether this process did it.

        ``work`` changes the database only by changes that renew the lease. Raises what it raises.
        """
        turn = Turn(task, self.holder, self._now)
        if not await self._store.begin_turn(turn):
            return False
        try:
            await work(turn)
        except LeaseLost:
            _log.warning("housekeeping: %s took too long, and another process goes on with it", task.name)
            return False
        except asyncio.CancelledError:
            await self._give_back(turn, finished=False)
            raise
        except Exception as error:
            await self._give_back(turn, finished=True, error=type(error).__name__)
            raise
        await self._store.end_turn(turn, finished=True)
        if turn.removed:
            _log.info("housekeeping: %s removed %d rows", task.name, turn.removed)
        return True

    async def _give_back(self, turn: Turn, *, finished: bool, error: str | None = None) -> None:
        """While the database does not answer, the lease runs out by itself."""
        with suppress(Busy):
            await self._store.end_turn(turn, finished=finished, error=error)
