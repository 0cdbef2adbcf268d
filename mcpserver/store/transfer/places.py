"""Where the database of a URL is."""

from ...database_url import database_file, in_memory, without_secrets
from ..database import Place, StoreError
from ..sqlite import SqlitePlace


def place_of(url: str) -> Place:
    """Return the place of a SQLite file or of a PostgreSQL database. Raises ``StoreError``."""
    path = database_file(url)
    if path is not None and str(path).isprintable():
        return SqlitePlace(path)
    if url.partition("://")[0] in ("postgresql", "postgres") and not in_memory(url):
        return _on_server(url)
    raise StoreError(
        f"The database URL {without_secrets(url)!r} is not sqlite:///path, sqlite:////absolute/path, or "
        "postgresql://user:password@host/name."
    )


def _on_server(url: str) -> Place:
    try:
        from ..postgresql import PostgresPlace  # noqa: PLC0415 - asyncpg is an extra
    except ModuleNotFoundError as missing:
        if missing.name != "asyncpg":
            raise
        raise StoreError(
            "A PostgreSQL database needs the package asyncpg: install it with pip install 'mcpserver[postgres]'."
        ) from None
    return PostgresPlace(url)
