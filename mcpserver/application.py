"""An application: an MCP server, and what else is served with it to the people who sign in.

Most applications are an ``MCPServer`` and nothing more. One that has pages, HTTP endpoints or tables of its own is
a function, ``OpenApplication``: it is handed a ``Host`` when the service starts, and returns an ``Application``.
``mcpserver.notes`` is the example. ``compose.create_app`` and ``compose.mount`` take either as ``server``, and so does
``mcpserver serve --app``; ``mcpserver stdio`` takes an ``MCPServer`` only.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from attrs import frozen

from .mcp import Server
from .settings import Settings
from .sources import Sources
from .store.database import Database


@frozen
class Host:
    """What an application is handed when it starts.

    ``database`` is that of the service. An application makes its tables there with ``CREATE TABLE IF NOT EXISTS``,
    and may refer to ``accounts (id)``. It looks first whether they are there, as ``mcpserver.notes.store`` does: even
    a change without effect waits for other processes that write, and its ``StoreBusy`` would end the start.
    """

    settings: Settings
    sources: Sources
    database: Database


@frozen
class Link:
    """A link on the front page. ``path`` begins with a slash, below the path of the public URL."""

    path: str
    text: str


@frozen
class Application:
    """``routes`` are served beside the MCP endpoint; ``templates`` is a folder of Jinja templates for their pages,
    which may extend ``base.html``.

    ``headline`` and ``links`` are for the front page; without a headline, that shows the name of the service.

    ``close`` is awaited once: at the end, when no request is under way any more and the database is still open, or
    when the service cannot start after all.
    """

    server: Server
    routes: tuple[web.AbstractRouteDef, ...] = ()
    templates: Path | None = None
    headline: str | None = None
    links: tuple[Link, ...] = ()
    close: Callable[[], Awaitable[object]] | None = None


OpenApplication = Callable[[Host], Awaitable[Application]]

Served = Server | OpenApplication


async def open_application(served: Served, host: Host) -> Application:
    """The application of a server, or the one that a function opens."""
    return Application(served) if isinstance(served, Server) else await served(host)
