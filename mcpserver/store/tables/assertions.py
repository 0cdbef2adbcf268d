"""Assertions that were used (``oauth/clients/private_key_jwt.py`` is the contract)."""

from ...oauth.clients import AssertionStore
from ..database import Statement, Tables


class AssertionTables(Tables, AssertionStore):
    async def spend_assertion(self, digest: bytes, *, issued_at: int, expires_at: int) -> bool:
        add = (
            "INSERT INTO used_assertions (digest, expires_at) SELECT :digest, :expires_at FROM history"
            " WHERE voided_at IS NULL OR voided_at < :issued_at ON CONFLICT DO NOTHING"
        )
        return await self._change(
            Statement(add, {"digest": digest, "issued_at": issued_at, "expires_at": expires_at}, rows=1)
        )
