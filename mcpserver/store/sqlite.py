"""The SQLite driver: one connection writes, a few read, so that a read never waits for the disk."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import TypeVar, cast

import aiosqlite

from .change import Change, Row, Statement, Value, require_storable
from .errors import StoreBusy, StoreError, UnstorableValue
from .queue import CommitQueue, Outcome
from .sqlite_commit import commit_together, is_passing
from .sqlite_file import address, require_private_file
from .sqlite_start import prepare_reader, prepare_writer

READERS = 3

T = TypeVar("T")


class Connection(aiosqlite.Connection):
    """A SQLite connection with its own thread."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do all of ``work`` in one visit to the thread: a visit costs ten times a read by key."""
        return cast(T, await self._execute(work, self._conn))  # type: ignore[no-untyped-call]


class SqliteDatabase:
    """``Database`` over SQLite. Made by ``open_file`` or ``open_memory``."""

    def __init__(self, writer: Connection, readers: Sequence[Connection]) -> None:
        self._writer = writer
        self._readers = readers
        self._next_reader = cycle(readers or (writer,))
        self._queue = CommitQueue(self._commit)
        self._closed = False

    async def fetch(self, sql: str, **values: Value) -> list[Row]:
        """What cannot be stored cannot be found: such a value yields no rows."""
        if self._closed:
            raise StoreBusy("the store is closed")
        try:
            require_storable(values)
            return await next(self._next_reader).run(lambda connection: connection.execute(sql, values).fetchall())
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
        for connection in (*self._readers, self._writer):  # the writer last: it folds the log into the database
            await connection.close()

    async def _commit(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        try:
            return await self._writer.run(lambda connection: commit_together(connection, changes))
        except sqlite3.Error as error:
            raise StoreBusy(str(error)) from error


async def open_memory() -> SqliteDatabase:
    """A database that lives as long as it is open."""
    return await _open(":memory:", place="in memory", busy_timeout=0, readers=0)


async def open_file(path: Path, *, busy_timeout: float) -> SqliteDatabase:
    """Open or create the file and bring it up to date.

    ``busy_timeout`` in seconds is how long to wait for another process's lock. Raises ``StoreError``.
    """
    require_private_file(path)
    return await _open(address(path), place=str(path), busy_timeout=busy_timeout, readers=READERS)


async def _open(uri: str, *, place: str, busy_timeout: float, readers: int) -> SqliteDatabase:
    connections: list[Connection] = []
    try:
        for _ in range(1 + readers):
            connections.append(await _connect(uri, busy_timeout))
        writer, *reading = connections
        await writer.run(lambda connection: prepare_writer(connection, place))
        for reader in reading:
            await reader.run(prepare_reader)
    except BaseException as error:
        await asyncio.shield(_close_all(connections))
        if isinstance(error, sqlite3.Error):
            raise StoreError(f"The database {place} cannot be used: {error}.") from error
        raise
    return SqliteDatabase(writer, reading)


async def _connect(uri: str, busy_timeout: float) -> Connection:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=uri.startswith("file:"), timeout=busy_timeout, isolation_level=None)

    connection = Connection(connect, iter_chunk_size=64)
    await connection
    return connection


async def _close_all(connections: Sequence[Connection]) -> None:
    for connection in connections:
        await connection.close()
