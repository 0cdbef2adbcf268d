"""Hop stores without a database, for programs and the command line."""

from collections.abc import Callable

from attrs import define, evolve, field

from .hops import Hop
from .masking import Masker


@define
class MemoryHops:
    """A HopStore in the memory of one program.

    ``told`` is called with each hop when it begins and when it ends. ``key`` is the key for the marks of secrets: 32
    random bytes.
    """

    key: bytes = field(repr=False)
    told: Callable[[Hop], None] = lambda hop: None
    hops: list[Hop] = field(factory=list)
    _maskers: dict[str, Masker] = field(factory=dict, repr=False)

    def masker(self, integration_id: str) -> Masker:
        return self._maskers.setdefault(integration_id, Masker(self.key))

    async def add_hop(self, integration_id: str, hop: Hop, run: int | None) -> Hop:
        latest = self.hops[-1].run if self.hops else 0
        written = evolve(hop, id=len(self.hops) + 1, run=latest + 1 if run == 0 else run or latest or 1)
        self.hops.append(written)
        self.told(written)
        return written

    async def change_hop(self, hop: Hop) -> None:
        self.hops[hop.id - 1] = hop
        self.told(hop)


@define
class NoHops:
    """A HopStore that keeps nothing, for programs that run for months without a trace."""

    key: bytes = field(repr=False)
    _masker: Masker = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._masker = Masker(self.key)

    def masker(self, integration_id: str) -> Masker:
        return self._masker

    async def add_hop(self, integration_id: str, hop: Hop, run: int | None) -> Hop:
        return hop

    async def change_hop(self, hop: Hop) -> None:
        pass
