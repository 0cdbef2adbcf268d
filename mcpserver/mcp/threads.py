"""Where plain functions run: threads of their own, of which no caller can take all."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any
from weakref import WeakValueDictionary

MOST, MOST_EACH = 64, 16
"""Functions that run at a time: of all callers, and of one. Whoever comes later waits."""


class Threads:
    """Nothing else waits for these: a function that hangs holds up neither the database nor the network."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST, "plain-function")
        self._turns: WeakValueDictionary[tuple[object, ...], asyncio.Semaphore] = WeakValueDictionary()

    async def run(self, function: Callable[[], Any], principal: tuple[str, ...]) -> Any:
        """A caller who stops waiting stops nothing: the thread is taken until the function returns."""
        loop = asyncio.get_running_loop()
        turns = self._turns.setdefault((loop, *principal), asyncio.Semaphore(MOST_EACH))

        def over(_: Future[Any]) -> None:
            with suppress(RuntimeError):  # the server is gone
                loop.call_soon_threadsafe(turns.release)

        await turns.acquire()
        running = self._pool.submit(copy_context().run, function)
        running.add_done_callback(over)
        return await asyncio.wrap_future(running)


THREADS = Threads()
