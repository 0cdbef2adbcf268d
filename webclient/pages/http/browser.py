"""The browser session: a cookie of its own, and the proof that a form came from our page."""

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
    """The holder of a session cookie. The store only sees ``owner``, its digest."""

    value: str = field(repr=False)
    fresh: bool
    person: Person | None = None

    @property
    def digest(self) -> bytes:
        """Of the session: what the cookie holds is nowhere else."""
        return hashlib.sha256(b"session " + self.value.encode()).digest()

    @property
    def owner(self) -> bytes:
        """Whose integrations these are: the person's who signed in, else the browser's."""
        return self.person.owner if self.person else self.digest

    @property
    def csrf(self) -> str:
        return csrf_token(self.value)


VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


def read_visitor(request: web.Request, place: Place, sources: Sources) -> Visitor:
    value = request.cookies.get(place.cookie_name, "")
    return Visitor(value, fresh=False) if VALUE.fullmatch(value) else Visitor(sources.token(), fresh=True)


def set_cookie(response: web.StreamResponse, visitor: Visitor, place: Place) -> None:
    """SameSite=Lax: the cookie must come along when the authorization server sends the browser back."""
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
    """By which a browser in which somebody signed in is known again; it opens nothing."""
    _set(response, place.browser_cookie, value, known_browsers.LIFETIME, place)


async def read_answers(request: web.Request) -> dict[str, tuple[str, ...]]:
    """The form's text fields with all their values, once its CSRF token is proven.

    Raises HTTPForbidden, HTTPRequestEntityTooLarge.
    """
    # A Host that the gate let in; a proxy may have taken TLS off.
    if not is_from_here(
        request, {f"https://{request.host}", f"http://{request.host}", request.app[PLACE].settings.origin}
    ):
        raise web.HTTPForbidden(text="This form was sent from another site, so it was not accepted.")
    form = await request.post()
    fields = {name: tuple(value for value in form.getall(name) if isinstance(value, str)) for name in form}
    visitor, shown = request[VISITOR], (*fields.get("csrf", ()), "")[0]
    if visitor.fresh or not is_csrf_token(shown, visitor.value):
        raise web.HTTPForbidden(
            text="This form is too old or was opened in another browser. Go back, reload the page and try again."
        )
    return {name: values for name, values in fields.items() if values}


async def read_form(request: web.Request) -> dict[str, str]:
    """The first value of each field. Raises as read_answers() does."""
    return {name: values[0] for name, values in (await read_answers(request)).items()}
