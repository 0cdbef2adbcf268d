"""Opening a SQLite database: its URL, its file, its migrations, and what a restored backup must not revive."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path

from mcpbase.sqlite import (
    Connection,
    DatabaseFileError,
    address,
    connect,
    require_private_file,
    transaction,
    use_write_ahead_log,
)

from ...database_url import database_file, in_memory
from ...sources import Sources
from ..database import Change, Outcome, StoreError
from ..migrations import pending
from .backup import Mark, end_what_a_backup_revived, require_own_log
from .database import SqliteDatabase
from .file import DatabaseFile
from .inline import InlineConnection
from .writer import Writer, commit_together

READERS = 2
"""Threads for what takes longer than the event loop can wait."""


async def open_url(url: str, *, busy_timeout: float, sources: Sources) -> SqliteDatabase:
    """Open ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``sqlite://`` (memory).

    Raises ``StoreError``.
    """
    if in_memory(url):
        return await open_memory(sources)
    path = database_file(url)
    if path is None or not str(path).isprintable():
        raise StoreError(
            f"The database URL {url!r} is not sqlite:///path, sqlite:////absolute/path, or sqlite:// for memory."
        )
    return await open_file(path, busy_timeout=busy_timeout, sources=sources)


async def open_memory(sources: Sources = Sources()) -> SqliteDatabase:  # noqa: B008 - frozen
    """Open a database that lives until it is closed; everything goes through its only connection, in its thread."""
    async with AsyncExitStack() as connections:
        only = await _open_writer(connections, ":memory:", place="in memory", patience=0)

        async def commit(changes: Sequence[Change]) -> Sequence[Outcome]:
            return (await only.run(lambda connection: commit_together(connection, changes, now=sources.now()))).outcomes

        return SqliteDatabase(connections.pop_all(), commit, [only])


async def open_file(path: Path, *, busy_timeout: float, sources: Sources = Sources()) -> SqliteDatabase:  # noqa: B008 - frozen
    """Open or create the file, apply the migrations that it lacks, and end what a restored backup would revive.

    ``busy_timeout`` in seconds is how long to wait for another process's lock. Raises ``StoreError``.
    """
    _require_file(path)
    mark = Mark(path)
    try:
        require_own_log(path, mark)
        async with (
            AsyncExitStack() as connections
        ):  # closes in reverse: the writer last, to fold the log into the database
            connections.callback(mark.close)
            return await _open(connections, path, mark, busy_timeout, sources)
    except sqlite3.Error as error:
        raise StoreError(f"The database {path} cannot be used: {error}.") from error


async def _open(
    connections: AsyncExitStack, path: Path, mark: Mark, patience: float, sources: Sources
) -> SqliteDatabase:
    uri, place = address(path), str(path)
    connection = await _open_writer(connections, uri, place=place, patience=patience)
    await connection.run(lambda bare: end_what_a_backup_revived(bare, mark, place=place, now=sources.now()))
    file = DatabaseFile(path, mark)
    await asyncio.to_thread(file.look)
    writer = Writer(connection, patience, file, mark, sources.now)
    readers = [
        await connections.enter_async_context(Connection(partial(_connect_reader, uri, patience)))
        for _ in range(READERS)
    ]
    nearest = connections.enter_context(closing(_connect_reader(uri, 0)))
    return SqliteDatabase(connections.pop_all(), writer.commit, readers, InlineConnection(nearest), file)


async def _open_writer(connections: AsyncExitStack, uri: str, *, place: str, patience: float) -> Connection:
    writer = await connections.enter_async_context(Connection(partial(connect, uri, patience=patience)))
    await writer.run(lambda connection: prepare_writer(connection, place, patience=patience))
    return writer


def _connect_reader(uri: str, patience: float) -> sqlite3.Connection:
    connection = connect(uri, patience=patience)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _require_file(path: Path) -> None:
    try:
        require_private_file(path)
    except DatabaseFileError as error:
        raise StoreError(str(error)) from error


def prepare_writer(connection: sqlite3.Connection, place: str, *, patience: float) -> None:
    """Prepare a connection for writing and apply the migrations that the database at ``place`` lacks.

    ``patience`` in seconds is how long to wait for another process that is starting too.
    Raises ``StoreError``, or ``sqlite3.Error`` when this is no database that can be written.
    """
    _require_ours(connection, place)  # before anything is changed
    use_write_ahead_log(connection, patience=patience)
    with transaction(connection):
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        applied = {number for (number,) in connection.execute("SELECT number FROM migrations")}
        for migration in pending(applied, place):
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.number, migration.name))


def _require_ours(connection: sqlite3.Connection, place: str) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "migrations" not in tables:
        raise StoreError(f"The database {place} belongs to another program: name another database.")
