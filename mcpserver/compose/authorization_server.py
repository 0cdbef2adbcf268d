"""The authorization server in a web application: the parts that its handlers use, and the routes of what is switched
on.
"""

from aiohttp import web

from mcpbase.sign_in import KnownBrowsers

from ..accounts import DEVICES, PUSHES, REGISTRATIONS, USER_CODES
from ..application import Application
from ..oauth.authorize import (
    DEVICE_REQUEST_LIFETIME,
    PUSHED_REQUEST_LIFETIME,
    PUSHED_REQUESTS_OPEN,
    Decider,
    Hints,
    Lifetimes,
)
from ..oauth.clients import ClientConfiguration, Rules
from ..oauth.tokens import Introspection
from ..oauth.tokens.grants import enabled_grants
from ..web.authorization import DECIDER, HINTS, RESOURCES, authorize, consent, device, end_session, par
from ..web.endpoints import client_configuration, device_authorization, introspect, register, revoke, token, userinfo
from ..web.http import parts
from ..web.pages import account, home, sign_in
from ..web.well_known import jwks, metadata, protected_resource
from .service import Service

MIB = 1024 * 1024


def add_authorization_server(app: web.Application, service: Service, application: Application) -> None:
    """Everything but the MCP endpoint: pages, endpoints, published documents, and the application's own routes."""
    _add_shared_parts(app, service)
    _add_pages(app, service, application)
    _add_endpoints(app, service)
    settings = service.settings
    if settings.registration != "off":
        _add_registration(app, service)
    if settings.client_management:
        rules = Rules(settings, service.scopes)
        app[client_configuration.CONFIGURATION] = ClientConfiguration(service.store, rules, service.sources)
        app.add_routes(client_configuration.routes())
    if settings.pushed_requests != "off":
        _add_pushed_requests(app, service)
    if settings.introspection:
        _add_introspection(app, service)
    if settings.openid:
        app[HINTS] = Hints(service.keys, settings.issuer)
        app.add_routes([*end_session.routes(), *userinfo.routes()])
    if settings.device_authorization:
        _add_devices(app, service)
    app.add_routes(application.routes)


def _add_shared_parts(app: web.Application, service: Service) -> None:
    app[parts.STORE] = service.store
    app[parts.ACCOUNTS] = service.accounts
    app[parts.CLIENTS] = service.clients
    app[parts.RESOURCE_SERVER] = service.resource_server
    app[parts.TOKEN_ISSUER] = service.issuer
    if service.proofs is not None:
        app[parts.PROOFS] = service.proofs


def _add_pages(app: web.Application, service: Service, application: Application) -> None:
    settings = service.settings
    lifetimes = Lifetimes(code=settings.code_lifetime, grant=settings.grant_lifetime)
    app[DECIDER] = Decider(service.store, service.seal, service.sources, lifetimes)
    app[RESOURCES] = service.resources
    scopes = tuple(service.resources.own_scopes)
    app[home.FRONT] = home.Front(scopes, application.headline, application.links)
    app[home.EVENTS] = service.events
    app[sign_in.KNOWN_BROWSERS] = KnownBrowsers(service.seal, service.sources)
    for module in (account, authorize, consent, home, sign_in):
        app.add_routes(module.routes())


def _add_endpoints(app: web.Application, service: Service) -> None:
    """Those that are always on."""
    settings = service.settings
    metadata.setup_metadata(app, settings, service.scopes)
    own_scopes = service.resources.own_scopes
    app[protected_resource.DESCRIPTION] = protected_resource.resource_metadata(settings, own_scopes, service.proofs)
    app[jwks.KEYS] = service.keys
    app[token.GRANTS] = enabled_grants(settings)
    for module in (jwks, metadata, protected_resource, revoke, token):
        app.add_routes(module.routes())


def _add_registration(app: web.Application, service: Service) -> None:
    app[register.REGISTRATION] = register.Registration(
        store=service.store,
        rules=Rules(service.settings, service.scopes),
        seal=service.seal,
        sources=service.sources,
        throttle=service.throttle("registration", REGISTRATIONS),
    )
    app.add_routes(register.routes())


def _add_pushed_requests(app: web.Application, service: Service) -> None:
    kept = PUSHED_REQUEST_LIFETIME + PUSHED_REQUESTS_OPEN
    quota = service.quota("pushed requests", each=4 * MIB, total=64 * MIB, least=MIB // 32, seconds=kept)
    app[par.PUSH_LIMITS] = par.PushLimits(service.throttle("pushed requests", PUSHES), quota)
    app.add_routes(par.routes())


def _add_introspection(app: web.Application, service: Service) -> None:
    async def find_username(user_id: str) -> str | None:
        account = await service.store.find_account(user_id)
        return None if account is None or account.disabled_at is not None else account.username

    issuer, sources = service.settings.issuer, service.sources
    app[introspect.INTROSPECTION] = Introspection(service.store, service.access_tokens, find_username, issuer, sources)
    app.add_routes(introspect.routes())


def _add_devices(app: web.Application, service: Service) -> None:
    sources, kept = service.sources, 2 * DEVICE_REQUEST_LIFETIME
    app[device.USER_CODES] = service.throttle("user codes", USER_CODES)
    app[device_authorization.DEVICE_AUTHORIZATION] = device_authorization.DeviceAuthorization(
        store=service.store,
        seal=service.seal,
        resources=service.resources,
        sources=sources,
        throttle=service.throttle("devices", DEVICES),
        quota=service.quota("devices", each=MIB, total=32 * MIB, least=MIB // 64, seconds=kept),
    )
    app.add_routes([*device.routes(), *device_authorization.routes()])
