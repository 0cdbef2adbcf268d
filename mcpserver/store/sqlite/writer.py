"""The connection that writes: changes are applied on the event loop, where that takes a moment, and kept by a thread."""

import sqlite3
from collections.abc import Callable, Sequence

from ..database.change import Change
from ..database.errors import StoreBusy
from ..database.queue import Outcome
from .commit import Applied, apply_at_once, commit_together, keep
from .connection import Connection
from .inline import InlineConnection, WouldBlock
from .mark import Mark
from .place import Place


class Writer:
    """``patience`` in seconds is how long its thread waits for another process's lock; the event loop never does.

    What is committed is marked beside the database before anybody hears of it, and nothing is, once the file is not at its ``place`` any more.
    """

    def __init__(self, connection: Connection, patience: float, place: Place, mark: Mark, now: Callable[[], int]) -> None:
        self._connection = connection
        self._place = place
        self._mark = mark
        self._now = now
        self._at_once = InlineConnection(connection.bare)
        self._at_once.release()
        self._patience = patience
        wait_for_locks(connection.bare, 0)

    async def commit(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """To be called again only once it has returned: a ``Commit`` of the queue. Raises StoreBusy."""
        self._place.require()
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
        """A process that dies before this has told nobody of the changes: a mark that is behind the database is none the worse."""
        if applied.number is not None:
            self._mark.raise_to(changes=applied.number)


def wait_for_locks(connection: sqlite3.Connection, patience: float) -> None:
    """``patience`` in seconds."""
    connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
