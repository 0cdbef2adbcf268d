"""The store as a command uses it: opened, used once and closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..configuration import SettingError
from ..settings import Settings
from ..store import Store, open_store


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    """Raises StoreError, and SettingError for a database that would be gone with the command."""
    if settings.database in ("sqlite://", "sqlite:///:memory:"):
        raise SettingError(f"The setting database is {settings.database!r}, where nothing outlives this command: name a file, such as sqlite:///mcpserver.db.")
    store = await open_store(settings.database)
    try:
        yield store
    finally:
        await store.close()
