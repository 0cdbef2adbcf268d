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
"""Characters: more than any passphrase has, and quick to hash; nothing is cut off (ASVS 6.2.9)."""
WAITING = 16
"""Sign-ins that may wait for each slot, and as many again for people who are known; others are asked to come back."""

# ASVS 6.2.4: the passwords that everybody tries first.
_TRIED_FIRST = """
    12345678 123456789 1234567890 11111111 00000000 87654321 12341234 11223344 password password1 password123 passw0rd
    p@ssw0rd qwerty12 qwerty123 qwertyuiop 1q2w3e4r 1qaz2wsx zaq12wsx asdfghjkl abcd1234 abc12345 iloveyou sunshine
    princess football baseball superman starwars whatever trustno1 letmein1 welcome1 computer internet michelle
    jennifer administrator changeme mcpserver webclient
"""

T = TypeVar("T")


def require_password(password: str, *, username: str) -> None:
    """Check a new password. Raises WeakPassword with the rule that it breaks."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"The password is too short: use at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise WeakPassword(f"The password is too long: use at most {LONGEST} characters.")
    if password.casefold() in _TRIED_FIRST.split() or password.casefold() == username.casefold():
        raise WeakPassword("This password is easy to guess: choose another one.")


class Passwords:
    """Hashes and checks passwords. ``slots`` is how many are hashed at once, with 64 MiB each: a flood of sign-ins
    exhausts neither memory nor the event loop.

    People who are known wait in a queue of their own, whose places strangers cannot take.
    """

    def __init__(self, slots: int, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._decoy = _decoy(self._hasher)
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="password")
        self._places = BoundedSemaphore(slots * (1 + WAITING))
        self._places_of_known = BoundedSemaphore(slots * (1 + WAITING))

    async def hash(self, password: str) -> str:
        """Return the hash of a password. Raises TooBusy."""
        return await self._in_pool(lambda: self._hasher.hash(_encoded(password)), self._places)

    async def verify(self, password_hash: str | None, password: str, *, known: bool = False) -> bool:
        """Return whether the password is right; a hash that is None or empty costs as much.

        ``known``: the person has signed in from there before. Raises TooBusy.
        """
        fits = await self._in_pool(
            lambda: self._matches(password_hash or self._decoy, password),
            self._places_of_known if known else self._places,
        )
        return fits and bool(password_hash)

    def needs_rehash(self, password_hash: str) -> bool:
        """Return whether a hash was made with other parameters than today's."""
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
    """Return the hash of no password, against which those of unknown people are checked, so that they take as long."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}$c29tZXNhbHRzb21lc2FsdA$pJ6iF4xqtXcBqGWGZ0eQZxZQOzy6O2cIuzPXRsGfQhE"


def _encoded(password: str) -> bytes:
    """Return the bytes of any text, even one that is not valid Unicode."""
    return password.encode("utf-8", "surrogatepass")
