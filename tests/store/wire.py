"""A TCP proxy between the store and PostgreSQL that can cut the wire or let it fall silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from ..ports import free_port


class Wire:
    """Passes bytes on. ``silent`` swallows them and keeps connections open, as a network does that lost its way."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.port = free_port()
        self.silent = False
        self.until: bytes | None = None
        """What the client says before the wire is cut: it does not reach the server, or with ``after`` its answer does
        not come back.
        """
        self.after = False
        self._swallowed = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    def cut(self) -> None:
        """Break all connections; new ones come through."""
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        for source, sink, asks in ((reader, back, True), (there, writer, False)):
            task = asyncio.create_task(self._pass_on(source, sink, asks=asks))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asks: bool) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if self.silent:
                    self._swallowed.set()
                    continue
                if asks and self.until is not None and self.until in data:
                    self.until = None
                    if self.after:
                        sink.write(data)
                        await sink.drain()
                        self.silent = True
                        await self._swallowed.wait()
                        self.silent = False
                    self.cut()
                    return
                sink.write(data)
                await sink.drain()
        self._writers.discard(sink)
        sink.close()


@asynccontextmanager
async def wire_to(target: int) -> AsyncIterator[Wire]:
    wire = await Wire(target).open()
    try:
        yield wire
    finally:
        await wire.close()
