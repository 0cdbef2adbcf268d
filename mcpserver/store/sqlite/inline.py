"""Statements that SQLite runs on the event loop: a read by key takes a tenth of the time of a call in a thread."""

import sqlite3

from mcpbase.sqlite import is_passing

from ..database import Row, Values

STEPS = 4000
"""Steps of SQLite's virtual machine after which a statement is interrupted: a tenth of a millisecond; a read by key
takes 50.

The handler is called between once and twice this many steps. A function is one step however long its text is, so a
statement that matches texts with patterns must not run here.
"""

Touched = tuple[list[Row], int]
"""What a statement returned, and how many rows it has changed."""
_NOTHING: Values = {}


class WouldBlock(Exception):
    """The statement would hold up the event loop: long work, a lock that another connection holds, a disk that is
    full or gone.
    """


def execute(connection: sqlite3.Connection, sql: str, values: Values = _NOTHING) -> Touched:
    """Run one statement, however long it takes; return its rows and how many rows it changed."""
    cursor = connection.execute(sql, values)
    rows: list[Row] = cursor.fetchall()  # a statement with RETURNING has counted its rows only once they are fetched
    return rows, cursor.rowcount


class InlineConnection:
    """A connection for statements that do not hold up the event loop.

    It must have no busy timeout, for SQLite would sleep. A thread may use it too, after ``release`` and never at the
    same time.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._turns = 0
        self._long: set[str] = set()
        self.take()

    def take(self) -> None:
        """Take the connection back from the thread: statements are interrupted again."""
        self._connection.set_progress_handler(self._is_overdue, STEPS)

    def release(self) -> None:
        """Hand the connection to a thread: statements may take as long as they need."""
        self._connection.set_progress_handler(None, STEPS)

    def execute(self, sql: str, values: Values = _NOTHING) -> Touched:
        """Run one statement. Raises WouldBlock, and at once for SQL that was interrupted before."""
        if sql in self._long:
            raise WouldBlock
        self._turns = 0
        try:
            return execute(self._connection, sql, values)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                self._long.add(sql)
            if is_passing(error):
                raise WouldBlock from error
            raise

    def _is_overdue(self) -> bool:
        """SQLite goes on counting from one statement to the next, so the first call may come at once: only the
        second counts.
        """
        self._turns += 1
        return self._turns > 1
