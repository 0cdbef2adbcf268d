"""Passwords as Argon2id hashes (RFC 9106)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from attrs import define, field

from .models import LONGEST_PASSWORD, SHORTEST_PASSWORD, TooManySignIns

AT_ONCE = 2
WAITING = 32
"""Sign-ins in line, and as many more by people who are known."""


class WeakPassword(ValueError):
    """One sentence about what a password has to be."""


@define
class Passwords:
    """Hashing takes memory and time on purpose, so it is done in threads, two at once.

    Strangers wait in another line than those who are known, and cannot take their places.
    """

    hasher: PasswordHasher = field(factory=PasswordHasher)
    _pool: ThreadPoolExecutor = field(factory=lambda: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password"), init=False)
    _strangers: BoundedSemaphore = field(factory=lambda: BoundedSemaphore(AT_ONCE + WAITING), init=False)
    _known: BoundedSemaphore = field(factory=lambda: BoundedSemaphore(AT_ONCE + WAITING), init=False)

    async def hash(self, password: str) -> str:
        """Raises WeakPassword."""
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise WeakPassword(f"A password has {SHORTEST_PASSWORD} characters at least, and {LONGEST_PASSWORD} at most.")
        return await asyncio.wrap_future(self._pool.submit(self.hasher.hash, password))

    async def fits(self, known: str | None, password: str, *, at_home: bool = False) -> bool:
        """Costs one hash for somebody who does not exist too. ``at_home``: they have signed in there before. Raises TooManySignIns."""
        line = self._known if at_home else self._strangers
        if not line.acquire(blocking=False):
            raise TooManySignIns
        looking = self._pool.submit(self._verify, known or self._nobodys(), password[: LONGEST_PASSWORD + 1])
        # The place is free when the thread is, not when the person has left.
        looking.add_done_callback(lambda _: line.release())
        return await asyncio.wrap_future(looking) and bool(known)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _nobodys(self) -> str:
        """A hash of no password, with the parameters of the others."""
        cost = f"m={self.hasher.memory_cost},t={self.hasher.time_cost},p={self.hasher.parallelism}"
        return f"$argon2id$v=19${cost}$c29tZXNhbHRzb21lc2FsdA$pJ6iF4xqtXcBqGWGZ0eQZxZQOzy6O2cIuzPXRsGfQhE"

    def _verify(self, known: str, password: str) -> bool:
        try:
            return self.hasher.verify(known, password.encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
