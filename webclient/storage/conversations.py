"""Conversations in SQLite, sealed: they hold the results of tools."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

from collections.abc import Iterable
from typing import Any

from attrs import asdict, frozen

from mcpbase.table import Table

from ..database import Database
from ..vault import Vault
from .conversation import Conversation

CONVERSATIONS_KEPT = 50
"""Most conversations kept for each person; the least recently changed is deleted first."""


@frozen
class _Kept:
    """A row of ``conversations``, with the turns sealed."""

    id: str
    owner: bytes
    created_at: int
    changed_at: int
    sealed: str


_CONVERSATIONS = Table("conversations", _Kept)
_COLUMNS = ("id", "owner", "created_at", "changed_at")


class SQLiteConversations:
    """The conversations of people. Every statement commits by itself."""

    def __init__(self, connection: Database, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def _rows(self, statement: str, values: Iterable[object]) -> list[Any]:
        return list(await self._connection.execute_fetchall(statement, values))

    def _sealed(self, conversation: Conversation) -> str:
        values = asdict(conversation)
        return self._vault.seal(
            _purpose(conversation.id), {name: value for name, value in values.items() if name not in _COLUMNS}
        )

    async def add(self, conversation: Conversation) -> None:
        await self._rows(
            _CONVERSATIONS.insert,
            _CONVERSATIONS.values(
                _Kept(
                    conversation.id,
                    conversation.owner,
                    conversation.created_at,
                    conversation.changed_at,
                    self._sealed(conversation),
                )
            ),
        )
        await self._rows(
            "DELETE FROM conversations WHERE owner = ? AND id NOT IN"
            " (SELECT id FROM conversations WHERE owner = ? ORDER BY changed_at DESC, rowid DESC LIMIT ?)",
            (conversation.owner, conversation.owner, CONVERSATIONS_KEPT),
        )

    async def change(self, conversation: Conversation) -> None:
        """Update a conversation. Does nothing when it was deleted meanwhile."""
        values = (conversation.changed_at, self._sealed(conversation), conversation.id)
        await self._rows("UPDATE conversations SET changed_at = ?, sealed = ? WHERE id = ?", values)

    async def find(self, conversation_id: str, owner: bytes) -> Conversation | None:
        rows = await self._rows(
            f"SELECT {_CONVERSATIONS.columns} FROM conversations WHERE id = ? AND owner = ?", (conversation_id, owner)
        )
        return self._opened(rows[0]) if rows else None

    async def of(self, owner: bytes) -> list[Conversation]:
        """The conversations of a person, the most recently changed first."""
        rows = await self._rows(
            f"SELECT {_CONVERSATIONS.columns} FROM conversations WHERE owner = ? ORDER BY changed_at DESC, rowid DESC",
            (owner,),
        )
        return [opened for opened in map(self._opened, rows) if opened]

    async def forget(self, conversation_id: str, owner: bytes) -> None:
        await self._rows("DELETE FROM conversations WHERE id = ? AND owner = ?", (conversation_id, owner))

    def _opened(self, row: Any) -> Conversation | None:
        kept = _CONVERSATIONS.read(row)
        values = self._vault.open(_purpose(kept.id), kept.sealed)
        return Conversation.restored(values, **{name: getattr(kept, name) for name in _COLUMNS}) if values else None


def _purpose(conversation_id: str) -> str:
    return f"conversation {conversation_id}"
