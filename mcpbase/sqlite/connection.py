"""SQLite connections: opened, prepared for writing, used from a thread of their own, and transactions on them."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self, TypeVar, cast

import aiosqlite

T = TypeVar("T")

_RETRY = 0.02
"""Seconds between two attempts to change the journal."""


class Connection(aiosqlite.Connection):
    """A connection in a thread of its own. The thread does not keep the process from ending."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True

    async def __aenter__(self) -> Self:
        """Open the connection. When that fails, the thread has ended before the error is raised.

        Otherwise the thread would report its end to an event loop that may be closed by then.
        """
        try:
            await self
        except BaseException:
            await asyncio.to_thread(self._thread.join)
            raise
        return self

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Call ``work`` with the connection, in its thread. One call costs ten times as much as a read by key."""
        return cast(T, await self._execute(work, self._conn))  # type: ignore[no-untyped-call]

    @property
    def bare(self) -> sqlite3.Connection:
        """The connection itself, for callers that know that the thread is idle."""
        return self._conn


def connect(uri: str, *, patience: float) -> sqlite3.Connection:
    """Open a connection without implicit transactions, which any thread may use.

    ``patience`` in seconds is how long a statement waits for the lock of another connection. Raises sqlite3.Error.
    """
    return sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None, check_same_thread=False)


def use_write_ahead_log(connection: sqlite3.Connection, *, patience: float) -> None:
    """Use the write-ahead log, full synchronization and foreign keys.

    SQLite does not wait for another connection's lock when it changes the journal, so this does, for ``patience``
    seconds. Raises sqlite3.Error.
    """
    deadline = time.monotonic() + patience
    while not _has_changed_journal(connection, deadline):
        time.sleep(_RETRY)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _has_changed_journal(connection: sqlite3.Connection, deadline: float) -> bool:
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
            raise
        return False
    return True


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Take the write lock and commit at the end; on any exception, roll back.

    ``IMMEDIATE`` waits for the lock before the first statement, where waiting is safe, and not in the middle.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
