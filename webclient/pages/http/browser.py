"""The browser session: its cookie, and the check that a form was sent from one of these pages."""

import hashlib
import re

from aiohttp import web
from attrs import field, frozen

from mcpbase.guard import csrf_token, is_csrf_token, is_from_here
from mcpbase.sign_in import known_browsers

from ...people import Person
from ...sources import Sources
from .place import PLACE, Place

LIFETIME = 400 * 86400
VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


@frozen
class Visitor:
    """The session of a browser.

    ``value`` is the value of the cookie, which is never stored: the store receives ``owner`` and ``digest`` only.
    ``fresh`` is whether the cookie was not sent with this request; ``person`` is who signed in, if anybody.
    """

    value: str = field(repr=False)
    fresh: bool
    person: Person | None = None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the cookie's value, by which the session is stored."""
        return hashlib.sha256(b"session " + self.value.encode()).digest()

    @property
    def owner(self) -> bytes:
        """The owner of integrations and conversations: the signed-in person, else the browser session."""
        return self.person.owner if self.person else self.digest

    @property
    def csrf(self) -> str:
        return csrf_token(self.value)


VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


def read_visitor(request: web.Request, place: Place, sources: Sources) -> Visitor:
    value = request.cookies.get(place.cookie_name, "")
    return Visitor(value, fresh=False) if VALUE.fullmatch(value) else Visitor(sources.token(), fresh=True)


def set_cookie(response: web.StreamResponse, visitor: Visitor, place: Place) -> None:
    """Set the session cookie.

    It is SameSite=Lax, so that the browser sends it when the authorization server redirects back.
    """
    _set(response, place.cookie_name, visitor.value, LIFETIME, place)


def _set(response: web.StreamResponse, name: str, value: str, lifetime: int, place: Place) -> None:
    response.set_cookie(
        name,
        value,
        max_age=lifetime,
        path=place.cookie_path,
        secure=place.settings.secure,
        httponly=True,
        samesite="Lax",
    )


def set_browser_cookie(response: web.StreamResponse, value: str, place: Place) -> None:
    """Set the cookie that recognizes a browser in which somebody signed in before; it grants no access."""
    _set(response, place.browser_cookie, value, known_browsers.LIFETIME, place)


async def read_answers(request: web.Request) -> dict[str, tuple[str, ...]]:
    """The form's text fields with all their values, after checks of the request's origin and the CSRF token.

    Raises HTTPForbidden when a check fails, HTTPRequestEntityTooLarge for a body that is too large.
    """
    # The Host was checked by the middleware. Both schemes are accepted, as a proxy may terminate TLS.
    if not is_from_here(
        request, {f"https://{request.host}", f"http://{request.host}", request.app[PLACE].settings.origin}
    ):
        raise web.HTTPForbidden(text="This form was sent from another site, so it was not accepted.")
    form = await request.post()
    fields = {name: tuple(value for value in form.getall(name) if isinstance(value, str)) for name in form}
    visitor, shown = request[VISITOR], (*fields.get("csrf", ()), "")[0]
    if visitor.fresh or not is_csrf_token(shown, visitor.value):
        raise web.HTTPForbidden(
            text="This form has expired, or it was opened in another browser. Go back, reload the page and try again."
        )
    return {name: values for name, values in fields.items() if values}


async def read_form(request: web.Request) -> dict[str, str]:
    """The first value of each field. Raises as read_answers() does."""
    return {name: values[0] for name, values in (await read_answers(request)).items()}
