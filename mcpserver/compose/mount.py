"""The service as a part of another application, under a path of its own."""

from collections.abc import Callable, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from mcpbase.serving import HANDLER_ARGS

from ..application import Served
from ..oauth.discovery import server_metadata
from ..settings import Settings
from ..sources import Sources
from ..store import Store
from ..web.http import SITE, Site, harden, known_host
from ..web.pages import errors, setup_pages
from ..web.well_known import DESCRIPTION
from ..web.well_known import ROOT as RESOURCE
from .app import create_app
from .endpoint import bodies
from .resource_app import create_resource_app
from .service import SERVICE

SERVER = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"

_CORS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=300"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, MCP-Protocol-Version",
}


Describe = Callable[[], Mapping[str, object]]


async def mount(app: web.Application, settings: Settings, *, server: Served, store: Store | None = None) -> None:
    """Put the service into an application that has not started yet, under the path of its public URL.

    What clients look for beside that path is put there too: metadata lies between the host and the path (RFC 8414
    section 3.1, RFC 9728 section 3.1). Raises StoreError or SettingError when the service cannot start, and ValueError
    when the public URL has no path.
    """
    if not settings.base:
        raise ValueError("The public URL must have a path: what the service is mounted under.")
    inner = await _created(settings, server, store)
    app.add_subapp(settings.base, inner)
    description = inner[DESCRIPTION]
    documents: dict[str, Describe] = {RESOURCE + settings.base + "/mcp": lambda: description}
    if SERVICE in inner:
        service = inner[SERVICE]
        documents |= dict.fromkeys(_server_places(settings), lambda: server_metadata(settings, service.scopes))
    app.add_routes([route for path, document in documents.items() for route in _document(path, document)])


async def _created(settings: Settings, server: Served, store: Store | None = None) -> web.Application:
    """With sign-in, or for those who sign in elsewhere."""
    if settings.authorization_server is not None:
        return await create_resource_app(settings, server=server)
    return await create_app(settings, server=server, store=store)


async def standalone(settings: Settings, *, server: Served) -> web.Application:
    """The service by itself, at the path of its public URL if that has one."""
    if not settings.base:
        return await _created(settings, server)
    app = web.Application(
        middlewares=[_beside(errors), bodies(settings), _beside(known_host)], handler_args=HANDLER_ARGS
    )
    app[SITE] = Site(settings, Sources())
    setup_pages(app)
    app.on_response_prepare.append(harden)
    await mount(app, settings, server=server)
    return app


def _beside(rule: Middleware) -> Middleware:
    """For what lies outside of the path: the application within keeps its rules itself."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await (handler(request) if request.match_info.apps[-1] is not request.app else rule(request, handler))

    return middleware


def _server_places(settings: Settings) -> list[str]:
    return [well_known + settings.base + path for well_known in (SERVER, OPENID) for path in ("", "/mcp")]


def _document(path: str, describe: Describe) -> list[web.AbstractRouteDef]:
    async def show(request: web.Request) -> web.Response:
        return web.json_response(describe(), headers=_CORS)

    async def preflight(request: web.Request) -> web.Response:
        return web.Response(status=204, headers={**_CORS, **_PREFLIGHT})

    return [web.get(path, show), web.options(path, preflight)]
