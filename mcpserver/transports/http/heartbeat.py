"""One timer for all requests under way, because a timer for each would cost more than the request."""

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Protocol

SLICE = 32
"""Most objects with something to do that are served in one turn of the loop, so that not all write at once."""

LOOKED_AT = 1024
"""Most objects that are checked in one turn of the loop."""

_GOLDEN = 0.6180339887498949


class Watched(Protocol):
    def look(self, now: float) -> bool:
        """Called periodically, with the loop's time. Returns whether there was something to do."""


class Heartbeat:
    """Calls ``look`` of every added object every ``seconds``; the timer runs only while there are objects."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: set[Watched] = set()
        self._timer: asyncio.Handle | None = None
        self._round: Iterator[Watched] = iter(())

    def add(self, watched: Watched) -> None:
        self._watched.add(watched)
        if self._timer is None:
            self._wait()

    def discard(self, watched: Watched) -> None:
        self._watched.discard(watched)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._begin)

    def _begin(self) -> None:
        self._round = iter(tuple(self._watched))
        self._beat()

    def _beat(self) -> None:
        """Serve one slice of the objects, and schedule the next slice for the next turn of the loop."""
        self._timer = None
        loop = asyncio.get_running_loop()
        now, busy = loop.time(), 0
        for looked_at, watched in enumerate(self._round, 1):
            busy += watched in self._watched and watched.look(now)
            if busy >= SLICE or looked_at >= LOOKED_AT:
                self._timer = loop.call_soon(self._beat)
                return
        if self._watched:
            self._wait()


_streams = count()


def beat_after(quiet: float) -> float:
    """Seconds of silence after which a stream sends a keep-alive: between three quarters of ``quiet`` and all of it.

    Each stream gets another value, evenly spread, so that streams that began at the same moment are not due together.
    """
    return quiet * (0.75 + 0.25 * (next(_streams) * _GOLDEN % 1))
