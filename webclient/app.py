"""The composition root: builds the web application from the settings."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from functools import partial

from aiohttp import web

from mcpbase.serving import HANDLER_ARGS, Files, attending
from mcpbase.settings import SettingError
from mcpbase.sources import SteadyClock

from .assistant import Assistant, Endpoint
from .broadcast import Broadcast
from .database import DatabaseUnavailable
from .fetcher import Fetcher
from .integrations import IntegrationService
from .oauth.protocol import Credentials
from .pages import assistant, callback, client_documents, door, dresser, gate, sign_in
from .pages.http import (
    ASSISTANT,
    CONNECTIONS,
    FEED,
    FRAMES,
    PEOPLE,
    PLACE,
    PROVIDER,
    Frames,
    Place,
    folder,
    live,
    placed,
    set_up,
)
from .pages.integration import (
    apps,
    calls,
    changes,
    connecting,
    overview,
    preferences,
    prompts,
    resources,
    server,
    tools,
)
from .pages.trace import files
from .pages.trace import page as trace
from .people import People, Provider
from .settings import Settings
from .sources import Sources
from .storage import Store, open_store

PAGES = (
    overview,
    connecting,
    callback,
    server,
    client_documents,
    tools,
    calls,
    apps,
    changes,
    resources,
    prompts,
    preferences,
    trace,
    files,
    live,
    assistant,
    sign_in,
)

NOTED_EVERY = 60
"""Seconds between two writes of the current time to the database."""
log = logging.getLogger("webclient")


def provider_of(settings: Settings, fetcher: Fetcher, store: Store, sources: Sources) -> Provider | None:
    """The OpenID provider at which people sign in; None when they use local passwords."""
    if not settings.sign_in_issuer:
        return None
    secret = settings.sign_in_client_secret or None
    credentials = Credentials(settings.sign_in_client_id, secret)
    redirect_uri = settings.origin + "/sign-in/callback"
    return Provider(
        settings.sign_in_issuer, credentials, redirect_uri, settings.sign_in_allowed, fetcher, store.people, sources
    )


def endpoint_of(settings: Settings, fetcher: Fetcher) -> Endpoint | None:
    """The endpoint of the model set by the operator; None when none is set."""
    if not settings.assistant_url:
        return None
    return Endpoint(
        settings.assistant_url, settings.assistant_model, settings.assistant_key, settings.assistant_timeout, fetcher
    )


async def open_guarded(settings: Settings, sources: Sources) -> Store:
    """Open the store, and require that somebody can sign in when others can reach the pages.

    Raises StoreError, and SettingError when nobody could sign in to guarded pages.
    """
    store = await open_store(settings, sources)
    if settings.guarded and not settings.sign_in_issuer and not await store.people.everybody():
        await store.close()
        raise SettingError(
            "Other machines can reach these pages, so they need a sign-in. Add a person with `webclient user add "
            "NAME`, or configure an OpenID provider (sign_in_issuer), or open the pages to everybody with "
            "open_to_all=on."
        )
    return store


async def watch_over(store: Store, sources: Sources) -> None:
    """Check every second that the database file is in place, and write the current time to it every minute."""
    for second in itertools.count(1):
        await asyncio.sleep(1)
        try:
            await store.look_around()
            if second % NOTED_EVERY == 0:
                await store.note_instant(sources.now())
        except DatabaseUnavailable:
            pass  # logged already
        except Exception:
            log.exception("error in the database maintenance")


def create_app(settings: Settings, *, sources: Sources | None = None) -> web.Application:
    """The web client as an application.

    Opening the database at start-up raises StoreError; everything is closed at clean-up.
    """
    given = sources or Sources()
    clock = SteadyClock(given.now, given.monotonic)
    chosen = given.with_clock(clock)
    app = web.Application(
        middlewares=[attending, gate(settings, chosen)],
        client_max_size=settings.max_response_size,
        handler_args=HANDLER_ARGS,
    )
    app[FEED], app[FRAMES] = Broadcast(), Frames()
    app.on_response_prepare.append(dresser(settings))
    app.cleanup_ctx.append(partial(running, settings=settings, sources=chosen, clock=clock))
    app.on_shutdown.append(_close_feed)
    set_up(app)
    add_pages(app, settings)
    return app


def add_pages(app: web.Application, settings: Settings) -> None:
    """The routes of all pages, and the static files."""
    shown = PAGES if settings.secure else (*PAGES, door)
    app.add_routes(
        placed(settings, [route for page in shown for route in page.routes if isinstance(route, web.RouteDef)])
    )
    app.router.add_get("/static/{name}", Files(folder("static", "templates/static")).show)


async def _close_feed(app: web.Application) -> None:
    """Ends the event streams of open pages, so that the server does not wait for them."""
    app[FEED].close()


async def running(
    app: web.Application, settings: Settings, sources: Sources, clock: SteadyClock[float]
) -> AsyncIterator[None]:
    """Opens the store and the services that use it, and closes everything when the application ends.

    Raises StoreError and SettingError.
    """
    store = await open_guarded(settings, sources)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close_store, store, sources)
        app[PLACE] = Place(settings, store.page_key)
        clock.begin_at(await store.newest_instant())
        await store.hops.stop_unfinished()
        await add_services(app, stack, settings, store, sources)
        stack.push_async_callback(_stop, asyncio.create_task(watch_over(store, sources)))
        yield


async def add_services(
    app: web.Application, stack: AsyncExitStack, settings: Settings, store: Store, sources: Sources
) -> None:
    """Add the services that handlers find by application key; ``stack`` closes them."""
    fetcher = Fetcher(settings.limits, sources, private=settings.reaches_inside)
    stack.push_async_callback(fetcher.close)
    # The operator set the addresses of the provider and the model, so they may be in a private network.
    trusted = Fetcher(settings.limits, sources)
    stack.push_async_callback(trusted.close)
    app[PEOPLE] = People(store.people, sources)
    stack.callback(app[PEOPLE].passwords.close)
    app[PROVIDER] = provider_of(settings, trusted, store, sources)
    app[CONNECTIONS] = IntegrationService(settings, store, fetcher, sources, app[FEED])
    stack.push_async_callback(app[CONNECTIONS].close)
    app[ASSISTANT] = Assistant(endpoint_of(settings, trusted), store, app[CONNECTIONS].calls, sources, app[FEED])
    stack.push_async_callback(app[ASSISTANT].close)


async def _stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def close_store(store: Store, sources: Sources) -> None:
    """Write the current time, from which the clock continues at the next start, and close the database."""
    try:
        await store.note_instant(sources.now())
    except DatabaseUnavailable:
        pass  # logged already
    except Exception:
        log.exception("error while closing the database")
    await store.close()
