"""Opening a PostgreSQL database: its URL, the server behind it, its migrations."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import asyncpg

from ...database_url import without_secrets
from ...sources import Sources
from ..database import StoreError
from ..migrations import Migration, pending
from .database import MIGRATING, Limits, PostgresDatabase
from .failures import is_passing
from .listener import Listener
from .statements import definition

OLDEST = 140000
"""``server_version_num`` of PostgreSQL 14."""
STATEMENT = 10.0
"""Seconds that one statement may take, and that a transaction may be idle."""
CONNECTING = 5.0
"""Seconds to connect."""


async def open_url(
    url: str, *, busy_timeout: float, sources: Sources, statement_timeout: float = STATEMENT
) -> PostgresDatabase:
    """Open ``postgresql://user:password@host1,host2/database?...`` and apply the migrations that it lacks.

    ``busy_timeout`` in seconds is how long a change waits for another one's lock, and for a free connection;
    ``statement_timeout`` how long one statement may take. Of several hosts, the primary is used. Raises ``StoreError``,
    whose text has no password.
    """
    place = without_secrets(url)
    limits = Limits(busy_timeout)
    try:
        settings = await _examine(url, place, busy_timeout, statement_timeout)
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=limits.connections,
            timeout=CONNECTING,
            command_timeout=statement_timeout + 1,
            reset=_keep,
            target_session_attrs=wanted(url),
            **settings,
        )
    except Exception as error:
        raise refusal(error, place) from error
    return PostgresDatabase(pool, limits, Listener(_connects(url, settings), sources.monotonic))


def _connects(url: str, settings: Mapping[str, Any]) -> Callable[[], Awaitable[Any]] | None:
    """What opens the connection that listens; None behind a pooler, where each transaction has another session."""
    if "server_settings" not in settings:
        return None
    return partial(asyncpg.connect, url, timeout=CONNECTING, target_session_attrs=wanted(url), **settings)


async def _keep(connection: object) -> None:
    """Reset nothing when a connection returns to the pool: nobody changes its settings."""


def wanted(url: str) -> str | None:
    """Of several servers the one that takes writes, unless the URL says otherwise."""
    return None if "target_session_attrs=" in url else "read-write"


async def _examine(url: str, place: str, patience: float, statement_timeout: float) -> dict[str, Any]:
    """Migrate the database and return the settings of the connections to it."""
    connection = await asyncpg.connect(
        url, timeout=CONNECTING, statement_cache_size=0, target_session_attrs=wanted(url)
    )
    try:
        await require_usable(connection, place)
        await migrate(connection, place)
        if await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid():
            return {"statement_cache_size": 0}  # a pooler: it gives each transaction another session
    finally:
        await connection.close(timeout=CONNECTING)
    limits = {
        "lock_timeout": patience,
        "statement_timeout": statement_timeout,
        "idle_in_transaction_session_timeout": statement_timeout,
    }
    return {
        "server_settings": {
            "application_name": "mcpserver",
            "jit": "off",
            **{name: str(int(seconds * 1000)) for name, seconds in limits.items()},
        }
    }


async def require_usable(connection: Any, place: str) -> None:
    """Check version, encoding and owner of the database. Raises ``StoreError``."""
    version = int(await connection.fetchval("SELECT current_setting('server_version_num')"))
    if version < OLDEST:
        raise StoreError(f"The database {place} is PostgreSQL {version // 10000}: at least version 14 is needed.")
    encoding = await connection.fetchval("SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        raise StoreError(
            f"The database {place} has the encoding {encoding}: create one with CREATE DATABASE name ENCODING 'UTF8' "
            "TEMPLATE template0."
        )
    ours, theirs = await connection.fetchrow("SELECT to_regclass('migrations'), to_regclass('accounts')")
    if theirs is not None and ours is None:
        raise StoreError(f"The database {place} belongs to another program: name another database.")


async def migrate(connection: Any, place: str, numbers: Collection[int] | None = None) -> list[str]:
    """Apply the migrations that are missing, of ``numbers`` or all, under the lock of whoever defines tables.

    Returns their names. Raises ``StoreError``.
    """
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({MIGRATING})")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)"
        )
        applied = {row[0] for row in await connection.fetch("SELECT number FROM migrations")}
        missing = pending(applied, place, dialect="postgresql")
        chosen = [each for each in missing if numbers is None or each.number in numbers]
        for migration in chosen:
            await _apply(connection, migration)
    return [migration.name for migration in chosen]


async def _apply(connection: Any, migration: Migration) -> None:
    for statement in migration.statements:
        await connection.execute(definition(statement))
    await connection.execute("INSERT INTO migrations VALUES ($1, $2)", migration.number, migration.name)


_CAUSES: Sequence[tuple[type[Exception], str]] = (
    (asyncpg.InvalidCatalogNameError, "There is no database {place}: create it with createdb, or name another one."),
    (asyncpg.InvalidAuthorizationSpecificationError, "The database {place} does not let this user in: {error}."),
    (asyncpg.InsufficientPrivilegeError, "The user may not create tables in the database {place}: {error}."),
    (asyncpg.ObjectNotInPrerequisiteStateError, "The database {place} cannot be used at the moment: {error}."),
    (asyncpg.TooManyConnectionsError, "The database {place} has no connection left: {error}."),
)


def refusal(error: Exception, place: str) -> Exception:
    """Return what to tell the operator; an error that is none of the database's is a fault."""
    for kind, sentence in _CAUSES:
        if isinstance(error, kind):
            return StoreError(sentence.format(place=place, error=str(error).rstrip(".")))
    if isinstance(error, (ValueError, asyncpg.ClientConfigurationError)):  # whose text may hold a part of the password
        return StoreError(
            f"The database URL {place} cannot be read: it is postgresql://user:password@host/name, where special "
            "characters of user and password are percent-encoded."
        )
    if is_passing(error):
        return StoreError(f"The database {place} cannot be reached: {str(error).rstrip('.') or type(error).__name__}.")
    return error
