"""Backups: the copies that are made, and how a database that was restored from one is recognized.

Beside the database stands its mark, which counts its changes: a database that is behind its mark was restored. Copies
are made through SQLite's online backup (https://sqlite.org/backup.html), and say of themselves that they are copies.
"""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock

from attrs import frozen

from mcpbase.sqlite import address, transaction

from ..database import StoreError
from ..tables import void_all

_log = logging.getLogger(__name__)
_WIDTH = 20
_SIZE = 2 * _WIDTH + 2


def copy_database(source: sqlite3.Connection, path: Path) -> None:
    """Copy the database as it is at one moment into one file, readable by its owner alone and recognized as a copy.

    Raises ``StoreError`` when the file exists or cannot be written; no incomplete copy is left behind.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreError(f"The backup {path} cannot be made: {error.strerror}.") from error
    try:
        _copy(source, path)
    except BaseException as error:
        path.unlink()
        if isinstance(error, sqlite3.Error):
            raise StoreError(f"The backup {path} cannot be made: {error}.") from error
        raise


def _copy(source: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(address(path), uri=True, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA synchronous = FULL")
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        copy.execute("UPDATE history SET is_copy = 1")


@frozen
class Reached:
    """How far a database has come: ``changes`` committed, ``in_file`` of them in the database file when last looked at.

    The others are in the write-ahead log.
    """

    changes: int
    in_file: int = 0


class Mark:
    """The file ``NAME.mark`` beside a database: two numbers of fixed width that only grow. Not to be part of a backup.

    It is written after each commit without waiting for the disk: after a power cut it may be behind the database, never
    ahead of it.
    """

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".mark")
        self._file: int | None = None
        self._turn = Lock()

    def read(self) -> Reached | None:
        """Return what it says; None when there is no file, or an empty one that somebody is about to write.

        Raises ``StoreError`` for a file that is no mark.
        """
        try:
            content = self.path.read_bytes()
            return _parse(content, self.path) if content else None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(
                f"The file {self.path}, which tells a restored database, cannot be read: {error.strerror}."
            ) from error

    def open(self) -> None:
        """Open the file, and create it when there is none. Raises ``StoreError``."""
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            with _locked(self._file):
                if not os.fstat(self._file).st_size:
                    _write(self._file, Reached(0))
                    _keep_new(self._file, self.path.parent)
        except OSError as error:
            raise StoreError(
                f"The file {self.path}, which tells a restored database, cannot be written: {error.strerror}."
            ) from error

    def raise_to(self, *, changes: int = 0, in_file: int = 0) -> None:
        """Raise the numbers; they never fall. A failure is logged only, for the changes are committed already."""
        with self._turn:
            if self._file is None:
                return
            try:
                with _locked(self._file):
                    known = _parse(os.pread(self._file, _SIZE, 0), self.path)
                    reached = Reached(max(known.changes, changes), max(known.in_file, in_file))
                    if reached != known:
                        _write(self._file, reached)
            except (OSError, StoreError) as error:
                _log.warning("the mark %s cannot be written: %s", self.path, error)

    def close(self) -> None:
        """Close the file, after a thread that writes has finished: its descriptor may be reused for another file."""
        with self._turn:
            if self._file is not None:
                os.close(self._file)
                self._file = None


def require_own_log(path: Path, mark: Mark) -> None:
    """Refuse a backup beside the write-ahead log of the database that it replaced: SQLite would mix the two.

    Raises ``StoreError``.
    """
    log = path.with_name(path.name + "-wal")
    if not log.exists() or not log.stat().st_size:
        return
    reached, found = mark.read(), changes_in_file(path)
    if reached is not None and found is not None and found < reached.in_file:
        raise StoreError(
            f"The database {path} is a backup, and {log.name} beside it belongs to the database that was here before: "
            f"put the backup there again after removing {log.name} and {path.name}-shm, then start again."
        )


def end_what_a_backup_revived(connection: sqlite3.Connection, mark: Mark, *, place: str, now: int) -> None:
    """End everything that was issued when the database is a copy, is behind its mark, or has none; then set the mark.

    Raises ``StoreError``.
    """
    with transaction(connection):  # no other process commits meanwhile, so the mark cannot be ahead for another reason
        changes, is_copy = connection.execute("SELECT changes, is_copy FROM history").fetchone()
        reached = mark.read()
        known = 0 if reached is None else reached.changes
        reason = _reason(changes, is_copy=bool(is_copy), known=known, is_marked=reached is not None)
        if reason:
            for statement in void_all(now):
                connection.execute(statement.sql, statement.values)
            connection.execute("UPDATE history SET changes = MAX(changes, :known + 1)", {"known": known})
            changes = changes_of(connection)
    mark.open()
    mark.raise_to(changes=changes)
    if reason:
        _log.warning(
            "the database %s %s: every token, initial access token, code and session issued before has ended",
            place,
            reason,
        )


def _reason(changes: int, *, is_copy: bool, known: int, is_marked: bool) -> str:
    """Return why the database counts as restored; empty when it does not."""
    if is_copy:
        return "was restored from a copy that `mcpserver db backup` made"
    if changes < known:
        return f"was restored from a backup: it has seen {changes} changes, and the mark beside it {known}"
    return "" if is_marked or not changes else "came here without the mark that stood beside it, as a backup does"


def changes_of(connection: sqlite3.Connection) -> int:
    """Return how many changes a database has seen."""
    (changes,) = connection.execute("SELECT changes FROM history").fetchone()
    return int(changes)


def changes_in_file(path: Path) -> int | None:
    """Return how many changes a database file holds without its write-ahead log; None in the middle of a checkpoint."""
    try:
        with closing(sqlite3.connect(f"{address(path)}&immutable=1", uri=True)) as connection:
            found = connection.execute("SELECT changes FROM history").fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else int(found[0])


@contextmanager
def _locked(file: int) -> Iterator[None]:
    """Lock the mark against other processes with the same database."""
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _write(file: int, reached: Reached) -> None:
    os.pwrite(file, f"{reached.changes:0{_WIDTH}}\n{reached.in_file:0{_WIDTH}}\n".encode(), 0)


def _keep_new(file: int, folder: Path) -> None:
    """Write a new file and its name to the disk."""
    os.fsync(file)
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _parse(content: bytes, path: Path) -> Reached:
    words = content.split()
    if len(words) != 2 or not all(word.isdigit() for word in words):
        raise StoreError(
            f"The file {path} is not the mark of a database: remove it, and start again; everybody signs in anew then."
        )
    return Reached(int(words[0]), int(words[1]))
