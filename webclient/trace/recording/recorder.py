"""The recorder of the flow trace: one hop for each step between browser, client, authorization server and MCP
server.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from attrs import asdict, define, evolve, field, frozen

from ...broadcast import Broadcast
from ...cause_code import CauseCode
from ...errors import FlowError
from ...json_text import json_text
from ...sources import Sources
from .chapters import Chapter
from .exchanges import Recording, Writer
from .hops import AUTH, CLIENT, FAILED, INFO, OK, PENDING, STOPPED, YOU, Check, Fact, Hop
from .masking import Masker, readable
from .secrets import EVERYWHERE, OAUTH, is_secret

LONGEST_VALUE, LONGEST_LINE = 4000, 100
MOST_EXCHANGES = 8
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


@define
class Notes:
    """A hop in progress: what was sent, what was received, and which rules held."""

    _masker: Masker = field(factory=lambda: Masker(b""), repr=False)
    _names: frozenset[str] = field(default=EVERYWHERE, repr=False)
    meaning: str = ""
    status: int | None = None
    outcome: str = OK
    sent: tuple[Fact, ...] = ()
    received: tuple[Fact, ...] = ()
    checks: list[Check] = field(factory=list)
    recordings: list[Recording] = field(factory=list, repr=False)

    def sends(self, parameters: Mapping[str, Any]) -> None:
        self.sent += self._facts(parameters)

    def receives(self, parameters: Mapping[str, Any]) -> None:
        self.received += self._facts(parameters)

    def _facts(self, parameters: Mapping[str, Any]) -> tuple[Fact, ...]:
        return tuple(self._fact(name, value) for name, value in parameters.items() if value is not None)

    def _fact(self, name: str, value: Any) -> Fact:
        text = (
            self._masker.named(name, value, self._names)
            if isinstance(value, str)
            else _written(self._masker.member(name, value, self._names))
        )
        return Fact(
            name,
            text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE].rpartition(" ")[0] + " … (cut here)",
            is_secret(name, self._names),
        )

    def masked(self, text: str) -> str:
        """Text from others with its secrets masked, for use in a sentence."""
        return readable(self._masker.text(text))

    def require(self, held: bool, sentence: str, rule: str, refusal: FlowError) -> None:
        """Record a rule; raises ``refusal`` when it does not hold."""
        self.checks.append(Check(sentence, rule, held))
        if not held:
            raise refusal

    def exchange(
        self, at: float, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None
    ) -> Recording:
        """Start recording an HTTP exchange, ``at`` in epoch seconds. A hop keeps the first MOST_EXCHANGES."""
        recording = Recording.start(
            Writer(self._masker, oauth=self._names is OAUTH), at, method, url, headers=headers, body=body
        )
        if len(self.recordings) < MOST_EXCHANGES:
            self.recordings.append(recording)
        return recording

    def put_into(self, hop: Hop) -> Hop:
        """The hop with everything noted so far."""
        exchanges = tuple(recording.frozen() for recording in self.recordings)
        noted = evolve(
            hop,
            status=self.status,
            outcome=self.outcome,
            meaning=readable(self._masker.text(self.meaning)),
            sent=self.sent,
            received=self.received,
            checks=tuple(self.checks),
            exchanges=exchanges,
        )
        return evolve(noted, tokens=self._masker.decoded(json.dumps(asdict(noted), ensure_ascii=False)))


def _written(value: Any) -> str:
    """JSON on one line when it is short, indented otherwise."""
    short = json_text(value)
    return short if len(short) <= LONGEST_LINE else json_text(value, indent=2)


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
        notes = Notes(masker, OAUTH if AUTH in (source, target) or YOU in (source, target) else EVERYWHERE)
        place: dict[str, Any] = {
            "source": source,
            "target": target,
            "chapter": chapter,
            "title": readable(masker.text(title)),
            "method": method,
        }
        place |= {"rule": rule, "optional": optional}
        began = self.sources.monotonic()
        hop = await self._begin(
            Hop(at=self.sources.now(), outcome=PENDING, url=masker.url(url).partition("?")[0], **place), begins=begins
        )
        cause: CauseCode | None = None
        fallback = ""
        try:
            yield notes
        except FlowError as failure:
            failure.args = (readable(masker.text(str(failure))),)
            notes.outcome, cause, fallback = failure.outcome, failure.cause, failure.fallback
            notes.meaning = notes.meaning if failure.outcome == INFO and notes.meaning else str(failure)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            notes.outcome, notes.meaning = STOPPED, "This was stopped before it was finished."
            raise
        except BaseException:
            notes.outcome, cause, notes.meaning = (
                FAILED,
                CauseCode.OWN_FAULT,
                "An error occurred in this client. It is not the server's fault.",
            )
            raise
        finally:
            took = self.sources.monotonic() - began
            done = evolve(
                notes.put_into(hop),
                milliseconds=round(took * 1000),
                ended=hop.at + took,
                cause=cause,
                fallback=fallback,
            )
            await self.store.change_hop(done)
            self.feed.publish(self.integration_id, "trace")

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
