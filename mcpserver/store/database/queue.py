"""The queue of changes: all that wait share one commit and one wait for the disk."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from attrs import define, field, frozen

from .change import Change, Row
from .errors import StoreBusy

Outcome = list[list[Row]] | None | Exception
"""The outcome of one change: the rows it returned, ``None`` when a guard failed, or the error that it alone met."""

Commit = Callable[[Sequence[Change]], Awaitable[Sequence[Outcome]]]
"""Applies changes in order in one transaction; returns one outcome for each once they are durable."""


@frozen
class _Waiting:
    change: Change
    outcome: asyncio.Future[list[list[Row]] | None]

    def settle(self, outcome: Outcome) -> None:
        if self.outcome.done():  # its caller stopped waiting; the change is committed all the same
            return
        if isinstance(outcome, Exception):
            self.outcome.set_exception(outcome)
        else:
            self.outcome.set_result(outcome)


@define
class CommitQueue:
    """A queue with a single writer: while one batch commits, the next one gathers."""

    _commit: Commit
    _waiting: list[_Waiting] = field(factory=list, init=False)
    _writer: asyncio.Task[None] | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    async def apply(self, change: Change) -> list[list[Row]] | None:
        """Put a change into the queue and wait until it is durable."""
        if self._closed:
            raise StoreBusy("the store is closed")
        waiting = _Waiting(change, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        return await waiting.outcome

    async def close(self) -> None:
        """Accept no more changes and finish those in the queue."""
        self._closed = True
        if self._writer is not None:
            await self._writer

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write_batch(batch)
        finally:
            self._writer = None

    async def _write_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            outcomes = await self._commit([waiting.change for waiting in batch])
        except Exception as error:  # not swallowed: each caller receives it
            outcomes = [error] * len(batch)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.settle(outcome)
