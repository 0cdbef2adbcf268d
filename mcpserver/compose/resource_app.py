"""The MCP endpoint alone, for people who sign in elsewhere: somebody else's authorization server gives the tokens,
and they are checked here.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from aiohttp import web

from mcpbase.seal import Seal
from mcpbase.settings import SettingError
from mcpbase.sources import SteadyClock

from ..application import Served
from ..mcp import Server
from ..network import Network
from ..oauth.keys import Issuers, Unavailable
from ..oauth.protocol import ScopeCatalog
from ..oauth.resource import IntrospectedTokens, IntrospectionCredentials, JwtTokens, ResourceServer, Trouble, Trust
from ..processes import ProcessEvents
from ..secret_file import installation_secret
from ..settings import Settings
from ..sources import Sources
from ..store import Store, open_store
from ..web.pages import READINESS, Readiness, resource_home
from ..web.well_known import DESCRIPTION, protected_resource, resource_metadata, resource_metadata_url
from .background import LOOK_AROUND, CleanupContext, every
from .endpoint import add_endpoint, create_endpoint
from .housekeeping import create_housekeeping, keep_house
from .other_processes import begin_events, exchange
from .service import create_proofs, scopes_of, starting
from .site import create_site

TROUBLE = 15
"""Seconds from one look at an authorization server in trouble to the next."""


async def create_resource_app(
    settings: Settings,
    *,
    server: Served,
    sources: Sources = Sources(),  # noqa: B008 - frozen
    network: Network | None = None,
) -> web.Application:
    """A resource server and nothing else: its metadata name the authorization server (RFC 9728 section 2).

    The database keeps the sessions and tasks of MCP; there are no people in it. The network is closed with the
    application, and when that cannot start. Raises StoreError or SettingError when it cannot start.
    """
    server, clock = _require_server(server), SteadyClock(sources.now, sources.monotonic)
    sources = sources.with_clock(clock)
    network = network or Network()
    with starting():
        async with AsyncExitStack() as opened:
            opened.push_async_callback(network.close)
            seal, scopes = Seal(installation_secret(settings, sources)), scopes_of(server)
            verifier = token_verifier(settings, network, sources)
            store = await open_store(settings.database, sources=sources)
            opened.push_async_callback(store.close)
            clock.begin_at(await store.newest_instant())
            events = await begin_events(store, sources)
            app = _create(
                settings, server, verifier, seal=seal, scopes=scopes, sources=sources, store=store, events=events
            )
            # Undone in reverse order: the endpoint ends first, and the network closes last.
            app.cleanup_ctx.insert(0, _closing(opened.pop_all()))
            return app


def _create(
    settings: Settings,
    server: Server,
    verifier: JwtTokens | IntrospectedTokens,
    *,
    seal: Seal,
    scopes: ScopeCatalog,
    sources: Sources,
    store: Store,
    events: ProcessEvents,
) -> web.Application:
    proofs = create_proofs(settings, seal, sources, events)
    gate = ResourceServer(
        verifier, scopes=scopes, resource_metadata_url=resource_metadata_url(settings), sources=sources, proofs=proofs
    )
    endpoint = create_endpoint(settings, server, gate, seal=seal, sources=sources, store=store, events=events)
    app = create_site(settings, sources, endpoint)
    app[DESCRIPTION] = resource_metadata(settings, scopes, proofs)
    app.add_routes(protected_resource.routes())
    app[READINESS] = Readiness(scopes, store, gate.trouble)
    app.add_routes(resource_home.routes())
    app.cleanup_ctx.extend([every(LOOK_AROUND, store.look_around), *_looking(verifier, gate.trouble)])
    app.cleanup_ctx.extend(keep_house(create_housekeeping(store, events, sources), store, events, settings))
    app.cleanup_ctx.extend(exchange(events, store))
    add_endpoint(app, endpoint, settings)
    return app


def token_verifier(settings: Settings, network: Network, sources: Sources) -> JwtTokens | IntrospectedTokens:
    """By asking, if the operator has the credentials for it; else by reading. Raises SettingError."""
    assert settings.authorization_server is not None
    trust = Trust(
        settings.authorization_server,
        settings.token_audience or settings.resource,
        emails=settings.token_email_verified,
        alike=settings.access_tokens_like_id_tokens,
    )
    issuers = Issuers(network.trusted, sources)
    if (settings.introspection_client_id is None) != (settings.introspection_client_secret is None):
        raise SettingError(
            "The settings introspection_client_id and introspection_client_secret go together: set both, or none."
        )
    if settings.introspection_client_id is None or settings.introspection_client_secret is None:
        return JwtTokens(trust, issuers, sources)
    asking = IntrospectionCredentials(
        settings.introspection_client_id, settings.introspection_client_secret, settings.introspection_endpoint
    )
    return IntrospectedTokens(trust, asking, issuers, network.trusted, sources)


def _require_server(server: Served) -> Server:
    if not isinstance(server, Server):
        raise SettingError(
            "The setting authorization_server needs an MCPServer: an application with pages is for people who sign in "
            "here."
        )
    return server


def _closing(opened: AsyncExitStack) -> CleanupContext:
    async def closing(app: web.Application) -> AsyncIterator[None]:
        yield
        await opened.aclose()

    return closing


def _looking(verifier: JwtTokens | IntrospectedTokens, trouble: Trouble) -> list[CleanupContext]:
    """At the start, and again while tokens cannot be checked: what the operator mistyped stands in the log before
    anybody calls.
    """

    async def look() -> None:
        try:
            await verifier.look()
        except Unavailable as error:
            trouble.tell(str(error))
        else:
            trouble.end()

    async def look_again() -> None:
        if trouble.reason is not None:
            await look()

    async def at_start(app: web.Application) -> AsyncIterator[None]:
        await look()
        yield

    return [at_start, every(TROUBLE, look_again)]
