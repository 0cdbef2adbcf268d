"""The content of a PostgreSQL database: read as it is at one moment, or filled in one transaction."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg
from attrs import frozen

from ...database_url import without_secrets
from ..database import MIGRATIONS, PORTION, Row, Statement, StoreError, Table
from .database import MIGRATING
from .failures import is_passing
from .opening import CONNECTING, migrate, refusal, require_usable, wanted
from .schema import read_tables
from .statements import definition, prepared

_INVALID = """
    SELECT conname, conrelid::regclass::text FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace AND NOT convalidated ORDER BY 1"""
_INVALID_INDEXES = """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisvalid ORDER BY 1"""
_REFERENCES = """
    SELECT conrelid::regclass::text, confrelid::regclass::text,
           (SELECT array_agg(quote_ident(attname) ORDER BY place)
            FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = k.number),
           (SELECT array_agg(quote_ident(attname) ORDER BY place)
            FROM unnest(confkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute ON attrelid = confrelid AND attnum = k.number)
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2, conname"""
_USERS = """
    SELECT COUNT(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'mcpserver' AND pid <> pg_backend_pid()"""
_UNLIMITED = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


class PostgresContent:
    """Satisfies ``EmptyContent`` over one connection, on which a transaction is open."""

    def __init__(self, connection: Any, place: str) -> None:
        self._connection = connection
        self.place = place

    async def kind(self) -> str:
        ((version,),) = await self.read("SELECT current_setting('server_version')")
        return f"PostgreSQL {version.partition(' ')[0]}"

    async def size(self) -> int:
        ((size,),) = await self.read("SELECT pg_database_size(current_database())")
        return int(size)

    async def applied(self) -> set[int]:
        ((ours,),) = await self.read("SELECT to_regclass('migrations')::text")
        return {number for (number,) in await self.read("SELECT number FROM migrations")} if ours else set()

    async def tables(self) -> list[Table]:
        with _told(self.place):
            return await read_tables(self._connection, self.place)

    async def count(self, table: Table) -> int:
        ((rows,),) = await self.read(f"SELECT COUNT(*) FROM {quoted(table.name)}")  # noqa: S608 - of the schema
        return int(rows)

    async def rows(self, table: Table) -> AsyncIterator[Sequence[Row]]:
        columns = ", ".join(map(quoted, table.columns))
        with _told(self.place, table.name):
            await self._connection.execute(
                f"DECLARE portions NO SCROLL CURSOR FOR SELECT {columns} FROM {quoted(table.name)}"  # noqa: S608 - as above
            )
            while portion := await self._connection.fetch(f"FETCH {PORTION} FROM portions"):
                yield [tuple(row) for row in portion]
            await self._connection.execute("CLOSE portions")

    async def last_number(self, table: Table) -> int:
        with _told(self.place, table.name):
            name = await self._sequence(table)
            last = await self._connection.fetchval(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")  # noqa: S608
        return int(last)

    async def read(self, sql: str) -> list[Row]:
        with _told(self.place):
            return [tuple(row) for row in await self._connection.fetch(sql)]

    async def findings(self) -> list[str]:
        invalid = await self.read(_INVALID)
        return [
            *(f"The constraint {name} of {table} was never validated." for name, table in invalid),
            *(f"The index {name} is not valid." for (name,) in await self.read(_INVALID_INDEXES)),
            *[text for reference in await self.read(_REFERENCES) for text in await self._lost(*reference)],
        ]

    async def migrate(self, numbers: Collection[int] | None = None) -> list[str]:
        with _told(self.place):
            return await migrate(self._connection, self.place, numbers)

    async def define(self, table: Table) -> None:
        with _told(self.place, table.name):
            for statement in table.definitions:
                await self._connection.execute(definition(statement))

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        with _told(self.place, table.name):
            await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns)

    async def continue_numbers(self, table: Table, last: int) -> None:
        with _told(self.place, table.name):
            sequence = await self._sequence(table)
            await self._connection.execute(
                "SELECT setval($1::text::regclass, $2, $3)", sequence, max(last, 1), last > 0
            )

    async def execute(self, *statements: Statement) -> None:
        with _told(self.place):
            for statement in statements:
                text, arguments = prepared(statement.sql, statement.values)
                await self._connection.execute(text, *arguments)

    async def empty(self, names: Collection[str]) -> None:
        """Drop the tables of these names that exist, with the functions of their triggers."""
        with _told(self.place):
            found = await self._connection.fetch(
                "SELECT oid, quote_ident(relname) AS name FROM pg_class WHERE relname = ANY ($1) "
                "AND relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace",
                [*names, MIGRATIONS],
            )
            functions = await self._connection.fetch(
                "SELECT DISTINCT tgfoid::regprocedure::text AS name FROM pg_trigger WHERE tgrelid = ANY ($1) "
                "AND NOT tgisinternal",
                [row["oid"] for row in found],
            )
            if found:
                await self._connection.execute(f"DROP TABLE {', '.join(row['name'] for row in found)}")
            for row in functions:
                await self._connection.execute(f"DROP FUNCTION {row['name']}")

    async def _sequence(self, table: Table) -> str:
        found = await self._connection.fetchval(
            "SELECT pg_get_serial_sequence($1, $2)", quoted(table.name), table.numbered
        )
        return str(found)

    async def _lost(self, child: str, parent: str, columns: Sequence[str], keys: Sequence[str]) -> list[str]:
        pairs = " AND ".join(f"p.{key} = c.{column}" for column, key in zip(columns, keys, strict=True))
        given = " AND ".join(f"c.{column} IS NOT NULL" for column in columns)
        ((rows,),) = await self.read(
            f"SELECT COUNT(*) FROM {child} c WHERE {given} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {pairs})"  # noqa: S608
        )
        return [f"{rows} rows of {child} refer to rows of {parent} that are not there."] if rows else []


@frozen
class PostgresPlace:
    """Satisfies ``Place`` for the URL of a server's database."""

    url: str

    @property
    def place(self) -> str:
        return without_secrets(self.url)

    @asynccontextmanager
    async def reading(self, *, alone: bool = False) -> AsyncIterator[PostgresContent]:
        async with self._connected() as connection:
            if alone:
                with _told(self.place):
                    await self._require_unused(connection)
            async with _transaction(connection, self.place, isolation="repeatable_read", readonly=True):
                yield PostgresContent(connection, self.place)

    @asynccontextmanager
    async def filling(
        self, *, replacing: Collection[str] | None, seeded: Collection[str]
    ) -> AsyncIterator[PostgresContent]:
        async with self._connected() as connection:
            with _told(self.place):
                await self._require_unused(connection)
            async with _transaction(connection, self.place):
                content = PostgresContent(connection, self.place)
                with _told(self.place):
                    await connection.execute(f"SELECT pg_advisory_xact_lock({MIGRATING})")
                present = await content.tables()
                if replacing is None:
                    await self._require_own(content, present)
                    await self._require_empty(content, present, seeded)
                await content.empty([table.name for table in present] if replacing is None else replacing)
                yield content

    async def _require_unused(self, connection: Any) -> None:
        if await connection.fetchval(_USERS):
            raise StoreError(f"The database {self.place} is in use: stop the services and commands that use it.")

    async def _require_own(self, content: PostgresContent, present: Sequence[Table]) -> None:
        if present and not await content.applied():
            raise StoreError(f"The database {self.place} belongs to another program: name another database.")

    async def _require_empty(self, content: PostgresContent, present: Sequence[Table], seeded: Collection[str]) -> None:
        for table in present:
            if table.name not in seeded and await content.count(table):
                raise StoreError(f"The database {self.place} is not empty, so nothing was written to it.")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        try:
            connection = await asyncpg.connect(
                self.url, timeout=CONNECTING, statement_cache_size=0, target_session_attrs=wanted(self.url)
            )
        except Exception as error:
            raise refusal(error, self.place) from error
        try:
            with _told(self.place):
                await require_usable(connection, self.place)
            yield connection
        finally:
            with suppress(Exception):  # the transaction has ended, or the server undoes it
                await connection.close(timeout=CONNECTING)


@asynccontextmanager
async def _transaction(connection: Any, place: str, **options: Any) -> AsyncIterator[None]:
    """A transaction without limits of time: reading a large table takes as long as it takes."""
    transaction = connection.transaction(**options)
    with _told(place):
        await transaction.start()
        for name in _UNLIMITED:
            await connection.execute(f"SET LOCAL {name} = 0")
    try:
        yield
    except BaseException:
        with suppress(Exception):  # the connection may be lost, and the server undoes what was not committed
            await transaction.rollback()
        raise
    with _told(place):
        await transaction.commit()


@contextmanager
def _told(place: str, table: str = "") -> Iterator[None]:
    """Turn errors of the server, and of values that it does not take, into sentences."""
    where = f" at the table {table}" if table else ""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TypeError, ValueError, OverflowError) as error:
        reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        doing = "cannot be reached" if is_passing(error) else "cannot be used"
        raise StoreError(f"The database {place} {doing}{where}: {reason}.") from error


def quoted(name: str) -> str:
    """Return a name of the schema as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
