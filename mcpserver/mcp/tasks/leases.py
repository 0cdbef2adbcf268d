"""Leases of the processes that run tasks: one whose lease is over counts as gone, and its tasks as interrupted."""

from ...sources import Sources
from .records import TaskRecord

LEASE = 15
"""Seconds after which a runner that has not renewed its lease counts as gone."""

_STEP = 5
"""Seconds by which the wall clock must be set forward for leases to be given time for renewal."""


class Leases:
    """The lease of this process, ``runner``, and its judgement of the others."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.runner = sources.token_bytes(16).hex()
        self._offset = self._clocks_apart()
        self._judges_from = 0.0

    def until(self) -> int:
        """The end of a lease that is taken or renewed now, in epoch seconds."""
        return self._sources.now() + LEASE

    def is_over(self, record: TaskRecord) -> bool:
        """Whether the lease of a task's runner is over, or the runner is this process."""
        self.look_at_clock()
        is_over = record.alive_until < self._sources.now() and self._sources.monotonic() >= self._judges_from
        return is_over or record.runner == self.runner

    def look_at_clock(self) -> None:
        """After the wall clock was set forward, judge no lease for ``LEASE`` seconds, so that runners can renew."""
        offset = self._clocks_apart()
        if offset - self._offset > _STEP:
            self._judges_from = self._sources.monotonic() + LEASE
        self._offset = offset

    def _clocks_apart(self) -> float:
        return self._sources.now() - self._sources.monotonic()
