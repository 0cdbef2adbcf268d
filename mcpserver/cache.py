"""A cache with a bound in bytes; the entry least recently used makes room."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRY = 500
"""Bytes of an entry besides its stated size: the dictionary's slot, the key, the objects around the value."""


class SizedCache(Generic[K, V]):
    """Holds at most ``max_size`` bytes, by the sizes that callers state.

    An entry larger than a sixteenth of that is not kept, so that one entry cannot displace all others.
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
        """Return the value, which becomes the most recently used."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of ``size`` bytes, and replace an older one."""
        self.pop(key)
        cost = size + ENTRY
        if cost > self._max_size // 16:
            return
        self._entries[key] = value, cost
        self.size += cost
        while self.size > self._max_size:
            self.pop(next(iter(self._entries)))

    def pop(self, key: K) -> V | None:
        """Remove a value, and return it if it was there."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self.size -= entry[1]
        return entry[0]
