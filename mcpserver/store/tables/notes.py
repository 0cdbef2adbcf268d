"""Notes at rest (``notes/store.py`` is the contract)."""

from ...notes.models import Note
from ...notes.store import NoteStore, OwnerGone
from ..database.change import LARGEST_INTEGER, Statement
from ..database.driver import Tables


class NoteTables(Tables, NoteStore):
    async def add_note(self, user_id: str, text: str, *, now: int) -> Note:
        add = Statement(
            "INSERT INTO notes (user_id, text, created_at) SELECT id, :text, :now FROM accounts WHERE id = :user_id RETURNING id",
            {"user_id": user_id, "text": text, "now": now},
            rows=1,
        )
        applied = await self._database.apply(add)
        if applied is None:
            raise OwnerGone(user_id)
        return Note(applied[0][0][0], text, now)

    async def list_notes(self, user_id: str, *, limit: int = 100, before: int | None = None) -> list[Note]:
        rows = await self._database.fetch(
            "SELECT id, text, created_at FROM notes WHERE user_id = :user_id AND id < :before ORDER BY id DESC LIMIT :limit",
            user_id=user_id,
            before=LARGEST_INTEGER if before is None else before,
            limit=limit,
        )
        return [Note(*row) for row in rows]

    async def search_notes(self, user_id: str, words: str, *, limit: int = 100) -> list[Note]:
        # SQLite takes patterns of up to 50,000 bytes; what a person may search for is far shorter. Each comparison takes as long as text and pattern are long.
        rows = await self._database.scan(
            "SELECT id, text, created_at FROM notes WHERE user_id = :user_id AND LOWER(text) LIKE LOWER(:pattern) ESCAPE '!' ORDER BY id DESC LIMIT :limit",
            user_id=user_id,
            pattern=f"%{_literal(words)}%",
            limit=limit,
        )
        return [Note(*row) for row in rows]

    async def remove_note(self, user_id: str, note_id: int) -> bool:
        return await self._change(Statement("DELETE FROM notes WHERE id = :note_id AND user_id = :user_id", {"note_id": note_id, "user_id": user_id}, rows=1))


def _literal(words: str) -> str:
    """The words with the signs that LIKE gives a meaning escaped."""
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
