"""The connection that writes: changes are applied on the event loop, where that takes a moment, and kept by a thread."""

import sqlite3
from collections.abc import Sequence

from ..change import Change
from ..errors import StoreBusy
from ..queue import Outcome
from .at_once import AtOnce, NotAtOnce
from .commit import apply_at_once, commit_together, keep
from .connection import Connection


class Writer:
    """``patience`` in seconds is how long its thread waits for another process's lock; the event loop never does."""

    def __init__(self, connection: Connection, patience: float) -> None:
        self._connection = connection
        self._at_once = AtOnce(connection.bare)
        self._at_once.release()
        self._patience = patience
        wait_for_locks(connection.bare, 0)

    async def commit(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """To be called again only once it has returned: a ``Commit`` of the queue. Raises StoreBusy."""
        try:
            return await self._commit(changes)
        except sqlite3.Error as error:
            raise StoreBusy(str(error)) from error

    async def _commit(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        try:
            outcomes = apply_at_once(self._connection.bare, self._at_once, changes)
        except NotAtOnce:
            return await self._connection.run(lambda connection: self._commit_patiently(connection, changes))
        await self._connection.run(keep)
        return outcomes

    def _commit_patiently(self, connection: sqlite3.Connection, changes: Sequence[Change]) -> Sequence[Outcome]:
        wait_for_locks(connection, self._patience)
        try:
            return commit_together(connection, changes)
        finally:
            wait_for_locks(connection, 0)


def wait_for_locks(connection: sqlite3.Connection, patience: float) -> None:
    """``patience`` in seconds."""
    connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
