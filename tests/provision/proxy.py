"""nginx, HAProxy and Caddy, as reverse proxies."""

import shutil
from pathlib import Path

from .installer import install_from_debian
from .lack import LackError

PLACES = "/usr/sbin:/usr/local/sbin"
"""Where systems keep it, apart from PATH."""


def nginx() -> Path:
    """The program. Raises LackError."""
    return _find("nginx", "nginx")


def haproxy() -> Path:
    """The program. Raises LackError."""
    return _find("HAProxy", "haproxy")


def caddy() -> Path:
    """The program. Raises LackError."""
    return _find("Caddy", "caddy")


def provide_nginx() -> Path:
    """Find it, or install Debian's when this is root on Debian. Raises LackError."""
    return _provide("nginx", "nginx")


def provide_haproxy() -> Path:
    """Find it, or install Debian's when this is root on Debian. Raises LackError."""
    return _provide("HAProxy", "haproxy")


def provide_caddy() -> Path:
    """Find it, or install Debian's when this is root on Debian. Raises LackError."""
    return _provide("Caddy", "caddy")


def _find(title: str, name: str) -> Path:
    found = shutil.which(name) or shutil.which(name, path=PLACES)
    if found is None:
        raise LackError(f"{title} is missing: install your system's package (Debian: apt-get install {name}).")
    return Path(found)


def _provide(title: str, name: str) -> Path:
    try:
        return _find(title, name)
    except LackError:
        install_from_debian(name)
    return _find(title, name)
