"""Copies of a database in use, through SQLite's online backup (https://sqlite.org/backup.html)."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from mcpbase.sqlite.file import address

from ..database.errors import StoreError


def copy_database(source: sqlite3.Connection, path: Path) -> None:
    """Everything as it is at one moment, in one file without companions, readable by its owner alone and known as a copy.

    Raises ``StoreError`` when the file exists or cannot be written; then no half of a copy is left.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreError(f"The backup {path} cannot be made: {error.strerror}.") from error
    try:
        _copy(source, path)
    except sqlite3.Error as error:
        path.unlink()
        raise StoreError(f"The backup {path} cannot be made: {error}.") from error


def _copy(source: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(address(path), uri=True, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA synchronous = FULL")
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        copy.execute("UPDATE history SET is_copy = 1")
