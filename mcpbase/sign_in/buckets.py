"""Counters that empty by themselves, in a bounded amount of memory (leaky buckets, as in the generic cell rate
algorithm).
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from math import ceil

from attrs import frozen


@frozen
class Allowance:
    """``burst`` failures at once, then one every ``seconds``."""

    burst: int
    seconds: int


class Buckets:
    """One counter for each key, kept as the time on the ``monotonic`` clock at which it will be empty.

    Keys are digests of one length, so ``capacity`` bounds the bytes: about 400 for each. Beyond it, those that would be
    empty soonest make room: invented names and addresses never displace the counter of an attack that goes on.
    """

    def __init__(self, monotonic: Callable[[], float], allowance: Allowance, capacity: int) -> None:
        self._monotonic = monotonic
        self._allowance = allowance
        self._capacity = capacity
        self._empty_at: dict[bytes, float] = {}
        self._order: list[tuple[float, bytes]] = []
        """A heap of the same; entries that ``_empty_at`` does not have are stale."""

    def __len__(self) -> int:
        return len(self._empty_at)

    def wait(self, key: bytes) -> int:
        """Return how many whole seconds until one more fits; 0 for now."""
        full_for = self._filled(key) + self._allowance.seconds - self._allowance.burst * self._allowance.seconds
        return max(0, ceil(round(full_for, 3)))

    def add(self, key: bytes) -> None:
        self._put(key, self._monotonic() + self._filled(key) + self._allowance.seconds)

    def take_back(self, key: bytes) -> None:
        """Remove what was added; an empty counter stays empty."""
        if key in self._empty_at:
            self._put(key, self._empty_at[key] - self._allowance.seconds)

    def empty(self, key: bytes) -> None:
        self._empty_at.pop(key, None)

    def _filled(self, key: bytes) -> float:
        """Return the seconds until the counter is empty."""
        now = self._monotonic()
        return max(0.0, self._empty_at.get(key, now) - now)

    def _put(self, key: bytes, empty_at: float) -> None:
        self._empty_at[key] = empty_at
        heappush(self._order, (empty_at, key))
        self._make_room()

    def _make_room(self) -> None:
        now = self._monotonic()
        while self._order:
            at, key = self._order[0]
            is_stale = self._empty_at.get(key) != at
            if not is_stale and at > now and len(self._empty_at) <= self._capacity:
                break
            heappop(self._order)
            if not is_stale:
                del self._empty_at[key]
        if len(self._order) > 2 * len(self._empty_at) + 100:
            self._order = [(at, key) for key, at in self._empty_at.items()]
            heapify(self._order)
