"""Clients, grants, codes and refresh tokens at rest (``oauth/protocol/stores.py`` is the contract)."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

import json
from typing import Any

from attrs import asdict

from ...cache import SizedCache
from ...oauth.protocol.models import AuthorizationCode, Client, ClientKind, Connection, DecisionKey, Grant, RefreshToken
from ...oauth.protocol.stores import SKEW, OAuthStore
from ..database.change import Row, Statement, Values
from ..database.driver import Tables
from .requests import decide
from .revocation import revoke_all

CLIENT = "id, name, redirect_uris, kind, created_at, auth_method, secret_digest, grant_types, scope, metadata"
GRANT = (
    "grants.id, grants.user_id, grants.client_id, grants.scope, grants.resource, grants.created_at, grants.expires_at,"
    " grants.generation, grants.rotated_at, grants.revoked_at, grants.thumbprint, grants.auth_time, grants.session_id"
)
_CODE = "codes.digest, codes.grant_id, codes.redirect_uri, codes.code_challenge, codes.expires_at, codes.spent_at, codes.nonce"
_REFRESH = "refresh_tokens.digest, refresh_tokens.grant_id, refresh_tokens.generation, refresh_tokens.expires_at"

_IN_MEMORY = 6
"""Bytes that a character of a client's row takes: as text, and again as the values that were read from it (measured: 5)."""

# What a client says of itself may change; when it was first heard of does not.
_PUT_DOCUMENT = (
    f"INSERT INTO clients ({CLIENT}) VALUES (:id, :name, :redirect_uris, :kind, :created_at, :auth_method, :secret_digest,"
    " :grant_types, :scope, :metadata) ON CONFLICT (id) DO UPDATE SET name = excluded.name, redirect_uris = excluded.redirect_uris,"
    " auth_method = excluded.auth_method, grant_types = excluded.grant_types, metadata = excluded.metadata WHERE clients.kind = excluded.kind"
)
_ADD_CODE = (
    "INSERT INTO codes (digest, grant_id, redirect_uri, code_challenge, expires_at, spent_at, nonce)"
    " VALUES (:digest, :grant_id, :redirect_uri, :code_challenge, :expires_at, :spent_at, :nonce) ON CONFLICT DO NOTHING"
)


class OAuthTables(Tables, OAuthStore):
    async def add_client(self, client: Client) -> Client:
        if kept := await self.find_client(client.id):
            return kept
        # The update changes nothing: it makes RETURNING yield the row that was there first.
        add = Statement(
            f"INSERT INTO clients ({CLIENT}) VALUES (:id, :name, :redirect_uris, :kind, :created_at, :auth_method, :secret_digest,"
            f" :grant_types, :scope, :metadata) ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING {CLIENT}",
            client_values(client),
        )
        applied = await self._database.apply(add)
        assert applied is not None
        return read_client(applied[0][0])

    async def find_client(self, client_id: str) -> Client | None:
        row = await self._database.fetch_one(f"SELECT {CLIENT} FROM clients WHERE id = :id", id=client_id)
        return read_client(row) if row else None

    async def list_clients(self) -> list[Client]:
        return [read_client(row) for row in await self._database.fetch(f"SELECT {CLIENT} FROM clients ORDER BY created_at, id")]

    async def vouch_for_client(self, client_id: str, *, vouched: bool) -> bool:
        kind = ClientKind.OPERATOR if vouched else ClientKind.SELF_REGISTERED
        vouch = "UPDATE clients SET kind = :kind, unused_since = NULL WHERE id = :client_id AND kind <> :document"
        values: Values = {"client_id": client_id, "kind": kind.value, "document": ClientKind.DOCUMENT.value}
        return await self._change(Statement(vouch, values, rows=1))

    async def remove_client(self, client_id: str, *, now: int) -> bool:
        return await self._change(
            *revoke_all("client_id = :client_id", client_id=client_id, now=now),
            Statement("INSERT INTO revocations (grant_id, revoked_at) VALUES (:client_id, :now)", {"client_id": client_id, "now": now}),
            Statement("DELETE FROM clients WHERE id = :client_id", {"client_id": client_id}, rows=1),
        )

    async def add_grant(self, grant: Grant, code: AuthorizationCode | None = None, *, client: Client | None = None, once: DecisionKey | None = None) -> bool:
        decided = [] if once is None else [decide(once)]
        return await self._change(*decided, *add_grant(grant, client), *([] if code is None else [Statement(_ADD_CODE, asdict(code), rows=1)]))

    async def find_grant(self, grant_id: str) -> Grant | None:
        row = await self._database.fetch_one(f"SELECT {GRANT} FROM grants WHERE id = :id", id=grant_id)
        return Grant(*row) if row else None

    async def list_connections(self, user_id: str, *, now: int, tokens_since: int) -> list[Connection]:
        rows = await self._database.fetch(
            f"SELECT {GRANT}, clients.name FROM grants JOIN clients ON clients.id = grants.client_id"
            " WHERE grants.user_id = :user_id AND grants.revoked_at IS NULL AND grants.expires_at > :now"
            " AND (COALESCE(grants.rotated_at, grants.created_at) > :tokens_since"
            " OR EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.grant_id = grants.id AND refresh_tokens.expires_at > :now))"
            " ORDER BY grants.created_at DESC, grants.id",
            user_id=user_id,
            now=now,
            tokens_since=tokens_since,
        )
        return [Connection(Grant(*row[:-1]), row[-1]) for row in rows]

    async def find_code(self, digest: bytes) -> tuple[AuthorizationCode, Grant] | None:
        row = await self._database.fetch_one(
            f"SELECT {_CODE}, {GRANT} FROM codes JOIN grants ON grants.id = codes.grant_id WHERE codes.digest = :digest",
            digest=digest,
        )
        return (AuthorizationCode(*row[:7]), Grant(*row[7:])) if row else None

    async def spend_code(self, digest: bytes, *, refresh_token: RefreshToken | None, thumbprint: str | None = None, now: int) -> bool:
        spend = Statement(
            "UPDATE codes SET spent_at = :now WHERE digest = :digest AND spent_at IS NULL AND expires_at > :now"
            " AND EXISTS (SELECT 1 FROM grants WHERE grants.id = codes.grant_id AND grants.revoked_at IS NULL AND grants.expires_at > :now)",
            {"digest": digest, "now": now},
            rows=1,
        )
        keep = [add_refresh_token(refresh_token)] if refresh_token else []
        bind = Statement(
            "UPDATE grants SET thumbprint = :thumbprint WHERE id = (SELECT grant_id FROM codes WHERE digest = :digest)",
            {"digest": digest, "thumbprint": thumbprint},
        )
        return await self._change(spend, *keep, *([bind] if thumbprint is not None else []))

    async def drop_expired_code(self, digest: bytes, *, now: int) -> None:
        drop = "DELETE FROM codes WHERE digest = :digest AND spent_at IS NULL AND expires_at <= :now"
        await self._change(Statement(drop, {"digest": digest, "now": now}))

    async def find_refresh_token(self, digest: bytes) -> tuple[RefreshToken, Grant] | None:
        row = await self._database.fetch_one(
            f"SELECT {_REFRESH}, {GRANT} FROM refresh_tokens JOIN grants ON grants.id = refresh_tokens.grant_id WHERE refresh_tokens.digest = :digest",
            digest=digest,
        )
        return (RefreshToken(*row[:4]), Grant(*row[4:])) if row else None

    async def rotate_refresh_token(self, successor: RefreshToken, *, now: int) -> bool:
        return await self._change(
            Statement(
                "UPDATE grants SET generation = :generation, rotated_at = :now"
                " WHERE id = :grant_id AND generation = :generation - 1 AND revoked_at IS NULL AND expires_at > :now",
                {"grant_id": successor.grant_id, "generation": successor.generation, "now": now},
                rows=1,
            ),
            add_refresh_token(successor),
        )

    async def add_sibling(self, token: RefreshToken, *, window: int, limit: int, now: int) -> bool:
        return await self._change(
            Statement(
                "INSERT INTO refresh_tokens (digest, grant_id, generation, expires_at) SELECT :digest, :grant_id, :generation, :expires_at"
                " FROM grants WHERE id = :grant_id AND generation = :generation AND revoked_at IS NULL AND rotated_at BETWEEN :now - :window AND :now + :skew"
                " AND (SELECT COUNT(*) FROM refresh_tokens WHERE grant_id = :grant_id AND generation = :generation) < :limit ON CONFLICT DO NOTHING",
                {**asdict(token), "window": window, "skew": min(window, SKEW), "limit": limit, "now": now},
                rows=1,
            )
        )

    async def revoke_grant(self, grant_id: str, *, now: int) -> bool:
        values: Values = {"grant_id": grant_id, "now": now}
        return await self._change(
            Statement("UPDATE grants SET revoked_at = :now WHERE id = :grant_id AND revoked_at IS NULL", values, rows=1),
            Statement("INSERT INTO revocations (grant_id, revoked_at) VALUES (:grant_id, :now)", values),
        )

    async def revocations_since(self, cursor: int) -> tuple[int, list[str]]:
        rows = await self._database.fetch("SELECT id, grant_id FROM revocations WHERE id > :cursor ORDER BY id", cursor=cursor)
        return (rows[-1][0] if rows else cursor), [grant_id for _, grant_id in rows]


def add_grant(grant: Grant, client: Client | None = None) -> list[Statement]:
    """Keep a grant, and what the document of its client says today.

    The guard fails when the person is gone or disabled, the client is gone, or the session has ended in which it was allowed: nothing that is
    decided at that very moment may be left over.
    """
    keep = Statement(
        "INSERT INTO grants (id, user_id, client_id, scope, resource, created_at, expires_at, generation, rotated_at, revoked_at, thumbprint, auth_time,"
        " session_id)"
        " SELECT :id, :user_id, :client_id, :scope, :resource, :created_at, :expires_at, :generation, :rotated_at, :revoked_at, :thumbprint, :auth_time,"
        " :session_id"
        " FROM clients WHERE clients.id = :client_id AND (CAST(:user_id AS TEXT) IS NULL"
        " OR EXISTS (SELECT 1 FROM accounts WHERE accounts.id = :user_id AND accounts.disabled_at IS NULL))"
        " AND (CAST(:session_id AS TEXT) IS NULL"
        " OR EXISTS (SELECT 1 FROM sessions WHERE sessions.id = :session_id AND sessions.user_id = :user_id)) ON CONFLICT DO NOTHING",
        asdict(grant),
        rows=1,
    )
    return [keep] if client is None or client.kind is not ClientKind.DOCUMENT else [Statement(_PUT_DOCUMENT, client_values(client)), keep]


def add_refresh_token(token: RefreshToken) -> Statement:
    return Statement(
        "INSERT INTO refresh_tokens (digest, grant_id, generation, expires_at) VALUES (:digest, :grant_id, :generation, :expires_at) ON CONFLICT DO NOTHING",
        {"digest": token.digest, "grant_id": token.grant_id, "generation": token.generation, "expires_at": token.expires_at},
        rows=1,
    )


def client_values(client: Client) -> Values:
    return {
        "id": client.id,
        "name": client.name,
        "redirect_uris": json.dumps(client.redirect_uris),
        "kind": client.kind.value,
        "created_at": client.created_at,
        "auth_method": client.auth_method,
        "secret_digest": client.secret_digest,
        "grant_types": json.dumps(client.grant_types),
        "scope": client.scope,
        "metadata": json.dumps(client.metadata),
    }


_CLIENTS: SizedCache[tuple[Any, ...], Client] = SizedCache(8 * 1024 * 1024)


def read_client(row: Row) -> Client:
    """The same row is the same value: most requests come from few clients, and what stands in a row is parsed once."""
    key = tuple(row)
    client = _CLIENTS.get(key)
    if client is None:
        client = _read_client(key)
        _CLIENTS.put(key, client, _IN_MEMORY * sum(len(value) for value in key if isinstance(value, str)))
    return client


def _read_client(row: tuple[Any, ...]) -> Client:
    client_id, name, redirect_uris, kind, created_at, auth_method, secret_digest, grant_types, scope, metadata = row
    return Client(
        id=client_id,
        name=name,
        redirect_uris=tuple(json.loads(redirect_uris)),
        kind=ClientKind(kind),
        created_at=created_at,
        auth_method=auth_method,
        secret_digest=secret_digest,
        grant_types=tuple(json.loads(grant_types)),
        scope=scope,
        metadata=json.loads(metadata),
    )
