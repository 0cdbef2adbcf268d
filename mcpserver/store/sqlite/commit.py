"""Many changes, one transaction, one wait for the disk."""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from attrs import frozen

from mcpbase.sqlite.faults import is_passing

from ..database.change import Change, Row, Statement, Values
from ..database.queue import Outcome
from ..tables.history import count_change
from .inline import InlineConnection, Touched, WouldBlock, execute
from .transaction import transaction


class Execute(Protocol):
    """The one or the other of ``at_once``."""

    def __call__(self, sql: str, values: Values = ..., /) -> Touched: ...


class _GuardFailed(Exception):
    """A statement touched another number of rows than it must."""


@frozen
class Applied:
    """The outcome of each change, and how many changes the database has seen with them; ``None`` when nothing was to be kept."""

    outcomes: list[Outcome]
    number: int | None


def commit_together(connection: sqlite3.Connection, changes: Sequence[Change], *, now: int) -> Applied:
    """Apply each change in its own savepoint and commit them all: for a thread.

    Raises ``sqlite3.Error`` when the transaction as a whole could not be kept; then nothing of any change was.
    """
    with transaction(connection):
        return _apply_each(partial(execute, connection), connection, changes, now)


def apply_at_once(connection: sqlite3.Connection, at_once: InlineConnection, changes: Sequence[Change], *, now: int) -> Applied:
    """Apply each change on the event loop, in a transaction that is left open for ``keep``.

    Raises ``WouldBlock`` when not all could be; then nothing of any change was, and a thread can do it.
    """
    if connection.in_transaction:  # of a caller that stopped waiting for its commit
        raise WouldBlock
    at_once.take()
    try:
        at_once.execute("BEGIN IMMEDIATE")
        applied = _apply_each(at_once.execute, connection, changes, now)
    except BaseException:
        at_once.release()
        _undo(connection)
        raise
    at_once.release()
    return applied


def keep(connection: sqlite3.Connection) -> None:
    """Commit what was applied: this is what waits for the disk, in a thread. Raises ``sqlite3.Error``; then nothing was kept."""
    try:
        connection.execute("COMMIT")
    finally:
        _undo(connection)


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _apply_each(execute: Execute, connection: sqlite3.Connection, changes: Sequence[Change], now: int) -> Applied:
    before = connection.total_changes
    outcomes = [_apply(execute, connection, change) for change in changes]
    if connection.total_changes == before or all(outcome is None or isinstance(outcome, Exception) for outcome in outcomes):
        return Applied(outcomes, None)
    count = count_change(now)
    return Applied(outcomes, execute(count.sql, count.values)[0][0][0])


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
