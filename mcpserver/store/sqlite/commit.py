"""Many changes, one transaction, one wait for the disk."""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from ..change import Change, Row, Statement, Values
from ..queue import Outcome
from .at_once import AtOnce, NotAtOnce, Touched, execute
from .faults import is_passing
from .transaction import transaction


class Execute(Protocol):
    """The one or the other of ``at_once``."""

    def __call__(self, sql: str, values: Values = ..., /) -> Touched: ...


class _GuardFailed(Exception):
    """A statement touched another number of rows than it must."""


def commit_together(connection: sqlite3.Connection, changes: Sequence[Change]) -> list[Outcome]:
    """Apply each change in its own savepoint and commit them all: for a thread.

    Raises ``sqlite3.Error`` when the transaction as a whole could not be kept; then nothing of any change was.
    """
    apply = partial(_apply, partial(execute, connection), connection)
    with transaction(connection):
        return [apply(change) for change in changes]


def apply_at_once(connection: sqlite3.Connection, at_once: AtOnce, changes: Sequence[Change]) -> list[Outcome]:
    """Apply each change on the event loop, in a transaction that is left open for ``keep``.

    Raises ``NotAtOnce`` when not all could be; then nothing of any change was, and a thread can do it.
    """
    if connection.in_transaction:  # of a caller that stopped waiting for its commit
        raise NotAtOnce
    at_once.take()
    try:
        at_once.execute("BEGIN IMMEDIATE")
        outcomes = [_apply(at_once.execute, connection, change) for change in changes]
    except BaseException:
        at_once.release()
        _undo(connection)
        raise
    at_once.release()
    return outcomes


def keep(connection: sqlite3.Connection) -> None:
    """Commit what was applied: this is what waits for the disk, in a thread. Raises ``sqlite3.Error``; then nothing was kept."""
    try:
        connection.execute("COMMIT")
    finally:
        _undo(connection)


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _apply(execute: Execute, connection: sqlite3.Connection, change: Change) -> Outcome:
    execute("SAVEPOINT change")
    outcome: Outcome
    try:
        outcome = [_guarded(execute, statement) for statement in change]
    except _GuardFailed:
        outcome = None
    except sqlite3.Error as error:
        if is_passing(error) or not connection.in_transaction:
            raise
        outcome = error
    if outcome is None or isinstance(outcome, Exception):
        execute("ROLLBACK TO change")
    execute("RELEASE change")
    return outcome


def _guarded(execute: Execute, statement: Statement) -> list[Row]:
    rows, touched = execute(statement.sql, statement.values)
    if statement.rows is not None and touched != statement.rows:
        raise _GuardFailed
    return rows
