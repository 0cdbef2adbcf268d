"""Passwords as Argon2id hashes (RFC 9106), and guesses slowed down."""

import asyncio
from collections import OrderedDict

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from attrs import define, field

from ..sources import Sources
from .models import LONGEST_PASSWORD, SHORTEST_PASSWORD, TooManyGuesses

AT_ONCE, FREE_GUESSES, LONGEST_WAIT, REMEMBERED = 2, 5, 300, 10_000


class WeakPassword(ValueError):
    """One sentence about what a password has to be."""


@define
class Passwords:
    """Hashing takes memory and time on purpose, so it is done in threads, two at once."""

    hasher: PasswordHasher = field(factory=PasswordHasher)
    _turns: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(AT_ONCE))
    _nobodys: str = field(default="", repr=False)

    async def hash(self, password: str) -> str:
        """Raises WeakPassword."""
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise WeakPassword(f"A password has {SHORTEST_PASSWORD} characters at least, and {LONGEST_PASSWORD} at most.")
        async with self._turns:
            return await asyncio.to_thread(self.hasher.hash, password)

    async def fits(self, known: str | None, password: str) -> bool:
        """Takes as long for somebody who does not exist."""
        if not self._nobodys:
            self._nobodys = await self.hash("nobody's password")
        async with self._turns:
            return await asyncio.to_thread(self._verify, known or self._nobodys, password[: LONGEST_PASSWORD + 1]) and known is not None

    def _verify(self, known: str, password: str) -> bool:
        try:
            return self.hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False


@define
class Throttle:
    """After a few wrong guesses for one name each further one costs a longer wait, whoever makes it; a right one clears the slate."""

    sources: Sources
    _guesses: "OrderedDict[str, tuple[int, float]]" = field(factory=OrderedDict, repr=False)

    def require_turn(self, name: str) -> None:
        """Raises TooManyGuesses."""
        wrong, until = self._guesses.get(name, (0, 0.0))
        left = until - self.sources.now()
        if wrong >= FREE_GUESSES and left > 0:
            raise TooManyGuesses(int(left) + 1)

    def note_wrong(self, name: str) -> None:
        wrong = self._guesses.pop(name, (0, 0.0))[0] + 1
        wait = min(LONGEST_WAIT, 2 ** max(0, wrong - FREE_GUESSES))
        self._guesses[name] = (wrong, self.sources.now() + wait)
        if len(self._guesses) > REMEMBERED:
            self._guesses.popitem(last=False)

    def note_right(self, name: str) -> None:
        self._guesses.pop(name, None)
