"""GET / and GET /healthz where people sign in at somebody else's authorization server: what this is, and whether
tokens can be checked.
"""

from aiohttp import web
from attrs import frozen

from ...oauth.protocol import ScopeCatalog
from ...oauth.resource import Trouble
from ...store import Store
from ..http import SITE
from .rendering import render


@frozen
class Readiness:
    """What there is to tell; ``trouble`` is the resource server's own."""

    scopes: ScopeCatalog
    store: Store
    trouble: Trouble


READINESS: web.AppKey[Readiness] = web.AppKey("readiness", Readiness)


async def show(request: web.Request) -> web.StreamResponse:
    settings = request.app[SITE].settings
    context = {
        "resource": settings.resource,
        "authorization_server": settings.authorization_server,
        "scopes": list(request.app[READINESS].scopes),
    }
    return render(request, "resource.html", context)


async def health(request: web.Request) -> web.StreamResponse:
    """Asks the database; 503 while no token can be checked that is new here. Why, the log says: strangers read this."""
    readiness = request.app[READINESS]
    await readiness.store.ping()
    if readiness.trouble.reason is not None:
        description = (
            "Access tokens cannot be checked: the authorization server does not answer as it should. The "
            "log of this server says why."
        )
        body = {"status": "unavailable", "error_description": description}
        return web.json_response(body, status=503, headers={"Cache-Control": "no-store", "Retry-After": "60"})
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/", show), web.get("/healthz", health)]
