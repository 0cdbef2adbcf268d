"""The writer: many changes in one transaction with one wait for the disk.

Changes are applied on the event loop while that takes a moment. The commit, which waits for the disk, runs in a thread.
"""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from attrs import frozen

from mcpbase.sqlite import Connection, is_passing, transaction

from ..database import Change, Outcome, Row, Statement, StoreBusy, Values
from ..tables import count_change
from .backup import Mark
from .file import DatabaseFile
from .inline import InlineConnection, Touched, WouldBlock, execute


class Execute(Protocol):
    """Runs one statement: on the event loop or in a thread."""

    def __call__(self, sql: str, values: Values = ..., /) -> Touched: ...


class _GuardFailed(Exception):
    """A statement touched another number of rows than it must."""


@frozen
class Applied:
    """The outcome of each change, and how many changes the database has seen with them; ``None`` when nothing was to
    be kept.
    """

    outcomes: list[Outcome]
    number: int | None


class Writer:
    """The connection that writes. ``patience`` in seconds is how long its thread waits for another process's lock.

    The event loop never waits. What is committed is noted in the mark beside the database before its callers are
    answered. Nothing is committed once the file is not at its path any more.
    """

    def __init__(
        self, connection: Connection, patience: float, file: DatabaseFile, mark: Mark, now: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._file = file
        self._mark = mark
        self._now = now
        self._at_once = InlineConnection(connection.bare)
        self._at_once.release()
        self._patience = patience
        wait_for_locks(connection.bare, 0)

    async def commit(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Apply and commit: the ``Commit`` of the queue, never called twice at once. Raises StoreBusy."""
        self._file.require()
        try:
            return await self._commit(changes)
        except sqlite3.Error as error:
            raise StoreBusy(str(error)) from error

    async def _commit(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        try:
            applied = apply_at_once(self._connection.bare, self._at_once, changes, now=self._now())
        except WouldBlock:
            return await self._connection.run(lambda connection: self._commit_patiently(connection, changes))
        await self._connection.run(lambda connection: self._keep(connection, applied))
        return applied.outcomes

    def _keep(self, connection: sqlite3.Connection, applied: Applied) -> None:
        keep(connection)
        self._note(applied)

    def _commit_patiently(self, connection: sqlite3.Connection, changes: Sequence[Change]) -> Sequence[Outcome]:
        wait_for_locks(connection, self._patience)
        try:
            applied = commit_together(connection, changes, now=self._now())
        finally:
            wait_for_locks(connection, 0)
        self._note(applied)
        return applied.outcomes

    def _note(self, applied: Applied) -> None:
        """Raise the mark.

        A process that dies before this leaves a mark that is behind the database, which does no harm.
        """
        if applied.number is not None:
            self._mark.raise_to(changes=applied.number)


def wait_for_locks(connection: sqlite3.Connection, patience: float) -> None:
    """Set how long statements wait for the lock of another connection; ``patience`` in seconds."""
    connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")


def commit_together(connection: sqlite3.Connection, changes: Sequence[Change], *, now: int) -> Applied:
    """Apply each change in its own savepoint and commit them all; for a thread.

    Raises ``sqlite3.Error`` when the transaction as a whole could not be kept; then nothing of any change was.
    """
    with transaction(connection):
        return _apply_each(partial(execute, connection), connection, changes, now)


def apply_at_once(
    connection: sqlite3.Connection, at_once: InlineConnection, changes: Sequence[Change], *, now: int
) -> Applied:
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
    """Commit what was applied: this is what waits for the disk, in a thread.

    Raises ``sqlite3.Error``; then nothing was kept.
    """
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
    if connection.total_changes == before or all(
        outcome is None or isinstance(outcome, Exception) for outcome in outcomes
    ):
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
