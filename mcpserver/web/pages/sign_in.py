"""GET and POST /login, POST /logout."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from mcpbase.sign_in import LIFETIME, KnownBrowser, KnownBrowsers, Throttled, TooBusy

from ...accounts import SignInRefused, TooLong
from ...attribution import attribution_of
from ...oauth.protocol import Client, ClientKind, is_known
from ..http import ACCOUNTS, CLIENTS, SITE, describe, peer_address
from .browser import cookie_name, drop_cookie, require_csrf_form, set_cookie, signed_in, tell_signed_out
from .rendering import sign_in_page

KNOWN_BROWSERS: web.AppKey[KnownBrowsers] = web.AppKey("known_browsers", KnownBrowsers)

# A local path: one slash, then no second one and no backslash; no control characters, which browsers drop before they
# read the rest.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def local_path(path: str | None, *, base: str) -> str:
    """The path when it leads nowhere but here, else the front page (ASVS 3.7.2)."""
    front = base + "/"
    if path is None or not _LOCAL.fullmatch(path) or path.lower().startswith(("/%09", "/%0a", "/%0d", "/%5c", "/%2f")):
        return front
    return path if path.startswith(front) else front


async def show(request: web.Request) -> web.StreamResponse:
    """The sign-in page. Who is signed in is redirected, unless ``another`` in the query asks for another account."""
    target = local_path(request.query.get("next"), base=request.app[SITE].settings.base)
    person = await signed_in(request)
    if person is not None and "another" not in request.query:
        return _go(target)
    name = None if person is None else person.account.name
    return sign_in_page(
        request, next=target, person=name, stays=person is not None, application=await application_of(request, target)
    )


async def application_of(request: web.Request, target: str) -> dict[str, object] | None:
    """The client behind ``target``, when that is a local address of the authorization endpoint. Nothing is fetched."""
    parts = urlsplit(target)
    if parts.path != f"{request.app[SITE].settings.base}/authorize":
        return None
    client_id = next(iter(parse_qs(parts.query).get("client_id", ())), "")
    client = await request.app[CLIENTS].find_stored(client_id) if client_id else None
    return None if client is None else presented(client)


def presented(client: Client) -> dict[str, object]:
    return {
        "name": client.name,
        "vouched": client.verified or (client.kind is ClientKind.DOCUMENT and is_known(client.id)),
    }


def another_account(request: web.Request, target: str) -> str:
    """The address at which somebody who is signed in becomes somebody else, and then goes on to the local
    ``target``.
    """
    return f"{request.app[SITE].settings.base}/login?{urlencode({'another': 'yes', 'next': target})}"


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check the password, begin a session under a new id, go where the person was headed (303: OAuth 2.1 section
    7.5.4).
    """
    form = await require_csrf_form(request)
    settings, former = request.app[SITE].settings, request.cookies.get(cookie_name(request, "session"))
    target, login = local_path(form.get("next"), base=settings.base), form.get("login", "")
    browser = describe(request.headers.get("User-Agent", ""))
    asking = await application_of(request, target)
    known = request.app[KNOWN_BROWSERS].read(request.cookies.get(cookie_name(request, "browser")))
    try:
        value = await request.app[ACCOUNTS].sign_in(
            login,
            form.get("password", ""),
            address=peer_address(request),
            former=former,
            browser=browser,
            known_browser=known,
        )
    except TooLong as error:
        return sign_in_page(request, next=target, error=str(error), status=400, application=asking)
    except SignInRefused as error:
        return sign_in_page(request, next=target, error=str(error), login=login, status=401, application=asking)
    except Throttled as error:
        return _later(
            sign_in_page(request, next=target, error=str(error), login=login, status=429, application=asking),
            error.retry_after,
        )
    except TooBusy as error:
        return _later(
            sign_in_page(request, next=target, error=str(error), login=login, status=503, application=asking), 5
        )
    response = _go(target)
    set_cookie(request, response, "session", value, lifetime=settings.session_lifetime)
    drop_cookie(request, response, "visitor")
    await _remember_browser(request, response, known, value)
    return response


async def _remember_browser(request: web.Request, response: web.Response, known: KnownBrowser, value: str) -> None:
    """Set the cookie of a known browser, which is exempt from the limit that strangers may use up by guessing.

    It outlives the session, and gives no access by itself.
    """
    found = await request.app[ACCOUNTS].find_session(value)
    if found is not None:
        attribution_of(request).person = found[1].username
        set_cookie(
            request, response, "browser", request.app[KNOWN_BROWSERS].remember(known, found[1].id), lifetime=LIFETIME
        )


async def sign_out(request: web.Request) -> web.StreamResponse:
    await require_csrf_form(request)
    value = request.cookies.get(cookie_name(request, "session"))
    if value:
        await request.app[ACCOUNTS].sign_out(value)
    response = _go(request.app[SITE].settings.base + "/")
    drop_cookie(request, response, "session")
    tell_signed_out(request, response)
    return response


def _go(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def _later(response: web.Response, seconds: int) -> web.Response:
    response.headers["Retry-After"] = str(seconds)
    return response


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/login", show), web.post("/login", sign_in), web.post("/logout", sign_out)]
