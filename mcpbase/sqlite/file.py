"""The file of a SQLite database: who may read it, and that nobody else ever could."""

import os
import shlex
import stat
from pathlib import Path
from urllib.parse import quote

_COMPANIONS = ("", "-wal", "-shm", "-journal")


class DatabaseFileError(Exception):
    """The file cannot be used: one sentence for the operator that names it and the remedy."""


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode, by which a file is told from another one at its path; None when there is none."""
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
        # O_EXCL: an existing file is never opened here, for closing it would drop the locks SQLite holds on it in this process.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        for companion in _COMPANIONS:
            _require_private(path.with_name(path.name + companion))
    except OSError as error:
        raise DatabaseFileError(f"The database {path} cannot be created: {error.strerror}.") from error


def address(path: Path) -> str:
    """The URI by which SQLite opens a file that exists, and never makes one with a mode of its own choice."""
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
        raise DatabaseFileError(f"The database file {path} can be opened by other users of this machine: run `{remedy}` and start again.")
