"""The one place where refusals and faults become HTTP."""

import logging
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..oauth.errors import BearerError, InvalidClient, OAuthError, PageError
from ..store import StoreBusy
from .bearer import bearer_answer
from .pages import error_page

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SENTENCES = {
    404: ("Nothing is here", "The address leads nowhere. It may be mistyped, or what it showed may be gone."),
    405: ("This does not work here", "The address exists, but not for this kind of request."),
    413: ("This is too large", "What was sent is larger than this server takes."),
}


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Bad input gets its answer, faults get an id that leads to the story in the log. Query strings stay out of it: they hold codes."""
    try:
        return await handler(request)
    except OAuthError as error:
        return _oauth_answer(request, error)
    except BearerError as error:
        return bearer_answer(error)
    except PageError as error:
        _log.info("%s %s refused: %s", request.method, request.path, error.reason)
        return error_page(request, title=error.title, message=error.message, status=error.status)
    except StoreBusy as error:
        _log.warning("%s %s: the database is busy: %s", request.method, request.path, error)
        return _busy(request)
    except web.HTTPException as error:
        return _http_answer(request, error)
    except Exception:
        return _fault(request)


def _oauth_answer(request: web.Request, error: OAuthError) -> web.Response:
    """OAuth 2.1 section 3.2.4."""
    _log.warning("%s %s refused: %s: %s", request.method, request.path, error.code, error.reason)
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    if isinstance(error, InvalidClient) and error.basic:
        headers["WWW-Authenticate"] = 'Basic realm="token"'
    return web.json_response({"error": error.code, "error_description": error.description}, status=error.status, headers=headers)


def _busy(request: web.Request) -> web.StreamResponse:
    description = "The server cannot keep anything at the moment. Nothing was lost: try again in a few seconds."
    answer = _answer(request, 503, "temporarily_unavailable", "Please try again", description)
    answer.headers["Retry-After"] = "5"
    return answer


def _http_answer(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if error.status not in _SENTENCES:
        raise error
    title, message = _SENTENCES[error.status]
    answer = _answer(request, error.status, "invalid_request", title, message)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _fault(request: web.Request) -> web.StreamResponse:
    reference = secrets.token_hex(6)
    _log.exception("fault %s in %s %s", reference, request.method, request.path)
    message = f"Something went wrong here. The reference {reference} leads to it in the server's log."
    return _answer(request, 500, "server_error", "Something went wrong", message)


def _answer(request: web.Request, status: int, code: str, title: str, message: str) -> web.StreamResponse:
    """A page for people, JSON for programs."""
    if "text/html" in request.headers.get("Accept", ""):
        return error_page(request, title=title, message=message, status=status)
    return web.json_response({"error": code, "error_description": message}, status=status, headers={"Cache-Control": "no-store"})
