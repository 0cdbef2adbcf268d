"""PostgreSQL, as a server that the tests start themselves."""

import shutil
from pathlib import Path

from .installer import install_from_debian
from .lack import LackError

VERSIONS = Path("/usr/lib/postgresql")
"""Where Debian keeps each version, apart from PATH."""


def postgresql() -> Path:
    """The folder of ``initdb`` and ``postgres``. Raises LackError."""
    newest_first = sorted(VERSIONS.glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    for folder in newest_first:
        if (folder / "initdb").exists():
            return folder
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise LackError("PostgreSQL is missing: install your system's package (Debian: apt-get install postgresql).")


def provide_postgresql() -> Path:
    """Find it, or install Debian's when this is root on Debian. Raises LackError."""
    try:
        return postgresql()
    except LackError:
        install_from_debian("postgresql")
    return postgresql()
