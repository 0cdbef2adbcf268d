"""Server-sent events, as far as MCP uses them (HTML Living Standard, section 9.2.6)."""

import asyncio
import codecs
import re
from collections.abc import AsyncIterator

from attrs import frozen

from ...cause_code import CauseCode
from ...errors import Unreachable

LINE_END = re.compile(r"\r\n|\r|\n")
LONGEST_EVENT = 4 * 1024 * 1024
LONGEST_ID = 4096


@frozen
class Event:
    """One event with ``data``; ``kind`` is its name, message when it has none."""

    data: str
    kind: str = "message"


class EventParser:
    """Incremental parser: fed with bytes, it returns complete events.

    ``last_id`` is the id to resume from, ``retry`` the seconds to wait before reconnecting; both are None until the
    server sends them. ``count`` is the number of events so far. Raises Unreachable for an event longer than ``limit``
    characters.
    """

    def __init__(self, limit: int = LONGEST_EVENT) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._limit = limit
        self._size = 0
        self._line_parts: list[str] = []
        self._ended_in_cr = False
        self._data: list[str] = []
        self._kind = ""
        self._id: str | None = None
        self.last_id: str | None = None
        self.retry: float | None = None
        self.count = 0

    def resumed(self) -> "EventParser":
        """A parser for the next connection of the same stream."""
        fresh = EventParser(self._limit)
        fresh.last_id, fresh.retry = self.last_id, self.retry
        return fresh

    def feed(self, chunk: bytes) -> list[Event]:
        text = self._decoder.decode(chunk)
        if self._ended_in_cr and text:
            # The carriage return has already ended its line; a following line feed belongs to it.
            text = text.removeprefix("\n")
            self._ended_in_cr = False
        self._ended_in_cr = self._ended_in_cr or text.endswith("\r")
        events = []
        *lines, rest = LINE_END.split(text)
        for line in lines:
            self._grow(line)
            whole = "".join((*self._line_parts, line))
            self._line_parts = []
            if (event := self._line(whole)) is not None:
                events.append(event)
        if rest:
            self._grow(rest)
            self._line_parts.append(rest)
        return events

    def _grow(self, text: str) -> None:
        self._size += len(text)
        if self._size > self._limit:
            raise Unreachable(
                f"The server sent an event of more than {self._limit:,} characters, so the stream was cut off.",
                CauseCode.TOO_LARGE,
            )

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        else:
            self._size -= len(line)
        if name == "event":
            self._kind = value[:100]
        elif name == "id" and "\0" not in value and len(value) <= LONGEST_ID:
            self._id = value
        elif name == "retry" and re.fullmatch(r"[0-9]{1,9}", value):
            self.retry = int(value) / 1000
        return None

    def _dispatch(self) -> Event | None:
        data, kind = "\n".join(self._data), self._kind or "message"
        self._data, self._kind, self._size = [], "", 0
        if self._id is not None:
            self.last_id = self._id
        if not data:
            return None
        self.count += 1
        return Event(data, kind)


async def events(chunks: AsyncIterator[bytes], parser: EventParser | None = None) -> AsyncIterator[Event]:
    """The events as they arrive, yielding to the event loop between those that arrive together."""
    reading = parser or EventParser()
    async for chunk in chunks:
        for event in reading.feed(chunk):
            yield event
            await asyncio.sleep(0)
