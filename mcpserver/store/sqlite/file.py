"""The database file while the program runs: still at its path, and not overwritten by an older one.

What is written into a file that is not at its path any more is lost, so nothing is written then.
"""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from mcpbase.sqlite import OpenedFile, address

from ..database import StoreReplaced
from .backup import Mark, changes_in_file

_log = logging.getLogger(__name__)

LOOKS_TO_FOLD = 5
"""Calls of ``look`` from one checkpoint of the write-ahead log to the next, when there is anything to fold."""


class DatabaseFile:
    """The file that was at ``path`` when this was made. One that was moved away and comes back is the same file."""

    def __init__(self, path: Path, mark: Mark) -> None:
        self._file = OpenedFile(path)
        self._mark = mark
        self._fault: str | None = None
        self._overwritten = False
        self._state: tuple[int, int] | None = None
        self._in_file = 0
        self._looks = 0

    def require(self) -> None:
        """Check the path. Raises ``StoreReplaced``."""
        self._note("overwritten by an older one" if self._overwritten else self._file.fault())
        self.require_known()

    def require_known(self) -> None:
        """Raise ``StoreReplaced`` when the last check found a fault."""
        if self._fault is not None:
            raise StoreReplaced(f"the database file was {self._fault}")

    def look(self) -> None:
        """Check the path and the content, and keep the mark beside the database up to date; about once a second.

        For a thread, one call at a time: it reads the file and waits for the disk. Raises ``StoreReplaced``.
        """
        self._look_inside()
        if self._looks % LOOKS_TO_FOLD == 0:
            self._fold()
        self._looks += 1
        self._look_inside()
        self._mark.raise_to(in_file=self._in_file)

    def _look_inside(self) -> None:
        """Read how many changes the file holds without its write-ahead log: fewer than before, and it is an older
        one.
        """
        state = _state(self._file.path)
        if state is not None and state != self._state:
            changes = changes_in_file(self._file.path)
            self._overwritten = self._overwritten or (changes is not None and changes < self._in_file)
            self._in_file = max(self._in_file, changes or 0)
            self._state = state
        self.require()

    def _fold(self) -> None:
        """Checkpoint the write-ahead log, so that the content tells an older file from this one. Waits for no lock."""
        reached = self._mark.read()
        if reached is not None and reached.changes > self._in_file:
            with closing(sqlite3.connect(address(self._file.path), uri=True, timeout=0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _note(self, fault: str | None) -> None:
        """Keep what the check found; a change of it is logged once."""
        if fault == self._fault:
            return
        self._fault = fault
        if fault is None:
            _log.warning("the database file %s is back", self._file.path)
        else:
            _log.error(
                "the database file %s was %s while the server runs: nothing is written until the server is started "
                "again, or the file is back",
                self._file.path,
                fault,
            )


def _state(path: Path) -> tuple[int, int] | None:
    """Return time and size, which differ after each write into the file; None when there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
