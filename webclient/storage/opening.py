"""Opening of the database: its file and key, the write-ahead log, and the missing schema migrations."""

import sqlite3
from contextlib import AsyncExitStack
from functools import partial
from importlib import resources
from pathlib import Path

from mcpbase.migrations import NewerDatabase, pending, read_migrations
from mcpbase.secret_file import SIZE, SecretFileError, kept_secret
from mcpbase.sqlite import (
    Connection,
    DatabaseFileError,
    address,
    connect,
    require_private_file,
    transaction,
    use_write_ahead_log,
)

from ..database import Database
from ..settings import Settings
from ..sources import Sources
from ..vault import Vault
from .store import Store

MIGRATIONS = read_migrations(resources.files("webclient") / "schema")
PATIENCE = 5
"""Seconds to wait for another program that is writing."""


class StoreError(Exception):
    """The database cannot be used. The message is one sentence that says why and what to do."""


def _prepare_files(path: Path, sources: Sources) -> bytes:
    """Make the database file private before SQLite writes to it, and return the key from the file beside it.

    Raises StoreError.
    """
    key = Path(f"{path}.key")
    try:
        if path.exists() and path.stat().st_size and not key.exists():
            raise StoreError(
                f"The key file {key} does not exist, and the data in {path} cannot be read without it. Restore it "
                "with mode 0600, or name another database."
            )
        require_private_file(path)
        return kept_secret(key, sources.token_bytes)
    except OSError as error:
        raise StoreError(f"The database {path} cannot be read: {error.strerror}.") from None
    except DatabaseFileError as error:
        raise StoreError(str(error)) from None
    except SecretFileError as error:
        raise StoreError(f"The key file {key} {error}") from None


async def open_store(settings: Settings, sources: Sources) -> Store:
    """Open or create the database and its key. Raises StoreError."""
    path = settings.database_path
    key = _prepare_files(path, sources) if path else sources.token_bytes(SIZE)
    place = str(path or "in memory")
    try:
        async with AsyncExitStack() as opened:
            connection = await opened.enter_async_context(
                Connection(partial(connect, address(path) if path else ":memory:", patience=PATIENCE))
            )
            await connection.run(_prepare)
            opened.pop_all()
    except sqlite3.Error as error:
        raise StoreError(f"The database {place} cannot be used: {error}.") from None
    return Store(Database(connection, path), Vault(key), sources)


def _prepare(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date. Raises StoreError and sqlite3.Error."""
    use_write_ahead_log(connection, patience=PATIENCE)
    with transaction(connection):
        known, (version,) = len(MIGRATIONS), connection.execute("PRAGMA user_version").fetchone()
        try:
            missing = pending(MIGRATIONS, range(1, min(version, known + 1) + 1))
        except NewerDatabase:
            raise StoreError(
                f"The database was written by a newer webclient (schema {version}, this one knows {known}); upgrade, "
                "or choose another with --database."
            ) from None
        for migration in missing:
            for statement in migration.statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
