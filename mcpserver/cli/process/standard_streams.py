"""Standard input and output as a channel for messages only (MCP 2026-07-28, stdio)."""

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
    """Reserve standard input and output while the context is open, and yield duplicates of their descriptors.

    Meanwhile, other output goes to standard error, and other reads find the end of file. This is done with descriptors,
    so that it also applies to subprocesses of a tool.
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
    """Open a reader. Returns it with a function that ends it; plain files are read directly."""
    reader = asyncio.StreamReader()
    if _is_file(descriptor):
        return reader, asyncio.create_task(_feed(descriptor, reader)).cancel
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(descriptor), "rb", buffering=0)
    )
    return reader, transport.close


async def writing(descriptor: int) -> Writer:
    """Open a writer whose ``drain`` waits until everything written has been taken."""
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
        """Return at once, because a file always has room."""


async def _feed(descriptor: int, reader: asyncio.StreamReader) -> None:
    """Feed a file to a reader chunk by chunk: everything at once would be refused as too many requests."""
    try:
        while chunk := os.read(descriptor, CHUNK):
            reader.feed_data(chunk)
            await asyncio.sleep(0)
    finally:
        reader.feed_eof()


def _is_file(descriptor: int) -> bool:
    """Whether the event loop cannot watch a descriptor: a regular file, or a device such as ``/dev/null``."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not os.isatty(descriptor))
