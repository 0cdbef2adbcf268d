"""A database that is behind its mark was set back to a backup: what it revives is ended before anybody can use it."""

import logging
import sqlite3
from pathlib import Path

from ..database.errors import StoreError
from ..tables.history import void_all
from .mark import Mark
from .place import changes_in_file
from .transaction import transaction

_log = logging.getLogger(__name__)


def require_own_log(path: Path, mark: Mark) -> None:
    """Refuse a backup beside the write-ahead log of the database it took the place of: SQLite would mix the two. Raises ``StoreError``."""
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
    """End all that was given when the database is a copy, is behind its mark, or came without it; then mark how far it is.

    Raises ``StoreError``.
    """
    with transaction(connection):  # nobody else commits meanwhile, so that the mark cannot be ahead for another reason
        changes, is_copy = connection.execute("SELECT changes, is_copy FROM history").fetchone()
        reached = mark.read()
        known = 0 if reached is None else reached.changes
        reason = _reason(changes, is_copy=bool(is_copy), known=known, is_marked=reached is not None)
        if reason:
            for statement in void_all(now):
                connection.execute(statement.sql, statement.values)
            connection.execute("UPDATE history SET changes = MAX(changes, :known + 1)", {"known": known})
            (changes,) = connection.execute("SELECT changes FROM history").fetchone()
    mark.open()
    mark.raise_to(changes=changes)
    if reason:
        _log.warning("the database %s %s: every token, code and session given before has ended, and people sign in anew", place, reason)


def _reason(changes: int, *, is_copy: bool, known: int, is_marked: bool) -> str:
    """Why the database is taken for a restored one; empty when it is not."""
    if is_copy:
        return "was restored from a copy that `mcpserver database backup` made"
    if changes < known:
        return f"was restored from a backup: it has seen {changes} changes, and the mark beside it {known}"
    return "" if is_marked or not changes else "came here without the mark that stood beside it, as a backup does"
