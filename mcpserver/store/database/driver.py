"""The interface of a driver, and all that the tables know of it: SQLite and PostgreSQL differ behind this."""

from pathlib import Path
from typing import Protocol

from .change import Row, Statement, Value


class Database(Protocol):
    """A database. SQL uses ``:name`` placeholders.

    Reads and changes raise ``StoreBusy`` when the database cannot answer for now.
    """

    async def fetch(self, sql: str, **values: Value) -> list[Row]:
        """Return the rows of one reading statement, which sees every change applied before it."""

    async def scan(self, sql: str, **values: Value) -> list[Row]:
        """Like ``fetch``, for statements that search text or many rows: never holds up the event loop, and starts
        slower.
        """

    async def fetch_one(self, sql: str, **values: Value) -> Row | None:
        """Return the first row, or ``None``."""

    async def apply(self, *statements: Statement) -> list[list[Row]] | None:
        """Commit a change; return the rows of each statement, or ``None`` when a guard failed and nothing was kept.

        Once called, the whole change is carried out even when the caller stops waiting.
        """

    async def has_table(self, name: str) -> bool:
        """Return whether there is a table or an index of that name."""

    async def define(self, *statements: str) -> None:
        """Carry out statements that define tables and indexes, together or not at all.

        They are written as for SQLite: BLOB, and INTEGER PRIMARY KEY AUTOINCREMENT for numbers that the database gives.
        """

    def require_in_place(self) -> None:
        """Check, without waiting, that the database is where it was opened. Raises ``StoreReplaced``."""

    async def look_around(self) -> None:
        """Check that the database is the one that was opened, its content too; called every second or so. Raises
        ``StoreReplaced``.
        """

    async def changed(self, patience: float) -> None:
        """Return when another process may have published events or revoked something, after ``patience`` seconds at the
        latest.
        """

    async def copy_to(self, path: Path) -> None:
        """Copy the database as it is at one moment into a new file. Raises ``StoreError``."""

    async def close(self) -> None:
        """Finish the changes under way, then close."""


class Tables:
    """Base class of the parts of a store, which have verbs over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _change(self, *statements: Statement) -> bool:
        """Commit a change; false when one of its guards failed."""
        return await self._database.apply(*statements) is not None
