"""Notes as a page at /notes: list, add, delete; each form with its CSRF token."""

from contextlib import suppress
from datetime import UTC, datetime

from aiohttp import web

from ..accounts.models import Account
from ..web.http.service import SERVICE
from ..web.pages.browser import csrf_token, require_csrf_form, signed_in
from ..web.pages.rendering import render, sign_in_page
from .body import BODY_LIMIT
from .errors import NoSuchNote, NotesError
from .models import Note
from .service import PAGE_LIMIT, Notes

PATH = "/notes"


async def show(request: web.Request) -> web.StreamResponse:
    """The newest notes, or the sign-in page in their place."""
    person = await signed_in(request)
    if person is None:
        return sign_in_page(request, next=_here(request))
    return await _page(request, person.account)


async def add(request: web.Request) -> web.StreamResponse:
    """A text that is refused comes back with the reason, so that nothing typed is lost."""
    person = await signed_in(request)
    if person is None:
        return _session_over(request)
    text = str((await require_csrf_form(request, max_size=BODY_LIMIT)).get("text", ""))
    try:
        await _notes(request).add(person.account.id, text)
    except NotesError as error:
        return await _page(request, person.account, refused=error, text=text)
    raise web.HTTPSeeOther(_here(request))


async def delete(request: web.Request) -> web.StreamResponse:
    """Deleting what is gone already, in another tab for example, is no mistake worth a page."""
    person = await signed_in(request)
    if person is None:
        return _session_over(request)
    await require_csrf_form(request)
    with suppress(NoSuchNote):
        await _notes(request).remove(person.account.id, int(request.match_info["id"]))
    raise web.HTTPSeeOther(_here(request))


def _here(request: web.Request) -> str:
    return request.app[SERVICE].settings.base + PATH


def _session_over(request: web.Request) -> web.StreamResponse:
    return sign_in_page(request, next=_here(request), error="Your session has ended, and nothing was changed. Sign in and try again.", status=401)


async def _page(request: web.Request, account: Account, *, refused: NotesError | None = None, text: str = "") -> web.StreamResponse:
    page = await _notes(request).page(account.id, limit=PAGE_LIMIT)
    context = {
        "account": account,
        "notes": [_shown(note) for note in page.notes],
        "csrf": csrf_token(request),
        "error": refused and refused.description,
        "text": text,
    }
    return render(request, "notes.html", context, status=refused.status if refused else 200)


def _shown(note: Note) -> dict[str, object]:
    """A note as the template takes it, with its instant in words."""
    created = datetime.fromtimestamp(note.created_at, UTC)
    return {"id": note.id, "text": note.text, "created": f"{created.day} {created:%B %Y, %H:%M} UTC"}


def _notes(request: web.Request) -> Notes:
    service = request.app[SERVICE]
    return Notes(service.store, service.sources)


def routes() -> list[web.AbstractRouteDef]:
    return [
        web.get(PATH, show),
        web.post(PATH, add),
        web.post(PATH + r"/{id:[0-9]{1,19}}/delete", delete),
    ]
