"""Notes as a page at /notes: list, add and delete, with a CSRF token in each form."""

from contextlib import suppress
from datetime import UTC, datetime

from aiohttp import web
from attrs import frozen

from ..accounts import Account
from ..web.http import SITE
from ..web.pages import csrf_token, render, require_csrf_form, sign_in_page, signed_in
from .body import BODY_LIMIT
from .errors import NoSuchNote, NotesError
from .models import Note
from .service import PAGE_LIMIT, Notes

PATH = "/notes"


@frozen
class NotePages:
    """The handlers of the page; ``notes`` gives access to the notes of all people."""

    notes: Notes

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the newest notes, or the sign-in page to a person who is not signed in."""
        person = await signed_in(request)
        if person is None:
            return sign_in_page(request, next=_here(request))
        return await self._page(request, person.account)

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Add a note; a refused text is shown again in the form, with the reason."""
        person = await signed_in(request)
        if person is None:
            return _session_over(request)
        text = str((await require_csrf_form(request, max_size=BODY_LIMIT)).get("text", ""))
        try:
            await self.notes.add(person.account.id, text)
        except NotesError as error:
            return await self._page(request, person.account, refused=error, text=text)
        raise web.HTTPSeeOther(_here(request))

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Delete a note; one that is gone already, for example deleted in another tab, is not an error."""
        person = await signed_in(request)
        if person is None:
            return _session_over(request)
        await require_csrf_form(request)
        with suppress(NoSuchNote):
            await self.notes.remove(person.account.id, int(request.match_info["id"]))
        raise web.HTTPSeeOther(_here(request))

    async def _page(
        self, request: web.Request, account: Account, *, refused: NotesError | None = None, text: str = ""
    ) -> web.StreamResponse:
        page = await self.notes.page(account.id, limit=PAGE_LIMIT)
        context = {
            "account": account,
            "notes": [_shown(note) for note in page.notes],
            "csrf": csrf_token(request),
            "error": refused and refused.description,
            "text": text,
        }
        return render(request, "notes.html", context, status=refused.status if refused else 200)

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get(PATH, self.show),
            web.post(PATH, self.add),
            web.post(PATH + r"/{id:[0-9]{1,19}}/delete", self.delete),
        ]


def _here(request: web.Request) -> str:
    return request.app[SITE].settings.base + PATH


def _session_over(request: web.Request) -> web.StreamResponse:
    error = "Your session has ended, and nothing was changed. Sign in and try again."
    return sign_in_page(request, next=_here(request), error=error, status=401)


def _shown(note: Note) -> dict[str, object]:
    """A note as the template expects it."""
    created = datetime.fromtimestamp(note.created_at, UTC)
    return {"id": note.id, "text": note.text, "created": f"{created.day} {created:%B %Y, %H:%M} UTC"}
