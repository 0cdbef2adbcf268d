"""nginx, as a reverse proxy."""

import shutil
from pathlib import Path

from .installer import install_from_debian
from .lack import LackError

PLACES = "/usr/sbin:/usr/local/sbin"
"""Where systems keep it, apart from PATH."""


def nginx() -> Path:
    """The program. Raises LackError."""
    found = shutil.which("nginx") or shutil.which("nginx", path=PLACES)
    if found is None:
        raise LackError("nginx is missing: install your system's package (Debian: apt-get install nginx).")
    return Path(found)


def provide_nginx() -> Path:
    """Find it, or install Debian's when this is root on Debian. Raises LackError."""
    try:
        return nginx()
    except LackError:
        install_from_debian("nginx")
    return nginx()
