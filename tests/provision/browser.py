"""Chromium."""

import shutil
from pathlib import Path

from .installer import install_from_debian
from .lack import LackError

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-dejavu-core")


def chromium() -> Path:
    """The browser's program. Raises LackError."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return Path(found)
    raise LackError(
        "Chromium is missing: install your system's package (Debian: apt-get install chromium fonts-dejavu-core)."
    )


def provide_chromium() -> Path:
    """Find the browser, or install Debian's when this is root on Debian. Raises LackError."""
    try:
        return chromium()
    except LackError:
        install_from_debian(*PACKAGES)
    return chromium()
