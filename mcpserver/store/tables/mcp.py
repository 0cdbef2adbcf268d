"""MCP sessions and tasks (``mcp/legacy/sessions.py`` and ``mcp/tasks/records.py`` are the contracts)."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

from typing import Any

import msgspec
from attrs import frozen

from mcpbase.table import Codec, Table

from ...mcp.legacy import SessionStore, StoredSession
from ...mcp.tasks import TaskRecord, TaskStore
from ..database import Row, Statement, Tables, Values


@frozen
class _Task:
    """A row of ``mcp_tasks``: columns for what is searched, and ``content`` for the rest."""

    digest: bytes
    principal: tuple[str, ...]
    created_at: int
    updated_at: int
    expires_at: int
    runner: str
    alive_until: int
    status: str
    content: dict[str, Any]
    version: int


def _principal(principal: tuple[str, ...]) -> str:
    return msgspec.json.encode(principal).decode() if principal else ""


_PRINCIPAL = Codec(_principal, lambda text: tuple(msgspec.json.decode(text)) if text else ())
_CONTENT = Codec(lambda content: msgspec.json.encode(content).decode(), msgspec.json.decode)
_SESSIONS = Table("mcp_sessions", StoredSession, codecs={"principal": _PRINCIPAL})
_TASKS = Table("mcp_tasks", _Task, codecs={"principal": _PRINCIPAL, "content": _CONTENT})


class McpTables(Tables, SessionStore, TaskStore):
    async def add_mcp_session(self, digest: bytes, session: StoredSession) -> None:
        add = f"INSERT INTO mcp_sessions (digest, {_SESSIONS.names}) VALUES (:digest, {_SESSIONS.places})"
        await self._change(Statement(add, {"digest": digest, **_SESSIONS.values(session)}))

    async def trim_mcp_sessions(self, principal: tuple[str, ...], *, keep: int) -> list[bytes]:
        beyond = (
            "SELECT digest FROM mcp_sessions WHERE principal = :principal ORDER BY expires_at DESC LIMIT :all "
            "OFFSET :keep"
        )
        values: Values = {"principal": _principal(principal), "all": _ALL, "keep": keep}
        trimmed = await self._database.apply(
            Statement(f"DELETE FROM mcp_sessions WHERE digest IN ({beyond}) RETURNING digest", values)
        )
        return [bytes(row[0]) for row in (trimmed or [[]])[0]]

    async def replace_mcp_session(self, digest: bytes, session: StoredSession) -> bool:
        statement = "UPDATE mcp_sessions SET content = :content, expires_at = :expires_at WHERE digest = :digest"
        return await self._change(
            Statement(
                statement, {"digest": digest, "content": session.content, "expires_at": session.expires_at}, rows=1
            )
        )

    async def find_mcp_session(self, digest: bytes, *, now: int) -> StoredSession | None:
        row = await self._database.fetch_one(
            f"SELECT {_SESSIONS.columns} FROM mcp_sessions WHERE digest = :digest AND expires_at > :now",
            digest=digest,
            now=now,
        )
        return None if row is None else _SESSIONS.read(row)

    async def end_mcp_session(self, digest: bytes) -> bool:
        return await self._change(
            Statement("DELETE FROM mcp_sessions WHERE digest = :digest", {"digest": digest}, rows=1)
        )

    async def add_task(self, record: TaskRecord) -> None:
        await self._change(Statement(_TASKS.insert, _TASKS.values(_row(record))))

    async def find_task(self, digest: bytes) -> TaskRecord | None:
        row = await self._database.fetch_one(
            f"SELECT {_TASKS.columns} FROM mcp_tasks WHERE digest = :digest", digest=digest
        )
        return None if row is None else _record(row)

    async def replace_task(self, record: TaskRecord, *, version: int) -> bool:
        """Replace the task in one conditional statement: a change made from an older version touches nothing."""
        values = _TASKS.values(_row(record))
        return await self._change(
            Statement(
                "UPDATE mcp_tasks SET updated_at = :updated_at, status = :status, content = :content, version = "
                ":version + 1"
                " WHERE digest = :digest AND version = :version",
                {**{name: values[name] for name in ("digest", "updated_at", "status", "content")}, "version": version},
                rows=1,
            )
        )

    async def renew_tasks(self, runner: str, *, alive_until: int) -> None:
        statement = (
            "UPDATE mcp_tasks SET alive_until = :alive_until WHERE runner = :runner AND status IN ('working', "
            "'input_required')"
        )
        await self._change(Statement(statement, {"runner": runner, "alive_until": alive_until}))


_ALL = 2**62
"""A limit that no table reaches, as a number that every database takes."""


def _row(record: TaskRecord) -> _Task:
    content = {
        "message": record.message,
        "result": record.result,
        "error": record.error,
        "asked": record.asked,
        "answered": record.answered,
    }
    return _Task(
        digest=record.digest,
        principal=record.principal,
        created_at=record.created_at,
        updated_at=record.updated_at,
        expires_at=record.expires_at,
        runner=record.runner,
        alive_until=record.alive_until,
        status=record.status,
        content=content,
        version=record.version,
    )


def _record(row: Row) -> TaskRecord:
    task = _TASKS.read(row)
    return TaskRecord(
        digest=task.digest,
        principal=task.principal,
        created_at=task.created_at,
        updated_at=task.updated_at,
        expires_at=task.expires_at,
        runner=task.runner,
        alive_until=task.alive_until,
        status=task.status,
        version=task.version,
        **task.content,
    )
