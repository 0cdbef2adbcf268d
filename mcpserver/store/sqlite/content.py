"""The content of a SQLite file: read as it is at one moment, or written into a new file that then takes its place."""

import os
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from attrs import frozen

from mcpbase.sqlite import address, transaction

from ..database import MIGRATIONS, PORTION, Row, Statement, StoreError, Table
from ..migrations import pending
from .backup import Mark, changes_of
from .inline import execute

WAITING = 5.0
"""Seconds to wait for the lock of another process."""


class SqliteContent:
    """Satisfies ``EmptyContent`` over one connection, on which a transaction is open."""

    def __init__(self, connection: sqlite3.Connection, place: str) -> None:
        self._connection = connection
        self.place = place

    async def kind(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    async def size(self) -> int:
        ((size,),) = await self.read("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return int(size)

    async def applied(self) -> set[int]:
        known = {name for (name,) in await self.read("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if known and MIGRATIONS not in known:
            raise StoreError(f"The database {self.place} belongs to another program: name another database.")
        return {number for (number,) in await self.read("SELECT number FROM migrations")} if known else set()

    async def tables(self) -> list[Table]:
        made = await self.read(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
            "AND name <> 'migrations' ORDER BY name"
        )
        return [await self._table(name, sql) for name, sql in made]

    async def count(self, table: Table) -> int:
        ((rows,),) = await self.read(f"SELECT COUNT(*) FROM {quoted(table.name)}")  # noqa: S608 - of the schema
        return int(rows)

    async def rows(self, table: Table) -> AsyncIterator[Sequence[Row]]:
        with self._told(table.name):
            columns = ", ".join(map(quoted, table.columns))
            cursor = self._connection.execute(f"SELECT {columns} FROM {quoted(table.name)}")  # noqa: S608 - of the schema
            while portion := cursor.fetchmany(PORTION):
                yield portion

    async def last_number(self, table: Table) -> int:
        with self._told(table.name):
            found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
        return int(found[0]) if found else 0

    async def read(self, sql: str) -> list[Row]:
        with self._told():
            return self._connection.execute(sql).fetchall()

    async def findings(self) -> list[str]:
        damage = [text for (text,) in await self.read("PRAGMA integrity_check") if text != "ok"]
        lost = await self.read('SELECT "table", parent, COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2')
        return [
            *(f"The file is damaged: {text}." for text in damage),
            *(f"{rows} rows of {child} refer to rows of {parent} that are not there." for child, parent, rows in lost),
        ]

    async def migrate(self, numbers: Collection[int] | None = None) -> list[str]:
        with self._told():
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)"
            )
            missing = pending(await self.applied(), self.place)
            chosen = [each for each in missing if numbers is None or each.number in numbers]
            for migration in chosen:
                for statement in migration.statements:
                    self._connection.execute(statement)
                self._connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.number, migration.name))
        return [migration.name for migration in chosen]

    async def define(self, table: Table) -> None:
        with self._told(table.name):
            for statement in table.definitions:
                self._connection.execute(statement)

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        columns, places = ", ".join(map(quoted, table.columns)), ", ".join("?" * len(table.columns))
        with self._told(table.name):
            self._connection.executemany(
                f"INSERT INTO {quoted(table.name)} ({columns}) VALUES ({places})",  # noqa: S608 - of the schema
                rows,
            )

    async def continue_numbers(self, table: Table, last: int) -> None:
        with self._told(table.name):
            self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
            self._connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))

    async def execute(self, *statements: Statement) -> None:
        with self._told():
            for statement in statements:
                execute(self._connection, statement.sql, statement.values)

    async def _table(self, name: str, sql: str) -> Table:
        about = f"'{name.replace(chr(39), chr(39) * 2)}'"
        columns = await self.read(f"SELECT name, pk FROM pragma_table_info({about})")  # noqa: S608 - of the schema
        parents = await self.read(f'SELECT "table" FROM pragma_foreign_key_list({about})')  # noqa: S608 - as above
        indexes = await self.read(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = {about}"  # noqa: S608
        )
        key = [column for column, place in columns if place]
        return Table(
            name,
            tuple(column for column, _ in columns),
            frozenset(parent for (parent,) in parents),
            key[0] if "AUTOINCREMENT" in sql.upper() else None,
            (sql, *(made for _, made in indexes)),
            frozenset(index for index, _ in indexes),
        )

    @contextmanager
    def _told(self, table: str = "") -> Iterator[None]:
        """Turn errors of SQLite into sentences."""
        try:
            yield
        except sqlite3.Error as error:
            where = f" at the table {table}" if table else ""
            raise StoreError(f"The database {self.place} cannot be used{where}: {error}.") from error


@frozen
class SqlitePlace:
    """Satisfies ``Place`` for a file. ``ends_as_copy`` leaves a backup in one file, in place of a database in use."""

    path: Path
    ends_as_copy: bool = False

    @asynccontextmanager
    async def reading(self, *, alone: bool = False) -> AsyncIterator[SqliteContent]:
        self._require_file()
        with _opened(self.path, patience=0.2 if alone else WAITING) as connection:
            if alone:
                self._take(connection)
            connection.execute("PRAGMA query_only = ON")
            if not alone:
                connection.execute("BEGIN")
            yield SqliteContent(connection, str(self.path))

    @asynccontextmanager
    async def filling(
        self, *, replacing: Collection[str] | None, seeded: Collection[str]
    ) -> AsyncIterator[SqliteContent]:
        with self._taken(replacing is not None, seeded):
            part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
            self._make(part)
            try:
                with _opened(part, shown=self.path) as connection, transaction(connection):
                    content = SqliteContent(connection, str(self.path))
                    yield content
                    number = self._settle(connection)
                self._put(part, is_new=not self.path.exists(), number=number)
            finally:
                for name in (part, part.with_name(part.name + "-journal")):
                    name.unlink(missing_ok=True)

    def _require_file(self) -> None:
        if not self.path.is_file():
            fault = "is not a file" if self.path.exists() else "does not exist"
            raise StoreError(f"The database {self.path} {fault}.")

    def _make(self, part: Path) -> None:
        try:
            os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise StoreError(f"The database {self.path} cannot be written: {error.strerror}.") from error

    @contextmanager
    def _taken(self, may_replace: bool, seeded: Collection[str]) -> Iterator[None]:
        """Keep every other process out of the file that is there. Raises ``StoreError`` while one has it open."""
        if self.ends_as_copy or not os.path.lexists(self.path):
            if os.path.lexists(self.path):
                raise StoreError(f"The backup {self.path} cannot be made: File exists.")
            self._require_nothing_left()
            yield
            return
        if self.path.is_symlink():
            raise StoreError(f"The database {self.path} is a symbolic link: name the file that it leads to.")
        self._require_file()
        with _opened(self.path, patience=0.2) as connection:
            self._take(connection)
            if not may_replace and _has_rows(connection, seeded):
                raise StoreError(f"The database {self.path} is not empty, so nothing was written to it.")
            yield

    def _take(self, connection: sqlite3.Connection) -> None:
        """Keep every other process out until the connection is closed. Raises ``StoreError``."""
        try:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()  # also folds the log into the file
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"The database {self.path} is in use: stop the services and commands that use it ({error})."
            ) from error

    def _require_nothing_left(self) -> None:
        """SQLite would read the log of an earlier database of this name into the new one."""
        for ending in ("-wal", "-journal"):
            left = self.path.with_name(self.path.name + ending)
            if os.path.lexists(left):
                raise StoreError(
                    f"The file {left} belongs to a database that was there before: move it away, and try again."
                )

    def _settle(self, connection: sqlite3.Connection) -> int:
        """Number the changes so that the next start does not take the database for an older one."""
        if self.ends_as_copy:
            connection.execute("UPDATE history SET is_copy = 1")
            return 0
        reached = Mark(self.path).read()
        if reached is not None:
            connection.execute("UPDATE history SET changes = MAX(changes, ?)", (reached.changes,))
        return changes_of(connection)

    def _put(self, part: Path, *, is_new: bool, number: int) -> None:
        try:
            if is_new:
                os.link(part, self.path)  # never in place of a file that came meanwhile
            else:
                part.replace(self.path)
            opened = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:
            raise StoreError(f"The database {self.path} cannot be written: {error.strerror}.") from error
        if not self.ends_as_copy:
            mark = Mark(self.path)
            mark.open()
            mark.raise_to(changes=number)
            mark.close()


@asynccontextmanager
async def newest_schema() -> AsyncIterator[SqliteContent]:
    """An empty database in memory with the newest schema, to compare others with."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        content = SqliteContent(connection, "in memory")
        await content.migrate()
        yield content


@contextmanager
def _opened(path: Path, *, shown: Path | None = None, patience: float = WAITING) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(address(path), uri=True, timeout=patience, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"The database {shown or path} cannot be used: {error}.") from error


def _has_rows(connection: sqlite3.Connection, seeded: Collection[str]) -> bool:
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return any(
        connection.execute(f"SELECT 1 FROM {quoted(name)} LIMIT 1").fetchone()  # noqa: S608 - of the schema
        for name in names
        if name not in seeded and name != MIGRATIONS and not name.startswith("sqlite_")
    )


def quoted(name: str) -> str:
    """Return a name of the schema as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
