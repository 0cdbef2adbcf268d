"""Messages as lines in both directions (MCP 2026-07-28, stdio).

A line is read whole or not at all; written lines never interleave.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

CHUNK = 64 * 1024
MAX_LINE = 4 * 1024 * 1024
"""Most bytes of a message, as over HTTP."""


class Writer(Protocol):
    """The part of ``asyncio.StreamWriter`` that is used."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None:
        """Wait until the reader has made room. Raises ConnectionError when there is no reader any more."""


async def lines(reader: asyncio.StreamReader, limit: int = MAX_LINE) -> AsyncIterator[bytes | None]:
    """Yield every line that is not blank, stripped; the last one may lack its line end.

    None stands for a line longer than ``limit`` bytes.
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
            kept.clear()  # the rest of the line is skipped too, so that it does not pass for a shorter one
        else:
            kept += rest
    last = _whole(kept, b"", over, limit)
    if last is None or last:
        yield last


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Read a chunk; a broken channel counts as ended."""
    try:
        return await reader.read(CHUNK)
    except ConnectionError:
        return b""


def _whole(kept: bytearray, part: bytes, over: bool, limit: int) -> bytes | None:
    return None if over or len(kept) + len(part) > limit else bytes(kept + part).strip()


class Lines:
    """Writes messages as lines. Each write waits until the reader has made room, so that nothing piles up."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._turn = asyncio.Lock()

    async def put(self, message: object) -> None:
        """Write a message, or drop it when there is no reader any more: the end of input then ends the work."""
        line = msgspec.json.encode(message) + b"\n"
        async with self._turn:
            try:
                self._writer.write(line)
                await self._writer.drain()
            except ConnectionError:
                return
