"""Passwords: Argon2id hashes, made and checked in a bounded pool of threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..sources import HASHER
from .errors import TooBusy, WeakPassword

SHORTEST = 8
"""Characters (ASVS 6.2.1)."""
LONGEST = 1024
"""Characters: far beyond any passphrase, and short enough to hash at once; nothing is cut off before (ASVS 6.2.9)."""
WAITING = 16
"""Sign-ins in line for each slot, and as many more by people who are known; whoever comes after is asked to come back."""

# ASVS 6.2.4: the passwords that everybody tries first.
_TRIED_FIRST = """
    12345678 123456789 1234567890 11111111 00000000 87654321 12341234 11223344 password password1 password123 passw0rd p@ssw0rd qwerty12 qwerty123
    qwertyuiop 1q2w3e4r 1qaz2wsx zaq12wsx asdfghjkl abcd1234 abc12345 iloveyou sunshine princess football baseball superman starwars whatever trustno1
    letmein1 welcome1 computer internet michelle jennifer administrator changeme mcpserver webclient
"""

T = TypeVar("T")


def require_password(password: str, *, username: str) -> None:
    """Raises WeakPassword with the rule that a new password breaks."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"The password is too short: use at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise WeakPassword(f"The password is too long: use at most {LONGEST} characters.")
    if password.casefold() in _TRIED_FIRST.split() or password.casefold() == username.casefold():
        raise WeakPassword("This password is easy to guess: choose another one.")


class Passwords:
    """``slots`` is how many are hashed at once, 64 MiB each: a flood of sign-ins takes neither the memory nor the event loop.

    Those who are known wait in a line of their own: strangers cannot take its places.
    """

    def __init__(self, slots: int, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._decoy = _decoy(self._hasher)
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="password")
        self._places = BoundedSemaphore(slots * (1 + WAITING))
        self._places_of_known = BoundedSemaphore(slots * (1 + WAITING))

    async def hash(self, password: str) -> str:
        """Raises TooBusy."""
        return await self._in_pool(lambda: self._hasher.hash(_encoded(password)), self._places)

    async def verify(self, password_hash: str | None, password: str, *, known: bool = False) -> bool:
        """Whether it is the password; None or an empty one, of nobody, costs the same. ``known``: they signed in there before. Raises TooBusy."""
        fits = await self._in_pool(lambda: self._matches(password_hash or self._decoy, password), self._places_of_known if known else self._places)
        return fits and bool(password_hash)

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _encoded(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_pool(self, work: Callable[[], T], places: BoundedSemaphore) -> T:
        if not places.acquire(blocking=False):
            raise TooBusy
        task = self._pool.submit(work)
        # The place is free when the thread is, not when the person has left; called in either thread.
        task.add_done_callback(lambda _: places.release())
        return await asyncio.wrap_future(task)


def _decoy(hasher: PasswordHasher) -> str:
    """Of no password: what an unknown person's password is checked against, so that it takes as long as a known one's."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}$c29tZXNhbHRzb21lc2FsdA$pJ6iF4xqtXcBqGWGZ0eQZxZQOzy6O2cIuzPXRsGfQhE"


def _encoded(password: str) -> bytes:
    """Any text may be tried, even one that is not valid Unicode."""
    return password.encode("utf-8", "surrogatepass")
