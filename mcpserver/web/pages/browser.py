"""Sessions in the browser: cookies, CSRF tokens, and the origin of forms."""

from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from attrs import frozen
from multidict import MultiDict

from mcpbase.guard import forms

from ...accounts import Account, Session
from ...attribution import attribution_of
from ...oauth.protocol import PageError
from ...secrets import random_text
from ...store import StoreBusy
from ..http import ACCOUNTS, MAX_SIZE, SITE, read_body

Form = MultiDict[str]

_VISITOR: web.RequestKey[str] = web.RequestKey("visitor", str)
_SIGNED_IN: web.RequestKey["SignedIn | None"] = web.RequestKey("signed_in", object)  # type: ignore[arg-type]


@frozen
class SignedIn:
    """A person and their session. ``assumed``: signed in by ``mcpserver dev`` without a password, so that none can be
    asked for.
    """

    account: Account
    session: Session
    assumed: bool = False


async def signed_in(request: web.Request) -> SignedIn | None:
    """The person who is signed in, if any. The store is asked once in a request."""
    if _SIGNED_IN not in request:
        value = request.cookies.get(cookie_name(request, "session"))
        found = await _find_session(request, value) if value else None
        request[_SIGNED_IN] = SignedIn(found[1], found[0]) if found else None
    person = request[_SIGNED_IN]
    if person is not None:
        attribution_of(request).person = person.account.username
    return person


async def _find_session(request: web.Request, value: str) -> tuple[Session, Account] | None:
    """The session and its person. Its use is recorded; a busy database is no reason to fail for that."""
    accounts = request.app[ACCOUNTS]
    found = await accounts.find_session(value)
    if found is not None:
        with suppress(StoreBusy):
            await accounts.note_seen(found[0])
    return found


def assume(request: web.Request, person: SignedIn) -> None:
    """Sign a person in for this request without a cookie: for ``mcpserver dev`` on loopback, and nothing else."""
    request[_SIGNED_IN] = person


def cookie_name(request: web.Request, kind: str) -> str:
    """With the ``__Host-`` prefix wherever cookies can be Secure, that is, everywhere but http on loopback (ASVS
    3.3.1).
    """
    name = f"mcpserver-{kind}"
    return f"__Host-{name}" if request.app[SITE].settings.secure else name


def set_cookie(
    request: web.Request, response: web.StreamResponse, kind: str, value: str, *, lifetime: int | None = None
) -> None:
    """``lifetime`` in seconds; None ends with the browser. Lax: the person arrives from the client's site."""
    secure = request.app[SITE].settings.secure
    response.set_cookie(
        cookie_name(request, kind), value, max_age=lifetime, path="/", secure=secure, httponly=True, samesite="Lax"
    )


def drop_cookie(request: web.Request, response: web.StreamResponse, kind: str) -> None:
    secure = request.app[SITE].settings.secure
    response.del_cookie(cookie_name(request, kind), path="/", secure=secure, httponly=True, samesite="Lax")


def tell_signed_out(request: web.Request, response: web.StreamResponse) -> None:
    """Have the front page say that the person was signed out: by a cookie, as a link with a parameter could be
    forged.
    """
    set_cookie(request, response, "signed-out", "1", lifetime=60)


def csrf_token(request: web.Request) -> str:
    """What this browser's forms must carry: derived from its session's cookie, or from a visitor's before sign-in
    (ASVS 3.5.1).
    """
    return forms.csrf_token(_cookie(request))


def _cookie(request: web.Request) -> str:
    return request.cookies.get(cookie_name(request, "session")) or _visitor(request)


def _visitor(request: web.Request) -> str:
    """The visitor's cookie, or a new one that the page sets (``keep_visitor``)."""
    if _VISITOR not in request:
        request[_VISITOR] = request.cookies.get(cookie_name(request, "visitor")) or random_text(
            request.app[SITE].sources, 32
        )
    return request[_VISITOR]


def keep_visitor(request: web.Request, response: web.StreamResponse) -> None:
    """Set the cookie of a new visitor, where something on the page was derived from it."""
    visitor = request.get(_VISITOR)
    if visitor is not None and visitor != request.cookies.get(cookie_name(request, "visitor")):
        set_cookie(request, response, "visitor", visitor)


async def require_csrf_form(request: web.Request, *, max_size: int = MAX_SIZE) -> Form:
    """The form of a page of ours, at most ``max_size`` bytes, posted by the browser it was shown in.

    Raises PageError.
    """
    _require_same_origin(request)
    form = await _read(request, max_size)
    if not forms.is_csrf_token(form.get("csrf", ""), _cookie(request)):
        message = (
            "You signed in or out after it was shown, or cookies are turned off. Go back, reload the page and "
            "try again."
        )
        raise PageError("This form is no longer valid", message, status=403, reason="CSRF token mismatch")
    return form


def _require_same_origin(request: web.Request) -> None:
    ours = f"{urlsplit(request.app[SITE].settings.public_url).scheme}://{request.host}"  # a Host that known_host let in
    if not forms.is_from_here(request, {ours}):
        origin = request.headers.get("Origin", "null")
        message = "Nothing was changed. Open the page here and try again."
        raise PageError("This form came from another site", message, status=403, reason=f"posted from {origin}")


async def _read(request: web.Request, max_size: int) -> Form:
    if request.content_type != "application/x-www-form-urlencoded":
        raise PageError("This form is malformed", "Reload the page and try again.", reason="content type")
    try:
        text = (await read_body(request, max_size=max_size)).decode("ascii")
        return MultiDict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100))
    except ValueError as error:
        raise PageError(
            "This form is malformed", "It contains text that is not valid UTF-8.", reason="form encoding"
        ) from error
