"""Exceptions as HTTP responses: pages for people, JSON for programs."""

import logging
from collections.abc import Awaitable, Callable
from functools import singledispatch

from aiohttp import web

from mcpbase.masking import masked, masked_path
from mcpbase.serving import BodyTooSlow, CompressedBody
from mcpbase.sign_in import Throttled

from ...oauth.protocol import BearerError, InvalidClient, OAuthError, PageError, TooManyRequests, UseDpopNonce
from ...store import StoreBusy, StoreReplaced, UnstorableValue
from ..http import bearer_answer, peer_address
from .rendering import error_page, logged_reference, new_reference

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SENTENCES = {
    404: (
        "Page not found",
        "There is nothing at this address. Check the address; the page may also have been removed.",
    ),
    405: ("Method not allowed", "This address does not support this kind of request."),
    413: ("Request too large", "The request is larger than this server accepts."),
}


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer bad input with its error, and faults with a reference that is in the log too.

    Query strings are not logged: they may hold codes.
    """
    try:
        return await handler(request)
    except Exception as error:
        return _answer_to(error, request)


@singledispatch
def _answer_to(error: Exception, request: web.Request) -> web.StreamResponse:
    """Exceptions without a handler below are faults of this program."""
    return _fault(error, request)


def _fault(error: Exception, request: web.Request) -> web.StreamResponse:
    reference = new_reference(request)
    _log.error("fault %s in %s %s", reference, request.method, masked_path(request.path), exc_info=error)
    message = f"An internal error occurred. The server's log has the details under the reference {reference}."
    return _answer(request, 500, "server_error", "Something went wrong", message)


@_answer_to.register
def _(error: OAuthError, request: web.Request) -> web.StreamResponse:
    """OAuth 2.1 section 3.2.4."""
    level = logging.DEBUG if error.routine else logging.WARNING
    _log.log(
        level, "%s %s refused: %s: %s", request.method, masked_path(request.path), error.code, masked(error.reason)
    )
    if isinstance(error, TooManyRequests):
        return _later(request, error)
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    if isinstance(error, InvalidClient):
        # RFC 9110 section 15.5.2: each 401 carries a challenge, and of the ways to authenticate a client only this one
        # is a scheme of HTTP.
        headers["WWW-Authenticate"] = 'Basic realm="token"'
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, UseDpopNonce):
        headers["DPoP-Nonce"] = error.nonce
    return web.json_response(
        {"error": error.code, "error_description": error.description}, status=error.status, headers=headers
    )


def _later(request: web.Request, error: TooManyRequests) -> web.StreamResponse:
    answer = _answer(request, error.status, error.code, "Please try again", error.description)
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@_answer_to.register
def _(error: BearerError, request: web.Request) -> web.StreamResponse:
    return bearer_answer(error)


@_answer_to.register
def _(error: PageError, request: web.Request) -> web.StreamResponse:
    reference = logged_reference(
        request, _log, f"{request.method} {masked_path(request.path)} refused", masked(error.reason)
    )
    return error_page(request, title=error.title, message=error.message, status=error.status, reference=reference)


@_answer_to.register
def _(error: Throttled, request: web.Request) -> web.StreamResponse:
    """RFC 6585 section 4."""
    what = f"{request.method} {masked_path(request.path)}: too many requests from {peer_address(request)}"
    reference = logged_reference(request, _log, what, str(error))
    answer = _answer(request, 429, "temporarily_unavailable", "Please try again", str(error), reference=reference)
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@_answer_to.register
def _(error: StoreBusy, request: web.Request) -> web.StreamResponse:
    reference = logged_reference(
        request, _log, f"{request.method} {masked_path(request.path)}: the database is busy", str(error)
    )
    description = (
        "The connection to the database was lost while a change was saved, so it is not known whether it was saved. "
        "Check, and try again if it was not."
        if error.is_uncertain
        else "The server cannot save changes at the moment. No data was lost. Try again in a few seconds."
    )
    answer = _answer(request, 503, "temporarily_unavailable", "Please try again", description, reference=reference)
    answer.headers["Retry-After"] = "5"
    return answer


@_answer_to.register
def _(error: StoreReplaced, request: web.Request) -> web.StreamResponse:
    """Not logged here: the log has it already, once, with what to do."""
    description = f"The server cannot save changes until its operator restarts it: {error}."
    answer = _answer(request, 503, "temporarily_unavailable", "This server needs its operator", description)
    answer.headers["Retry-After"] = "60"
    return answer


@_answer_to.register
def _(error: UnstorableValue, request: web.Request) -> web.StreamResponse:
    return _answer(
        request,
        400,
        "invalid_request",
        "This request is malformed",
        "It contains text that cannot be stored: a NUL, or invalid Unicode.",
    )


@_answer_to.register
def _(error: ConnectionResetError, request: web.Request) -> web.StreamResponse:
    """Not a fault when the client closed its connection; a fault when a connection from here to others broke."""
    gone = request.transport is None or request.transport.is_closing()
    return web.Response(status=400) if gone else _fault(error, request)


@_answer_to.register
def _(error: web.RequestPayloadError, request: web.Request) -> web.StreamResponse:
    message = "The body does not match its headers: its length or its chunks are wrong."
    return _answer(request, 400, "invalid_request", "This request is malformed", message)


@_answer_to.register
def _(error: CompressedBody, request: web.Request) -> web.StreamResponse:
    return _answer_to_body(error, request)


@_answer_to.register
def _(error: BodyTooSlow, request: web.Request) -> web.StreamResponse:
    return _answer_to_body(error, request)


def _answer_to_body(error: CompressedBody | BodyTooSlow, request: web.Request) -> web.StreamResponse:
    answer = _answer(request, error.status, "invalid_request", "This request cannot be read", error.sentence)
    answer.headers.update(error.headers)
    return answer


@_answer_to.register
def _(error: web.HTTPException, request: web.Request) -> web.StreamResponse:
    if error.status not in _SENTENCES:
        raise error
    title, message = _SENTENCES[error.status]
    answer = _answer(request, error.status, "invalid_request", title, message)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _answer(
    request: web.Request, status: int, code: str, title: str, message: str, *, reference: str | None = None
) -> web.StreamResponse:
    """A page for people, JSON for programs."""
    if "text/html" in request.headers.get("Accept", ""):
        return error_page(request, title=title, message=message, status=status, reference=reference)
    return web.json_response(
        {"error": code, "error_description": message}, status=status, headers={"Cache-Control": "no-store"}
    )
