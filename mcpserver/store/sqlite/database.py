"""``Database`` over SQLite connections: what takes a moment is done on the event loop, the rest in threads."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path

from mcpbase.sqlite import Connection, is_passing

from ..database import Commit, CommitQueue, Row, Statement, StoreBusy, UnstorableValue, Value, Values, require_storable
from .backup import copy_database
from .file import DatabaseFile
from .inline import InlineConnection, WouldBlock, execute

LOOK = 0.1
"""Seconds between two looks for changes of other processes."""


class SqliteDatabase:
    """Satisfies ``Database``; made by ``open_file`` and ``open_memory``.

    Without ``inline``, every read runs in a thread. ``file`` is None for a database in memory.
    """

    def __init__(
        self,
        connections: AsyncExitStack,
        commit: Commit,
        readers: Sequence[Connection],
        inline: InlineConnection | None = None,
        file: DatabaseFile | None = None,
    ) -> None:
        self._connections = connections
        self._queue = CommitQueue(commit)
        self._readers = cycle(readers)
        self._inline = inline
        self._file = file
        self._looking = asyncio.Lock()
        self._closed = False

    async def fetch(self, sql: str, **values: Value) -> list[Row]:
        """Read. A value that cannot be stored cannot be found either: it yields no rows."""
        if self._inline is None or not self._may_match(values):
            return await self.scan(sql, **values)
        try:
            return self._inline.execute(sql, values)[0]
        except WouldBlock:
            return await self._fetch_in_thread(sql, values)

    async def scan(self, sql: str, **values: Value) -> list[Row]:
        return await self._fetch_in_thread(sql, values) if self._may_match(values) else []

    def _may_match(self, values: Values) -> bool:
        if self._closed:
            raise StoreBusy("the store is closed")
        if self._file is not None:
            self._file.require_known()
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

    async def has_table(self, name: str) -> bool:
        return await self.fetch_one("SELECT 1 FROM sqlite_master WHERE name = :name", name=name) is not None

    async def define(self, *statements: str) -> None:
        await self.apply(*(Statement(sql) for sql in statements))

    async def look_around(self) -> None:
        async with self._looking:
            if self._closed:
                raise StoreBusy("the store is closed")
            if self._file is not None:
                await asyncio.to_thread(self._file.look)

    def require_in_place(self) -> None:
        if self._file is not None:
            self._file.require()

    async def changed(self, patience: float) -> None:
        """Look every tenth of a second at a number that SQLite changes with each commit of another connection."""
        before = await self._version()
        for _ in range(max(1, round(patience / LOOK))):
            await asyncio.sleep(LOOK)
            if await self._version() != before:
                return

    async def _version(self) -> object:
        return await self.fetch_one("PRAGMA data_version") if self._inline is not None else None

    async def copy_to(self, path: Path) -> None:
        """Copy the database as it is at one moment into a new file. Raises ``StoreError``."""
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
