"""The database: everything that is kept, behind ``open_store(url)``.

``Store`` joins the ``tables``, which satisfy the protocols of ``oauth``, ``accounts`` and ``mcp``; each verb makes
statements, and ``database.Database`` reads or applies them. ``sqlite`` and ``postgresql`` are the drivers,
``migrations`` bring a database up to date.

It may import ``store.database``, ``store.postgresql``, ``store.sqlite``, ``store.tables`` and the value modules at the
top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ..database_url import without_secrets
from ..sources import Sources
from .database import Database, Statement, StoreBusy, StoreError, StoreReplaced, UnstorableValue
from .sqlite import open_url
from .tables import (
    AccountTables,
    AssertionTables,
    DeviceTables,
    EventTables,
    HousekeepingTables,
    IdentityTables,
    KeyTables,
    McpTables,
    OAuthTables,
    RegistrationTables,
    RequestTables,
    void_all,
)

__all__ = ["Statement", "Store", "StoreBusy", "StoreError", "StoreReplaced", "UnstorableValue", "open_store"]


class Store(
    RequestTables,
    OAuthTables,
    DeviceTables,
    RegistrationTables,
    AssertionTables,
    AccountTables,
    IdentityTables,
    KeyTables,
    McpTables,
    EventTables,
    HousekeepingTables,
):
    """Satisfies ``OAuthStore``, ``RegistrationStore``, ``KeyStore``, ``AssertionStore``, ``AccountStore``,
    ``SessionStore``, ``TaskStore``, ``QuestionStore``, ``EventStore`` and ``HousekeepingStore``.

    Every verb may raise ``StoreBusy``.
    """

    @property
    def database(self) -> Database:
        """For the tables of the application."""
        return self._database

    async def ping(self) -> None:
        """Return when the database answers and is the one that was opened. Raises ``StoreBusy``."""
        self._database.require_in_place()
        await self._database.fetch("SELECT 1 FROM migrations")

    async def look_around(self) -> None:
        """Check that the database file is the one that was opened; to be called every second. Raises
        ``StoreReplaced``.
        """
        await self._database.look_around()

    async def changed(self, patience: float) -> None:
        """Return when another process may have changed the database, after ``patience`` seconds at the latest.

        Raises ``StoreBusy``.
        """
        await self._database.changed(patience)

    async def copy_to(self, path: Path) -> None:
        """Make a backup: a copy of the database as it is at one moment, in a new file. Raises ``StoreError``."""
        await self._database.copy_to(path)

    async def void(self, now: int) -> None:
        """End every code, token and session, as after a restored backup; running processes notice within a second."""
        await self._database.apply(*void_all(now))

    async def newest_instant(self) -> int:
        """Return the latest time at which anything was written, in epoch seconds; 0 for a new database."""
        row = await self._database.fetch_one("SELECT seen_at FROM history")
        return 0 if row is None else int(row[0])

    async def close(self) -> None:
        """Finish the changes under way, then close."""
        await self._database.close()


class Open(Protocol):
    """Opens a database by its URL. Raises ``StoreError``."""

    async def __call__(self, url: str, *, busy_timeout: float, sources: Sources) -> Database: ...


async def _open_postgresql(url: str, *, busy_timeout: float, sources: Sources) -> Database:
    try:
        from .postgresql import open_url as open_postgresql  # noqa: PLC0415 - asyncpg is an extra
    except ModuleNotFoundError as missing:
        if missing.name != "asyncpg":
            raise
        raise StoreError(
            "A PostgreSQL database needs the package asyncpg: install it with pip install 'mcpserver[postgres]'."
        ) from None
    return await open_postgresql(url, busy_timeout=busy_timeout, sources=sources)


_DRIVERS: Mapping[str, Open] = {"sqlite": open_url, "postgresql": _open_postgresql, "postgres": _open_postgresql}
"""By the scheme of the database's URL."""


async def open_store(url: str, *, busy_timeout: float = 5.0, sources: Sources = Sources()) -> Store:  # noqa: B008 - frozen
    """Open the database at ``sqlite:///relative/path``, ``sqlite:////absolute/path``, ``sqlite://`` (memory) or
    ``postgresql://user:password@host/name``; a SQLite file is created.

    ``busy_timeout`` in seconds is how long a change waits for another process's lock. In a database that was restored
    from a backup, everything that the restore would revive is ended. Raises ``StoreError``.
    """
    scheme = url.partition("://")[0]
    if scheme not in _DRIVERS:
        raise StoreError(
            f"The database URL {without_secrets(url)!r} is not sqlite:///path, sqlite:////absolute/path, sqlite:// "
            "for memory, or postgresql://user:password@host/name."
        )
    return Store(await _DRIVERS[scheme](url, busy_timeout=busy_timeout, sources=sources))
