"""Bounds the bytes that strangers can have stored at a time."""

from collections import Counter, OrderedDict
from collections.abc import Callable

from attrs import define, field

from mcpbase.addresses import network_of

from ...sources import Sources
from ..protocol import TooManyRequests
from .rates import nothing

_SLOTS = 10
"""Steps in which stored bytes expire."""


@define
class Quota:
    """At most ``each`` bytes for one address, forgotten after ``seconds``. Counted in memory.

    An address may have a sixteenth of what is left of ``total``, so that early ones leave some for others, and
    ``least`` in any case, until twice the total is stored. An address with much stored waits, a new one is served.
    ``relay`` is called with what other processes have to count too, and their ``hear`` with the same.
    """

    sources: Sources
    each: int
    total: int
    least: int
    seconds: int
    _slots: OrderedDict[int, Counter[str]] = field(factory=OrderedDict, init=False)
    _held: Counter[str] = field(factory=Counter, init=False)
    _all: int = field(default=0, init=False)
    relay: Callable[..., None] = field(default=nothing, init=False)

    def take(self, address: str, size: int) -> None:
        """Count ``size`` bytes that are about to be stored for an address. Raises TooManyRequests."""
        slot, network = self._slot(), network_of(address)
        self._forget(slot - _SLOTS)
        share = max(self.least, min(self.each, (self.total - self._all) // 16))
        if self._held[network] + size > share or self._all + size > 2 * self.total:
            raise TooManyRequests(self._width, reason=f"{self._held[network]} bytes are kept for {address} already")
        self._count(slot, network, size)
        self.relay(network, times=size)

    def hear(self, network: str, *, times: int) -> None:
        """Count the bytes that another process has relayed."""
        slot = self._slot()
        self._forget(slot - _SLOTS)
        self._count(slot, network, times)

    @property
    def _width(self) -> int:
        return max(1, self.seconds // _SLOTS)

    def _slot(self) -> int:
        return int(self.sources.monotonic()) // self._width

    def _count(self, slot: int, network: str, size: int) -> None:
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
