"""Server-sent events, as far as MCP answers use them (HTML Living Standard, section 9.2.6)."""

import codecs
from collections.abc import AsyncIterator


class EventParser:
    """Feed bytes, get the data of each complete message event. Bounded by whoever bounds the bytes."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._data: list[str] = []
        self._kind = ""

    def feed(self, chunk: bytes) -> list[str]:
        text = self._rest + self._decoder.decode(chunk)
        # A carriage return at the very end may be half of a CRLF: it waits for the next chunk.
        held = "\r" if text.endswith("\r") else ""
        *lines, self._rest = text.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest += held
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: str) -> str | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._kind = value
        return None

    def _dispatch(self) -> str | None:
        data, kind = "\n".join(self._data), self._kind
        self._data, self._kind = [], ""
        return data if data and kind in ("", "message") else None


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The data of each event as it arrives."""
    parser = EventParser()
    async for chunk in chunks:
        for event in parser.feed(chunk):
            yield event
