"""Notes as a REST API at /api/notes, with JSON and bearer tokens."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from attrs import frozen

from ..web.http import SITE, bearer_user, open_to_browsers
from .body import read_draft
from .errors import InvalidPage, NoSuchNote, NotesError
from .scopes import READ, WRITE
from .service import PAGE_DEFAULT, Notes
from .views import NoteView, view, views

PATH = "/api/notes"
_PARAMETERS = ("q", "limit", "before")
_DIGITS_LIMIT = 19

Handler = Callable[["NoteApi", web.Request], Awaitable[web.Response]]


class Listing(msgspec.Struct):
    """A page of notes; ``next`` is the address of the next page, null at the end."""

    notes: list[NoteView]
    next: str | None = None


def answers_json(handler: Handler) -> Handler:
    """Turn NotesError into ``{"error": ..., "error_description": ...}``, in the format of RFC 6749 section 5.2."""

    @wraps(handler)
    async def answer(self: "NoteApi", request: web.Request) -> web.Response:
        try:
            return await handler(self, request)
        except NotesError as error:
            return _json({"error": error.code, "error_description": error.description}, status=error.status)

    return answer


@frozen
class NoteApi:
    """The handlers of the API; ``notes`` gives access to the notes of all people."""

    notes: Notes

    @answers_json
    async def list_notes(self, request: web.Request) -> web.Response:
        """List notes: ``?q=`` searches, ``?limit=`` and ``?before=`` page through all of them."""
        user = await bearer_user(request, scope=READ)
        query = _query(request)
        limit = _whole_number("limit", query.get("limit", str(PAGE_DEFAULT)))
        if "q" in query:
            require_search_alone(query)
            return _json({"notes": views(await self.notes.search(user.id, query["q"], limit=limit))})
        before = _whole_number("before", query["before"]) if "before" in query else None
        page = await self.notes.page(user.id, limit=limit, before=before)
        return _json(Listing(views(page.notes), _next_address(request, limit, page.next_before)))

    @answers_json
    async def read_note(self, request: web.Request) -> web.Response:
        user = await bearer_user(request, scope=READ)
        return _json(view(await self.notes.find(user.id, _note_id(request))))

    @answers_json
    async def add_note(self, request: web.Request) -> web.Response:
        """Add a note, and answer 201 with the note and its address."""
        user = await bearer_user(request, scope=WRITE)
        draft = await read_draft(request)
        note = await self.notes.add(user.id, draft.text)
        return _json(view(note), status=201, location=f"{_here(request)}/{note.id}")

    @answers_json
    async def delete_note(self, request: web.Request) -> web.Response:
        user = await bearer_user(request, scope=WRITE)
        await self.notes.remove(user.id, _note_id(request))
        return web.Response(status=204)

    def routes(self) -> list[web.AbstractRouteDef]:
        """The routes, open to web pages of every origin, because callers send a token and cookies are ignored."""
        return [
            *open_to_browsers(PATH, get=self.list_notes, post=self.add_note),
            *open_to_browsers(PATH + "/{id}", get=self.read_note, delete=self.delete_note),
        ]


def require_search_alone(query: Mapping[str, str]) -> None:
    if "before" in query:
        raise InvalidPage("A search gives its newest matches; leave out before, or narrow the words.")


def _query(request: web.Request) -> dict[str, str]:
    """The known parameters; an empty one counts as absent. Raises InvalidPage for one that is repeated."""
    for name in _PARAMETERS:
        if len(request.query.getall(name, ())) > 1:
            raise InvalidPage(f"Send {name} once.")
    return {name: request.query[name] for name in _PARAMETERS if request.query.get(name)}


def _whole_number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS_LIMIT):
        raise InvalidPage(f"{name} is a whole number.")
    return int(value)


def _note_id(request: web.Request) -> int:
    """The note id in the path. Raises NoSuchNote for a value that cannot be an id."""
    value = request.match_info["id"]
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS_LIMIT):
        raise NoSuchNote("You have no such note.")
    return int(value)


def _next_address(request: web.Request, limit: int, before: int | None) -> str | None:
    return f"{_here(request)}?{urlencode({'limit': limit, 'before': before})}" if before is not None else None


def _here(request: web.Request) -> str:
    return request.app[SITE].settings.base + PATH


def _json(value: object, *, status: int = 200, location: str | None = None) -> web.Response:
    """A JSON response that is not cached, because it holds personal data."""
    response = web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if location is not None:
        response.headers["Location"] = location
    return response
