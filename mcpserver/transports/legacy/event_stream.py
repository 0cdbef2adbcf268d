"""A stream that outlives its connections (2025-11-25, transports: resumability).

Its events have ids, and a client that reconnects gets those that it missed.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from aiohttp import web
from attrs import frozen

from ..http import KEEP_ALIVE, TIMING, Timing, beat_after, open_stream, write

MOST_EVENTS, MOST_BYTES = 500, 1024 * 1024
"""Most events and bytes that one stream keeps for a client that is away; the oldest events are dropped first."""

MOST_EVENTS_READ, MOST_BYTES_READ = 64, 32 * 1024
"""Most events and bytes, already written, that it keeps for a client that reads.

This is about as much as a connection that breaks may not have delivered.
"""

MOST_AHEAD = 16 * 1024
"""Bytes that writers may be ahead of the reader."""

BASE, COST = 1000, 200
"""Bytes counted for a stream beside its events, and for an event beside its data."""


@frozen
class Event:
    """An event of a stream; ``total`` counts the bytes put so far, including its own."""

    number: int
    data: bytes
    total: int

    @property
    def size(self) -> int:
        return len(self.data) + COST

    def encoded(self, stream: str) -> bytes:
        return b"id: %s.%d\nevent: message\ndata: %s\n\n" % (stream.encode(), self.number, self.data)


class EventStream:
    """A resumable stream; the ids of its events begin with ``name``.

    One connection at a time reads it; the newest takes over. ``primes``: each connection begins with an event that has
    only an id. ``charge`` is called with each change of its size, in bytes.
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
        """Whether no more events will be added."""
        return self._closed

    @property
    def is_read(self) -> bool:
        """Whether a connection reads, or is about to."""
        return self._readers > 0

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    def expect(self) -> None:
        """Count a connection that is about to read, until ``detach``."""
        self._readers += 1

    def detach(self) -> None:
        self._readers -= 1
        self._tell_writers()
        if self._abandoned and not self._readers:
            self.forget()

    async def room(self) -> None:
        """Wait until the reader is less than ``MOST_AHEAD`` bytes behind.

        Returns at once without a reader: old events are then dropped instead.
        """
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
        """Drop written events while somebody reads, as most of them have arrived; the newest event is always kept."""
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
        """End the stream after the events that are kept."""
        self._closed = True
        self._wake()

    def forget(self) -> None:
        """Drop all events and accept no more; a reader is cut off, and writers no longer wait."""
        self._forgotten = self._closed = True
        self._events.clear()
        self._grow(-self._size)
        self._total_sent = self._total
        self._reader += 1
        self._wake()
        self._tell_writers()

    def lose(self) -> None:
        """Drop the events kept for an absent client, but for the newest; new events are kept as before."""
        while len(self._events) > 1:
            self._lose_oldest()

    def abandon(self) -> None:
        """Close the stream because its session is over; drop its events once nobody reads it."""
        self._abandoned = True
        self.close()
        if not self._readers:
            self.forget()

    async def release(self, retry: float) -> None:
        """End the current connection; the client comes back after ``retry`` seconds."""
        # A handler may call this before the first connection reads: that one is then released as soon as it does.
        self._released = self._reader == 0
        self._reader += 1
        self._retry = retry
        self._wake()

    async def serve(
        self, request: web.Request, headers: dict[str, str], *, after: int | None = None
    ) -> web.StreamResponse:
        """Write the events after number ``after``, old and new, until the stream ends or another connection takes over.

        None continues after the last event written. A number that no event has had yet, which the client made up,
        counts as the newest number, so that no event is lost by it.
        """
        after = min(self._sent if after is None else after, self._count)
        self._reader += 1
        reader = self._reader
        self._wake()  # lets the previous reader notice that it was replaced
        self._sent, self._total_sent = after, self._total_until(after)
        self.expect()
        response = web.StreamResponse()
        try:
            response = await open_stream(request, headers)
            if self._primes:
                # 2025-11-25: an id to resume from, before the first event.
                await self._write(request, response, b"id: %s.%d\ndata: \n\n" % (self.name.encode(), after))
            await self._serve(request, response, after, reader)
        except ConnectionResetError:
            pass  # the client may come back, and the work goes on without the connection
        finally:
            self.detach()
        return response

    async def _serve(self, request: web.Request, response: web.StreamResponse, after: int, reader: int) -> None:
        while True:
            news = self._news  # taken before the checks, so that no event put during a write is missed
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
        """Record an event as written, unless another connection took over: that one begins where its client says."""
        if self._reader == reader:
            self._sent, self._total_sent = event.number, event.total
            self._lose_what_went_out()
            self._tell_writers()

    def _total_until(self, number: int) -> int:
        following = self._next(number)
        return self._total if following is None else following.total - following.size

    def _next(self, after: int) -> Event | None:
        """The oldest kept event after number ``after``, None when there is none."""
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
    """The stream name and event number in Last-Event-ID; None when it is absent, or not in the form of an id."""
    name, _, number = request.headers.get("Last-Event-ID", "").rpartition(".")
    return (name, int(number)) if name and number.isascii() and number.isdigit() and len(number) < 16 else None
