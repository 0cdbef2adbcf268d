"""Slows guessing down without locking anybody out (ASVS 6.1.1). Counted in memory, per process."""

import secrets
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from attrs import define, field, frozen

from ..addresses import network_of
from ..sources import Sources
from .buckets import Allowance, Buckets
from .errors import Throttled

PAIR = Allowance(burst=5, seconds=60)
"""One address at one account: somebody who mistypes, or guesses."""
ACCOUNT = Allowance(burst=50, seconds=30)
"""All addresses at one account, but those from which its owner has signed in: strangers cannot use it up for them."""
ADDRESS = Allowance(burst=100, seconds=1)
"""One address at all accounts: offices and vendors share theirs."""
BROWSER = Allowance(burst=5, seconds=60)
"""A browser in which the owner has signed in before, at that account: nobody else's attempts count for it."""


@frozen
class Allowances:
    """For ``pair``, one address at one account; for ``account``, all addresses at one account; for ``address``, one address at all accounts.

    ``browser`` stands in for all three where the owner's browser is known again.
    """

    pair: Allowance
    account: Allowance
    address: Allowance
    browser: Allowance = BROWSER


SIGN_IN = Allowances(PAIR, ACCOUNT, ADDRESS)

KEPT = 20_000
"""Counters of each kind, about 400 bytes each: more than can be filled at the pace at which passwords are hashed."""
KEPT_OWNERS, NETWORKS_OF_ONE = 20_000, 8
"""Accounts whose owner's networks are remembered, and how many of each; those that were used least recently make room."""


@define
class Attempt:
    """One that is counted already. It is taken back at its end unless it was confirmed: a fault of ours is nobody's guess."""

    _counted: list[tuple[Buckets, bytes]]
    is_confirmed: bool = field(default=False, init=False)

    def confirm(self) -> None:
        """It counts: what was shown was judged, and is not right."""
        self.is_confirmed = True

    def take_back(self) -> None:
        for buckets, key in self._counted:
            buckets.take_back(key)


class Throttle:
    """``login`` is folded, ``address`` an IP address, which counts by its network (``network_of``).

    ``place`` names a browser that showed that the owner has signed in there before: it is counted for itself alone, so that whatever strangers do
    at the name or from the address keeps nobody out of it.
    """

    def __init__(self, sources: Sources[int] | Sources[float], allowances: Allowances = SIGN_IN, *, capacity: int = KEPT) -> None:
        kinds = {"pair": allowances.pair, "account": allowances.account, "address": allowances.address, "browser": allowances.browser}
        self._buckets = {kind: Buckets(sources.monotonic, allowance, capacity) for kind, allowance in kinds.items()}
        self._owners: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()
        self._secret = secrets.token_bytes(16)

    @contextmanager
    def attempt(self, login: str, address: str, *, place: str | None = None) -> Iterator[Attempt]:
        """Count before anything is looked at, so that many attempts at once get no further than one after the other. Raises Throttled."""
        attempt = self._count(login, address, place)
        try:
            yield attempt
        finally:
            if not attempt.is_confirmed:
                attempt.take_back()

    def count_attempt(self, login: str, address: str) -> None:
        """Count what counts whatever comes of it. Raises Throttled."""
        self._count(login, address, None)

    def take_back(self, login: str, address: str) -> None:
        """What ``count_attempt`` counted was none."""
        Attempt(self._keys(login, address, None)).take_back()

    def forgive(self, login: str, address: str, *, place: str | None = None) -> None:
        """After an attempt that succeeded: who knows the password is not guessing, and neither is whoever comes from there next."""
        self._buckets["pair"].empty(self._key("pair", login, network_of(address)))
        if place is not None:
            self._buckets["browser"].empty(self._key("browser", place))
        owner, network = self._key("owner", login), self._key("network", network_of(address))
        others = [each for each in self._owners.get(owner, ()) if each != network]
        self._owners[owner] = (*others, network)[-NETWORKS_OF_ONE:]
        self._owners.move_to_end(owner)
        if len(self._owners) > KEPT_OWNERS:
            self._owners.popitem(last=False)

    def _count(self, login: str, address: str, place: str | None) -> Attempt:
        keys = self._keys(login, address, place)
        wait = max(buckets.wait(key) for buckets, key in keys)
        if wait > 0:
            raise Throttled(wait)
        for buckets, key in keys:
            buckets.add(key)
        return Attempt(keys)

    def _keys(self, login: str, address: str, place: str | None) -> list[tuple[Buckets, bytes]]:
        if place is not None:
            return [(self._buckets["browser"], self._key("browser", place))]
        network = network_of(address)
        keys = [
            (self._buckets["pair"], self._key("pair", login, network)),
            (self._buckets["address"], self._key("address", network)),
        ]
        from_home = self._key("network", network) in self._owners.get(self._key("owner", login), ())
        return keys if from_home else [*keys, (self._buckets["account"], self._key("account", login))]

    def _key(self, *parts: str) -> bytes:
        """Of one size whatever was typed; keyed, so that nobody can make two names share a counter."""
        return blake2b(repr(parts).encode(), digest_size=16, key=self._secret).digest()
