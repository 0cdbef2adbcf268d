"""Authorization requests at rest: pushed ones, and which were decided (``oauth/authorize/pushed.py`` and ``oauth/protocol/stores.py`` are the contract)."""

import json

from attrs import asdict

from ...oauth.authorize.pushed import PushedStore
from ...oauth.protocol.models import DecisionKey, PushedRequest
from ..database.change import Statement, Values
from ..database.driver import Tables


class RequestTables(Tables, PushedStore):
    async def add_pushed_request(self, request: PushedRequest) -> None:
        add = "INSERT INTO pushed_requests (digest, client_id, parameters, expires_at) VALUES (:digest, :client_id, :parameters, :expires_at)"
        values: Values = {**asdict(request), "parameters": json.dumps(request.parameters)}
        await self._change(Statement(add, values, rows=1))

    async def open_pushed_request(self, digest: bytes, *, client_id: str, now: int, until: int) -> PushedRequest | None:
        values: Values = {"digest": digest, "client_id": client_id, "now": now, "until": until}
        applied = await self._database.apply(
            Statement("DELETE FROM pushed_requests WHERE digest = :digest AND expires_at <= :now", values),
            Statement(
                "UPDATE pushed_requests SET expires_at = CASE WHEN opened_at IS NULL THEN :until ELSE expires_at END,"
                " opened_at = COALESCE(opened_at, :now) WHERE digest = :digest AND client_id = :client_id"
                " AND NOT EXISTS (SELECT 1 FROM decided_requests WHERE decided_requests.digest = :digest) RETURNING parameters, expires_at",
                values,
            ),
        )
        assert applied is not None
        if not applied[1]:
            return None
        parameters, expires_at = applied[1][0]
        return PushedRequest(digest, client_id, tuple((name, value) for name, value in json.loads(parameters)), expires_at)

    async def find_pusher(self, digest: bytes) -> str | None:
        row = await self._database.fetch_one("SELECT client_id FROM pushed_requests WHERE digest = :digest", digest=digest)
        return None if row is None else str(row[0])

    async def decide(self, once: DecisionKey) -> bool:
        return await self._change(decide(once))

    async def find_answer(self, digest: bytes) -> str | None:
        row = await self._database.fetch_one("SELECT COALESCE(answer, '') FROM decided_requests WHERE digest = :digest", digest=digest)
        return None if row is None else str(row[0])

    async def find_granted_scopes(self, user_id: str, client_id: str, resource: str, *, now: int) -> list[str]:
        """Of grants that the person gave in a session of theirs: the word of an identity provider is not their consent."""
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
    """The guard fails for all but the first."""
    add = "INSERT INTO decided_requests (digest, expires_at, answer) VALUES (:digest, :expires_at, :answer) ON CONFLICT DO NOTHING"
    return Statement(add, {"digest": once.digest, "expires_at": once.expires_at, "answer": once.answer}, rows=1)
