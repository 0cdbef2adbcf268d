"""A place in a table of numbered events, where commits may become visible out of the order of their numbers."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from attrs import define, field

PATIENCE = 60.0
"""Seconds after which a number that is missing will not appear any more: its transaction was undone, or its event was
deleted. No transaction takes that long.
"""
OVERTAKEN = 1000
"""How many numbers before the newest one may still appear when reading begins."""

T = TypeVar("T")


@define
class Cursor:
    """Remembers which events were read. ``position`` is the number up to which nothing new can appear.

    A database numbers events as they are written and shows them as they are committed, so number 8 may appear after
    number 9. ``monotonic`` gives seconds.
    """

    _monotonic: Callable[[], float]
    position: int = 0
    _seen: dict[int, float] = field(factory=dict, init=False)

    def news(self, events: Sequence[tuple[int, T]]) -> list[T]:
        """Return those that were not read before. ``events`` are all with a number above ``position``."""
        now = self._monotonic()
        new = [(number, event) for number, event in events if number not in self._seen]
        self._seen.update((number, now) for number, _ in new)
        if not self.position and self._seen:
            self.position = max(0, max(self._seen) - OVERTAKEN)
        self._advance(now)
        return [event for _, event in new]

    def _advance(self, now: float) -> None:
        for number in sorted(self._seen):
            if number > self.position + 1 and now - self._seen[number] < PATIENCE:
                return
            self.position = max(self.position, number)
            del self._seen[number]
