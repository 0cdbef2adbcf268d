"""A clock that only the test moves."""

from attrs import define, field

from mcpserver.sources import Sources

from .costs import HASHER, rsa_keys


@define
class Clock:
    """``now`` in epoch seconds.

    Moving it forward passes time on the monotonic clock too; setting it back does not, as on a real machine.

    ``step`` sets the machine's clock alone, in either direction.
    """

    _now: int = field(default=1_790_000_000, alias="now")
    monotonic: float = 1_000.0

    @property
    def now(self) -> int:
        return self._now

    @now.setter
    def now(self, now: int) -> None:
        self.monotonic += max(0, now - self._now)
        self._now = now

    def step(self, seconds: int) -> None:
        """Set the machine's clock forward, or back with a negative number, while no time passes."""
        self._now += seconds

    def sources(self) -> Sources:
        """Sources that read this clock, and cost little."""
        return Sources(now=lambda: self.now, monotonic=lambda: self.monotonic, hasher=HASHER, rsa_key=rsa_keys())
