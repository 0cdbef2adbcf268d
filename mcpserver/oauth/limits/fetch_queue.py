"""Strangers make this server fetch what they name: how often, how many at once, and who comes first."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from attrs import define, field, frozen

from mcpbase.addresses import network_of

from ...fetching import FetchError
from ...sources import Sources
from ..protocol import TooManyRequests
from .rates import Rate, Rates

VISITOR = Rate(burst=20, seconds=3)
"""Fetches that one address causes; of documents that are not kept, so that a vendor's many people count once."""
HOST = Rate(burst=30, seconds=1)
"""Fetches at one host, whoever causes them."""
PAIR = Rate(burst=2, seconds=60)
"""What an address may still cause at a host whose own rate is spent: nobody can use it up for others."""


class NoPlace(FetchError):
    """Too much is fetched just now; nothing was learned about the address."""


@frozen
class Places:
    """How many fetches run at once: all, at one host, for one visitor; how many more may wait, and for how many
    seconds.
    """

    total: int = 32
    per_host: int = 4
    per_visitor: int = 4
    waiting: int = 256
    patience: float = 5.0


@define(eq=False)
class _Turn:
    """``visitors`` want it; ``runs_for`` is the one of them whose place it has."""

    url: str
    host: str
    visitors: list[str]
    begun: "asyncio.Future[None]"
    runs_for: str | None = None


@define
class FetchQueue:
    """Those with the least under way come first, so that a stranger with a hundred slow addresses waits behind who
    brings one.

    ``visitor`` is the address that a request comes from.
    """

    _sources: Sources
    _places: Places = field(factory=Places)
    _waiting: list[_Turn] = field(factory=list, init=False)
    _running: list[_Turn] = field(factory=list, init=False)
    _visitors: Rates = field(init=False)
    _hosts: Rates = field(init=False)
    _pairs: Rates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._visitors, self._hosts, self._pairs = (Rates(rate, self._sources) for rate in (VISITOR, HOST, PAIR))

    def count(self, url: str, visitor: str) -> None:
        """A fetch that is about to begin. Raises TooManyRequests."""
        network, host = network_of(visitor), _host(url)
        wait = self._visitors.take(network)
        if not wait and self._hosts.take(host):
            wait = self._pairs.take(f"{network} {host}")
        if wait:
            raise TooManyRequests(wait, reason=f"fetches for {visitor} at {host}")

    @asynccontextmanager
    async def place(self, url: str, visitor: str) -> AsyncIterator[None]:
        """While the context is open, one of the places is taken. Raises NoPlace."""
        turn = _Turn(url, _host(url), [network_of(visitor)], asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        self._shorten()
        self._serve()
        try:
            await self._begun(turn)
            yield
        finally:
            for turns in (self._waiting, self._running):
                if turn in turns:
                    turns.remove(turn)
            self._serve()

    def join(self, url: str, visitor: str) -> None:
        """Somebody else wants what is waiting already: from now on it may take a place of theirs."""
        network = network_of(visitor)
        for turn in self._waiting:
            if turn.url == url and network not in turn.visitors and len(turn.visitors) < self._places.waiting:
                turn.visitors.append(network)
        self._serve()

    async def _begun(self, turn: _Turn) -> None:
        try:
            async with asyncio.timeout(self._places.patience):
                await turn.begun
        except TimeoutError as error:
            raise NoPlace(f"no place was free within {self._places.patience:g} seconds") from error

    def _serve(self) -> None:
        while len(self._running) < self._places.total and (chosen := self._next()) is not None:
            turn, visitor = chosen
            self._waiting.remove(turn)
            self._running.append(turn)
            turn.runs_for = visitor
            if not turn.begun.done():
                turn.begun.set_result(None)

    def _next(self) -> tuple[_Turn, str] | None:
        hosts, visitors = Counter(turn.host for turn in self._running), Counter(turn.runs_for for turn in self._running)
        free = [
            (turn, visitor)
            for turn in self._waiting
            for visitor in turn.visitors
            if hosts[turn.host] < self._places.per_host and visitors[visitor] < self._places.per_visitor
        ]
        return min(free, key=lambda pair: visitors[pair[1]], default=None)

    def _shorten(self) -> None:
        """Where too many wait, the last of whoever waits for the most is told to come again."""
        if len(self._waiting) <= self._places.waiting:
            return
        (most, _), *_ = Counter(turn.visitors[0] for turn in self._waiting).most_common(1)
        last = next(turn for turn in reversed(self._waiting) if turn.visitors[0] == most)
        self._waiting.remove(last)
        last.begun.set_exception(NoPlace("too many fetches wait"))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "")[:253]
