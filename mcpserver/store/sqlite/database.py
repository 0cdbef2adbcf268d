"""``Database`` over SQLite connections, each with its own thread."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from typing import Self, TypeVar, cast

import aiosqlite

from ..change import Change, Row, Statement, Value, require_storable
from ..errors import StoreBusy, StoreError, UnstorableValue
from ..queue import CommitQueue, Outcome
from .commit import commit_together, is_passing
from .file import address, require_private_file
from .start import prepare_reader, prepare_writer

READERS = 3

T = TypeVar("T")


class Connection(aiosqlite.Connection):
    """A SQLite connection in a thread of its own, which may be visited with more than one statement."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True  # a store that nobody closed must not keep the process from ending

    async def __aenter__(self) -> Self:
        """A connection that cannot be made takes its thread along, which would report its end to an event loop that may be gone by then."""
        try:
            await self
        except BaseException:
            await asyncio.to_thread(self._thread.join)
            raise
        return self

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do all of ``work`` in one visit to the thread: a visit costs ten times a read by key."""
        return cast(T, await self._execute(work, self._conn))  # type: ignore[no-untyped-call]


class SqliteDatabase:
    """Satisfies ``Database``; made by ``open_file`` and ``open_memory``."""

    def __init__(self, connections: AsyncExitStack, writer: Connection, readers: Sequence[Connection]) -> None:
        self._connections = connections
        self._writer = writer
        self._readers = cycle(readers)
        self._queue = CommitQueue(self._commit)
        self._closed = False

    async def fetch(self, sql: str, **values: Value) -> list[Row]:
        """What cannot be stored cannot be found: such a value yields no rows."""
        if self._closed:
            raise StoreBusy("the store is closed")
        try:
            require_storable(values)
            return await next(self._readers).run(lambda connection: connection.execute(sql, values).fetchall())
        except UnstorableValue:
            return []
        except sqlite3.OperationalError as error:
            if is_passing(error):
                raise StoreBusy(str(error)) from error
            raise

    async def fetch_one(self, sql: str, **values: Value) -> Row | None:
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None

    async def apply(self, *statements: Statement) -> list[list[Row]] | None:
        return await self._queue.apply(statements)

    async def close(self) -> None:
        self._closed = True
        await self._queue.close()
        await self._connections.aclose()

    async def _commit(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        try:
            return await self._writer.run(lambda connection: commit_together(connection, changes))
        except sqlite3.Error as error:
            raise StoreBusy(str(error)) from error


async def open_memory() -> SqliteDatabase:
    """A database that lives as long as it is open; reads go through its only connection."""
    return await _open(":memory:", place="in memory", busy_timeout=0, readers=0)


async def open_file(path: Path, *, busy_timeout: float) -> SqliteDatabase:
    """Open or create the file and bring it up to date.

    ``busy_timeout`` in seconds is how long to wait for another process's lock. Raises ``StoreError``.
    """
    require_private_file(path)
    return await _open(address(path), place=str(path), busy_timeout=busy_timeout, readers=READERS)


async def _open(uri: str, *, place: str, busy_timeout: float, readers: int) -> SqliteDatabase:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=busy_timeout, isolation_level=None)

    try:
        async with AsyncExitStack() as connections:  # closes in reverse: the writer last, to fold the log into the database
            writer = await connections.enter_async_context(Connection(connect))
            await writer.run(lambda connection: prepare_writer(connection, place, patience=busy_timeout))
            reading = [await connections.enter_async_context(Connection(connect)) for _ in range(readers)]
            for reader in reading:
                await reader.run(prepare_reader)
            return SqliteDatabase(connections.pop_all(), writer, reading or [writer])
    except sqlite3.Error as error:
        raise StoreError(f"The database {place} cannot be used: {error}.") from error
