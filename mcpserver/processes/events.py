"""Events between the processes that serve one database: published by one, heard by all the others.

They go through a table, so that a process whose connection was lost reads what it missed. Nothing is written while a
process is alone.
"""

import asyncio
import json
import logging
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from attrs import define, field, frozen

from ..sources import Sources
from .cursor import Cursor

KEPT = 120.0
"""Seconds that an event can be read."""
SILENCE = 10.0
"""Seconds without reading after which a process may have missed events: the others may have taken it for gone."""
PACE = 0.1
"""Seconds in which events are gathered before they are written together."""
RECENT = 5.0
"""Seconds that events are remembered while no other process is known, for one that is starting."""
ALIVE, GONE = 5.0, 20.0
"""Seconds between two signs of life of a process, and after which one that gave none counts as gone."""
MOST = 1_000
"""Different events of one kind that wait to be written. What is beyond is dropped, and said in the log."""
FORGOTTEN = 3600.0
"""Seconds after which a process that fell silent is not expected back."""
TURN = 100
"""Events that are handled before other tasks of the event loop run, and rows that are read at once."""
APART = 30.0
"""Seconds by which the clocks of two hosts may differ before it is said."""

Event = tuple[str, ...]
"""The kind of an event, then what it is about."""
HELLO: Event = ("hello",)
"""What a process writes to be known; no handler hears of it."""
Handler = Callable[[Event, int], Awaitable[None] | None]
"""Called with an event, and how often it was published."""

_log = logging.getLogger(__name__)


@frozen
class Sent:
    """What one process wrote at once: ``origin`` names the process, ``content`` is JSON."""

    origin: str
    content: str


class EventStore(Protocol):
    """Numbered rows that every process reads. Every verb may raise ``Busy``."""

    async def add_events(self, sent: Sent, *, now: int) -> int:
        """Store a row and return its number."""

    async def event_numbers(self, position: int) -> list[int]:
        """Return the numbers above ``position``."""

    async def events_between(self, first: int, last: int) -> list[tuple[int, Sent]]:
        """Return the rows with these numbers and those between."""

    async def newest_event(self) -> int:
        """Return the highest number that was given, 0 before the first."""

    async def delete_events(self, origin: str, *, until: int) -> None:
        """Delete the rows of a process up to a number."""


@define
class _Peer:
    """Another process: when it was last heard, in monotonic seconds, and how far its clock is ahead of the one here."""

    heard_at: float
    ahead: float = 0.0


@define(eq=False)
class ProcessEvents:
    """The events of this process and those of the others. ``publish`` may be called from any thread, the rest from the
    event loop.
    """

    _store: EventStore
    _sources: Sources
    origin: str = field(init=False)
    _cursor: Cursor = field(init=False)
    _handlers: dict[str, Handler] = field(factory=dict, init=False)
    _missed: list[Callable[[], Awaitable[None]]] = field(factory=list, init=False)
    _peers: dict[str, _Peer] = field(factory=dict, init=False)
    _outbox: dict[Event, int] = field(factory=dict, init=False)
    _waits: Counter[str] = field(factory=Counter, init=False)
    """How many events of each kind are in the outbox."""
    _turns: list[Callable[[], Awaitable[None]]] = field(factory=list, init=False)
    _may_have_missed: bool = field(default=False, init=False)
    _met_again: bool = field(default=False, init=False)
    _recent: deque[tuple[float, Event, int]] = field(factory=lambda: deque(maxlen=MOST), init=False)
    _written: deque[tuple[float, int]] = field(factory=deque, init=False)
    _read_at: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    _waiting: asyncio.Event = field(factory=asyncio.Event, init=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.origin = self._sources.token_bytes(8).hex()
        self._cursor = Cursor(self._sources.monotonic)

    @property
    def is_alone(self) -> bool:
        """Whether no other process has given a sign of life lately."""
        # Counted up to the last reading: while the database is away, nobody can be heard.
        return not any(self._is_there(peer) for peer in self._peers.values())

    @property
    def clock_difference(self) -> float:
        """By how many seconds the clock of another process is ahead of the one here: the largest difference, 0 when
        none is larger than ``APART``.
        """
        ahead = max((peer.ahead for peer in self._peers.values() if self._is_there(peer)), key=abs, default=0.0)
        return ahead if abs(ahead) > APART else 0.0

    @property
    def lag(self) -> int:
        """By how many seconds the slowest clock of another process is behind the one here; 0 when none is by more than
        ``APART``.
        """
        ahead = min((peer.ahead for peer in self._peers.values() if self._is_there(peer)), default=0.0)
        return int(-ahead) if ahead < -APART else 0

    def _is_there(self, peer: _Peer) -> bool:
        return self._read_at - peer.heard_at < GONE

    def on(self, kind: str, handler: Handler) -> None:
        """Call ``handler`` with each event of a kind that another process published."""
        self._handlers[kind] = handler

    def on_missed(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Call ``handler`` when events of others may have been missed."""
        self._missed.append(handler)

    def on_turn(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Call ``handler`` every ``ALIVE`` seconds, to look after what must not hang on an event alone."""
        self._turns.append(handler)

    def publish(self, *event: str, times: int = 1) -> None:
        """Tell the other processes, soon; equal events are gathered into the last of them."""
        with self._lock:
            if self.is_alone:
                self._recent.append((self._sources.monotonic(), event, times))
                return
            self._put(event, times)
        self._wake()

    async def begin(self) -> None:
        """Begin to read after the newest event. Writes nothing yet: the first ``write`` says that this process is
        there.
        """
        self._loop = asyncio.get_running_loop()
        self._cursor.position = await self._store.newest_event()
        self._read_at = self._sources.monotonic()
        with self._lock:
            self._put(HELLO, 1)
        self._wake()

    async def end(self) -> None:
        """Write what waits, and say that this process has ended."""
        await self._write(["gone"])

    async def until_published(self) -> None:
        """Wait until there is something to write, and for what is published with it."""
        await self._waiting.wait()
        await asyncio.sleep(PACE)

    async def write(self) -> None:
        """Write what was published. When that fails, it waits for the next turn."""
        self._waiting.clear()
        if self._outbox:
            await self._write([])

    async def keep_alive(self) -> None:
        """Give a sign of life unless there was never anybody else, and delete the events that all others have read."""
        if self._peers:
            await self._write([])
        for handler in self._turns:
            await self._attempt(handler, "what is looked after now and then")
        past = self._sources.monotonic() - KEPT
        until = 0
        while self._written and self._written[0][0] < past:
            until = self._written.popleft()[1]
        if until:
            await self._store.delete_events(self.origin, until=until)

    async def read(self) -> None:
        """Read what the others have published since the last call, and call the handlers."""
        numbers = await self._store.event_numbers(self._cursor.position)
        now = self._sources.monotonic()
        silence, self._read_at = now - self._read_at, now
        if silence > ALIVE:
            for peer in self._peers.values():
                peer.heard_at = now  # nobody could be heard: all have the time to give a sign of life
        self._may_have_missed |= silence > SILENCE
        new = self._cursor.news([(number, number) for number in numbers])
        missed, self._may_have_missed = self._may_have_missed, True  # should reading end with an error
        for first in range(0, len(new), TURN):
            await self._read_rows(new[first : first + TURN], prompt=silence < ALIVE)
        self._may_have_missed = missed or self._met_again
        self._met_again = False
        if self._may_have_missed:
            self._may_have_missed = False
            _log.warning("events of other processes may be missing")
            for handler in self._missed:
                await self._attempt(handler, "missed events")

    async def _read_rows(self, numbers: list[int], *, prompt: bool) -> None:
        wanted = set(numbers)
        for number, sent in await self._store.events_between(min(numbers), max(numbers)):
            if number in wanted and sent.origin != self.origin:
                await self._attempt(partial(self._hear, sent, prompt=prompt), "the events of another process")

    async def _hear(self, sent: Sent, *, prompt: bool) -> None:
        content = json.loads(sent.content)
        if "gone" in content["said"]:
            self._peers = {name: peer for name, peer in self._peers.items() if name != sent.origin}
        else:
            self._meet(sent.origin, float(content["now"]), prompt=prompt)
        for place, (times, *event) in enumerate(content["events"]):
            if place % TURN == TURN - 1:
                await asyncio.sleep(0)  # other tasks run
            handler = self._handlers.get(event[0])
            if handler is not None:
                await self._attempt(partial(handler, tuple(event), times), event[0])

    def _meet(self, origin: str, its_now: float, *, prompt: bool) -> None:
        """Take note of a sign of life. A process that fell silent and is back may have been told nothing meanwhile, and
        has told nothing.
        """
        now, known = self._sources.monotonic(), self._peers.get(origin)
        if known is None or not self._is_there(known):
            _log.info("process %s serves the same database", origin)
            self._met_again |= known is not None
            expected = {name: peer for name, peer in self._peers.items() if now - peer.heard_at < FORGOTTEN}
            known = _Peer(now)
            self._peers = {**expected, origin: known}  # a new mapping, because other threads read it
            self._answer(now)
        known.heard_at = now
        if prompt:
            self._compare(known, its_now - self._sources.machine_now())

    def _answer(self, now: float) -> None:
        """Give a new process a sign of life, and what was published while it began."""
        with self._lock:
            for at, event, times in self._recent:
                if now - at < RECENT:
                    self._put(event, times)
            self._recent.clear()
            self._put(HELLO, 1)
        self._wake()

    def _compare(self, peer: _Peer, ahead: float) -> None:
        if abs(ahead) > APART >= abs(peer.ahead):
            _log.warning(
                "the clock of another process is %d seconds %s the one here: synchronize the clocks of all hosts",
                abs(ahead),
                "ahead of" if ahead > 0 else "behind",
            )
        peer.ahead = ahead

    def _put(self, event: Event, times: int) -> None:
        """Add to what waits, behind events that were published before."""
        kind, before = event[0], self._outbox.pop(event, 0)
        if not before:
            self._waits[kind] += 1
            if self._waits[kind] == MOST + 1:
                _log.warning("more than %d events %r wait for other processes: further ones are dropped", MOST, kind)
            if self._waits[kind] > MOST:
                return
        self._outbox[event] = before + times

    def _wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._waiting.set)

    async def _write(self, said: list[str]) -> None:
        with self._lock:
            going, self._outbox = self._outbox, {}
            self._waits.clear()
        content = {
            "now": self._sources.machine_now(),
            "said": said,
            "events": [[times, *event] for event, times in going.items()],
        }
        text = json.dumps(content, separators=(",", ":"))
        try:
            number = await self._store.add_events(Sent(self.origin, text), now=self._sources.now())
        except Exception:
            with self._lock:
                later, self._outbox = self._outbox, {}
                self._waits.clear()
                for event, times in (*going.items(), *later.items()):
                    self._put(event, times)
            self._wake()
            raise
        self._written.append((self._sources.monotonic(), number))

    async def _attempt(self, handler: Callable[[], Awaitable[None] | None], kind: str) -> None:
        """The outermost frame of a handler: one that fails does not keep the others from their events."""
        try:
            awaited = handler()
            if awaited is not None:
                await awaited
        except Exception:
            _log.exception("fault in the handler of %s", kind)
