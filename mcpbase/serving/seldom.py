"""Limits how often a repeated message is logged."""

from attrs import define


@define
class Seldom:
    """Allows one message in ``interval`` seconds."""

    _interval: float
    _next: float = float("-inf")

    def now(self, time: float) -> bool:
        """Return whether to log at a ``time`` of a clock that never steps back; then the interval begins."""
        if time < self._next:
            return False
        self._next = time + self._interval
        return True
