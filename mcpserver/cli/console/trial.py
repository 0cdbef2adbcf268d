"""The MCP server of what an author's reference names, for commands that look at it and do not serve it."""

import asyncio

from ...application import Host, OpenApplication
from ...mcp import Server
from ...settings import Settings
from ...sources import Sources
from ...store import open_store
from .app_loader import load_served


def described_server(reference: str) -> Server:
    """The server itself, or that of an application, which is opened with an empty database in memory and closed.

    Raises Misuse, SettingError or StoreError.
    """
    served = load_served(reference)
    return served if isinstance(served, Server) else asyncio.run(_server_of(served))


async def _server_of(open_application: OpenApplication) -> Server:
    settings, sources = Settings(database="sqlite://"), Sources()
    store = await open_store(settings.database, sources=sources)
    try:
        application = await open_application(Host(settings, sources, store.database))
        if application.close is not None:
            await application.close()
        return application.server
    finally:
        await store.close()
