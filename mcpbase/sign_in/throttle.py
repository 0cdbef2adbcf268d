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
"""For one address at one account: a person who mistypes, or guesses."""
ACCOUNT = Allowance(burst=50, seconds=30)
"""For all addresses at one account, but those from which its owner has signed in: strangers cannot use it up
for them.
"""
ADDRESS = Allowance(burst=100, seconds=1)
"""For one address at all accounts: offices share theirs."""
BROWSER = Allowance(burst=5, seconds=60)
"""For a browser in which the owner has signed in before, at that account: attempts of others do not count for it."""


@frozen
class Allowances:
    """``pair``: one address at one account; ``account``: all addresses at one account; ``address``: one address at all
    accounts.

    ``browser`` replaces all three where the owner's browser is recognized.
    """

    pair: Allowance
    account: Allowance
    address: Allowance
    browser: Allowance = BROWSER


SIGN_IN = Allowances(PAIR, ACCOUNT, ADDRESS)

KEPT = 20_000
"""Counters of each kind, about 400 bytes each: more than can be filled at the pace at which passwords are hashed."""
KEPT_OWNERS, NETWORKS_OF_ONE = 20_000, 8
"""Accounts whose owner's networks are remembered, and how many of each; those least recently used make room."""


@define
class Attempt:
    """An attempt that is counted already. It is taken back at its end unless it was confirmed: a fault of the server is
    no guess.
    """

    _counted: list[tuple[Buckets, bytes]]
    is_confirmed: bool = field(default=False, init=False)

    def confirm(self) -> None:
        """Let the attempt count: the password was checked and is wrong."""
        self.is_confirmed = True

    def take_back(self) -> None:
        for buckets, key in self._counted:
            buckets.take_back(key)


class Throttle:
    """Counts attempts. ``login`` is folded; ``address`` is an IP address, which counts by its network (``network_of``).

    ``place`` names a browser in which the owner has signed in before: it is counted alone, so that whatever strangers
    do with the name or from the address does not keep the owner out.
    """

    def __init__(
        self, sources: Sources[int] | Sources[float], allowances: Allowances = SIGN_IN, *, capacity: int = KEPT
    ) -> None:
        kinds = {
            "pair": allowances.pair,
            "account": allowances.account,
            "address": allowances.address,
            "browser": allowances.browser,
        }
        self._buckets = {kind: Buckets(sources.monotonic, allowance, capacity) for kind, allowance in kinds.items()}
        self._owners: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()
        self._secret = secrets.token_bytes(16)

    @contextmanager
    def attempt(self, login: str, address: str, *, place: str | None = None) -> Iterator[Attempt]:
        """Count before anything is checked, so that simultaneous attempts get no further than successive ones. Raises
        Throttled.
        """
        attempt = self._count(login, address, place)
        try:
            yield attempt
        finally:
            if not attempt.is_confirmed:
                attempt.take_back()

    def forgive(self, login: str, address: str, *, place: str | None = None) -> None:
        """Clear the counters after a success: who knows the password is not guessing, nor is the next one
        from there.
        """
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
        """Return a key of one size for any input; it is keyed, so that nobody can make two names share a counter."""
        return blake2b(repr(parts).encode(), digest_size=16, key=self._secret).digest()
