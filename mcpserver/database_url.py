"""The URL of a database: the kind of database, the file of one, and what of it may be shown."""

import re
from pathlib import Path

MEMORY = "sqlite://"
"""A database that ends with the process."""
_MEMORY = (MEMORY, "sqlite:///:memory:")
_FILE = "sqlite:///"
_HOST = r"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SHOWN = re.compile(rf"{_HOST}(?:,{_HOST})*(?:/[^/@:?#]*)?")
"""Hosts and the name of a database, with nothing that could be a part of a password."""
_SERVER = re.compile(r"postgres(ql)?://.+")


def is_database(url: str) -> bool:
    """Return whether this is the URL of a database that may exist."""
    return url in _MEMORY or database_file(url) is not None or _SERVER.fullmatch(url) is not None


def in_memory(url: str) -> bool:
    return url in _MEMORY


def database_file(url: str) -> Path | None:
    """Return the path of a SQLite database; None for one in memory or on a server."""
    path = url.removeprefix(_FILE)
    return None if path in (url, "") or url in _MEMORY else Path(path)


def without_secrets(url: str) -> str:
    """Return the URL for messages and logs: of a database server without the user, the password and the options.

    Of what does not look like such a URL only the scheme is left when there may be a password in it.
    """
    if url.startswith("sqlite:") or not set("@:?=") & set(url):
        return url
    if not _SCHEME.match(url):
        return "..."
    scheme, separator, rest = url.partition("://")
    shown = rest.partition("?")[0].rpartition("@")[2]
    if not separator or not _SHOWN.fullmatch(shown) or ("@" in rest and "@" not in rest.partition("?")[0]):
        return f"{scheme.partition(':')[0]}:..."
    return f"{scheme}://{shown}"
