"""Slows guessing down without locking anybody out for good (ASVS 6.1.1). Counted in memory, per process."""

from collections import OrderedDict
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import TypeVar

from attrs import define, field, frozen

from ..sources import Sources
from .errors import Throttled


@frozen
class Allowance:
    """``burst`` failures at once, then one every ``seconds``."""

    burst: int
    seconds: int


PAIR = Allowance(burst=5, seconds=60)
"""One address at one account: somebody who mistypes, or guesses."""
ACCOUNT = Allowance(burst=50, seconds=30)
"""All addresses at one account, but those from which its owner has signed in: strangers cannot use it up for them."""
ADDRESS = Allowance(burst=100, seconds=1)
"""One address at all accounts: offices and vendors share theirs."""


@frozen
class Allowances:
    """For ``pair``, one address at one account; for ``account``, all addresses at one account; for ``address``, one address at all accounts."""

    pair: Allowance
    account: Allowance
    address: Allowance


SIGN_IN = Allowances(PAIR, ACCOUNT, ADDRESS)
USER_CODES = Allowances(pair=Allowance(burst=5, seconds=120), account=Allowance(burst=5, seconds=120), address=Allowance(burst=50, seconds=10))
"""Ten wrong codes of a device in the ten minutes that one is good for, by one person (RFC 8628 section 5.1)."""
DEVICES = Allowances(pair=Allowance(burst=200, seconds=1), account=Allowance(burst=20_000, seconds=1), address=Allowance(burst=200, seconds=1))
"""Devices that ask, from one address and from all together: each is a row, and anybody may ask."""
PUSHES = Allowances(pair=Allowance(burst=1000, seconds=1), account=Allowance(burst=20_000, seconds=1), address=Allowance(burst=1000, seconds=1))
"""Requests that are pushed, from one address and from all together: each is a row for a minute; vendors push for all their people from few addresses."""
REGISTRATIONS = Allowances(pair=Allowance(burst=200, seconds=2), account=Allowance(burst=20_000, seconds=1), address=Allowance(burst=200, seconds=2))
"""Clients that register themselves, from one address and from all together: vendors register for all their people from few addresses."""

KEPT = 50_000
"""Counters, and addresses of owners; those that were used least recently make room for new ones."""

Key = tuple[str, ...]
V = TypeVar("V")


@frozen
class _Count:
    failures: float
    at: float
    """Of the monotonic clock."""


@define
class Throttle:
    """``login`` is folded and of bounded length, ``address`` an IP address; IPv6 counts by its /64, which one subscriber has to themselves."""

    _sources: Sources
    _allowances: Allowances = SIGN_IN
    _counts: OrderedDict[Key, _Count] = field(factory=OrderedDict, init=False)
    _owners: OrderedDict[Key, None] = field(factory=OrderedDict, init=False)

    def count_attempt(self, login: str, address: str) -> None:
        """Count a failure before the password is looked at, so that many attempts at once get no further than one after the other. Raises Throttled."""
        keys = self._keys(login, address)
        wait = max(self._wait(key, allowance) for key, allowance in keys)
        if wait > 0:
            raise Throttled(wait)
        self._add(1, keys)

    def take_back(self, login: str, address: str) -> None:
        """The attempt was none: the password was not looked at, or it was right."""
        self._add(-1, self._keys(login, address))

    def forgive(self, login: str, address: str) -> None:
        """After a success: who knows the password is not guessing, and neither is whoever comes from there next."""
        self.take_back(login, address)
        pair = ("pair", login, _network(address))
        self._counts.pop(pair, None)
        _keep(self._owners, pair, None)

    def _keys(self, login: str, address: str) -> list[tuple[Key, Allowance]]:
        network = _network(address)
        pair = ("pair", login, network)
        allowances = self._allowances
        keys: list[tuple[Key, Allowance]] = [(pair, allowances.pair), (("address", network), allowances.address)]
        return keys if pair in self._owners else [*keys, (("account", login), allowances.account)]

    def _add(self, failures: int, keys: list[tuple[Key, Allowance]]) -> None:
        for key, allowance in keys:
            _keep(self._counts, key, _Count(max(0.0, self._failures(key, allowance) + failures), self._sources.monotonic()))

    def _wait(self, key: Key, allowance: Allowance) -> int:
        """Seconds until a failure is affordable again."""
        return ceil(max(0.0, self._failures(key, allowance) + 1 - allowance.burst) * allowance.seconds)

    def _failures(self, key: Key, allowance: Allowance) -> float:
        """Those not yet forgotten."""
        count = self._counts.get(key)
        if count is None:
            return 0.0
        return max(0.0, count.failures - (self._sources.monotonic() - count.at) / allowance.seconds)


def _keep(kept: OrderedDict[Key, V], key: Key, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > KEPT:
        kept.popitem(last=False)


@lru_cache(maxsize=1024)
def _network(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or known.packed[:8].hex())
    return address
