"""Rates: some events at once, then one every so many seconds."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from attrs import frozen

from ...sources import Sources

KEPT = 10_000
"""Names that are remembered, about 300 bytes each; those least recently used make room."""


@frozen
class Rate:
    """``burst`` at once, then one every ``seconds``."""

    burst: int
    seconds: float


@frozen
class _Count:
    taken: float
    at: float


class Rates:
    """One rate for every name of a kind, such as an address or a host; names have a bounded length. Counted in memory.

    ``relay`` is called with a name that other processes have to count too, and their ``hear`` with the same name.
    """

    def __init__(self, rate: Rate, sources: Sources) -> None:
        self._rate = rate
        self._sources = sources
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self.relay: Callable[..., None] = nothing

    def take(self, name: str) -> int:
        """Take one and return 0; or take nothing, and return in how many seconds there is one."""
        taken = self._taken(name)
        if taken + 1 > self._rate.burst:
            return max(1, ceil((taken + 1 - self._rate.burst) * self._rate.seconds))
        self._count(name, taken + 1)
        self.relay(name)
        return 0

    def hear(self, name: str, *, times: int = 1) -> None:
        """Count what another process has relayed."""
        self._count(name, self._taken(name) + times)

    def _count(self, name: str, taken: float) -> None:
        self._counts[name] = _Count(taken, self._sources.monotonic())
        self._counts.move_to_end(name)
        if len(self._counts) > KEPT:
            self._counts.popitem(last=False)

    def is_spent(self, name: str) -> int:
        """Return in how many seconds there is one to take; 0 when there is one now."""
        return ceil(max(0.0, self._taken(name) + 1 - self._rate.burst) * self._rate.seconds)

    def _taken(self, name: str) -> float:
        """Return how many are taken, less those that have come back with time."""
        count = self._counts.get(name)
        if count is None:
            return 0.0
        return max(0.0, count.taken - (self._sources.monotonic() - count.at) / self._rate.seconds)


def nothing(*words: str, times: int = 1) -> None:
    """What ``relay`` does by default."""
