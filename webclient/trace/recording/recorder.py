"""The recorder of the flow trace: one hop for each step between browser, client, authorization server and MCP
server.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Protocol

from attrs import evolve, field, frozen

from ...broadcast import Broadcast
from ...sources import Sources
from .chapters import Chapter
from .hops import AUTH, CLIENT, PENDING, YOU, Hop
from .masking import Masker, readable
from .notes import Notes
from .secrets import EVERYWHERE, OAUTH

RUN: ContextVar[tuple[str, int] | None] = ContextVar("run", default=None)
"""The integration and the run to which this task writes, so that concurrent operations do not mix their hops."""
DEFERRED: ContextVar[tuple[str, str] | None] = ContextVar("deferred", default=None)
"""The integration and the title of a run that the next hop begins."""


class HopStore(Protocol):
    """A store for hops. A hop is written when it begins, and overwritten when it has ended."""

    def masker(self, integration_id: str) -> Masker:
        """The masker of an integration, the same one as long as the store keeps it."""
        ...

    async def add_hop(self, integration_id: str, hop: Hop, run: int | None) -> Hop:
        """Store a hop, in the latest run when ``run`` is None and in a new one when it is 0. Returns it with ``id`` and
        ``run``.
        """
        ...

    async def change_hop(self, hop: Hop) -> None: ...


@frozen
class Trace:
    """Records the hops of one integration, and publishes changes to open pages."""

    store: HopStore
    integration_id: str
    sources: Sources
    feed: Broadcast = field(factory=Broadcast)

    @asynccontextmanager
    async def hop(
        self,
        source: str,
        target: str,
        chapter: Chapter,
        title: str,
        *,
        method: str = "",
        url: str = "",
        rule: str = "",
        begins: bool = False,
        optional: bool = False,
    ) -> AsyncIterator[Notes]:
        """Record one hop from beginning to end, however it ends; an error marks the hop and is raised again.

        ``begins`` starts a new run with this title. ``optional`` marks a hop on which the flow does not depend.

        Secrets in the sentence of a FlowError are masked.
        """
        if not begins:
            await self._begin_deferred()
        masker = self.store.masker(self.integration_id)
        notes = Notes(masker, OAUTH if {AUTH, YOU} & {source, target} else EVERYWHERE)
        began = self.sources.monotonic()
        hop = Hop(
            at=self.sources.now(),
            source=source,
            target=target,
            chapter=chapter,
            title=readable(masker.text(title)),
            method=method,
            url=masker.url(url).partition("?")[0],
            rule=rule,
            optional=optional,
            outcome=PENDING,
        )
        hop = await self._begin(hop, begins=begins)
        try:
            yield notes
        except BaseException as error:
            notes.end_with(error)
            raise
        finally:
            await self._end(notes.put_into(hop), self.sources.monotonic() - began)

    @contextmanager
    def deferred_run(self, title: str) -> Iterator[None]:
        """Make the requests within a run of their own with this title. The first hop begins it, so that an answer from
        the cache begins none.
        """
        deferred, run = DEFERRED.set((self.integration_id, title)), RUN.set(None)
        try:
            yield
        finally:
            DEFERRED.reset(deferred)
            RUN.reset(run)

    async def _begin_deferred(self) -> None:
        deferred = DEFERRED.get()
        if deferred is None or deferred[0] != self.integration_id:
            return
        DEFERRED.set(None)
        async with self.hop(YOU, CLIENT, Chapter.ASKING, deferred[1], begins=True) as notes:
            notes.meaning = "You opened a page of this client. The client sends messages to the server to fill it."

    @property
    def run(self) -> int:
        """The number of the run to which this task writes, 0 when there is none yet."""
        current = RUN.get()
        return current[1] if current and current[0] == self.integration_id else 0

    def go_on(self, run: int) -> None:
        """Make this task write to an earlier run from here on; 0 stands for the latest."""
        RUN.set((self.integration_id, run) if run else None)

    async def _begin(self, hop: Hop, *, begins: bool) -> Hop:
        written = await self.store.add_hop(self.integration_id, hop, 0 if begins else self.run or None)
        RUN.set((self.integration_id, written.run))
        self.feed.publish(self.integration_id, "trace")
        return written

    async def _end(self, hop: Hop, took: float) -> None:
        """Store a hop that has ended, ``took`` seconds after it began."""
        await self.store.change_hop(evolve(hop, milliseconds=round(took * 1000), ended=hop.at + took))
        self.feed.publish(self.integration_id, "trace")
