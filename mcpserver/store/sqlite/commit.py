"""Many changes, one transaction, one wait for the disk: runs whole in the writer's thread."""

import sqlite3
from collections.abc import Sequence

from ..change import Change, Row, Statement
from ..queue import Outcome
from .transaction import transaction

_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)


class _GuardFailed(Exception):
    """A statement touched another number of rows than it must."""


def is_passing(error: sqlite3.Error) -> bool:
    """Whether the fault is the database's state (locked, full, unreadable) and not the statement's."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _PASSING


def commit_together(connection: sqlite3.Connection, changes: Sequence[Change]) -> list[Outcome]:
    """Apply each change in its own savepoint and commit them all.

    Raises ``sqlite3.Error`` when the transaction as a whole could not be kept; then nothing of any change was.
    """
    with transaction(connection):
        return [_apply(connection, change) for change in changes]


def _apply(connection: sqlite3.Connection, change: Change) -> Outcome:
    connection.execute("SAVEPOINT change")
    outcome: Outcome
    try:
        outcome = [_execute(connection, statement) for statement in change]
    except _GuardFailed:
        outcome = None
    except sqlite3.Error as error:
        if is_passing(error) or not connection.in_transaction:
            raise
        outcome = error
    if outcome is None or isinstance(outcome, Exception):
        connection.execute("ROLLBACK TO change")
    connection.execute("RELEASE change")
    return outcome


def _execute(connection: sqlite3.Connection, statement: Statement) -> list[Row]:
    cursor = connection.execute(statement.sql, dict(statement.values))
    rows: list[Row] = cursor.fetchall()  # a statement with RETURNING has counted its rows only once they are fetched
    if statement.rows is not None and cursor.rowcount != statement.rows:
        raise _GuardFailed
    return rows
