"""GET and POST /end-session: a client leads a person here to sign out (OpenID Connect RP-Initiated Logout 1.0)."""

from urllib.parse import urlsplit

from aiohttp import web

from ...oauth.authorize import Logout, read_logout
from ...oauth.protocol import InvalidRequest, PageError, Parameters
from ..http import ACCOUNTS, RESOURCE_SERVER, SITE, clients_for, query_parameters, read_form
from ..pages import SignedIn, csrf_token, drop_cookie, error_page, render, require_csrf_form, signed_in, tell_signed_out
from .parts import HINTS


async def ask(request: web.Request) -> web.StreamResponse:
    """Section 2: sign out the person whom the hint is about; ask anybody else, so that no link can sign them out."""
    parameters = await _parameters(request)
    logout, person = await _read(request, parameters), await signed_in(request)
    if person is None and logout.location is not None and not logout.proven:
        return _signed_out(request, logout.location)
    if person is None or person.account.id == logout.subject:
        return await _leave(request, logout)
    return _page(request, parameters, person)


def _signed_out(request: web.Request, location: str) -> web.Response:
    """A page with a link in place of a redirect: nobody is signed in, and any client could use this server as an open
    redirector.
    """
    link = {"href": location, "text": f"Continue to {urlsplit(location).netloc}"}
    return error_page(
        request, title="You are signed out", message="Nobody is signed in here in this browser.", status=200, link=link
    )


async def decide(request: web.Request) -> web.StreamResponse:
    form = await require_csrf_form(request)
    parameters = Parameters([(name, value) for name, value in form.items() if name not in ("csrf", "disconnect")])
    return await _leave(request, await _read(request, parameters), disconnect="disconnect" in form)


async def _parameters(request: web.Request) -> Parameters:
    try:
        return query_parameters(request) if request.method == "GET" else await read_form(request)
    except InvalidRequest as error:
        raise PageError("This request is malformed", error.description) from error


async def _read(request: web.Request, parameters: Parameters) -> Logout:
    return await read_logout(parameters, clients_for(request), request.app[HINTS])


async def _leave(request: web.Request, logout: Logout, *, disconnect: bool = False) -> web.StreamResponse:
    """``disconnect``: also revoke what was allowed in the session. Only the person can ask for that, not a client."""
    person = await signed_in(request)
    if person is not None:
        await request.app[ACCOUNTS].end_session(person.account, person.session.id, disconnect=disconnect)
        await request.app[RESOURCE_SERVER].poll_revocations()
    location = request.app[SITE].settings.base + "/" if logout.location is None else logout.location
    response = web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})
    if person is not None:
        drop_cookie(request, response, "session")
        if logout.location is None:
            tell_signed_out(request, response)
    return response


def _page(request: web.Request, parameters: Parameters, person: SignedIn) -> web.StreamResponse:
    uri = parameters.one("post_logout_redirect_uri")
    context = {
        "account": {"name": person.account.name},
        "csrf": csrf_token(request),
        "fields": parameters.pairs(),
        "host": None if uri is None else urlsplit(uri).netloc,
    }
    return render(request, "end_session.html", context, leads_away=True)


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/end-session", ask), web.post("/end-session", ask), web.post("/end-session/confirm", decide)]
