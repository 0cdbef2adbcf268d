"""The service as a web application: settings in, application out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

from aiohttp import web

from mcpbase.seal import Seal
from mcpbase.serving import HANDLER_ARGS, plain_refusals
from mcpbase.sources import SteadyClock

from ..application import Application, Host, Served, open_application
from ..mcp import Server
from ..network import Network
from ..oauth.discovery import authorization_extensions
from ..oauth.keys import KeyRing
from ..secret_file import installation_secret
from ..settings import Settings
from ..sources import Sources
from ..store import Store, StoreBusy, open_store
from ..web.http import SITE, Site, harden
from .authorization_server import add_authorization_server
from .background import LOOK_AROUND, CleanupContext, every
from .endpoint import add_endpoint, bodies, create_endpoint, create_open_endpoint
from .housekeeping import create_housekeeping, keep_house, renew_keys
from .other_processes import begin_events, exchange
from .service import SERVICE, Foundation, Service, create_service, prepare_keys, require_resources, scopes_of, starting
from .site import create_site

LOOK_FOR_KEYS = 2
"""Seconds from one turn to the next."""


async def create_app(
    settings: Settings,
    *,
    server: Served,
    store: Store | None = None,
    sources: Sources = Sources(),  # noqa: B008 - frozen
    network: Network | None = None,
) -> web.Application:
    """The service, with the tools and pages of ``server``.

    A store that is handed in stays open when the application ends or cannot start; the network is closed with it.

    Raises StoreError or SettingError when it cannot start, each with one sentence for the operator, and whatever
    ``server`` raises while it is opened; a database that is busy then is a StoreError.
    """
    clock = SteadyClock(sources.now, sources.monotonic)
    sources = sources.with_clock(clock)
    network = network or Network()
    with starting():
        async with AsyncExitStack() as opened:
            opened.push_async_callback(network.close)
            require_resources(settings)
            kept = store if store is not None else await open_store(settings.database, sources=sources)
            if store is None:
                opened.push_async_callback(kept.close)
            clock.begin_at(await kept.newest_instant())
            seal, keys = await _open_seal_and_keys(settings, kept, sources)
            # It may change tables, so that it is opened when nothing else stands against the start.
            application = await open_application(server, Host(settings, sources, kept.database))
            if application.close is not None:
                opened.push_async_callback(application.close)
            scopes = scopes_of(application.server)
            events = await begin_events(kept, sources)
            service = create_service(Foundation(settings, kept, seal, sources, keys, network, events), scopes)
            opened.callback(service.accounts.passwords.close)
            app = _create(service, application)
            # Undone in reverse order: the endpoint ends first, and the store closes last.
            app.cleanup_ctx.insert(0, _closing(service, opened.pop_all()))
            return app


async def require_startable(settings: Settings, sources: Sources = Sources()) -> None:  # noqa: B008 - frozen
    """Open the database, migrate it and open the keys, and close all of it again, before processes are started that
    need them.

    Raises StoreError or SettingError as ``create_app`` does.
    """
    if settings.authorization_server is not None:
        return
    with starting():
        store = await open_store(settings.database, sources=sources)
        try:
            await _open_seal_and_keys(settings, store, sources)
        finally:
            await store.close()


def create_open_app(settings: Settings, server: Server) -> web.Application:
    """The MCP endpoint alone, for everybody who reaches it: no sign-in, no pages, no database."""
    endpoint = create_open_endpoint(settings, server)
    app = web.Application(middlewares=[plain_refusals, bodies(settings, endpoint)], handler_args=HANDLER_ARGS)
    app[SITE] = Site(settings, Sources())
    app.on_response_prepare.append(harden)
    app.router.add_route("*", settings.base + "/mcp", endpoint.handle)
    endpoint.setup(app)
    return app


async def _open_seal_and_keys(settings: Settings, store: Store, sources: Sources) -> tuple[Seal, KeyRing]:
    seal = Seal(installation_secret(settings, sources, sealed=bool(await store.list_signing_keys())))
    return seal, await prepare_keys(settings, store, seal, sources)


def _create(service: Service, application: Application) -> web.Application:
    settings, gate = service.settings, service.resource_server
    endpoint = create_endpoint(
        settings,
        application.server,
        gate,
        seal=service.seal,
        sources=service.sources,
        store=service.store,
        events=service.events,
        extensions=authorization_extensions(settings),
    )
    gate.on_revoked(endpoint.end_grant)
    app = create_site(settings, service.sources, endpoint, application.templates)
    app[SERVICE] = service
    add_authorization_server(app, service, application)
    app.cleanup_ctx.extend(_pollers(service))
    app.cleanup_ctx.extend(exchange(service.events, service.store, [gate.poll_revocations]))
    add_endpoint(app, endpoint, settings)
    return app


def _closing(service: Service, opened: AsyncExitStack) -> CleanupContext:
    async def closing(app: web.Application) -> AsyncIterator[None]:
        yield
        async with opened:
            with suppress(StoreBusy):  # a clock that is set back before the next start is noticed then
                await service.store.note_time(service.sources.now())

    return closing


def _pollers(service: Service) -> list[CleanupContext]:
    """Work beside the requests: keys of other processes are picked up, and this process takes its turns at
    housekeeping.
    """
    events = service.events
    housekeeping = create_housekeeping(service.store, events, service.sources)

    async def look_for_keys() -> None:
        if await service.keys.look():
            service.resource_server.forget_all()
        await renew_keys(housekeeping, service.keys)

    return [
        every(LOOK_AROUND, service.store.look_around),
        every(LOOK_FOR_KEYS, look_for_keys),
        *keep_house(housekeeping, service.store, events, service.settings),
    ]
