"""Threads for plain functions, with a limit for each caller, so that no caller can occupy all of them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from threading import Lock, Semaphore, Thread
from typing import Any
from weakref import WeakValueDictionary

MOST, MOST_EACH = 64, 16
"""Functions that run at a time: of all callers, and of one. Further calls wait."""

Outcome = tuple[Any, BaseException | None]
"""The result of a function or the exception it raised, passed as a value because futures of Python 3.11 and 3.12 do not
accept StopIteration.
"""


class DaemonThreads:
    """A pool of at most ``most`` daemon threads, started on demand.

    A process that exits does not wait for them, unlike those of ThreadPoolExecutor.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._begun = 0
        self._beginning = Lock()
        self._idle = Semaphore(0)
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def put(self, work: Callable[[], None]) -> None:
        """Queue work for the next free thread; ``work`` must not raise."""
        self._work.put(work)
        with self._beginning:
            if not self._idle.acquire(blocking=False) and self._begun < self._most:
                self._begun += 1
                Thread(target=self._run, name=f"{self._name}-{self._begun}", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._work.get()()
            self._idle.release()


class Threads:
    """Runs plain functions in threads used for nothing else.

    A function that hangs blocks neither the database, nor the network, nor the exit of the process.
    """

    def __init__(self) -> None:
        self._threads = DaemonThreads(MOST, "plain-function")
        self._turns: WeakValueDictionary[tuple[object, ...], asyncio.Semaphore] = WeakValueDictionary()

    async def run(self, function: Callable[[], Any], principal: tuple[str, ...]) -> Any:
        """Run a function and return its result; raises what it raises.

        At most MOST_EACH functions run at a time for each principal. Cancelling the wait does not stop a running
        function: its thread is occupied until the function returns.
        """
        loop = asyncio.get_running_loop()
        turns = self._turns.setdefault((loop, *principal), asyncio.Semaphore(MOST_EACH))
        running: Future[Outcome] = Future()

        def over(_: Future[Outcome]) -> None:
            with suppress(RuntimeError):  # the event loop is closed
                loop.call_soon_threadsafe(turns.release)

        await turns.acquire()
        running.add_done_callback(over)
        context = copy_context()
        self._threads.put(lambda: _settle(running, lambda: context.run(function)))
        value, error = await asyncio.wrap_future(running)
        try:
            if error is not None:
                raise error
            return value
        finally:
            del error  # breaks the reference cycle between the exception and this frame


def _settle(running: "Future[Outcome]", function: Callable[[], Any]) -> None:
    if running.set_running_or_notify_cancel():
        running.set_result(_outcome(function))


def _outcome(function: Callable[[], Any]) -> Outcome:
    try:
        return function(), None
    except BaseException as error:  # not swallowed: ``run`` raises it
        return None, error


THREADS = Threads()
