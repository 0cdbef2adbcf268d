"""The composition root: settings in, a web application out."""

from collections.abc import AsyncIterator

from aiohttp import web

from .connections import Connections
from .feed import Feed
from .fetcher import Fetcher
from .pages import apps, callback, calls, changes, client_documents, connecting, integrations, live, preferences, prompts, resources, tools, trace, trace_files
from .pages.context import CONNECTIONS, FEED
from .pages.rendering import folder, set_up
from .pages.security import gate
from .settings import Settings
from .sources import Sources
from .store import open_store

PAGES = (integrations, connecting, callback, client_documents, tools, calls, apps, changes, resources, prompts, preferences, trace, trace_files, live)


def create_app(settings: Settings, *, sources: Sources | None = None) -> web.Application:
    """The web client as an application. Opening the database at start-up raises StoreError; everything is closed at clean-up."""
    chosen = sources or Sources()
    app = web.Application(middlewares=[gate(settings, chosen)], client_max_size=settings.max_response_size)

    app[FEED] = Feed()

    async def connections(app: web.Application) -> AsyncIterator[None]:
        store = await open_store(settings, chosen)
        fetcher = Fetcher(settings.limits, chosen, private=settings.reaches_inside)
        app[CONNECTIONS] = Connections(settings, store, fetcher, chosen, app[FEED])
        yield
        await app[CONNECTIONS].close()
        await fetcher.close()
        await store.close()

    async def let_readers_go(app: web.Application) -> None:
        app[FEED].close()

    app.cleanup_ctx.append(connections)
    app.on_shutdown.append(let_readers_go)
    set_up(app)
    app.add_routes([route for page in PAGES for route in page.routes])
    app.router.add_static("/static", folder("static", "templates/static"))
    return app
