"""``Database`` over a pool of PostgreSQL connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from attrs import define, field, frozen

from ..database import Row, Statement, StoreBusy, StoreError, StoreUncertain, UnstorableValue, Value, require_storable
from .failures import ABORTED, is_lost, is_passing
from .listener import Listener
from .statements import definition, prepared

ATTEMPTS = 5
"""Times that a change is tried which the server undid because of another one, or whose connection was lost before it
was committed.
"""
PAUSE = 0.02
"""Seconds before the second attempt; each further one waits twice as long."""
CLOSING = 10.0
"""Seconds that connections have to close."""
MIGRATING = 0x6D6370_73657276
"""The advisory lock of whoever defines tables, so that processes that start together do it one after another."""

T = TypeVar("T")


class _GuardFailed(Exception):
    """A statement touched another number of rows than it must."""


@frozen
class Limits:
    """What one process may use. ``patience`` in seconds is how long to wait for a free connection."""

    patience: float
    connections: int = 10


@define
class PostgresDatabase:
    """Satisfies ``Database``; made by ``open_url``.

    Every change is a transaction of its own at the level READ COMMITTED. Its statements decide and write at once, and
    lock with ``LOCK_FOR_SHARE`` what they only read. A change whose connection is lost is tried again unless it was
    being committed: what may have been kept must not happen twice.
    """

    _pool: "asyncpg.Pool[asyncpg.Record]"
    _limits: Limits
    _listener: Listener
    _running: set[asyncio.Task[Any]] = field(factory=set, init=False)
    _closed: bool = field(default=False, init=False)

    async def fetch(self, sql: str, **values: Value) -> list[Row]:
        """Read. A value that cannot be stored cannot be found either: it yields no rows."""
        self._require_open()
        try:
            require_storable(values)
        except UnstorableValue:
            return []
        text, arguments = prepared(sql, values)
        return await self._persist(lambda: self._read(text, arguments))

    async def scan(self, sql: str, **values: Value) -> list[Row]:
        return await self.fetch(sql, **values)

    async def fetch_one(self, sql: str, **values: Value) -> Row | None:
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None

    async def apply(self, *statements: Statement) -> list[list[Row]] | None:
        self._require_open()
        task = asyncio.create_task(self._persist(lambda: self._change(statements)))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    async def has_table(self, name: str) -> bool:
        row = await self.fetch_one("SELECT to_regclass(:name)::oid::bigint", name=name)
        return row is not None and row[0] is not None

    async def define(self, *statements: str) -> None:
        self._require_open()

        async def define() -> None:
            async with self._connection() as connection, connection.transaction():
                await connection.execute(f"SELECT pg_advisory_xact_lock({MIGRATING})")
                for statement in statements:
                    await connection.execute(definition(statement))

        await self._persist(define)

    def require_in_place(self) -> None:
        """Do nothing: there is no file that could be replaced."""

    async def look_around(self) -> None:
        """Do nothing: there is no file that could be replaced."""

    async def changed(self, patience: float) -> None:
        self._require_open()
        await self._listener.wait(patience)

    async def copy_to(self, path: Path) -> None:
        raise StoreError(
            f"A PostgreSQL database is not copied to {path} by a service that runs: use `mcpserver db backup`, or "
            "pg_dump."
        )

    async def close(self) -> None:
        self._closed = True
        await self._listener.close()
        if self._running:
            await asyncio.wait(self._running)
        try:
            async with asyncio.timeout(CLOSING):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    def _require_open(self) -> None:
        if self._closed:
            raise StoreBusy("the store is closed")

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may have stopped waiting

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"]:
        connection = await self._pool.acquire(timeout=self._limits.patience)
        try:
            yield connection
        except asyncpg.InterfaceError as error:
            if connection.is_closed():
                raise ConnectionResetError(str(error)) from error
            raise
        finally:
            with suppress(Exception):  # a connection that cannot be cleaned is closed by the pool
                await self._pool.release(connection)

    async def _persist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, again where it was undone or never began. Raises StoreBusy."""
        pause = PAUSE
        for left in reversed(range(ATTEMPTS)):
            try:
                return await work()
            except Exception as error:
                if not is_passing(error):
                    raise
                if not left or not (isinstance(error, ABORTED) or is_lost(error)):
                    raise StoreBusy(f"{type(error).__name__}: {error}") from error
                if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
                    await self._pool.expire_connections()  # they lead to a server that is not the primary any more
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("unreachable")  # pragma: no cover

    async def _read(self, text: str, arguments: Sequence[Value]) -> list[Row]:
        async with self._connection() as connection:
            return [tuple(row) for row in await connection.fetch(text, *arguments)]

    async def _change(self, statements: Sequence[Statement]) -> list[list[Row]] | None:
        async with self._connection() as connection:
            await connection.execute("BEGIN")  # also before one statement: only a COMMIT may leave its outcome open
            try:
                rows = [await _run(connection, statement) for statement in statements]
            except TimeoutError:
                connection.terminate()  # nobody answers there, and the server undoes what was not committed
                raise
            except BaseException as error:
                with suppress(Exception):
                    await connection.execute("ROLLBACK")
                if isinstance(error, _GuardFailed):
                    return None
                raise
            await _commit(connection)
            return rows


async def _run(connection: Any, statement: Statement) -> list[Row]:
    text, arguments = prepared(statement.sql, statement.values, counted=statement.rows is not None)
    rows: list[Row] = [tuple(row) for row in await connection.fetch(text, *arguments)]
    if statement.rows is not None and len(rows) != statement.rows:
        raise _GuardFailed
    return rows


async def _commit(connection: Any) -> None:
    try:
        await connection.execute("COMMIT")
    except asyncpg.TransactionRollbackError:
        raise
    except Exception as error:
        raise StoreUncertain("the connection was lost while a change was committed") from error
