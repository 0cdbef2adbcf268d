"""Events between processes, and questions to clients that any process may receive the answer to
(``processes/events.py`` and ``mcp/legacy/shared_questions.py`` are the contracts).
"""

from ...mcp.legacy import QuestionStore
from ...processes import EventStore, Sent
from ..database import Statement, Tables


class EventTables(Tables, EventStore, QuestionStore):
    async def add_events(self, sent: Sent, *, now: int) -> int:
        rows = await self._database.apply(
            Statement(
                "INSERT INTO events (origin, content, created_at) VALUES (:origin, :content, :now) RETURNING id",
                {"origin": sent.origin, "content": sent.content, "now": now},
            )
        )
        assert rows is not None
        return int(rows[0][0][0])

    async def event_numbers(self, position: int) -> list[int]:
        rows = await self._database.fetch("SELECT id FROM events WHERE id > :position ORDER BY id", position=position)
        return [int(number) for (number,) in rows]

    async def events_between(self, first: int, last: int) -> list[tuple[int, Sent]]:
        rows = await self._database.fetch(
            "SELECT id, origin, content FROM events WHERE id >= :first AND id <= :last ORDER BY id",
            first=first,
            last=last,
        )
        return [(int(number), Sent(origin, content)) for number, origin, content in rows]

    async def newest_event(self) -> int:
        row = await self._database.fetch_one("SELECT COALESCE(MAX(id), 0) FROM events")
        return 0 if row is None else int(row[0])

    async def delete_events(self, origin: str, *, until: int) -> None:
        await self._change(
            Statement("DELETE FROM events WHERE origin = :origin AND id <= :until", {"origin": origin, "until": until})
        )

    async def add_question(self, digest: bytes, session: bytes, *, expires_at: int) -> None:
        await self._change(
            Statement(
                "INSERT INTO mcp_questions (digest, session, expires_at) VALUES (:digest, :session, :expires_at)",
                {"digest": digest, "session": session, "expires_at": expires_at},
            )
        )

    async def has_question(self, digest: bytes) -> bool:
        row = await self._database.fetch_one(
            "SELECT 1 FROM mcp_questions WHERE digest = :digest AND answer IS NULL", digest=digest
        )
        return row is not None

    async def answer_question(self, digest: bytes, session: bytes, answer: str) -> bool:
        return await self._change(
            Statement(
                "UPDATE mcp_questions SET answer = :answer WHERE digest = :digest AND session = :session"
                " AND answer IS NULL",
                {"answer": answer, "digest": digest, "session": session},
                rows=1,
            )
        )

    async def find_question_answer(self, digest: bytes) -> str | None:
        row = await self._database.fetch_one("SELECT answer FROM mcp_questions WHERE digest = :digest", digest=digest)
        return None if row is None else row[0]

    async def delete_question(self, digest: bytes) -> None:
        await self._change(Statement("DELETE FROM mcp_questions WHERE digest = :digest", {"digest": digest}))
