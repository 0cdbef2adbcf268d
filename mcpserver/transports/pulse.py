"""One clock for everything that is under way: a timer for each request would cost more than the request."""

import asyncio
from typing import Protocol


class Watched(Protocol):
    def look(self, now: float) -> None:
        """Called every so often, with the loop's time."""


class Pulse:
    """Looks at whatever was added every ``seconds``, and rests while there is nothing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: set[Watched] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, watched: Watched) -> None:
        self._watched.add(watched)
        if self._timer is None:
            self._wait()

    def discard(self, watched: Watched) -> None:
        self._watched.discard(watched)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._beat)

    def _beat(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for watched in tuple(self._watched):
            watched.look(now)
        if self._watched:
            self._wait()
