"""What is told at most so often."""

from attrs import define


@define
class Seldom:
    """``interval`` in seconds."""

    _interval: float
    _next: float = float("-inf")

    def now(self, time: float) -> bool:
        """Whether it may be told, at a ``time`` of a clock that never steps back; then the interval begins."""
        if time < self._next:
            return False
        self._next = time + self._interval
        return True
