"""GET /: what this server is and how to connect to it. GET /healthz: whether it works."""

from aiohttp import web

from .browser import cookie_name, csrf_token, drop_cookie, signed_in
from .pages import render
from .security import HEALTH
from .service import SERVICE


async def show(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    person = await signed_in(request)
    signed_out = person is None and cookie_name(request, "signed-out") in request.cookies
    context = {
        "account": person and person.account,
        "resource": service.settings.resource,
        "scopes": list(service.resources.own_scopes),
        "csrf": csrf_token(request),
        "notes": service.has_notes,
        "signed_out": signed_out,
    }
    response = render(request, "home.html", context)
    if cookie_name(request, "signed-out") in request.cookies:
        drop_cookie(request, response, "signed-out")
    return response


async def health(request: web.Request) -> web.StreamResponse:
    """Asks the database, so that an answer means that requests can be served."""
    await request.app[SERVICE].store.ping()
    return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/", show), web.get(HEALTH, health)]
