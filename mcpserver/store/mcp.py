"""MCP sessions at rest (``mcp/sessions.py`` is the contract)."""

from ..mcp.sessions import SessionStore, StoredSession
from .change import Statement
from .database import Tables


class McpTables(Tables, SessionStore):
    async def put_mcp_session(self, digest: bytes, session: StoredSession) -> None:
        await self._change(
            Statement(
                "INSERT INTO mcp_sessions (digest, content, expires_at) VALUES (:digest, :content, :expires_at)"
                " ON CONFLICT (digest) DO UPDATE SET content = excluded.content, expires_at = excluded.expires_at",
                {"digest": digest, "content": session.content, "expires_at": session.expires_at},
            )
        )

    async def find_mcp_session(self, digest: bytes, *, now: int) -> StoredSession | None:
        row = await self._database.fetch_one(
            "SELECT content, expires_at FROM mcp_sessions WHERE digest = :digest AND expires_at > :now", digest=digest, now=now
        )
        return None if row is None else StoredSession(*row)

    async def end_mcp_session(self, digest: bytes) -> bool:
        return await self._change(Statement("DELETE FROM mcp_sessions WHERE digest = :digest", {"digest": digest}, rows=1))
