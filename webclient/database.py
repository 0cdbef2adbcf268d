"""The connection to SQLite, which distinguishes a busy or replaced database from a fault of this program."""

import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiosqlite

from mcpbase.sqlite import OpenedFile, is_passing

log = logging.getLogger("webclient")


class DatabaseUnavailable(sqlite3.OperationalError):
    """The database cannot be used for now, and nothing was changed.

    ``str(error)`` is one sentence for the person, ``retry_after`` is in seconds.
    """

    retry_after = 5


class DatabaseReplaced(DatabaseUnavailable):
    """The database file was deleted or replaced, so nothing is written any more."""

    retry_after = 60


class Database:
    """An SQLite connection in which each statement commits by itself. ``path`` is None for a database in memory."""

    def __init__(self, connection: aiosqlite.Connection, path: Path | None) -> None:
        self._connection = connection
        self._file = OpenedFile(path) if path else None
        self._fault: str | None = None

    async def execute_fetchall(self, statement: str, values: Iterable[object] = ()) -> list[Any]:
        """Execute a statement and return its rows. Raises DatabaseUnavailable when the database is busy or replaced."""
        self.require_in_place()
        try:
            return list(await self._connection.execute_fetchall(statement, values))
        except sqlite3.OperationalError as error:
            if not is_passing(error):
                raise
            log.warning("the database is not available: %s", error)
            raise DatabaseUnavailable(
                "The database is not available at the moment. Nothing was lost. Try again in a few seconds."
            ) from error

    def require_in_place(self) -> None:
        """Raises DatabaseReplaced when the file is not the one that was opened. Each fault is logged once."""
        fault = self._file.fault() if self._file else None
        if self._file and fault and fault != self._fault:
            log.error(
                "the database %s was %s while the program runs: nothing is written until the program restarts or the "
                "file is back",
                self._file.path,
                fault,
            )
        self._fault = fault
        if fault:
            raise DatabaseReplaced(
                f"The database of these pages was {fault} while they were running. Nothing is stored until their "
                "operator restarts them."
            )

    async def close(self) -> None:
        await self._connection.close()
