"""``Database`` over SQLite connections: what takes a moment is done on the event loop, the rest in threads."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from functools import partial
from itertools import cycle
from pathlib import Path

from mcpbase.sqlite.faults import is_passing
from mcpbase.sqlite.file import DatabaseFileError, address, require_private_file

from ...sources import Sources
from ..database.change import Change, Row, Statement, Value, Values, require_storable
from ..database.errors import StoreBusy, StoreError, UnstorableValue
from ..database.queue import Commit, CommitQueue, Outcome
from .commit import commit_together
from .connection import Connection
from .copying import copy_database
from .inline import InlineConnection, WouldBlock, execute
from .mark import Mark
from .restoring import end_what_a_backup_revived, require_own_log
from .start import prepare_reader, prepare_writer
from .watch import Watch
from .writer import Writer

READERS = 2
"""Threads for what takes longer than the event loop can wait."""


class SqliteDatabase:
    """Satisfies ``Database``; made by ``open_file`` and ``open_memory``. Without ``at_once``, reads are for the threads."""

    def __init__(
        self,
        connections: AsyncExitStack,
        commit: Commit,
        readers: Sequence[Connection],
        at_once: InlineConnection | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._connections = connections
        self._queue = CommitQueue(commit)
        self._readers = cycle(readers)
        self._at_once = at_once
        self._watch = watch
        self._looking = asyncio.Lock()
        self._closed = False

    async def fetch(self, sql: str, **values: Value) -> list[Row]:
        """What cannot be stored cannot be found: such a value yields no rows."""
        if self._at_once is None or not self._may_match(values):
            return await self.scan(sql, **values)
        try:
            return self._at_once.execute(sql, values)[0]
        except WouldBlock:
            return await self._fetch_in_thread(sql, values)

    async def scan(self, sql: str, **values: Value) -> list[Row]:
        return await self._fetch_in_thread(sql, values) if self._may_match(values) else []

    def _may_match(self, values: Values) -> bool:
        if self._closed:
            raise StoreBusy("the store is closed")
        if self._watch is not None:
            self._watch.place.require_known()
        try:
            require_storable(values)
        except UnstorableValue:
            return False
        return True

    async def fetch_one(self, sql: str, **values: Value) -> Row | None:
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None

    async def apply(self, *statements: Statement) -> list[list[Row]] | None:
        return await self._queue.apply(statements)

    async def look_around(self) -> None:
        async with self._looking:
            if self._closed:
                raise StoreBusy("the store is closed")
            if self._watch is not None:
                await asyncio.to_thread(self._watch.look)

    def require_in_place(self) -> None:
        if self._watch is not None:
            self._watch.place.require()

    async def copy_to(self, path: Path) -> None:
        """Everything as it is at one moment, into a file that does not exist yet. Raises ``StoreError``."""
        await next(self._readers).run(lambda connection: copy_database(connection, path))

    async def close(self) -> None:
        self._closed = True
        await self._queue.close()
        async with self._looking:
            await self._connections.aclose()

    async def _fetch_in_thread(self, sql: str, values: Values) -> list[Row]:
        try:
            return (await next(self._readers).run(lambda connection: execute(connection, sql, values)))[0]
        except sqlite3.OperationalError as error:
            if is_passing(error):
                raise StoreBusy(str(error)) from error
            raise


async def open_memory(sources: Sources = Sources()) -> SqliteDatabase:  # noqa: B008 - frozen
    """A database that lives as long as it is open; everything goes through its only connection, in its thread."""
    async with AsyncExitStack() as connections:
        only = await _open_writer(connections, ":memory:", place="in memory", patience=0)

        async def commit(changes: Sequence[Change]) -> Sequence[Outcome]:
            return (await only.run(lambda connection: commit_together(connection, changes, now=sources.now()))).outcomes

        return SqliteDatabase(connections.pop_all(), commit, [only])


async def open_file(path: Path, *, busy_timeout: float, sources: Sources = Sources()) -> SqliteDatabase:  # noqa: B008 - frozen
    """Open or create the file and bring it up to date; what a restored backup would revive is ended.

    ``busy_timeout`` in seconds is how long to wait for another process's lock. Raises ``StoreError``.
    """
    _require_file(path)
    uri, mark = address(path), Mark(path)
    try:
        require_own_log(path, mark)
        async with AsyncExitStack() as connections:  # closes in reverse: the writer last, to fold the log into the database
            connections.callback(mark.close)
            connection = await _open_writer(connections, uri, place=str(path), patience=busy_timeout)
            await connection.run(lambda bare: end_what_a_backup_revived(bare, mark, place=str(path), now=sources.now()))
            watch = Watch(path, mark)
            await asyncio.to_thread(watch.look)
            writer = Writer(connection, busy_timeout, watch.place, mark, sources.now)
            readers = [await connections.enter_async_context(Connection(partial(_connect_reader, uri, busy_timeout))) for _ in range(READERS)]
            nearest = connections.enter_context(closing(_connect_reader(uri, 0)))
            return SqliteDatabase(connections.pop_all(), writer.commit, readers, InlineConnection(nearest), watch)
    except sqlite3.Error as error:
        raise StoreError(f"The database {path} cannot be used: {error}.") from error


async def _open_writer(connections: AsyncExitStack, uri: str, *, place: str, patience: float) -> Connection:
    writer = await connections.enter_async_context(Connection(partial(_connect, uri, patience)))
    await writer.run(lambda connection: prepare_writer(connection, place, patience=patience))
    return writer


def _connect(uri: str, patience: float) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None, check_same_thread=False)


def _connect_reader(uri: str, patience: float) -> sqlite3.Connection:
    connection = _connect(uri, patience)
    prepare_reader(connection)
    return connection


def _require_file(path: Path) -> None:
    try:
        require_private_file(path)
    except DatabaseFileError as error:
        raise StoreError(str(error)) from error
