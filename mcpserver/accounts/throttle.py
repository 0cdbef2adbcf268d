"""Slows guessing down without locking anybody out for good (ASVS 6.1.1). Counted in memory, per process."""

from collections import OrderedDict

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
"""All addresses at one account: generous, so that a stranger cannot keep its owner out."""
ADDRESS = Allowance(burst=100, seconds=1)
"""One address at all accounts: offices and vendors share theirs."""

KEPT = 50_000


@define
class _Bucket:
    failures: float
    at: int


@define
class Throttle:
    """Counts failures; the counters that were used least recently make room for new ones."""

    _sources: Sources
    _buckets: OrderedDict[tuple[str, ...], _Bucket] = field(factory=OrderedDict, init=False)

    def require_allowed(self, login: str, address: str) -> None:
        """Raises Throttled when one more failure would be too many."""
        wait = max(self._wait(key, allowance) for key, allowance in _keys(login, address))
        if wait > 0:
            raise Throttled(wait)

    def count_failure(self, login: str, address: str) -> None:
        for key, allowance in _keys(login, address):
            self._buckets[key] = _Bucket(self._failures(key, allowance) + 1, self._sources.now())
            self._buckets.move_to_end(key)
        while len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)

    def forgive(self, login: str, address: str) -> None:
        """After a success: who knows the password is not guessing."""
        self._buckets.pop(("pair", login, address), None)

    def _wait(self, key: tuple[str, ...], allowance: Allowance) -> int:
        """Seconds until a failure is affordable again."""
        excess = self._failures(key, allowance) + 1 - allowance.burst
        return -int(-excess * allowance.seconds // 1) if excess > 0 else 0

    def _failures(self, key: tuple[str, ...], allowance: Allowance) -> float:
        """Those not yet forgotten."""
        bucket = self._buckets.get(key)
        if bucket is None:
            return 0
        return max(0.0, bucket.failures - max(0, self._sources.now() - bucket.at) / allowance.seconds)


def _keys(login: str, address: str) -> tuple[tuple[tuple[str, ...], Allowance], ...]:
    return (("pair", login, address), PAIR), (("account", login), ACCOUNT), (("address", address), ADDRESS)
