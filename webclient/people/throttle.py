"""Guesses slowed down, and nobody kept out by the guesses of others."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address

from attrs import define, field

from ..sources import Sources
from .buckets import Buckets
from .models import TooManyGuesses

Counted = list[tuple[Buckets, bytes]]


@define
class Attempt:
    """One that is counted already, and taken back at its end unless it proved wrong: a fault of ours is nobody's guess."""

    is_wrong: bool = False

    def wrong(self) -> None:
        """The password was looked at, and is not right."""
        self.is_wrong = True


@define
class Throttle:
    """One address at one name, everybody at one name, and one address at all names; a browser that is known counts for itself alone."""

    sources: Sources
    _pairs: Buckets = field(init=False)
    _names: Buckets = field(init=False)
    _addresses: Buckets = field(init=False)
    _browsers: Buckets = field(init=False)
    _secret: bytes = field(factory=lambda: secrets.token_bytes(16), init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        monotonic = self.sources.monotonic
        self._pairs, self._browsers = Buckets(monotonic, 5, 60), Buckets(monotonic, 5, 60)
        self._names, self._addresses = Buckets(monotonic, 50, 30), Buckets(monotonic, 100, 1)

    @contextmanager
    def attempt(self, name: str, address: str, place: str | None = None) -> Iterator[Attempt]:
        """Count before anything is looked at, so that many at once get no further than one after the other. Raises TooManyGuesses.

        ``place`` is the browser in which that person has signed in before, None for any other.
        """
        counted, attempt = self._counted(name, address, place), Attempt()
        wait = max(buckets.wait(key) for buckets, key in counted)
        if wait:
            raise TooManyGuesses(wait)
        for buckets, key in counted:
            buckets.add(key)
        try:
            yield attempt
        finally:
            if not attempt.is_wrong:
                for buckets, key in counted:
                    buckets.take_back(key)

    def forgive(self, name: str, address: str, place: str | None) -> None:
        """Who knows the password was not guessing."""
        self._pairs.clear(self._key(name, network(address)))
        if place is not None:
            self._browsers.clear(self._key(place))

    def _counted(self, name: str, address: str, place: str | None) -> Counted:
        if place is not None:
            return [(self._browsers, self._key(place))]
        where = network(address)
        return [(self._pairs, self._key(name, where)), (self._names, self._key(name)), (self._addresses, self._key(where))]

    def _key(self, *parts: str) -> bytes:
        """Of one size whatever was typed; keyed, so that nobody can make two names share a counter."""
        return hashlib.blake2b(repr(parts).encode(), digest_size=16, key=self._secret).digest()


def network(address: str) -> str:
    """What one subscriber has to themselves: an IPv4 address, or the /64 of an IPv6 one (RFC 6177 section 2)."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(known.ipv4_mapped or known.packed[:8].hex()) if isinstance(known, IPv6Address) else address
