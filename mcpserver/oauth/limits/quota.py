"""Bounds the bytes that strangers can have stored at a time."""

from collections import Counter, OrderedDict

from attrs import define, field

from mcpbase.addresses import network_of

from ...sources import Sources
from ..protocol import TooManyRequests

_SLOTS = 10
"""Steps in which stored bytes expire."""


@define
class Quota:
    """At most ``each`` bytes for one address, forgotten after ``seconds``. Counted in memory, per process.

    An address may have a sixteenth of what is left of ``total``, so that early ones leave some for others, and
    ``least`` in any case, until twice the total is stored. An address with much stored waits, a new one is served.
    """

    sources: Sources
    each: int
    total: int
    least: int
    seconds: int
    _slots: OrderedDict[int, Counter[str]] = field(factory=OrderedDict, init=False)
    _held: Counter[str] = field(factory=Counter, init=False)
    _all: int = field(default=0, init=False)

    def take(self, address: str, size: int) -> None:
        """Count ``size`` bytes that are about to be stored for an address. Raises TooManyRequests."""
        width, network = max(1, self.seconds // _SLOTS), network_of(address)
        slot = int(self.sources.monotonic()) // width
        self._forget(slot - _SLOTS)
        share = max(self.least, min(self.each, (self.total - self._all) // 16))
        if self._held[network] + size > share or self._all + size > 2 * self.total:
            raise TooManyRequests(width, reason=f"{self._held[network]} bytes are kept for {address} already")
        self._slots.setdefault(slot, Counter())[network] += size
        self._held[network] += size
        self._all += size

    def _forget(self, last: int) -> None:
        for slot in [slot for slot in self._slots if slot < last]:
            for network, size in self._slots.pop(slot).items():
                self._held[network] -= size
                self._all -= size
                if self._held[network] <= 0:
                    del self._held[network]
