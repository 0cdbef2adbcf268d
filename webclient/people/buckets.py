"""Counters that empty by themselves, in a bounded amount of memory (leaky buckets, as in the generic cell rate algorithm)."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from math import ceil

from attrs import define, field


@define
class Buckets:
    """Each holds ``burst`` at once, and empties by one every ``seconds``; kept as the instant of the monotonic clock at which it is empty.

    Keys are digests of one length, so that ``capacity`` bounds the bytes, about 400 for each. Beyond it, those make room that would be empty
    soonest: names that somebody makes up never push out the counter of an attack that goes on.
    """

    monotonic: Callable[[], float]
    burst: int
    seconds: int
    capacity: int = 20_000
    _empty_at: dict[bytes, float] = field(factory=dict, init=False, repr=False)
    _order: list[tuple[float, bytes]] = field(factory=list, init=False, repr=False)

    def __len__(self) -> int:
        return len(self._empty_at)

    def wait(self, key: bytes) -> int:
        """Whole seconds until one more fits; 0 for now."""
        return max(0, ceil(round(self._left(key) - (self.burst - 1) * self.seconds, 3)))

    def add(self, key: bytes) -> None:
        self._put(key, self.monotonic() + self._left(key) + self.seconds)

    def take_back(self, key: bytes) -> None:
        if key in self._empty_at:
            self._put(key, self._empty_at[key] - self.seconds)

    def clear(self, key: bytes) -> None:
        self._empty_at.pop(key, None)

    def _left(self, key: bytes) -> float:
        now = self.monotonic()
        return max(0.0, self._empty_at.get(key, now) - now)

    def _put(self, key: bytes, empty_at: float) -> None:
        self._empty_at[key] = empty_at
        heappush(self._order, (empty_at, key))
        self._make_room()

    def _make_room(self) -> None:
        """Drop what is empty, what is stale in the heap, and what is too much."""
        now = self.monotonic()
        while self._order:
            at, key = self._order[0]
            current = self._empty_at.get(key) == at
            if current and at > now and len(self._empty_at) <= self.capacity:
                break
            heappop(self._order)
            if current:
                del self._empty_at[key]
        if len(self._order) > 2 * len(self._empty_at) + 100:
            self._order = [(at, key) for key, at in self._empty_at.items()]
            heapify(self._order)
