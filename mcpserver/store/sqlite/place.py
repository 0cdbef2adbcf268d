"""Whether the file that was opened is still the one at its path: what goes into another one is lost to everybody."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from mcpbase.sqlite.file import address, identity

from ..database.errors import StoreReplaced

_log = logging.getLogger(__name__)


class Place:
    """The file as it was when this was made. A folder that went away and comes back is the same place again."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._file = identity(self._path)
        self._fault: str | None = None
        self._overwritten = False
        self._looked_at: tuple[int, int] | None = None
        self.in_file = 0

    def require(self) -> None:
        """Look. Raises ``StoreReplaced``."""
        found = identity(self._path)
        if self._overwritten:
            self._note("overwritten by an older one")
        elif found is None:
            self._note("deleted, or moved away")
        elif found != self._file:
            self._note("replaced by another one")
        elif self._fault is not None:
            self._fault = None
            _log.warning("the database file %s is back", self._path)
        self.require_known()

    def require_known(self) -> None:
        """By what was seen last, without looking. Raises ``StoreReplaced``."""
        if self._fault is not None:
            raise StoreReplaced(f"the database file was {self._fault}")

    def look_inside(self) -> int:
        """How many changes the file itself holds, without the write-ahead log: fewer than before, and somebody wrote an older one over it.

        Raises ``StoreReplaced``.
        """
        look = _state(self._path)
        if look is not None and look != self._looked_at:
            changes = changes_in_file(self._path)
            self._overwritten = self._overwritten or (changes is not None and changes < self.in_file)
            self.in_file = max(self.in_file, changes or 0)
            self._looked_at = look
        self.require()
        return self.in_file

    def _note(self, fault: str) -> None:
        if fault != self._fault:
            _log.error(
                "the database file %s was %s while the server runs: nothing is written until the server is started again, or the file is back",
                self._path,
                fault,
            )
        self._fault = fault


def changes_in_file(path: Path) -> int | None:
    """Of a database file without its write-ahead log; None when it cannot be told, as in the middle of a checkpoint."""
    try:
        with closing(sqlite3.connect(f"{address(path)}&immutable=1", uri=True)) as connection:
            found = connection.execute("SELECT changes FROM history").fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else int(found[0])


def _state(path: Path) -> tuple[int, int] | None:
    """Another one after whatever was written into the file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
