"""The rules of notes, the same for pages, REST API and MCP tools."""

import re
from collections.abc import Sequence

from attrs import frozen

from ..sources import Sources
from .errors import AccountGone, InvalidNote, InvalidPage, InvalidSearch, NoSuchNote
from .models import Note
from .store import NoteStore, OwnerGone

TEXT_LIMIT = 10_000
WORDS_LIMIT = 200
PAGE_LIMIT = 100
PAGE_DEFAULT = 20
_LARGEST_ID = 2**63 - 2
# A lone surrogate, which JSON can carry, has no UTF-8 form and so cannot be stored.
_REFUSED = re.compile("[^\n\t -~\xa0-\ud7ff\ue000-\U0010ffff]")


@frozen
class Page:
    """Some notes, newest first. ``next_before`` is the id to continue after, None at the end."""

    notes: tuple[Note, ...]
    next_before: int | None = None


def require_text(text: str) -> str:
    """The text of a note as it is kept: 1 to 10,000 characters, line ends as LF, no control characters but LF and tab.

    Browsers send a form's line ends as CRLF; a note must be the same whichever way it came.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InvalidNote("A note needs some text.")
    if len(text) > TEXT_LIMIT:
        raise InvalidNote(f"A note holds up to {TEXT_LIMIT:,} characters; this one has {len(text):,}.")
    if _REFUSED.search(text):
        raise InvalidNote("A note cannot contain control characters.")
    return text


def require_words(words: str) -> str:
    """What to search for: 1 to 200 characters, matched literally."""
    if not words.strip():
        raise InvalidSearch("Say what to search for.")
    if len(words) > WORDS_LIMIT:
        raise InvalidSearch(f"A search holds up to {WORDS_LIMIT} characters; this one has {len(words):,}.")
    if _REFUSED.search(words):
        raise InvalidSearch("A search cannot contain control characters.")
    return words


def require_limit(limit: int) -> int:
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidPage(f"The limit is a whole number from 1 to {PAGE_LIMIT}.")
    return limit


def require_before(before: int | None) -> int | None:
    if before is not None and not _possible_id(before):
        raise InvalidPage("Continue before the id of a note, a positive whole number.")
    return before


def _possible_id(note_id: int) -> bool:
    """Ids are 64-bit integers in every store; a larger number, or the one after it, cannot even be asked for."""
    return 1 <= note_id <= _LARGEST_ID


class Notes:
    """One person's notes at a time; ``user_id`` comes from the session or the token, never from the request."""

    def __init__(self, store: NoteStore, sources: Sources) -> None:
        self._store = store
        self._sources = sources

    async def add(self, user_id: str, text: str) -> Note:
        """Raises InvalidNote, AccountGone."""
        text = require_text(text)
        try:
            return await self._store.add_note(user_id, text, now=self._sources.now())
        except OwnerGone:
            raise AccountGone("Notes belong to people, and there is no account to keep this one for.") from None

    async def page(self, user_id: str, *, limit: int = PAGE_DEFAULT, before: int | None = None) -> Page:
        """Newest first. Raises InvalidPage."""
        limit, before = require_limit(limit), require_before(before)
        return _page(await self._store.list_notes(user_id, limit=limit + 1, before=before), limit)

    async def find(self, user_id: str, note_id: int) -> Note:
        """Raises NoSuchNote."""
        if _possible_id(note_id):
            for note in await self._store.list_notes(user_id, limit=1, before=note_id + 1):
                if note.id == note_id:
                    return note
        raise NoSuchNote(f"You have no note {note_id}.")

    async def search(self, user_id: str, words: str, *, limit: int = PAGE_DEFAULT) -> tuple[Note, ...]:
        """The newest notes that contain ``words``. Raises InvalidSearch, InvalidPage."""
        words, limit = require_words(words), require_limit(limit)
        return tuple(await self._store.search_notes(user_id, words, limit=limit))

    async def remove(self, user_id: str, note_id: int) -> None:
        """Raises NoSuchNote, also for somebody else's note: whether it exists is theirs to know."""
        if not (_possible_id(note_id) and await self._store.remove_note(user_id, note_id)):
            raise NoSuchNote(f"You have no note {note_id}.")


def _page(notes: Sequence[Note], limit: int) -> Page:
    """One note more than asked for was read, to know whether there is a next page."""
    shown = tuple(notes[:limit])
    return Page(shown, shown[-1].id if len(notes) > limit else None)
