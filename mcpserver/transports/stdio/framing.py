"""One message a line, both ways (MCP 2026-07-28, stdio): lines in whole or not at all, lines out never into one
another.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

CHUNK = 64 * 1024
MAX_LINE = 4 * 1024 * 1024
"""Bytes of a message, as over HTTP."""


class Writer(Protocol):
    """What is needed of an ``asyncio.StreamWriter``."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None:
        """Returns once the reader has made room. Raises ConnectionError when there is none any more."""


async def lines(reader: asyncio.StreamReader, limit: int = MAX_LINE) -> AsyncIterator[bytes | None]:
    """Every line that is not blank, without what ends it; the last one may lack its end.

    None stands for one longer than ``limit``.
    """
    kept, over = bytearray(), False
    while chunk := await _read(reader):
        *ends, rest = chunk.split(b"\n")
        for part in ends:
            line = _whole(kept, part, over, limit)
            kept.clear()
            over = False
            if line is None or line:
                yield line
        over = over or len(kept) + len(rest) > limit
        if over:
            kept.clear()  # nothing of it will be read: it must not be mistaken for a shorter one
        else:
            kept += rest
    last = _whole(kept, b"", over, limit)
    if last is None or last:
        yield last


async def _read(reader: asyncio.StreamReader) -> bytes:
    """A channel that broke has ended."""
    try:
        return await reader.read(CHUNK)
    except ConnectionError:
        return b""


def _whole(kept: bytearray, part: bytes, over: bool, limit: int) -> bytes | None:
    return None if over or len(kept) + len(part) > limit else bytes(kept + part).strip()


class Lines:
    """Where messages go out. Whoever writes waits until the reader has made room, so that nothing piles up."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._turn = asyncio.Lock()

    async def put(self, message: object) -> None:
        """Silently lost when nobody reads any more: the end of what they send will end the work."""
        line = msgspec.json.encode(message) + b"\n"
        async with self._turn:
            try:
                self._writer.write(line)
                await self._writer.drain()
            except ConnectionError:
                return
