"""Time, randomness and costly functions as values that tests can choose, and a clock that never runs back."""

import logging
import secrets
import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, Self, TypeVar

from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY
from attrs import evolve, frozen
from joserfc.jwk import RSAKey

from . import base64url

_log = logging.getLogger(__name__)
HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
"""64 MiB, three passes, four lanes."""
_TELLING = 2
"""Seconds by which the machine's clock must be set before it is logged: small corrections are normal."""
LONGEST_LEAD = 86400
"""Seconds by which a stored instant may be ahead of the machine's clock and still count; beyond, it was written with a
wrong clock.
"""

Instant = TypeVar("Instant", int, float)
"""Epoch seconds: whole ones where they are stored, fractions where they are shown."""


@frozen
class Sources(Generic[Instant]):
    """``now`` gives epoch seconds, for instants that are stored or told to others; ``token_bytes`` gives that many
    random bytes.

    ``monotonic`` gives seconds from an arbitrary start, for durations within this process: setting the machine's clock
    does not move it. ``machine`` is the machine's clock where ``now`` may be ahead of it.

    ``hasher`` makes and checks password hashes: Argon2id, by default in the low-memory profile of RFC 9106 section 4.
    ``rsa_key`` makes a private key of that many bits.
    """

    now: Callable[[], Instant]
    token_bytes: Callable[[int], bytes] = secrets.token_bytes
    monotonic: Callable[[], float] = time.monotonic
    machine: Callable[[], Instant] | None = None
    hasher: PasswordHasher = HASHER
    rsa_key: Callable[[int], RSAKey] = RSAKey.generate_key

    def machine_now(self) -> Instant:
        """Return the time of the machine's clock, to judge instants of others and what is used once."""
        return (self.machine or self.now)()

    def token(self) -> str:
        """Return 256 random bits as 43 URL-safe characters, for a state, a PKCE verifier (RFC 7636 section 4.1) or a
        session.
        """
        return base64url.encode(self.token_bytes(32))

    def with_clock(self, clock: "SteadyClock[Instant]") -> Self:
        """Return the same sources with another ``now``."""
        return evolve(self, now=clock, machine=self.now)

    def steady(self) -> Self:
        """Return the same sources with a ``now`` that never runs back."""
        return self.with_clock(SteadyClock(self.now, self.monotonic))


class SteadyClock(Generic[Instant]):
    """Epoch seconds that never run back, so that nothing that has expired becomes valid again.

    While the machine's clock is behind an instant that was given out, this clock goes on from there; it follows the
    machine's clock again once that has caught up.
    """

    def __init__(self, machine: Callable[[], Instant], monotonic: Callable[[], float]) -> None:
        self._machine: Callable[[], Instant] = machine
        self._monotonic = monotonic
        self._last: Instant = machine()
        self._kind: type[Instant] = type(self._last)
        self._looked_at = monotonic()
        self._told: Instant = self._last
        self._lead: Instant = self._kind(0)
        self._lock = Lock()

    def __call__(self) -> Instant:
        with self._lock:  # the thread that commits asks too
            return self._now()

    def _now(self) -> Instant:
        now, at = self._machine(), self._monotonic()
        moved, passed = now - self._last, self._kind(at - self._looked_at)
        if moved < 0:
            self._set_back(passed - moved)
        elif self._lead and moved - passed >= _TELLING:
            self._lead = max(self._kind(0), self._lead - (moved - passed))
        self._last, self._looked_at = now, at
        self._told = max(self._told, now + self._lead)
        return self._told

    def begin_at(self, instant: Instant) -> None:
        """Go on from an instant that was given out before a restart, or by another process."""
        behind = instant - self()
        if behind > LONGEST_LEAD:
            _log.error(
                "the database was written %d seconds ahead of the machine's clock, which is believed: one of the two "
                "was wrong",
                behind,
            )
        elif behind > 0:
            self._set_back(behind)

    def _set_back(self, seconds: Instant) -> None:
        self._lead += seconds
        if seconds >= _TELLING:
            _log.warning(
                "the machine's clock was set back by %d seconds: here time goes on, so that nothing that expired is "
                "good again",
                seconds,
            )
