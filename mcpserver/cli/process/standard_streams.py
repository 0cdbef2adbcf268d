"""Standard input and output as a channel for messages, and for nothing else (MCP 2026-07-28, stdio)."""

import asyncio
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import frozen

from ...transports.stdio import CHUNK, Writer


@contextmanager
def kept_apart() -> Iterator[tuple[int, int]]:
    """The descriptors of input and output; meanwhile whatever else prints does so to standard error, and whatever else
    reads finds the end.

    Done with descriptors, so that it holds for programs that a tool starts, too.
    """
    sys.stdout.flush()
    source, target = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    try:
        yield source, target
    finally:
        sys.stdout.flush()
        os.dup2(source, 0)
        os.dup2(target, 1)
        for descriptor in (nothing, source, target):
            os.close(descriptor)


async def reading(descriptor: int) -> tuple[asyncio.StreamReader, Callable[[], object]]:
    """A reader, and what makes it come to its end; a plain file is read as it is."""
    reader = asyncio.StreamReader()
    if _is_file(descriptor):
        return reader, asyncio.create_task(_feed(descriptor, reader)).cancel
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(descriptor), "rb", buffering=0)
    )
    return reader, transport.close


async def writing(descriptor: int) -> Writer:
    """A writer that waits until what was written has been taken."""
    if _is_file(descriptor):
        return FileWriter(descriptor)
    loop = asyncio.get_running_loop()
    file = os.fdopen(os.dup(descriptor), "wb", buffering=0)
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), file
    )
    transport.set_write_buffer_limits(high=0)
    return asyncio.StreamWriter(transport, protocol, None, loop)


@frozen
class FileWriter:
    descriptor: int

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]

    async def drain(self) -> None:
        """A file always has room."""


async def _feed(descriptor: int, reader: asyncio.StreamReader) -> None:
    """Everything at once would be refused as too many requests: each chunk waits its turn."""
    try:
        while chunk := os.read(descriptor, CHUNK):
            reader.feed_data(chunk)
            await asyncio.sleep(0)
    finally:
        reader.feed_eof()


def _is_file(descriptor: int) -> bool:
    """Or a device like the empty one: what the event loop cannot watch."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(descriptor))
