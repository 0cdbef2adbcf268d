"""Authorization requests: pushed ones, and which were decided.

``oauth/authorize/pushed.py`` and ``oauth/protocol/stores.py`` are the contracts.
"""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

import json

from mcpbase.table import Codec, Table

from ...oauth.authorize import PushedStore
from ...oauth.protocol import DecisionKey, PushedRequest
from ..database import Statement, Tables, Values

_PUSHED = Table(
    "pushed_requests",
    PushedRequest,
    codecs={"parameters": Codec(json.dumps, lambda text: tuple((name, value) for name, value in json.loads(text)))},
)
_DECIDED = Table("decided_requests", DecisionKey)


class RequestTables(Tables, PushedStore):
    async def add_pushed_request(self, request: PushedRequest) -> None:
        await self._change(Statement(_PUSHED.insert, _PUSHED.values(request), rows=1))

    async def open_pushed_request(self, digest: bytes, *, client_id: str, now: int, until: int) -> PushedRequest | None:
        values: Values = {"digest": digest, "client_id": client_id, "now": now, "until": until}
        applied = await self._database.apply(
            Statement("DELETE FROM pushed_requests WHERE digest = :digest AND expires_at <= :now", values),
            Statement(
                "UPDATE pushed_requests SET expires_at = CASE WHEN opened_at IS NULL THEN :until ELSE expires_at END,"
                " opened_at = COALESCE(opened_at, :now) WHERE digest = :digest AND client_id = :client_id"
                " AND NOT EXISTS (SELECT 1 FROM decided_requests WHERE decided_requests.digest = :digest)"
                f" RETURNING {_PUSHED.names}",
                values,
            ),
        )
        assert applied is not None
        return _PUSHED.read(applied[1][0]) if applied[1] else None

    async def find_pusher(self, digest: bytes) -> str | None:
        row = await self._database.fetch_one(
            "SELECT client_id FROM pushed_requests WHERE digest = :digest", digest=digest
        )
        return None if row is None else str(row[0])

    async def decide(self, once: DecisionKey) -> bool:
        return await self._change(decide(once))

    async def find_answer(self, digest: bytes) -> str | None:
        row = await self._database.fetch_one(
            "SELECT COALESCE(answer, '') FROM decided_requests WHERE digest = :digest", digest=digest
        )
        return None if row is None else str(row[0])

    async def find_granted_scopes(self, user_id: str, client_id: str, resource: str, *, now: int) -> list[str]:
        """Only grants that the person gave in a session of theirs count: an identity provider's word is not their
        consent.
        """
        rows = await self._database.fetch(
            "SELECT scope FROM grants WHERE user_id = :user_id AND client_id = :client_id AND resource = :resource"
            " AND session_id IS NOT NULL AND revoked_at IS NULL AND expires_at > :now ORDER BY created_at, id",
            user_id=user_id,
            client_id=client_id,
            resource=resource,
            now=now,
        )
        return [scope for (scope,) in rows]


def decide(once: DecisionKey) -> Statement:
    """Return the statement that marks a request as decided; its guard fails for all but the first."""
    return Statement(f"{_DECIDED.insert} ON CONFLICT DO NOTHING", _DECIDED.values(once), rows=1)
