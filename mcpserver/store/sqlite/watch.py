"""Looks after a database file while the program runs: that it is still there, and that the mark beside it says how far it has come."""

import sqlite3
from contextlib import closing
from pathlib import Path

from mcpbase.sqlite.file import address

from .mark import Mark
from .place import Place

LOOKS_TO_FOLD = 5
"""Looks from one folding of the write-ahead log into the file to the next, when there is anything to fold."""


class Watch:
    """``look`` is for a thread, one at a time: it reads the file, and waits for the disk."""

    def __init__(self, path: Path, mark: Mark) -> None:
        self.place = Place(path)
        self._uri = address(path)
        self._mark = mark
        self._looks = 0

    def look(self) -> None:
        """Raises ``StoreReplaced``."""
        self.place.look_inside()
        if self._looks % LOOKS_TO_FOLD == 0:
            self._fold()
        self._looks += 1
        self._mark.raise_to(in_file=self.place.look_inside())

    def _fold(self) -> None:
        """So that an older file in place of this one is known by what it lacks. Nobody waits for it, and it waits for nobody."""
        reached = self._mark.read()
        if reached is not None and reached.changes > self.place.in_file:
            with closing(sqlite3.connect(self._uri, uri=True, timeout=0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
