"""Opening the database: its file and key, the write-ahead log, and the steps of the schema that are missing."""

import asyncio
import sqlite3
from pathlib import Path

import aiosqlite

from mcpbase.secret_file import SIZE, SecretFileError, kept_secret
from mcpbase.sqlite.file import DatabaseFileError, address, require_private_file

from ..database import Database
from ..settings import Settings
from ..sources import Sources
from ..vault import Vault
from .store import Store

SCHEMAS = sorted((Path(__file__).parent.parent / "schema").glob("*.sql"))
SCHEMA_VERSION = len(SCHEMAS)
PATIENCE = 5
"""Seconds to wait for another program that writes."""


class StoreError(Exception):
    """The database cannot be used: one sentence that says why and what to do."""


def _prepare_files(path: Path, sources: Sources) -> bytes:
    """Make the database file private before SQLite writes to it, and give the key beside it."""
    key = Path(f"{path}.key")
    try:
        if path.exists() and path.stat().st_size and not key.exists():
            raise StoreError(f"The key file {key} is not there, and only it opens what {path} holds: put it back, with mode 0600, or name another database.")
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
    connection = aiosqlite.connect(address(path) if path else ":memory:", uri=bool(path), isolation_level=None)
    try:
        await connection
    except sqlite3.Error as error:
        await asyncio.to_thread(connection._thread.join)  # it would report its end to an event loop that may be gone by then
        raise StoreError(f"The database {path} cannot be used: {error}.") from None
    try:
        await _migrate(connection)
    except sqlite3.Error as error:
        await connection.close()
        raise StoreError(f"The database {path or 'in memory'} cannot be used: {error}.") from None
    except StoreError:
        await connection.close()
        raise
    return Store(Database(connection, path), Vault(key), sources)


async def _use_write_ahead_log(connection: aiosqlite.Connection) -> None:
    """SQLite does not wait for another process's lock when it changes the journal, so this does."""
    for left in range(PATIENCE * 50, -1, -1):
        try:
            await connection.execute_fetchall("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not left:
                raise
            await asyncio.sleep(0.02)


async def _migrate(connection: aiosqlite.Connection) -> None:
    await _use_write_ahead_log(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={PATIENCE * 1000}"):
        await connection.execute(f"PRAGMA {pragma}")
    await connection.execute("BEGIN IMMEDIATE")
    rows = list(await connection.execute_fetchall("PRAGMA user_version"))
    version = rows[0][0]
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"The database was written by a newer webclient (schema {version}, this one knows {SCHEMA_VERSION}); upgrade, or choose another with --database."
        )
    for step in SCHEMAS[version:]:
        for statement in step.read_text(encoding="utf-8").split(";\n"):
            await connection.execute(statement)
    await connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    await connection.execute("COMMIT")
