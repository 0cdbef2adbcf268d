"""The content of a database as a whole: what a backup, a restore or a copy reads and writes, table by table."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import frozen

from .change import Row, Statement

MIGRATIONS = "migrations"
"""The table that records which migrations were applied. It is not listed among the tables."""
PORTION = 1000
"""Rows that are read and written together."""


@frozen
class Table:
    """A table: its columns in their order, the tables it refers to, and the column whose values the database numbers.

    ``definitions`` are the statements that make the table and its indexes, written as for SQLite.
    """

    name: str
    columns: tuple[str, ...]
    parents: frozenset[str] = frozenset()
    numbered: str | None = None
    definitions: tuple[str, ...] = ()
    indexes: frozenset[str] = frozenset()


class Content(Protocol):
    """A database that is read as it is at one moment, without being migrated. ``place`` is safe to show.

    Every method raises ``StoreError``.
    """

    place: str

    async def kind(self) -> str:
        """Return the kind of database and its version, such as ``SQLite 3.40.1``."""

    async def size(self) -> int:
        """Return the size in bytes."""

    async def applied(self) -> set[int]:
        """Return the numbers of the migrations that were applied; none for an empty database."""

    async def tables(self) -> list[Table]:
        """Return all tables, those of the application too."""

    async def count(self, table: Table) -> int:
        """Return how many rows a table has."""

    def rows(self, table: Table) -> AsyncIterator[Sequence[Row]]:
        """Yield the rows of a table in portions, in no particular order."""

    async def last_number(self, table: Table) -> int:
        """Return the highest number that was given in the numbered column."""

    async def read(self, sql: str) -> list[Row]:
        """Return the rows of a statement without parameters."""

    async def findings(self) -> list[str]:
        """Return one sentence for each fault that the database itself can find."""


class EmptyContent(Content, Protocol):
    """A database that is being filled, in one transaction that commits when its context is left without an error."""

    async def migrate(self, numbers: Collection[int] | None = None) -> list[str]:
        """Apply the migrations that are missing, of ``numbers`` or all; return their names."""

    async def define(self, table: Table) -> None:
        """Make a table that no migration makes, with its indexes."""

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows."""

    async def continue_numbers(self, table: Table, last: int) -> None:
        """Let the numbered column go on after ``last``."""

    async def execute(self, *statements: Statement) -> None:
        """Carry out statements of which nothing is returned."""


class Place(Protocol):
    """Where a database is or will be."""

    def reading(self, *, alone: bool = False) -> AbstractAsyncContextManager[Content]:
        """Open the database that is there. Raises ``StoreError``; with ``alone``, also while others use it."""

    def filling(
        self, *, replacing: Collection[str] | None, seeded: Collection[str]
    ) -> AbstractAsyncContextManager[EmptyContent]:
        """Open an empty database there, which takes the place of the one that is there when the context ends well.

        ``replacing`` names the tables that may be dropped with their rows; with None, a database with rows is refused.
        ``seeded`` are the tables that have rows in every new database. Raises ``StoreError``.
        """
