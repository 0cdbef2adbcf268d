"""The database: everything that is kept, behind ``open_store(url)``.

``Store`` joins the ``tables``, which satisfy the protocols of ``oauth``, ``accounts`` and ``mcp``; each verb makes
statements, and ``database.Database`` reads or applies them. ``sqlite`` is the driver, ``migrations`` bring a
database up to date.

It may import ``store.database``, ``store.sqlite``, ``store.tables`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from pathlib import Path

from ..sources import Sources
from .database.change import Statement
from .database.driver import Database
from .database.errors import StoreBusy, StoreError, StoreReplaced, UnstorableValue
from .sqlite import open_file, open_memory
from .tables.accounts import AccountTables
from .tables.assertions import AssertionTables
from .tables.devices import DeviceTables
from .tables.history import void_all
from .tables.identities import IdentityTables
from .tables.keys import KeyTables
from .tables.mcp import McpTables
from .tables.oauth import OAuthTables
from .tables.purge import expire, purge
from .tables.registrations import RegistrationTables
from .tables.requests import RequestTables

__all__ = ["Database", "Statement", "Store", "StoreBusy", "StoreError", "StoreReplaced", "UnstorableValue", "open_store"]


class Store(RequestTables, OAuthTables, DeviceTables, RegistrationTables, AssertionTables, AccountTables, IdentityTables, KeyTables, McpTables):
    """Satisfies ``OAuthStore``, ``RegistrationStore``, ``KeyStore``, ``AssertionStore``, ``AccountStore``, ``SessionStore`` and ``TaskStore``.

    Every verb may raise ``StoreBusy``.
    """

    @property
    def database(self) -> Database:
        """For the tables of the application."""
        return self._database

    async def ping(self) -> None:
        """Return when the database answers, and is the one that was opened. Raises ``StoreBusy``."""
        self._database.require_in_place()
        await self._database.fetch("SELECT 1 FROM migrations")

    async def look_around(self) -> None:
        """See that the database is where it was opened; to be called every second. Raises ``StoreReplaced``."""
        await self._database.look_around()

    async def copy_to(self, path: Path) -> None:
        """Make a backup: a copy of everything as it is at one moment, in a file that does not exist yet. Raises ``StoreError``."""
        await self._database.copy_to(path)

    async def void(self, now: int) -> None:
        """End every token, code, session and invitation, as after a restored backup; running processes hear of it within a second."""
        await self._database.apply(*void_all(now))

    async def newest_instant(self) -> int:
        """The newest that anything here was written at, in epoch seconds; 0 for a new database."""
        row = await self._database.fetch_one("SELECT seen_at FROM history")
        return 0 if row is None else int(row[0])

    async def expire(self, now: int) -> None:
        """Delete what nobody came for in time, soon after, so that a clock that steps back finds nothing to revive."""
        await self._database.apply(*expire(now))

    async def purge(self, now: int, *, access_token_lifetime: int = 3600, unused_client_lifetime: int = 30 * 86400) -> None:
        """Delete what is past use; the lifetimes in seconds are the longest of an access token, and of a client that waits for its first grant."""
        await self._database.apply(*purge(now, access_token_lifetime, unused_client_lifetime))

    async def close(self) -> None:
        """Finish the changes under way, then close."""
        await self._database.close()


async def open_store(url: str, *, busy_timeout: float = 5.0, sources: Sources = Sources()) -> Store:  # noqa: B008 - frozen
    """Open or create the database at ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``sqlite://`` (memory).

    ``busy_timeout`` in seconds is how long a change waits for another process's lock. A database that was restored from a backup has everything ended that it
    would revive. Raises ``StoreError``.
    """
    return Store(await _open_database(url, busy_timeout, sources))


async def _open_database(url: str, busy_timeout: float, sources: Sources) -> Database:
    if url in ("sqlite://", "sqlite:///:memory:"):
        return await open_memory(sources)
    path = url.removeprefix("sqlite:///")
    if path in (url, "") or not path.isprintable():
        raise StoreError(f"The database URL {_without_secrets(url)!r} is not sqlite:///path, sqlite:////absolute/path, or sqlite:// for memory.")
    return await open_file(Path(path), busy_timeout=busy_timeout, sources=sources)


def _without_secrets(url: str) -> str:
    """Another database's URL may carry a password: name its scheme only."""
    scheme, separator, _ = url.partition("://")
    return url if scheme == "sqlite" or not separator else f"{scheme}://..."
