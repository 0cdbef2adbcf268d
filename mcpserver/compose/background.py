"""Work that is repeated while the application runs, beside the requests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from ..store import StoreBusy, StoreReplaced

_log = logging.getLogger(__name__)

LOOK_AROUND = 1
KEEP_HOUSE = 15
"""Seconds from one turn to the next. Which housekeeping is due is told by the database."""

CleanupContext = Callable[[web.Application], AsyncIterator[None]]


def every(seconds: float, work: Callable[[], Awaitable[object]]) -> CleanupContext:
    """A cleanup context of aiohttp that does ``work`` after each pause, and ends it when the application ends."""

    async def context(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_repeat(seconds, work))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return context


async def _repeat(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await attempt(work)


async def attempt(work: Callable[[], Awaitable[object]]) -> bool:
    """Return whether ``work`` succeeded. The outermost frame of the task: what fails once is told and tried again, for
    nobody else would notice that it ended.
    """
    try:
        await work()
    except StoreReplaced:
        pass  # told in the log when it was noticed, and not again with every turn
    except StoreBusy as busy:
        _log.warning("the database is busy, so %s waits for its next turn: %s", work.__name__, busy)
    except Exception:
        _log.exception("fault in %s", work.__name__)
    else:
        return True
    return False
