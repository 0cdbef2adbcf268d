"""Notes as MCP tools, with the rules of ``service`` for the person of the access token."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from ..busy import Busy
from ..mcp import Server
from ..mcp.protocol import ToolError
from ..principal import User
from .errors import NotesError
from .scopes import READ, SCOPES, WRITE
from .service import PAGE_DEFAULT, PAGE_LIMIT, TEXT_LIMIT, WORDS_LIMIT, Notes
from .views import NoteView, view, views

_log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "The notes of the person who connected this client. Use search_notes to find something they wrote down, "
    "list_notes to read from the newest "
    "on, add_note to keep something for them. Ask before you delete a note: it cannot be brought back."
)

Limit = Annotated[int, Meta(ge=1, le=PAGE_LIMIT, description="How many notes at most")]
Before = Annotated[
    int | None, Meta(description="Only notes older than the one with this id: the next_before of the list so far")
]
Words = Annotated[str, Meta(min_length=1, max_length=WORDS_LIMIT, description="What to look for, literally")]


@frozen
class Person:
    """The person who connected this client, and what they allow it to do."""

    username: str
    name: str
    email: str | None
    scopes: Annotated[list[str], Meta(description="The permissions granted to this client")]


@frozen
class Listing:
    """Notes, newest first."""

    notes: list[NoteView]
    next_before: Annotated[int | None, Meta(description="Pass it as before to read on; null at the end")] = None


@frozen
class Matches:
    """The newest notes that match."""

    notes: list[NoteView]


@frozen
class Deletion:
    """What was deleted."""

    id: int


def build_server(notes: Notes, *, name: str = "notes", version: str = "0") -> Server:
    """The MCP server of the sample application."""
    server = Server(name, version=version, instructions=INSTRUCTIONS, scopes=SCOPES)
    add_tools(server, notes)
    return server


def add_tools(server: Server, notes: Notes) -> None:
    @server.tool(title="Who am I", scope="profile", read_only=True, open_world=False)
    async def whoami(user: User) -> Person:
        """Who is connected: the person's name, e-mail address and the permissions they granted."""
        return Person(user.username, user.name, user.email, sorted(user.scopes))

    @server.tool(title="List notes", scope=READ, read_only=True, open_world=False)
    async def list_notes(user: User, limit: Limit = PAGE_DEFAULT, before: Before = None) -> Listing:
        """The person's notes, newest first."""
        with plainly():
            page = await notes.page(user.id, limit=limit, before=before)
        return Listing(views(page.notes), page.next_before)

    @server.tool(title="Search notes", scope=READ, read_only=True, open_world=False)
    async def search_notes(user: User, words: Words, limit: Limit = PAGE_DEFAULT) -> Matches:
        """The person's newest notes that contain these words, exactly as written but in upper or lower case."""
        with plainly():
            return Matches(views(await notes.search(user.id, words, limit=limit)))

    @server.tool(title="Add a note", scope=WRITE, destructive=False, open_world=False)
    async def add_note(
        user: User,
        text: Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT, description="The note, as plain text")],
    ) -> NoteView:
        """Keep a note for the person."""
        with plainly():
            return view(await notes.add(user.id, text))

    @server.tool(title="Delete a note", scope=WRITE, destructive=True, idempotent=True, open_world=False)
    async def delete_note(user: User, id: Annotated[int, Meta(description="The id of the note")]) -> Deletion:  # noqa: A002 - the argument's public name
        """Delete one of the person's notes. It cannot be brought back."""
        with plainly():
            await notes.remove(user.id, id)
        return Deletion(id)


@contextmanager
def plainly() -> Iterator[None]:
    """Turn NotesError and Busy into tool errors, whose sentences the model can read and act on."""
    try:
        yield
    except NotesError as error:
        raise ToolError(error.description) from error
    except Busy as busy:
        _log.warning("a tool of the notes: %s", busy)
        raise ToolError(f"The notes cannot be read or changed at the moment. {busy.outcome}") from busy
