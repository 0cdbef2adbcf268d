"""The history of calls in SQLite, sealed: arguments and results are private."""

from collections.abc import Iterable
from typing import Any

from attrs import asdict

from ..database import Database
from ..vault import Vault
from .call_record import CallRecord

CALLS_KEPT = 50


class SQLiteCalls:
    """The history of calls of each integration. Every statement commits by itself."""

    def __init__(self, connection: Database, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def _rows(self, statement: str, values: Iterable[object]) -> list[Any]:
        return list(await self._connection.execute_fetchall(statement, values))

    async def keep(self, integration_id: str, call: CallRecord) -> None:
        """Insert or update a call, and delete the oldest calls beyond CALLS_KEPT. Does nothing for a deleted
        integration.
        """
        sealed = self._vault.seal(f"call {integration_id}", asdict(call))
        await self._rows(
            "INSERT INTO calls (id, integration_id, at, sealed) SELECT ?, id, ?, ? FROM integrations WHERE id = ?"
            " ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
            (call.id, call.at, sealed, integration_id),
        )
        await self._rows(
            "DELETE FROM calls WHERE integration_id = ? AND id NOT IN (SELECT id FROM calls WHERE integration_id = ? "
            "ORDER BY at DESC, rowid DESC LIMIT ?)",
            (integration_id, integration_id, CALLS_KEPT),
        )

    async def of(self, integration_id: str) -> list[CallRecord]:
        """The calls of an integration, the newest first."""
        rows = await self._rows(
            "SELECT sealed FROM calls WHERE integration_id = ? ORDER BY at DESC, rowid DESC", (integration_id,)
        )
        opened = (self._vault.open(f"call {integration_id}", row[0]) for row in rows)
        return [CallRecord.restored(values) for values in opened if values]

    async def find(self, integration_id: str, call_id: str) -> CallRecord | None:
        rows = await self._rows(
            "SELECT sealed FROM calls WHERE id = ? AND integration_id = ?", (call_id, integration_id)
        )
        values = self._vault.open(f"call {integration_id}", rows[0][0]) if rows else None
        return CallRecord.restored(values) if values else None
