"""PgBouncer, as the pooler between the service and PostgreSQL."""

import shutil
from pathlib import Path

from .installer import install_from_debian
from .lack import LackError
from .proxy import PLACES


def pgbouncer() -> Path:
    """The program. Raises LackError."""
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path=PLACES)
    if found is None:
        raise LackError("PgBouncer is missing: install your system's package (Debian: apt-get install pgbouncer).")
    return Path(found)


def provide_pgbouncer() -> Path:
    """Find it, or install Debian's when this is root on Debian. Raises LackError."""
    try:
        return pgbouncer()
    except LackError:
        install_from_debian("pgbouncer")
    return pgbouncer()
