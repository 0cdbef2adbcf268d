"""Validation and access rules of notes, shared by pages, REST API and MCP tools."""

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
# Control characters but LF and tab, and lone surrogates: JSON can contain those, but UTF-8 cannot, so they cannot be
# stored.
_REFUSED = re.compile("[^\n\t -~\xa0-\ud7ff\ue000-\U0010ffff]")


@frozen
class Page:
    """Some notes, newest first. ``next_before`` is the id to continue after, None at the end."""

    notes: tuple[Note, ...]
    next_before: int | None = None


def require_text(text: str) -> str:
    """Normalize and validate the text of a note: 1 to 10,000 characters, no control characters but LF and tab.

    Line ends become LF, because browsers send those of a form as CRLF, and notes must not depend on how they were sent.
    Raises InvalidNote.
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
    """Validate the words of a search: 1 to 200 characters, matched literally. Raises InvalidSearch."""
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
    """Whether a number can be an id: ids, and the number after one, must fit the database's signed 64-bit integers."""
    return 1 <= note_id <= _LARGEST_ID


class Notes:
    """Operations on one person's notes; ``user_id`` must come from the session or token, never from the request."""

    def __init__(self, store: NoteStore, sources: Sources) -> None:
        self._store = store
        self._sources = sources

    async def add(self, user_id: str, text: str) -> Note:
        """Add a note. Raises InvalidNote or AccountGone."""
        text = require_text(text)
        try:
            return await self._store.add_note(user_id, text, now=self._sources.now())
        except OwnerGone:
            raise AccountGone("Notes belong to people, and there is no account to keep this one for.") from None

    async def page(self, user_id: str, *, limit: int = PAGE_DEFAULT, before: int | None = None) -> Page:
        """A page of notes, newest first. Raises InvalidPage."""
        limit, before = require_limit(limit), require_before(before)
        return _page(await self._store.list_notes(user_id, limit=limit + 1, before=before), limit)

    async def find(self, user_id: str, note_id: int) -> Note:
        """The note of this id. Raises NoSuchNote."""
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
        """Delete a note. Raises NoSuchNote, also for another person's note, whose existence is not disclosed."""
        if not (_possible_id(note_id) and await self._store.remove_note(user_id, note_id)):
            raise NoSuchNote(f"You have no note {note_id}.")


def _page(notes: Sequence[Note], limit: int) -> Page:
    """A page of up to ``limit`` of ``notes``, of which one more was read to know whether there is a next page."""
    shown = tuple(notes[:limit])
    return Page(shown, shown[-1].id if len(notes) > limit else None)
