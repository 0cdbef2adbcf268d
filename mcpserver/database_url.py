"""The URL of a database: the kind of database, the file of one, and what of it may be shown."""

import re
from pathlib import Path

MEMORY = "sqlite://"
"""A database that ends with the process."""
_MEMORY = (MEMORY, "sqlite:///:memory:")
_FILE = "sqlite:///"
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
    """Return the URL for messages and logs: of a database server without the user, the password and the options."""
    scheme, separator, rest = url.partition("://")
    if scheme == "sqlite" or not separator:
        return url
    server, slash, name = rest.partition("?")[0].rpartition("@")[2].partition("/")
    return f"{scheme}://{server}{slash}{name}"
