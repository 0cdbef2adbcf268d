"""The composition root: settings in, a web application out. The one module that knows every other."""

from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Middleware
from attrs import astuple, evolve

from mcpbase.seal import Seal, SealBroken
from mcpbase.serving.bodies import HANDLER_ARGS, body_rules, plain_refusals
from mcpbase.settings.loader import SettingError
from mcpbase.sign_in.passwords import Passwords
from mcpbase.sign_in.throttle import Throttle
from mcpbase.sources import SteadyClock

from ..accounts.identities import Identities
from ..accounts.service import Accounts
from ..accounts.throttle import DEVICES, PUSHES, REGISTRATIONS, USER_CODES
from ..mcp.protocol.budget import Limits, Share
from ..mcp.server import MCPServer
from ..network import Network
from ..notes import pages as notes_pages
from ..notes import rest as notes_rest
from ..notes.scopes import SCOPES
from ..notes.tools import build_server
from ..oauth.authorize.device_authorization import LIFETIME as DEVICE_LIFETIME
from ..oauth.authorize.pushed import LIFETIME as PUSHED_LIFETIME
from ..oauth.authorize.pushed import OPEN as PUSHED_OPEN
from ..oauth.clients.authentication import Clients
from ..oauth.clients.metadata import Rules
from ..oauth.clients.metadata_documents import ClientDocuments
from ..oauth.clients.private_key_jwt import ClientAssertions
from ..oauth.clients.workload import Workloads
from ..oauth.keys.dpop import Proofs
from ..oauth.keys.id_token_algorithms import ALGORITHMS as ID_TOKEN_ALGORITHMS
from ..oauth.keys.issuers import Issuers
from ..oauth.keys.jwks import RemoteKeys
from ..oauth.keys.key_ring import KeyRing, KeyRules
from ..oauth.limits.fetch_queue import FetchQueue
from ..oauth.limits.guesses import Guesses
from ..oauth.limits.quota import Quota
from ..oauth.metadata import authorization_extensions
from ..oauth.protocol.resources import Resources
from ..oauth.protocol.scopes import SIGN_IN, ScopeCatalog
from ..oauth.resource.local_verifier import OwnTokens
from ..oauth.resource.server import ResourceServer
from ..oauth.tokens.access_token import AccessTokens
from ..oauth.tokens.id_jag import IdentityAssertions
from ..oauth.tokens.id_token import LIFETIME as ID_TOKEN_LIFETIME
from ..oauth.tokens.id_token import IdTokens, context_class
from ..secret_file import installation_secret, secret_path
from ..settings import Settings
from ..sources import Sources
from ..store import Store, StoreBusy, open_store
from ..transports.http.timing import Timing
from ..transports.streamable_http import StreamableHTTP
from ..version import __version__
from ..web.authorization import authorize, consent, device, end_session, par
from ..web.endpoints import client_configuration, device_authorization, introspect, register, revoke, token, userinfo
from ..web.http.client_address import peer_address
from ..web.http.cors import allow_origins
from ..web.http.security import harden, known_host
from ..web.http.service import SERVICE, SITE, Service, Site
from ..web.pages import account, home, sign_in
from ..web.pages.browser import keep_visitor
from ..web.pages.errors import errors
from ..web.pages.rendering import setup_pages
from ..web.pages.static import setup_static
from ..web.well_known import jwks, metadata, protected_resource
from ..web.well_known.protected_resource import DESCRIPTION, resource_metadata, resource_metadata_url
from .background import CleanupContext, every

MIB = 1024 * 1024

POLL_REVOCATIONS = 0.5
LOOK_AROUND = 1
LOOK_FOR_KEYS = 2
EXPIRE = 60
PURGE = 3600
"""Seconds from one turn to the next."""

REFRESH_KEYS = 60
"""Seconds that a process may be without word of a new key, at the longest: keys are published, and verify, for that much longer."""

PUBLISH_KEYS = REFRESH_KEYS + jwks.MAX_AGE
"""Seconds for which a key is published before it signs: until each process has heard of it, and who kept the published keys looks again."""

LARGEST_FORM = 128 * 1024
"""Bytes of the largest body that anything but the MCP endpoint takes: a note."""

SSE_MESSAGES = "/messages"
"""Where clients of 2024-11-05 post."""

_ENDPOINTS = (account, authorize, consent, home, jwks, metadata, protected_resource, revoke, sign_in, token)
_DEVICES = (device, device_authorization)
_OPENID = (end_session, userinfo)
_NOTES = (notes_pages, notes_rest)


async def create_app(
    settings: Settings,
    *,
    server: MCPServer | None = None,
    store: Store | None = None,
    sources: Sources = Sources(),  # noqa: B008 - frozen
    network: Network | None = None,
) -> web.Application:
    """The service. ``server`` holds the tools, those of the notes when None; a store that is handed in stays open when the application ends.

    Raises StoreError or SettingError when it cannot start, each with one sentence for the operator.
    """
    clock = SteadyClock(sources.now, sources.monotonic)
    sources = sources.with_clock(clock)
    kept = store if store is not None else await open_store(settings.database, sources=sources)
    network = network or Network()
    try:
        secret = installation_secret(settings, sources, sealed=bool(await kept.list_signing_keys()))
        clock.begin_at(await kept.newest_instant())
        service = await _service(settings, kept, Seal(secret), sources, scopes_of(server), network=network)
        tools = server or build_server(kept, sources, name=settings.name, version=__version__)
        return _application(service, tools, network, owns_store=store is None)
    except BaseException:
        if store is None:
            await kept.close()
        raise


def create_open_app(settings: Settings, server: MCPServer) -> web.Application:
    """The MCP endpoint alone, for everybody who reaches it: no sign-in, no pages, no database."""
    endpoint = StreamableHTTP(
        server,
        None,
        sources=Sources().steady(),
        public_url=settings.public_url,
        allowed_origins=settings.allowed_origins,
        max_body_size=settings.max_body_size,
        body_timeout=settings.body_timeout,
        limits=limits_of(settings),
        address_of=peer_address,
        timing=Timing(drain=settings.grace),
    )
    app = web.Application(middlewares=[plain_refusals, bodies(settings, endpoint)], handler_args=HANDLER_ARGS)
    app[SITE] = Site(settings, Sources())
    app.on_response_prepare.append(harden)
    app.router.add_route("*", settings.base + "/mcp", endpoint.handle)
    endpoint.setup(app)
    return app


async def open_keys(settings: Settings, store: Store, seal: Seal, sources: Sources) -> KeyRing:
    """The signing keys. Raises SettingError when the secret is not the one that sealed them.

    A process that has not heard of a rotation yet still signs with the old key, so that key verifies for that much longer.
    """
    longest = max(settings.access_token_lifetime, ID_TOKEN_LIFETIME if settings.openid else 0)
    further = ID_TOKEN_ALGORITHMS if settings.openid else ()
    rules = KeyRules(longest + REFRESH_KEYS, settings.key_rotation, PUBLISH_KEYS, settings.signing_algorithm, further)
    try:
        return await KeyRing.load(store, seal, sources, rules)
    except SealBroken:
        place = "setting secret" if settings.secret is not None else f"secret_file {secret_path(settings)}"
        raise SettingError(f"The {place} is not the one that sealed the keys in {settings.database}: put that one back, or name another database.") from None


def create_accounts(settings: Settings, store: Store, sources: Sources) -> Accounts:
    return Accounts(store, Passwords(settings.password_hash_slots, sources.hasher), Throttle(sources), sources, settings.session_lifetime)


def create_clients(rules: Rules, store: Store, issuers: Issuers, network: Network, sources: Sources) -> Clients:
    settings = rules.settings
    queue = FetchQueue(sources)
    return Clients(
        store,
        assertions=ClientAssertions(store, RemoteKeys(network.strangers, sources, queue=queue), settings.issuer, sources)
        if settings.client_assertions
        else None,
        workloads=Workloads(store, issuers, settings.issuer, sources) if settings.workload_identities else None,
        documents=ClientDocuments(store, network.strangers, rules, sources, queue=queue) if settings.client_documents else None,
        guesses=Guesses(sources),
    )


def create_identities(settings: Settings, store: Store, issuers: Issuers, sources: Sources) -> IdentityAssertions | None:
    """None when no identity provider is trusted."""
    if not settings.identity_providers:
        return None
    people = Identities(store, sources, settings.identity_accounts)
    return IdentityAssertions(frozenset(settings.identity_providers), issuers, people.find_person, settings.issuer, sources)


def scopes_of(server: MCPServer | None) -> ScopeCatalog:
    """What people may allow: that of the notes, or what a server describes and its tools ask for. Raises SettingError."""
    if server is None:
        return SCOPES
    try:
        return ScopeCatalog.of(server.scopes, server.scope_names)
    except ValueError as error:
        raise SettingError(f"The server {server.info['name']} cannot be served: {error}") from None


def resources_of(settings: Settings, scopes: ScopeCatalog) -> Resources:
    """Everything that people and operators may allow here: ``scopes``, those of the resources that the settings name, and what sign-in needs."""
    return Resources(settings.resource, scopes, settings.named_resources, SIGN_IN if settings.openid else ())


async def _service(settings: Settings, store: Store, seal: Seal, sources: Sources, scopes: ScopeCatalog, *, network: Network) -> Service:
    has_notes = scopes is SCOPES
    if settings.resource in settings.named_resources:
        raise SettingError(f"The setting resources names {settings.resource}, the MCP endpoint here: what its scopes allow, the server's own scopes= says.")
    resources = resources_of(settings, scopes)
    keys = await open_keys(settings, store, seal, sources)
    await keys.adopt_algorithms()
    await keys.renew()
    access_tokens = AccessTokens(keys, issuer=settings.issuer, resource=settings.resource, lifetime=settings.access_token_lifetime, sources=sources)
    metadata_url = resource_metadata_url(settings)
    issuers = Issuers(network.trusted, sources)
    proofs = None if settings.dpop == "off" else Proofs(seal, sources, required=settings.dpop == "required", nonces=settings.dpop_nonces)
    return Service(
        settings=settings,
        store=store,
        seal=seal,
        keys=keys,
        scopes=resources.scopes,
        resources=resources,
        clients=create_clients(Rules(settings, resources.scopes), store, issuers, network, sources),
        id_tokens=IdTokens(keys, settings.issuer, context_class(settings), store.find_account, sources) if settings.openid else None,
        identities=create_identities(settings, store, issuers, sources),
        access_tokens=access_tokens,
        resource_server=ResourceServer(OwnTokens(access_tokens, store), scopes=scopes, resource_metadata_url=metadata_url, sources=sources, proofs=proofs),
        accounts=create_accounts(settings, store, sources),
        sources=sources,
        user_codes=Throttle(sources, USER_CODES),
        pushes=Throttle(sources, PUSHES),
        devices=Throttle(sources, DEVICES),
        pushed_bytes=Quota(sources, each=4 * MIB, total=64 * MIB, least=MIB // 32, seconds=PUSHED_LIFETIME + PUSHED_OPEN),
        device_bytes=Quota(sources, each=MIB, total=32 * MIB, least=MIB // 64, seconds=2 * DEVICE_LIFETIME),
        registrations=Throttle(sources, REGISTRATIONS),
        proofs=proofs,
        has_notes=has_notes,
    )


def _application(service: Service, tools: MCPServer, network: Network, *, owns_store: bool) -> web.Application:
    # errors stands outside of known_host, so that nothing can end without an answer of ours.
    endpoint = _mcp_endpoint(service, tools)
    app = web.Application(middlewares=[keep_visitor, errors, bodies(service.settings, endpoint), known_host], handler_args=HANDLER_ARGS)
    app[SERVICE] = service
    app[SITE] = Site(service.settings, service.sources)
    app[DESCRIPTION] = resource_metadata(service.settings, service.resources.own_scopes, service.proofs)
    setup_pages(app)
    setup_static(app)
    metadata.setup_metadata(app)
    app.on_response_prepare.extend([allow_origins, harden])
    optional = (
        *((register,) if service.settings.registration != "off" else ()),
        *((client_configuration,) if service.settings.client_management else ()),
        *((par,) if service.settings.pushed_requests != "off" else ()),
        *((introspect,) if service.settings.introspection else ()),
        *(_OPENID if service.settings.openid else ()),
        *(_DEVICES if service.settings.device_authorization else ()),
        *(_NOTES if service.has_notes else ()),
    )
    app.add_routes([route for endpoint in (*_ENDPOINTS, *optional) for route in endpoint.routes()])
    service.resource_server.on_revoked(endpoint.end_grant)
    app.router.add_route("*", "/mcp", endpoint.handle)
    if service.settings.legacy_sse:
        app.add_routes(sse_routes(endpoint))
    app.cleanup_ctx.extend([_closing(network, owns_store=owns_store), *_pollers(service)])  # undone in reverse: the store closes last
    endpoint.setup(app)
    return app


def _mcp_endpoint(service: Service, tools: MCPServer) -> StreamableHTTP:
    settings = service.settings
    return StreamableHTTP(
        tools,
        service.resource_server,
        seal=service.seal,
        sources=service.sources,
        sessions=service.store,
        session_lifetime=settings.mcp_session_lifetime,
        tasks=service.store,
        extensions=authorization_extensions(settings),
        public_url=settings.public_url,
        allowed_origins=settings.allowed_origins,
        max_body_size=settings.max_body_size,
        body_timeout=settings.body_timeout,
        sse_path=settings.base + SSE_MESSAGES,
        limits=limits_of(settings),
        address_of=peer_address,
        timing=Timing(drain=settings.grace),
    )


def bodies(settings: Settings, endpoint: StreamableHTTP | None = None) -> Middleware:
    """What holds for the bodies of all requests to an application; the MCP endpoint in it refuses in its own words."""
    careful = () if endpoint is None else (endpoint.handle, endpoint.open_sse, endpoint.post_sse)
    return body_rules(max(settings.max_body_size, LARGEST_FORM), settings.body_timeout, careful=careful)


def sse_routes(endpoint: StreamableHTTP) -> list[web.AbstractRouteDef]:
    """Those of 2024-11-05. HEAD has no place there: a stream has no headers that could be asked for without it."""
    return [web.get("/sse", endpoint.open_sse, allow_head=False), web.post(SSE_MESSAGES, endpoint.post_sse)]


def limits_of(settings: Settings) -> Limits:
    """What callers may hold; several of the largest bodies fit in, whatever their size is set to."""
    limits, largest = Limits(), settings.max_body_size
    received = Share(*(max(each, number * largest) for each, number in zip(astuple(limits.received), (4, 4, 8), strict=True)))
    streams, calls = evolve(limits.streams, each=settings.streams_per_caller), evolve(limits.calls, each=settings.calls_per_caller)
    listeners = evolve(limits.listeners, each=settings.streams_per_caller)
    return evolve(limits, listeners=listeners, streams=streams, calls=calls, received=received)


def _closing(network: Network, *, owns_store: bool) -> CleanupContext:
    async def closing(app: web.Application) -> AsyncIterator[None]:
        yield
        await network.close()
        app[SERVICE].accounts.passwords.close()
        service = app[SERVICE]
        with suppress(StoreBusy):  # a clock that is set back before the next start is noticed then
            await service.store.expire(service.sources.now())
        if owns_store:
            await service.store.close()

    return closing


def _pollers(service: Service) -> list[CleanupContext]:
    """What happens by itself: the other processes' revocations and keys are heard of, what is past use is deleted."""

    async def purge() -> None:
        settings = service.settings
        await service.store.purge(
            service.sources.now(), access_token_lifetime=settings.access_token_lifetime, unused_client_lifetime=settings.unused_client_lifetime
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
