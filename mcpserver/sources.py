"""Time and chance, handed to the core as values so that tests can choose them."""

import logging
import secrets
import time
from collections.abc import Callable
from threading import Lock

from attrs import evolve, frozen

_log = logging.getLogger(__name__)
_TELLING = 2
"""Seconds by which the machine's clock has to be set before anybody is told: small corrections are daily business."""
LONGEST_LEAD = 86400
"""Seconds by which an instant that was kept may be ahead of the machine's clock and still count; beyond that, it was the clock of then that was wrong."""


def _epoch_seconds() -> int:
    return int(time.time())


@frozen
class Sources:
    """``now`` gives epoch seconds, for instants that are kept or told to others; ``token_bytes`` gives that many random bytes.

    ``monotonic`` gives seconds from an arbitrary start, for every duration that lives in this process: setting the machine's clock
    does not move it.
    """

    now: Callable[[], int] = _epoch_seconds
    token_bytes: Callable[[int], bytes] = secrets.token_bytes
    monotonic: Callable[[], float] = time.monotonic
    machine: Callable[[], int] | None = None

    def machine_now(self) -> int:
        """What the machine's clock says, where ``now`` may be ahead of it: to judge what others date by theirs, and what is used once."""
        return (self.machine or self.now)()

    def steady(self) -> "Sources":
        """The same with a ``now`` that never runs back."""
        return evolve(self, now=SteadyClock(self.now, self.monotonic), machine=self.now)


class SteadyClock:
    """Epoch seconds that never run back, so that nothing that was seen to expire is good again.

    While the machine's clock is behind what was told before, this one goes on from there; it comes back to the machine's clock when that is set forward.
    """

    def __init__(self, machine: Callable[[], int], monotonic: Callable[[], float]) -> None:
        self._machine = machine
        self._monotonic = monotonic
        self._last = machine()
        self._looked_at = monotonic()
        self._told = self._last
        self._lead = 0
        self._lock = Lock()

    def __call__(self) -> int:
        with self._lock:  # the thread that commits asks too
            return self._now()

    def _now(self) -> int:
        now, at = self._machine(), self._monotonic()
        moved, passed = now - self._last, int(at - self._looked_at)
        if moved < 0:
            self._set_back(passed - moved)
        elif self._lead and moved - passed >= _TELLING:
            self._lead = max(0, self._lead - (moved - passed))
        self._last, self._looked_at = now, at
        self._told = max(self._told, now + self._lead)
        return self._told

    def begin_at(self, instant: int) -> None:
        """Go on from an instant that was told before a restart, or by another process."""
        behind = instant - self()
        if behind > LONGEST_LEAD:
            _log.error("the database was written %d seconds ahead of the machine's clock, which is believed: one of the two was wrong", behind)
        elif behind > 0:
            self._set_back(behind)

    def _set_back(self, seconds: int) -> None:
        self._lead += seconds
        if seconds >= _TELLING:
            _log.warning("the machine's clock was set back by %d seconds: here time goes on, so that nothing that expired is good again", seconds)
