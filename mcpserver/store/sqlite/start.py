"""What happens to a SQLite connection before it serves: settings, and bringing the database up to date."""

import sqlite3
import time

from ..database.errors import StoreError
from ..migrations.migrate import Migration, pending
from .transaction import transaction


def prepare_reader(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")


def prepare_writer(connection: sqlite3.Connection, place: str, *, patience: float) -> None:
    """Settings and migrations; ``patience`` in seconds is how long to wait for another process that is starting too.

    Raises ``StoreError``, or ``sqlite3.Error`` when this is no database that can be written.
    """
    _require_ours(connection, place)  # before anything is changed
    _use_write_ahead_log(connection, patience)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    with transaction(connection):
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        applied = {number for (number,) in connection.execute("SELECT number FROM migrations")}
        for migration in pending(applied, place):
            _apply(connection, migration)


def _require_ours(connection: sqlite3.Connection, place: str) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "migrations" not in tables:
        raise StoreError(f"The database {place} belongs to another program: name another database.")


def _use_write_ahead_log(connection: sqlite3.Connection, patience: float) -> None:
    """SQLite does not wait for another process's lock when it changes the journal, so this does."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    for statement in migration.statements:
        connection.execute(statement)
    connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.number, migration.name))
