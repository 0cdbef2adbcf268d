"""The mark beside a database: how far it has come, kept outside of it, so that a database that was set back to a backup is known as one."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from attrs import frozen

from ..database.errors import StoreError

_log = logging.getLogger(__name__)
_WIDTH = 20
_SIZE = 2 * _WIDTH + 2


@frozen
class Reached:
    """``changes`` were committed; ``in_file`` of them had left the write-ahead log for the database file when somebody last looked."""

    changes: int
    in_file: int = 0


class Mark:
    """``NAME.mark``, two numbers of fixed width that only grow. Not to be part of a backup.

    Written after each commit without waiting for the disk: a power cut may set it back a little, never ahead of the database.
    """

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".mark")
        self._file: int | None = None
        self._turn = Lock()

    def read(self) -> Reached | None:
        """None when there is none. Raises ``StoreError`` for a file that is not ours."""
        try:
            return _parse(self.path.read_bytes(), self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"The file {self.path}, which tells a restored database, cannot be read: {error.strerror}.") from error

    def open(self) -> None:
        """Make it when it is not there. Raises ``StoreError``."""
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            with _alone(self._file):
                if not os.fstat(self._file).st_size:
                    _write(self._file, Reached(0))
                    _keep_new(self._file, self.path.parent)
        except OSError as error:
            raise StoreError(f"The file {self.path}, which tells a restored database, cannot be written: {error.strerror}.") from error

    def raise_to(self, *, changes: int = 0, in_file: int = 0) -> None:
        """Never lowers it. A mark that cannot be written is told in the log: what it marks is kept all the same."""
        with self._turn:
            if self._file is None:
                return
            try:
                with _alone(self._file):
                    known = _parse(os.pread(self._file, _SIZE, 0), self.path)
                    reached = Reached(max(known.changes, changes), max(known.in_file, in_file))
                    if reached != known:
                        _write(self._file, reached)
            except (OSError, StoreError) as error:
                _log.warning("the mark %s cannot be written: %s", self.path, error)

    def close(self) -> None:
        """A thread that writes comes to its end first: the number of a closed file may be another file's."""
        with self._turn:
            if self._file is not None:
                os.close(self._file)
                self._file = None


@contextmanager
def _alone(file: int) -> Iterator[None]:
    """Other processes mark the same database."""
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _write(file: int, reached: Reached) -> None:
    os.pwrite(file, f"{reached.changes:0{_WIDTH}}\n{reached.in_file:0{_WIDTH}}\n".encode(), 0)


def _keep_new(file: int, folder: Path) -> None:
    """A name in a folder survives a power cut once the folder is kept too."""
    os.fsync(file)
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _parse(content: bytes, path: Path) -> Reached:
    words = content.split()
    if len(words) != 2 or not all(word.isdigit() for word in words):
        raise StoreError(f"The file {path} is not the mark of a database: remove it, and start again; everybody signs in anew then.")
    return Reached(int(words[0]), int(words[1]))
