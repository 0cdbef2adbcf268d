"""GET /: what this server is and how to connect to it. GET /healthz: whether it works."""

from aiohttp import web

from .browser import csrf_token, signed_in
from .pages import render
from .security import HEALTH
from .service import SERVICE


async def show(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    person = await signed_in(request)
    context = {
        "account": person and person.account,
        "resource": service.settings.resource,
        "scopes": list(service.resources.own_scopes),
        "csrf": csrf_token(request),
        "notes": service.has_notes,
    }
    return render(request, "home.html", context)


async def health(request: web.Request) -> web.StreamResponse:
    """Asks the database, so that an answer means that requests can be served."""
    await request.app[SERVICE].store.ping()
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/", show), web.get(HEALTH, health)]
