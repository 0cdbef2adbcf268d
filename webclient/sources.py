"""Time and chance, handed in as values so that tests can choose them."""

import base64
import logging
import secrets
import time
from collections.abc import Callable

from attrs import frozen

log = logging.getLogger("webclient")
TOLD_FROM, LONGEST_LEAD = 2, 86400
"""Seconds: a clock that is set back by less is no news; an instant that was kept and is further ahead was written with a wrong clock."""


@frozen
class Sources:
    """``now`` gives epoch seconds as a float, for instants that are kept or shown; ``token_bytes`` gives that many random bytes.

    ``monotonic`` gives seconds from an arbitrary start, for every duration that lives in this process: setting the machine's clock
    does not move it.
    """

    now: Callable[[], float] = time.time
    token_bytes: Callable[[int], bytes] = secrets.token_bytes
    monotonic: Callable[[], float] = time.monotonic
    machine: Callable[[], float] | None = None

    def machine_now(self) -> float:
        """What the machine's clock says, where ``now`` may be ahead of it: for what others compare with their own."""
        return (self.machine or self.now)()

    def token(self) -> str:
        """256 random bits as 43 URL-safe characters: enough for a state, a PKCE verifier (RFC 7636 section 4.1) or a session."""
        return base64.urlsafe_b64encode(self.token_bytes(32)).rstrip(b"=").decode()


class SteadyClock:
    """Epoch seconds that never run back, so that nothing that was seen to end is good again.

    While the machine's clock is behind what was told before, this one goes on from there; it comes back to the machine's clock when that is set forward.
    """

    def __init__(self, machine: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._machine, self._monotonic = machine, monotonic
        self._last, self._looked_at = machine(), monotonic()
        self._told, self._lead = self._last, 0.0

    def __call__(self) -> float:
        now, at = self._machine(), self._monotonic()
        moved, passed = now - self._last, at - self._looked_at
        if moved < 0:
            self._set_back(passed - moved)
        elif self._lead and moved - passed >= TOLD_FROM:
            self._lead = max(0.0, self._lead - (moved - passed))
        self._last, self._looked_at = now, at
        self._told = max(self._told, now + self._lead)
        return self._told

    def begin_at(self, instant: float) -> None:
        """Go on from an instant that was told before a restart."""
        behind = instant - self()
        if behind > LONGEST_LEAD:
            log.error("the database was written %d seconds ahead of the machine's clock, which is believed: one of the two was wrong", behind)
        elif behind > 0:
            self._set_back(behind)

    def _set_back(self, seconds: float) -> None:
        self._lead += seconds
        if seconds >= TOLD_FROM:
            log.warning("the machine's clock was set back by %d seconds: here time goes on, so that nothing that ended is good again", seconds)
