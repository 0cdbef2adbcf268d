"""A stream that outlives its connections: events have ids, and whoever comes back gets what they missed (2025-11-25,
transports: resumability).
"""

import asyncio
from collections import deque
from collections.abc import Callable

from aiohttp import web
from attrs import frozen

from ..http import KEEP_ALIVE, TIMING, Timing, beat_after, open_stream, write

MOST_EVENTS, MOST_BYTES = 500, 1024 * 1024
"""What one stream keeps for a client that is away; older events are lost first."""

MOST_EVENTS_READ, MOST_BYTES_READ = 64, 32 * 1024
"""What it keeps for one that reads, of events that went out already: what a connection that breaks had not delivered
is about so much.
"""

MOST_AHEAD = 16 * 1024
"""How far whoever writes may be ahead of whoever reads."""

BASE, COST = 1000, 200
"""Bytes that a stream takes beside its events, and an event beside its data."""


@frozen
class Event:
    """``total`` counts the bytes put so far, these included."""

    number: int
    data: bytes
    total: int

    @property
    def size(self) -> int:
        return len(self.data) + COST

    def encoded(self, stream: str) -> bytes:
        return b"id: %s.%d\nevent: message\ndata: %s\n\n" % (stream.encode(), self.number, self.data)


class EventStream:
    """``name`` begins the ids of its events.

    One connection at a time reads it; the newest takes over. ``charge`` hears by how much its size changes.
    """

    def __init__(
        self, name: str, *, primes: bool, timing: Timing = TIMING, charge: Callable[[int], None] = lambda size: None
    ) -> None:
        self.name = name
        self._timing = timing
        self._quiet = beat_after(timing.quiet)
        self._charge = charge
        self._primes = primes
        self._events: deque[Event] = deque()
        self._size = 0
        self._count = 0
        self._sent = 0
        self._total = 0
        self._total_sent = 0
        self._readers = 0
        self._taken = asyncio.Event()
        self._news = asyncio.Event()
        self._closed = False
        self._abandoned = False
        self._forgotten = False
        self._reader = 0
        self._released = False
        self._retry = 1.0
        self._grow(BASE)

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._closed

    @property
    def is_read(self) -> bool:
        """Whether a connection is there, or about to be."""
        return self._readers > 0

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    def expect(self) -> None:
        """A connection is about to read, until ``detach``."""
        self._readers += 1

    def detach(self) -> None:
        self._readers -= 1
        self._tell_writers()
        if self._abandoned and not self._readers:
            self.forget()

    async def room(self) -> None:
        """Until whoever reads has most of what was put. At once when nobody does: then the newest is what is kept."""
        while self._readers and self._is_behind:
            await self._taken.wait()

    @property
    def _is_behind(self) -> bool:
        return self._total - self._total_sent >= MOST_AHEAD

    def _tell_writers(self) -> None:
        self._taken.set()
        self._taken = asyncio.Event()

    def put(self, data: bytes) -> None:
        if self._forgotten:
            return
        event = Event(self._count + 1, data, self._total + len(data) + COST)
        self._count, self._total = event.number, event.total
        self._events.append(event)
        self._grow(event.size)
        while len(self._events) > MOST_EVENTS or (self._size > MOST_BYTES and len(self._events) > 1):
            self._lose_oldest()
        self._lose_what_went_out()
        self._wake()

    def _lose_what_went_out(self) -> None:
        """While somebody reads, for then most of what went out has arrived; the newest stays in any case."""
        while self._readers and len(self._events) > 1 and self._events[0].number <= self._sent:
            if len(self._events) <= MOST_EVENTS_READ and self._size <= MOST_BYTES_READ:
                return
            self._lose_oldest()

    def _lose_oldest(self) -> None:
        self._grow(-self._events.popleft().size)

    def _grow(self, size: int) -> None:
        self._size += size
        self._charge(size)

    def close(self) -> None:
        """After what is kept, the stream ends."""
        self._closed = True
        self._wake()

    def forget(self) -> None:
        """Keep nothing, and take nothing any more: whoever reads is cut off, and writers wait for nobody."""
        self._forgotten = self._closed = True
        self._events.clear()
        self._grow(-self._size)
        self._total_sent = self._total
        self._reader += 1
        self._wake()
        self._tell_writers()

    def lose(self) -> None:
        """Give up what is kept for somebody who is away, but for the newest; what comes from now on is kept again."""
        while len(self._events) > 1:
            self._lose_oldest()

    def abandon(self) -> None:
        """The session is over: what is kept goes once nobody reads it."""
        self._abandoned = True
        self.close()
        if not self._readers:
            self.forget()

    async def release(self, retry: float) -> None:
        """Let the connection go; the client comes back after ``retry`` seconds."""
        # A handler may be faster than the answer it runs in: then the first connection is let go as soon as it is
        # there.
        self._released = self._reader == 0
        self._reader += 1
        self._retry = retry
        self._wake()

    async def serve(
        self, request: web.Request, headers: dict[str, str], *, after: int | None = None
    ) -> web.StreamResponse:
        """Write what came after event ``after``, and what comes, until the stream ends or another connection takes
        over.

        None is after whatever was written before. A number that no event has had yet is one that the client made up:
        nothing may be lost by it.
        """
        after = min(self._sent if after is None else after, self._count)
        self._reader += 1
        reader = self._reader
        self._wake()  # whoever reads now is not left waiting for news
        self._sent, self._total_sent = after, self._total_until(after)
        self.expect()
        response = web.StreamResponse()
        try:
            response = await open_stream(request, headers)
            if self._primes:
                # 2025-11-25: an id to come back with, before there is anything to say.
                await self._write(request, response, b"id: %s.%d\ndata: \n\n" % (self.name.encode(), after))
            await self._serve(request, response, after, reader)
        except ConnectionResetError:
            pass  # the client may come back; whether the work goes on is not the connection's to say
        finally:
            self.detach()
        return response

    async def _serve(self, request: web.Request, response: web.StreamResponse, after: int, reader: int) -> None:
        while True:
            news = self._news  # taken before looking: what comes while something is written is not slept through
            if self._reader != reader or self._released:
                self._released = False
                if self._forgotten:
                    return
                await self._write(request, response, b"retry: %d\n\n" % round(self._retry * 1000))
                return
            while self._reader == reader and (event := self._next(after)) is not None:
                await self._write(request, response, event.encoded(self.name))
                after = event.number
                self._went_out(event, reader)
            if self._reader == reader and self._closed and self._next(after) is None:
                return
            await self._wait(request, response, news)

    def _went_out(self, event: Event, reader: int) -> None:
        """Not by a connection that another took over from: that one begins where its client says."""
        if self._reader == reader:
            self._sent, self._total_sent = event.number, event.total
            self._lose_what_went_out()
            self._tell_writers()

    def _total_until(self, number: int) -> int:
        following = self._next(number)
        return self._total if following is None else following.total - following.size

    def _next(self, after: int) -> Event | None:
        """The oldest that is kept of those that came after."""
        if not self._events:
            return None
        place = max(0, after + 1 - self._events[0].number)
        return self._events[place] if place < len(self._events) else None

    async def _wait(self, request: web.Request, response: web.StreamResponse, news: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._quiet):
                await news.wait()
        except TimeoutError:
            await self._write(request, response, KEEP_ALIVE)

    async def _write(self, request: web.Request, response: web.StreamResponse, data: bytes) -> None:
        await write(request, response, data, patience=self._timing.patience)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def last_event(request: web.Request) -> tuple[str, int] | None:
    """The stream and the event that the client saw last; None when it does not say, or says what was never an id
    here.
    """
    name, _, number = request.headers.get("Last-Event-ID", "").rpartition(".")
    return (name, int(number)) if name and number.isascii() and number.isdigit() and len(number) < 16 else None
