"""What a driver offers, and all that the tables know of it: SQLite and PostgreSQL differ behind this."""

from pathlib import Path
from typing import Protocol

from .change import Row, Statement, Value


class Database(Protocol):
    """SQL uses ``:name`` placeholders; both verbs raise ``StoreBusy`` when the database cannot answer for now."""

    async def fetch(self, sql: str, **values: Value) -> list[Row]:
        """The rows of one reading statement, which sees every change applied before it."""

    async def scan(self, sql: str, **values: Value) -> list[Row]:
        """As ``fetch``, for what looks through text or much else: it never holds up the event loop, and is slower to begin."""

    async def fetch_one(self, sql: str, **values: Value) -> Row | None:
        """The first row, or ``None``."""

    async def apply(self, *statements: Statement) -> list[list[Row]] | None:
        """Commit a change; the rows each statement returned, or ``None`` when a guard failed and nothing was kept.

        Once called, the change is carried out whole even when the caller stops waiting.
        """

    def require_in_place(self) -> None:
        """The database is where it was opened, as far as can be told at once. Raises ``StoreReplaced``."""

    async def look_around(self) -> None:
        """Look whether the database is the one that was opened, inside too; to be called every second or so. Raises ``StoreReplaced``."""

    async def copy_to(self, path: Path) -> None:
        """A copy of everything as it is at one moment, in a file that does not exist yet. Raises ``StoreError``."""

    async def close(self) -> None:
        """Finish the changes under way, then close."""


class Tables:
    """Base of the parts of a store: some verbs over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _change(self, *statements: Statement) -> bool:
        """Commit a change; false when one of its guards failed."""
        return await self._database.apply(*statements) is not None
