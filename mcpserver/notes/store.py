"""The table of notes. Each method works on the notes of one person."""

from ..store.database import LARGEST_INTEGER, LOCK_FOR_SHARE, Database, Statement, Tables
from .models import Note

SCHEMA = (
    # Databases of all earlier versions have this table, from the first migration of the service itself.
    """CREATE TABLE IF NOT EXISTS notes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
        text TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS notes_by_user ON notes (user_id, id)",
)
INDEX = "notes_by_user"
"""Looked for in place of the table, because it is created in the same transaction."""


_ADD = (
    "INSERT INTO notes (user_id, text, created_at)"  # noqa: S608 - a constant
    f" SELECT id, :text, :now FROM accounts WHERE id = :user_id {LOCK_FOR_SHARE} RETURNING id"
)


class OwnerGone(LookupError):
    """The account does not exist: it was removed, or a client acts for itself."""


class NoteStore(Tables):
    """Notes in the database of the service. Every method may raise ``StoreBusy``."""

    @classmethod
    async def open(cls, database: Database) -> "NoteStore":
        """Open the store, and create the table if it is missing.

        An existing table is not written to, because a write waits for every other process that writes.
        """
        if not await database.has_table(INDEX):
            await database.define(*SCHEMA)
        return cls(database)

    async def add_note(self, user_id: str, text: str, *, now: int) -> Note:
        """Add a note. Raises ``OwnerGone`` when there is no such person."""
        add = Statement(
            _ADD,
            {"user_id": user_id, "text": text, "now": now},
            rows=1,
        )
        applied = await self._database.apply(add)
        if applied is None:
            raise OwnerGone(user_id)
        return Note(applied[0][0][0], text, now)

    async def list_notes(self, user_id: str, *, limit: int = 100, before: int | None = None) -> list[Note]:
        """Notes, newest first; with ``before``, only those whose id is lower."""
        rows = await self._database.fetch(
            "SELECT id, text, created_at FROM notes WHERE user_id = :user_id AND id < :before ORDER BY id DESC LIMIT "
            ":limit",
            user_id=user_id,
            before=LARGEST_INTEGER if before is None else before,
            limit=limit,
        )
        return [Note(*row) for row in rows]

    async def search_notes(self, user_id: str, words: str, *, limit: int = 100) -> list[Note]:
        """Notes whose text contains ``words`` literally, without regard to ASCII case, newest first."""
        # SQLite accepts patterns of up to 50,000 bytes, and the service allows far shorter ones. A comparison takes
        # time in proportion to the lengths of text and pattern, so this runs in a thread.
        rows = await self._database.scan(
            "SELECT id, text, created_at FROM notes WHERE user_id = :user_id AND LOWER(text) LIKE LOWER(:pattern) "
            "ESCAPE '!' ORDER BY id DESC LIMIT :limit",
            user_id=user_id,
            pattern=f"%{_literal(words)}%",
            limit=limit,
        )
        return [Note(*row) for row in rows]

    async def remove_note(self, user_id: str, note_id: int) -> bool:
        """Delete a note. Returns False when the person has no such note."""
        return await self._change(
            Statement(
                "DELETE FROM notes WHERE id = :note_id AND user_id = :user_id",
                {"note_id": note_id, "user_id": user_id},
                rows=1,
            )
        )


def _literal(words: str) -> str:
    """Escape the characters that have a meaning in a LIKE pattern."""
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
