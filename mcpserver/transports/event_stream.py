"""A stream that outlives its connections: events have ids, and whoever comes back gets what they missed (2025-11-25, transports: resumability)."""

import asyncio
from collections import deque

from aiohttp import web
from attrs import frozen

from .answer import KEEP_ALIVE, SSE_HEADERS, write
from .timing import TIMING, Timing

MOST_EVENTS = 500
MOST_BYTES = 1024 * 1024
"""What one stream keeps for a client that comes back; older events are lost first."""


@frozen
class Event:
    """``total`` counts the bytes put so far, these included."""

    number: int
    data: bytes
    total: int

    def encoded(self, stream: str) -> bytes:
        return b"id: %s.%d\nevent: message\ndata: %s\n\n" % (stream.encode(), self.number, self.data)


class EventStream:
    """``name`` begins the ids of its events. One connection at a time reads it; the newest takes over."""

    def __init__(self, name: str, *, primes: bool, timing: Timing = TIMING) -> None:
        self.name = name
        self._timing = timing
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
        self._reader = 0
        self._released = False
        self._retry = 1.0

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._closed

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    def expect(self) -> None:
        """A connection is about to read, until ``forgo``."""
        self._readers += 1

    def forgo(self) -> None:
        self._readers -= 1
        self._tell_writers()

    async def room(self) -> None:
        """Until whoever reads has most of what was put. At once when nobody does: then the newest is what is kept."""
        while self._readers and self._is_behind:
            await self._taken.wait()

    @property
    def _is_behind(self) -> bool:
        return self._count - self._sent >= MOST_EVENTS // 2 or self._total - self._total_sent >= MOST_BYTES // 2

    def _tell_writers(self) -> None:
        self._taken.set()
        self._taken = asyncio.Event()

    def put(self, data: bytes) -> None:
        self._count += 1
        self._total += len(data)
        self._events.append(Event(self._count, data, self._total))
        self._size += len(data)
        while len(self._events) > MOST_EVENTS or (self._size > MOST_BYTES and len(self._events) > 1):
            self._size -= len(self._events.popleft().data)
        self._wake()

    def close(self) -> None:
        """After what is kept, the stream ends."""
        self._closed = True
        self._wake()

    async def release(self, retry: float) -> None:
        """Let the connection go; the client comes back after ``retry`` seconds."""
        # A handler may be faster than the answer it runs in: then the first connection is let go as soon as it is there.
        self._released = self._reader == 0
        self._reader += 1
        self._retry = retry
        self._wake()

    async def serve(self, request: web.Request, headers: dict[str, str], *, after: int | None = None) -> web.StreamResponse:
        """Write what came after event ``after``, and what comes, until the stream ends or another connection takes over.

        None is after whatever was written before. A number that no event has had yet is one that the client made up: nothing may be lost by it.
        """
        after = min(self._sent if after is None else after, self._count)
        self._reader += 1
        reader = self._reader
        self._wake()  # whoever reads now is not left waiting for news
        response = web.StreamResponse(headers={**headers, **SSE_HEADERS})
        self.expect()
        try:
            await response.prepare(request)
            if self._primes:
                # 2025-11-25: an id to come back with, before there is anything to say.
                await self._write(request, response, b"id: %s.%d\ndata: \n\n" % (self.name.encode(), after))
            await self._serve(request, response, after, reader)
        except ConnectionResetError:
            pass  # the client may come back; whether the work goes on is not the connection's to say
        finally:
            self.forgo()
        return response

    async def _serve(self, request: web.Request, response: web.StreamResponse, after: int, reader: int) -> None:
        while True:
            news = self._news  # taken before looking: what comes while something is written is not slept through
            if self._reader != reader or self._released:
                self._released = False
                await self._write(request, response, b"retry: %d\n\n" % round(self._retry * 1000))
                return
            for event in [event for event in self._events if event.number > after]:
                await self._write(request, response, event.encoded(self.name))
                after = event.number
                self._sent, self._total_sent = max(self._sent, after), max(self._total_sent, event.total)
                self._tell_writers()
            if self._closed and after >= self._count:
                return
            await self._wait(request, response, news)

    async def _wait(self, request: web.Request, response: web.StreamResponse, news: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._timing.quiet):
                await news.wait()
        except TimeoutError:
            await self._write(request, response, KEEP_ALIVE)

    async def _write(self, request: web.Request, response: web.StreamResponse, data: bytes) -> None:
        await write(request, response, data, patience=self._timing.patience)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def last_event(request: web.Request) -> tuple[str, int] | None:
    """The stream and the event that the client saw last; None when it does not say, or says what was never an id here."""
    name, _, number = request.headers.get("Last-Event-ID", "").rpartition(".")
    return (name, int(number)) if name and number.isascii() and number.isdigit() and len(number) < 16 else None
