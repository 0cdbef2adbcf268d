"""A memory with a bound in bytes: what was used least recently makes room."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRY = 500
"""Bytes that an entry costs beside what its owner counts: the dictionary's slot, the key, the objects around the value."""


class SizedCache(Generic[K, V]):
    """Holds at most ``max_size`` bytes, as far as those who put things in say how large they are.

    Nothing larger than a sixteenth of that is kept at all: one entry must not push out all others.
    """

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def get(self, key: K) -> V | None:
        """The value, which is the most recently used from now on."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of ``size`` bytes in place of what was there."""
        self.pop(key)
        cost = size + ENTRY
        if cost > self._max_size // 16:
            return
        self._entries[key] = value, cost
        self.size += cost
        while self.size > self._max_size:
            self.pop(next(iter(self._entries)))

    def pop(self, key: K) -> V | None:
        """Forget a value, and return it if it was there."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self.size -= entry[1]
        return entry[0]
