"""Slows guessing down without locking anybody out (ASVS 6.1.1).

Counted in memory. What several processes count is told to the others with ``Throttle.relay`` and ``Throttle.hear``.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
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

    _counted: "list[tuple[str, Buckets, bytes]]"
    is_confirmed: bool = field(default=False, init=False)

    def confirm(self) -> None:
        """Let the attempt count: the password was checked and is wrong."""
        self.is_confirmed = True

    def take_back(self) -> None:
        for _, buckets, key in self._counted:
            buckets.take_back(key)

    @property
    def counted(self) -> list[tuple[str, bytes]]:
        """The kinds and keys of the counters."""
        return [(kind, key) for kind, _, key in self._counted]


class Throttle:
    """Counts attempts. ``login`` is folded; ``address`` is an IP address, which counts by its network (``network_of``).

    ``place`` names a browser in which the owner has signed in before: it is counted alone, so that whatever strangers
    do with the name or from the address does not keep the owner out.

    ``relay`` is called with what other processes have to count too, and their ``hear`` with the same words. They need
    the same ``secret``, 16 to 64 bytes, which is random by default.
    """

    def __init__(
        self,
        sources: Sources[int] | Sources[float],
        allowances: Allowances = SIGN_IN,
        *,
        capacity: int = KEPT,
        secret: bytes | None = None,
    ) -> None:
        self.relay: Callable[..., None] = _nothing
        kinds = {
            "pair": allowances.pair,
            "account": allowances.account,
            "address": allowances.address,
            "browser": allowances.browser,
        }
        self._buckets = {kind: Buckets(sources.monotonic, allowance, capacity) for kind, allowance in kinds.items()}
        self._owners: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()
        self._secret = secret or secrets.token_bytes(16)

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
            else:
                for kind, key in attempt.counted:
                    self.relay("failed", kind, key.hex())

    def forgive(self, login: str, address: str, *, place: str | None = None) -> None:
        """Clear the counters after a success: who knows the password is not guessing, nor is the next one
        from there.
        """
        cleared = [("pair", self._key("pair", login, network_of(address)))]
        if place is not None:
            cleared.append(("browser", self._key("browser", place)))
        for kind, key in cleared:
            self._buckets[kind].empty(key)
            self.relay("forgiven", kind, key.hex())
        owner, network = self._key("owner", login), self._key("network", network_of(address))
        self._remember(owner, network)
        self.relay("owner", owner.hex(), network.hex())

    def hear(self, what: str, kind: str, key: str, *, times: int = 1) -> None:
        """Count what another process has relayed."""
        if what == "owner":
            self._remember(bytes.fromhex(kind), bytes.fromhex(key))
        elif what == "forgiven":
            self._buckets[kind].empty(bytes.fromhex(key))
        else:
            for _ in range(times):
                self._buckets[kind].add(bytes.fromhex(key))

    def _remember(self, owner: bytes, network: bytes) -> None:
        others = [each for each in self._owners.get(owner, ()) if each != network]
        self._owners[owner] = (*others, network)[-NETWORKS_OF_ONE:]
        self._owners.move_to_end(owner)
        if len(self._owners) > KEPT_OWNERS:
            self._owners.popitem(last=False)

    def _count(self, login: str, address: str, place: str | None) -> Attempt:
        keys = self._keys(login, address, place)
        wait = max(buckets.wait(key) for _, buckets, key in keys)
        if wait > 0:
            raise Throttled(wait)
        for _, buckets, key in keys:
            buckets.add(key)
        return Attempt(keys)

    def _keys(self, login: str, address: str, place: str | None) -> list[tuple[str, Buckets, bytes]]:
        if place is not None:
            return [self._counter("browser", place)]
        network = network_of(address)
        keys = [self._counter("pair", login, network), self._counter("address", network)]
        from_home = self._key("network", network) in self._owners.get(self._key("owner", login), ())
        return keys if from_home else [*keys, self._counter("account", login)]

    def _counter(self, kind: str, *parts: str) -> tuple[str, Buckets, bytes]:
        return kind, self._buckets[kind], self._key(kind, *parts)

    def _key(self, *parts: str) -> bytes:
        """Return a key of one size for any input; it is keyed, so that nobody can make two names share a counter."""
        return blake2b(repr(parts).encode(), digest_size=16, key=self._secret).digest()


def _nothing(*words: str) -> None:
    """What ``relay`` does by default."""
