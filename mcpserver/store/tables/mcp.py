"""MCP sessions and tasks at rest (``mcp/legacy/sessions.py`` and ``mcp/tasks/records.py`` are the contracts)."""

import msgspec

from ...mcp.legacy.sessions import SessionStore, StoredSession
from ...mcp.tasks.records import TaskRecord, TaskStore
from ..database.change import Row, Statement, Values
from ..database.driver import Tables


class McpTables(Tables, SessionStore, TaskStore):
    async def add_mcp_session(self, digest: bytes, session: StoredSession) -> None:
        statement = "INSERT INTO mcp_sessions (digest, content, expires_at, principal) VALUES (:digest, :content, :expires_at, :principal)"
        values: Values = {"digest": digest, "content": session.content, "expires_at": session.expires_at, "principal": _principal(session.principal)}
        await self._change(Statement(statement, values))

    async def trim_mcp_sessions(self, principal: tuple[str, ...], *, keep: int) -> list[bytes]:
        beyond = "SELECT digest FROM mcp_sessions WHERE principal = :principal ORDER BY expires_at DESC LIMIT :all OFFSET :keep"
        values: Values = {"principal": _principal(principal), "all": _ALL, "keep": keep}
        trimmed = await self._database.apply(Statement(f"DELETE FROM mcp_sessions WHERE digest IN ({beyond}) RETURNING digest", values))  # noqa: S608 - constants
        return [bytes(row[0]) for row in (trimmed or [[]])[0]]

    async def replace_mcp_session(self, digest: bytes, session: StoredSession) -> bool:
        statement = "UPDATE mcp_sessions SET content = :content, expires_at = :expires_at WHERE digest = :digest"
        return await self._change(Statement(statement, {"digest": digest, "content": session.content, "expires_at": session.expires_at}, rows=1))

    async def find_mcp_session(self, digest: bytes, *, now: int) -> StoredSession | None:
        row = await self._database.fetch_one(
            "SELECT content, expires_at, principal FROM mcp_sessions WHERE digest = :digest AND expires_at > :now", digest=digest, now=now
        )
        return None if row is None else StoredSession(row[0], row[1], tuple(msgspec.json.decode(row[2])) if row[2] else ())

    async def end_mcp_session(self, digest: bytes) -> bool:
        return await self._change(Statement("DELETE FROM mcp_sessions WHERE digest = :digest", {"digest": digest}, rows=1))

    async def add_task(self, record: TaskRecord) -> None:
        await self._change(Statement(f"INSERT INTO mcp_tasks ({_COLUMNS}) VALUES ({_PLACES})", _values(record)))  # noqa: S608 - constants

    async def find_task(self, digest: bytes) -> TaskRecord | None:
        row = await self._database.fetch_one(f"SELECT {_COLUMNS} FROM mcp_tasks WHERE digest = :digest", digest=digest)  # noqa: S608 - constants
        return None if row is None else _record(row)

    async def replace_task(self, record: TaskRecord, *, version: int) -> bool:
        """One conditional statement: a change that was made from an older version touches nothing."""
        return await self._change(
            Statement(
                "UPDATE mcp_tasks SET updated_at = :updated_at, status = :status, content = :content, version = :version + 1"
                " WHERE digest = :digest AND version = :version",
                {**{name: _values(record)[name] for name in ("digest", "updated_at", "status", "content")}, "version": version},
                rows=1,
            )
        )

    async def renew_tasks(self, runner: str, *, alive_until: int) -> None:
        statement = "UPDATE mcp_tasks SET alive_until = :alive_until WHERE runner = :runner AND status IN ('working', 'input_required')"
        await self._change(Statement(statement, {"runner": runner, "alive_until": alive_until}))


_ALL = 2**62
"""As good as no limit, in words that every database takes."""


def _principal(principal: tuple[str, ...]) -> str:
    return msgspec.json.encode(principal).decode() if principal else ""


_COLUMNS = "digest, principal, created_at, updated_at, expires_at, runner, alive_until, status, content, version"
_PLACES = ", ".join(f":{name}" for name in _COLUMNS.split(", "))


def _values(record: TaskRecord) -> Values:
    content = {"message": record.message, "result": record.result, "error": record.error, "asked": record.asked, "answered": record.answered}
    return {
        "digest": record.digest,
        "principal": msgspec.json.encode(record.principal).decode(),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "expires_at": record.expires_at,
        "runner": record.runner,
        "alive_until": record.alive_until,
        "status": record.status,
        "content": msgspec.json.encode(content).decode(),
        "version": record.version,
    }


def _record(row: Row) -> TaskRecord:
    digest, principal, created_at, updated_at, expires_at, runner, alive_until, status, content, version = row
    return TaskRecord(
        digest,
        tuple(msgspec.json.decode(principal)),
        created_at,
        updated_at,
        expires_at,
        runner,
        alive_until,
        status,
        version=version,
        **msgspec.json.decode(content),
    )
