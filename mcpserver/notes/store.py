"""What the notes application asks of a store: every verb is about one person's own notes."""

from typing import Protocol

from .models import Note


class OwnerGone(LookupError):
    """There is no such person: removed after their request was let in, or a client that acts for itself."""


class NoteStore(Protocol):
    async def add_note(self, user_id: str, text: str, *, now: int) -> Note:
        """Raises ``OwnerGone`` when there is no such person."""

    async def list_notes(self, user_id: str, *, limit: int = 100, before: int | None = None) -> list[Note]:
        """Newest first; ``before`` is a note id to continue after."""

    async def search_notes(self, user_id: str, words: str, *, limit: int = 100) -> list[Note]:
        """Notes whose text contains ``words`` literally, without regard to ASCII case, newest first."""

    async def remove_note(self, user_id: str, note_id: int) -> bool:
        """False when the person has no such note."""
