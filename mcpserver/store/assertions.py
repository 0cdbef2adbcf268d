"""Assertions that were shown before (``oauth/client_assertion.py`` is the contract)."""

from ..oauth.client_assertion import AssertionStore
from .change import Statement
from .database import Tables


class AssertionTables(Tables, AssertionStore):
    async def spend_assertion(self, digest: bytes, *, expires_at: int) -> bool:
        add = "INSERT INTO used_assertions (digest, expires_at) VALUES (:digest, :expires_at) ON CONFLICT DO NOTHING"
        return await self._change(Statement(add, {"digest": digest, "expires_at": expires_at}, rows=1))
