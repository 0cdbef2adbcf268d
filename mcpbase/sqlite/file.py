"""The file of a SQLite database: private to its owner, and recognized while the program runs."""

import os
import shlex
import stat
from pathlib import Path
from urllib.parse import quote

_COMPANIONS = ("", "-wal", "-shm", "-journal")


class DatabaseFileError(Exception):
    """The file cannot be used; the message is one sentence for the operator, with the remedy."""


class OpenedFile:
    """A database file that a program has opened, recognized by its device and inode."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._identity = _identity(self.path)

    def fault(self) -> str | None:
        """Return what happened to the file, to complete "the file was ..."; None while it is at its path."""
        found = _identity(self.path)
        if found == self._identity:
            return None
        return "deleted or moved away" if found is None else "replaced by another one"


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def require_private_file(path: Path) -> None:
    """Create the file with mode 0600, or refuse one that group or others can open.

    SQLite gives the -wal and -shm files the mode of the database. Raises DatabaseFileError.
    """
    try:
        # O_EXCL: an existing file is never opened here, for closing it would drop the locks SQLite holds on it in this
        # process.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        for companion in _COMPANIONS:
            _require_private(path.with_name(path.name + companion))
    except OSError as error:
        raise DatabaseFileError(f"The database {path} cannot be created: {error.strerror}.") from error


def address(path: Path) -> str:
    """Return the URI by which SQLite opens a file that exists, and never creates one with a mode of its own."""
    return f"file:{quote(str(path.absolute()))}?mode=rw"


def _require_private(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise DatabaseFileError(f"The database {path} is not a file.")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        remedy = f"chmod 600 {shlex.quote(str(path))}"
        raise DatabaseFileError(
            f"The database file {path} can be opened by other users of this machine: run `{remedy}` and start again."
        )
