"""The middleware: headers, host check, session, sign-in, and error pages."""

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from attrs import evolve

from mcpbase.guard import Proxies
from mcpbase.masking import masked
from mcpbase.serving import BodyTooSlow, CompressedBody, arriving, is_compressed, is_too_large, sign

from ..addresses import LOOPBACK
from ..database import DatabaseUnavailable
from ..errors import unexpected
from ..http import NAME
from ..integrations import DOCUMENT, KEYED_DOCUMENT
from ..settings import Settings
from ..sources import Sources
from .door import door_page
from .http import FEED, MARK, PEOPLE, PLACE, VISITOR, Visitor, is_outside, read_visitor, render, see, set_cookie
from .sign_in import sign_in_page

log = logging.getLogger("webclient")
HEADERS = {
    # No form-action: Chromium applies it to redirects too, such as from a form here to the authorization server.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "media-src data:; connect-src 'self';"
    " frame-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TOO_SLOW = "Your request did not arrive in time. Try again, with a better connection if possible."
TITLES = {
    403: "Not accepted",
    404: "Not found",
    405: "Not allowed",
    408: "Request timeout",
    413: "Request too large",
    415: "Unsupported format",
    421: "Wrong address",
    503: "Not available",
}


HEALTH = "/healthz"
"""The path for health probes, exempt from the host check as they often use an IP address as the host."""


def own_hosts(settings: Settings) -> set[str]:
    """The accepted values of the Host header. Other names that resolve to this server (DNS rebinding) are not in it."""
    port = urlsplit(settings.origin).port or settings.port
    local = {f"{name}:{settings.port}" for name in ("127.0.0.1", "localhost", "[::1]", settings.host)}
    return local | {urlsplit(settings.origin).netloc, f"{urlsplit(settings.origin).hostname}:{port}"}


def is_alias(request: web.Request, settings: Settings) -> bool:
    """Whether the request uses another name of loopback than the origin.

    A cookie set under that name would be missing when a sign-in redirects back to the origin.
    """
    home = urlsplit(settings.origin)
    return home.hostname in LOOPBACK and request.host != home.netloc


def gate(settings: Settings, sources: Sources) -> Middleware:
    """The middleware that checks every request and sets the session cookie."""
    hosts, proxies = (
        own_hosts(settings),
        Proxies(settings.origin, settings.trusted_proxies, "WEBCLIENT_TRUSTED_PROXIES", masked),
    )

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[MARK], place = request.app[FEED].mark, request.app[PLACE]
        visitor = request[VISITOR] = read_visitor(request, place, sources)
        try:
            visitor = request[VISITOR] = await recognized(request, visitor, settings)
        except DatabaseUnavailable as error:
            return unavailable(request, error)
        proxies.look(request)
        if request.host not in hosts and request.path != HEALTH:
            response: web.StreamResponse = error_page(
                request, 421, proxies.misdirected(request, now=sources.monotonic())
            )
        elif is_compressed(request):
            response = error_page(request, CompressedBody.status, CompressedBody.sentence)
            response.headers.update(CompressedBody.headers)
        elif is_too_large(request, settings.max_response_size):
            response = error_page(request, 413, f"Your request is larger than {settings.max_response_size} bytes.")
        elif is_alias(request, settings) and request.method == "GET":
            response = web.Response(status=307, headers={"Location": settings.origin + request.raw_path})
        elif not place.is_inside(request) and not is_outside(request.path):
            response = door_page(request, after=place.local(request) if request.method == "GET" else "/")
        elif request.path == place.base and request.method == "GET":  # typed without the trailing slash
            response = see(request, "/" + request.raw_path[len(request.path) :])
        elif settings.guarded and visitor.person is None and not is_open(place.local(request).partition("?")[0]):
            response = sign_in_page(request, after=place.local(request) if request.method == "GET" else "/")
        else:
            with arriving(request.content, settings.body_timeout):
                response = await answered(request, handler, sources.token()[:8])
        keeps = (
            visitor.fresh
            and (response.status < 400 or response.status == 401)
            and place.is_inside(request)
            and not is_outside(request.path)
        )
        if keeps and place.cookie_name not in response.cookies:
            set_cookie(response, visitor, place)
        return response

    return middleware


Dress = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


def dresser(settings: Settings) -> Dress:
    """Return the signal handler that adds headers to every response just before it is sent.

    A middleware would be too late for a stream, which is sent before its handler returns.
    """

    async def dress(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        sign(response, NAME)
        if settings.secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store"

    return dress


OPEN = frozenset({HEALTH, "/sign-in", "/sign-in/provider", "/sign-in/callback", DOCUMENT, KEYED_DOCUMENT})


def is_open(path: str) -> bool:
    """Whether a path is served without a sign-in, such as the sign-in itself and documents for other servers."""
    return path in OPEN or is_outside(path)


async def recognized(request: web.Request, visitor: Visitor, settings: Settings) -> Visitor:
    """The visitor, with the person who signed in with this cookie, if anybody. Raises DatabaseUnavailable."""
    if not settings.guarded or visitor.fresh:
        return visitor
    return evolve(visitor, person=await request.app[PEOPLE].find_session(visitor.digest))


async def answered(request: web.Request, handler: Handler, reference: str) -> web.StreamResponse:
    """The handler's response, or an error page for what it raised.

    An unexpected exception is logged under ``reference``, and the page shows the reference without details.
    """
    try:
        return await handler(request)
    except web.HTTPException as error:
        default = (
            "This page does not exist, or it belongs to another browser."
            if error.status == 404
            else "The request is not valid for this page."
        )
        custom = error.text if error.text and not error.text.startswith(f"{error.status}:") else default
        return error_page(request, error.status, custom)
    except DatabaseUnavailable as error:
        return unavailable(request, error)
    except BodyTooSlow as error:
        page = error_page(request, error.status, TOO_SLOW)
        page.force_close()
        return page
    except ConnectionResetError:
        # The client disconnected during the request. This is no error here, and nobody reads the response.
        return web.Response(status=400)
    except Exception:
        log.exception(
            "request %s failed: %s %s", reference, request.method, request.app[PLACE].local(request).partition("?")[0]
        )
        return error_page(request, 500, unexpected(reference))


def unavailable(request: web.Request, error: DatabaseUnavailable) -> web.Response:
    """An error page with status 503 and Retry-After (RFC 9110 section 15.6.4)."""
    page = error_page(request, 503, str(error))
    page.headers["Retry-After"] = str(error.retry_after)
    return page


def error_page(request: web.Request, status: int, message: str) -> web.Response:
    return render(
        request, "error.html", {"title": TITLES.get(status, "Request failed"), "message": message}, status=status
    )
