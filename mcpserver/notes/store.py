"""The table of notes. Each method is about the notes of one person."""

from ..store.database import LARGEST_INTEGER, Database, Statement, Tables
from .models import Note

SCHEMA = (
    # Databases of all versions so far have this table: the service made it in the first of its own migrations.
    """CREATE TABLE IF NOT EXISTS notes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
        text TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS notes_by_user ON notes (user_id, id)",
)
# The index is made with the table, in one change.
LOOK = "SELECT name FROM sqlite_master WHERE type = 'index' AND name = 'notes_by_user'"


class OwnerGone(LookupError):
    """There is no such person: the account was removed, or a client acts for itself."""


class NoteStore(Tables):
    """Notes in the database of the service. Every method may raise ``StoreBusy``."""

    @classmethod
    async def open(cls, database: Database) -> "NoteStore":
        """Make the table where it is missing. Nothing is written where it is there: that would wait for every other
        process that writes.
        """
        if not await database.fetch(LOOK):
            await database.apply(*(Statement(sql) for sql in SCHEMA))
        return cls(database)

    async def add_note(self, user_id: str, text: str, *, now: int) -> Note:
        """Raises ``OwnerGone`` when there is no such person."""
        add = Statement(
            "INSERT INTO notes (user_id, text, created_at) SELECT id, :text, :now FROM accounts WHERE id = :user_id "
            "RETURNING id",
            {"user_id": user_id, "text": text, "now": now},
            rows=1,
        )
        applied = await self._database.apply(add)
        if applied is None:
            raise OwnerGone(user_id)
        return Note(applied[0][0][0], text, now)

    async def list_notes(self, user_id: str, *, limit: int = 100, before: int | None = None) -> list[Note]:
        """Newest first; ``before`` is a note id to continue after."""
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
        # SQLite takes patterns of up to 50,000 bytes, and the service allows far shorter ones. A comparison takes time
        # in proportion to the lengths of text and pattern, so that this runs in a thread.
        rows = await self._database.scan(
            "SELECT id, text, created_at FROM notes WHERE user_id = :user_id AND LOWER(text) LIKE LOWER(:pattern) "
            "ESCAPE '!' ORDER BY id DESC LIMIT :limit",
            user_id=user_id,
            pattern=f"%{_literal(words)}%",
            limit=limit,
        )
        return [Note(*row) for row in rows]

    async def remove_note(self, user_id: str, note_id: int) -> bool:
        """False when the person has no such note."""
        return await self._change(
            Statement(
                "DELETE FROM notes WHERE id = :note_id AND user_id = :user_id",
                {"note_id": note_id, "user_id": user_id},
                rows=1,
            )
        )


def _literal(words: str) -> str:
    """The words with the characters escaped that have a meaning in a pattern of LIKE."""
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
