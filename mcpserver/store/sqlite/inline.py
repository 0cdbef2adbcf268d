"""What SQLite does on the event loop itself: a read by key takes a tenth of what a visit to another thread costs."""

import sqlite3

from mcpbase.sqlite.faults import is_passing

from ..database.change import Row, Values

STEPS = 4000
"""Of SQLite's virtual machine. Between once and twice as many, a tenth of a millisecond, a statement is interrupted; a read by key takes fifty.

What a function does with a text is one step, however long the text: a statement that compares texts by pattern does not belong here.
"""

Touched = tuple[list[Row], int]
"""What a statement returned, and how many rows it has changed."""
_NOTHING: Values = {}


class WouldBlock(Exception):
    """It would take longer than the event loop can wait: long work, a lock that somebody holds, a disk that is full or away."""


def execute(connection: sqlite3.Connection, sql: str, values: Values = _NOTHING) -> Touched:
    """However long it takes."""
    cursor = connection.execute(sql, values)
    rows: list[Row] = cursor.fetchall()  # a statement with RETURNING has counted its rows only once they are fetched
    return rows, cursor.rowcount


class InlineConnection:
    """Statements that hold up nobody.

    The connection must have no busy timeout, for SQLite would sleep. A thread may use it too, never at the same time, and not before ``release``.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._turns = 0
        self._long: set[str] = set()
        self.take()

    def take(self) -> None:
        """Back from the thread."""
        self._connection.set_progress_handler(self._is_overdue, STEPS)

    def release(self) -> None:
        """To a thread, where everything may take its time."""
        self._connection.set_progress_handler(None, STEPS)

    def execute(self, sql: str, values: Values = _NOTHING) -> Touched:
        """Raises NotAtOnce; what was interrupted once is not begun here again."""
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
        """SQLite counts on from one run of a statement to the next, so that the first turn may come at once."""
        self._turns += 1
        return self._turns > 1
