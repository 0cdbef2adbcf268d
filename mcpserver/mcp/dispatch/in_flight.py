"""Tracking of the requests being answered, so that each of them gets an answer when the server stops."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from ...busy import RETRY_AFTER
from ..protocol import Result, RpcError

ENDING = 1
"""Seconds that stopped requests have to clean up and be answered."""


class Stopped(RpcError):
    """The server stopped before the request was done; ``data`` says whether it can be repeated safely."""

    status = 503
    retry_after = RETRY_AFTER

    def __init__(self, *, repeatable: bool) -> None:
        repeat = (
            "Repeat it once the server is back."
            if repeatable
            else "It may have been done in part: look before you repeat it."
        )
        super().__init__(
            f"The server is shutting down and stopped this request. {repeat}", data={"repeatable": repeatable}
        )


class UnderWay:
    """The set of requests being answered."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._stopped: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()

    async def run(self, work: Awaitable[Result], *, repeatable: Callable[[], bool]) -> Result:
        """The result of ``work``, run in the current task. Raises Stopped when ``drain`` ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            return await work
        except asyncio.CancelledError:
            if task not in self._stopped:
                raise
            task.uncancel()
            raise Stopped(repeatable=repeatable()) from None
        finally:
            self._running.discard(task)
            self._stopped.discard(task)
            if not self._running:
                self._idle.set()

    async def drain(self, patience: float) -> None:
        """Wait ``patience`` seconds for requests under way to end by themselves, then cancel them with an answer."""
        await self._wait(patience)
        for task in tuple(self._running):
            self._stopped.add(task)
            task.cancel("the server stops")
        await self._wait(ENDING)

    async def _wait(self, seconds: float) -> None:
        if self._running:
            self._idle.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._idle.wait()
