"""The service as a web application: settings in, application out."""

from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

from mcpbase.seal import Seal
from mcpbase.serving import HANDLER_ARGS, plain_refusals
from mcpbase.sources import SteadyClock

from ..application import Application, Host, Served, open_application
from ..mcp import MCPServer
from ..network import Network
from ..oauth.discovery import authorization_extensions
from ..secret_file import installation_secret
from ..settings import Settings
from ..sources import Sources
from ..store import Store, StoreBusy, open_store
from ..web.http import SITE, Site, harden
from .authorization_server import add_authorization_server
from .background import LOOK_AROUND, PURGE, CleanupContext, every
from .endpoint import add_endpoint, bodies, create_endpoint, create_open_endpoint
from .service import SERVICE, Service, create_service, scopes_of
from .site import create_site

POLL_REVOCATIONS = 0.5
LOOK_FOR_KEYS = 2
EXPIRE = 60
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

    A store that is handed in stays open when the application ends.

    Raises StoreError or SettingError when it cannot start, each with one sentence for the operator.
    """
    clock = SteadyClock(sources.now, sources.monotonic)
    sources = sources.with_clock(clock)
    kept = store if store is not None else await open_store(settings.database, sources=sources)
    network = network or Network()
    try:
        seal = Seal(installation_secret(settings, sources, sealed=bool(await kept.list_signing_keys())))
        clock.begin_at(await kept.newest_instant())
        application = await open_application(server, Host(settings, sources, kept.database))
        scopes = scopes_of(application.server)
        service = await create_service(settings, kept, seal, sources, scopes, network=network)
        return _create(service, application, network, owns_store=store is None)
    except BaseException:
        if store is None:
            await kept.close()
        raise


def create_open_app(settings: Settings, server: MCPServer) -> web.Application:
    """The MCP endpoint alone, for everybody who reaches it: no sign-in, no pages, no database."""
    endpoint = create_open_endpoint(settings, server)
    app = web.Application(middlewares=[plain_refusals, bodies(settings, endpoint)], handler_args=HANDLER_ARGS)
    app[SITE] = Site(settings, Sources())
    app.on_response_prepare.append(harden)
    app.router.add_route("*", settings.base + "/mcp", endpoint.handle)
    endpoint.setup(app)
    return app


def _create(service: Service, application: Application, network: Network, *, owns_store: bool) -> web.Application:
    settings, gate = service.settings, service.resource_server
    endpoint = create_endpoint(
        settings,
        application.server,
        gate,
        seal=service.seal,
        sources=service.sources,
        store=service.store,
        extensions=authorization_extensions(settings),
    )
    gate.on_revoked(endpoint.end_grant)
    app = create_site(settings, service.sources, endpoint, application.templates)
    app[SERVICE] = service
    add_authorization_server(app, service, application)
    # Undone in reverse order: the endpoint ends first, and the store closes last.
    app.cleanup_ctx.extend([_closing(service, network, owns_store=owns_store), *_pollers(service)])
    add_endpoint(app, endpoint, settings)
    return app


def _closing(service: Service, network: Network, *, owns_store: bool) -> CleanupContext:
    async def closing(app: web.Application) -> AsyncIterator[None]:
        yield
        await network.close()
        service.accounts.passwords.close()
        with suppress(StoreBusy):  # a clock that is set back before the next start is noticed then
            await service.store.expire(service.sources.now())
        if owns_store:
            await service.store.close()

    return closing


def _pollers(service: Service) -> list[CleanupContext]:
    """What happens by itself: revocations and keys of other processes are picked up, and what is past use is
    deleted.
    """

    async def purge() -> None:
        settings = service.settings
        await service.store.purge(
            service.sources.now(),
            access_token_lifetime=settings.access_token_lifetime,
            unused_client_lifetime=settings.unused_client_lifetime,
        )

    async def renew_keys() -> None:
        if await service.keys.renew():
            service.resource_server.forget_all()

    async def expire() -> None:
        await service.store.expire(service.sources.now())

    return [
        every(POLL_REVOCATIONS, service.resource_server.poll_revocations),
        every(LOOK_AROUND, service.store.look_around),
        every(LOOK_FOR_KEYS, renew_keys),
        every(EXPIRE, expire),
        every(PURGE, purge),
    ]
