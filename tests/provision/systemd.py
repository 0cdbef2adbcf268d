"""systemd-analyze, which judges units on a machine that systemd does not run on too."""

import shutil
from pathlib import Path

from .installer import install_from_debian
from .lack import LackError


def systemd_analyze() -> Path:
    """The program. Raises LackError."""
    found = shutil.which("systemd-analyze")
    if found is None:
        raise LackError("systemd-analyze is missing: install your system's package (Debian: apt-get install systemd).")
    return Path(found)


def provide_systemd() -> Path:
    """Find it, or install Debian's when this is root on Debian. Raises LackError."""
    try:
        return systemd_analyze()
    except LackError:
        install_from_debian("systemd")
    return systemd_analyze()
