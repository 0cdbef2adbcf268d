"""Clients, grants, codes and refresh tokens (``oauth/protocol/stores.py`` is the contract)."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

from typing import Any

from mcpbase.table import JSON, JSON_TUPLE, Codec, Joined, Table

from ...cache import SizedCache
from ...oauth.protocol import (
    SKEW,
    AuthorizationCode,
    Client,
    ClientKind,
    Connection,
    DecisionKey,
    Grant,
    OAuthStore,
    RefreshToken,
)
from ..database import LOCK_FOR_SHARE, Row, Statement, Tables, Values
from .locks import lock_row
from .requests import decide
from .revocation import revoke_all

CLIENTS = Table(
    "clients",
    Client,
    codecs={"redirect_uris": JSON_TUPLE, "kind": Codec(str, ClientKind), "grant_types": JSON_TUPLE, "metadata": JSON},
)
GRANTS = Table("grants", Grant)
_CODES = Table("codes", AuthorizationCode)
_CODE_AND_GRANT = Joined(_CODES, GRANTS)
_REFRESH_TOKENS = Table("refresh_tokens", RefreshToken)
_REFRESH_TOKEN_AND_GRANT = Joined(_REFRESH_TOKENS, GRANTS)

_IN_MEMORY = 6
"""Bytes of memory for each character of a client's row: as text, and again as values (measured: 5)."""

# What a client says of itself may change; when it was first seen does not.
_PUT_DOCUMENT = (
    f"{CLIENTS.insert} ON CONFLICT (id) DO UPDATE SET name = excluded.name, redirect_uris = excluded.redirect_uris,"
    " auth_method = excluded.auth_method, grant_types = excluded.grant_types, metadata = excluded.metadata WHERE "
    "clients.kind = excluded.kind"
)


class OAuthTables(Tables, OAuthStore):
    async def add_client(self, client: Client) -> Client:
        if kept := await self.find_client(client.id):
            return kept
        # The update changes nothing: it makes RETURNING yield the row that was there first.
        add = Statement(
            f"{CLIENTS.insert} ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING {CLIENTS.names}",
            CLIENTS.values(client),
        )
        applied = await self._database.apply(add)
        assert applied is not None
        return read_client(applied[0][0])

    async def find_client(self, client_id: str) -> Client | None:
        row = await self._database.fetch_one(f"SELECT {CLIENTS.columns} FROM clients WHERE id = :id", id=client_id)
        return read_client(row) if row else None

    async def list_clients(self) -> list[Client]:
        return [
            read_client(row)
            for row in await self._database.fetch(f"SELECT {CLIENTS.columns} FROM clients ORDER BY created_at, id")
        ]

    async def vouch_for_client(self, client_id: str, *, vouched: bool) -> bool:
        kind = ClientKind.OPERATOR if vouched else ClientKind.SELF_REGISTERED
        vouch = "UPDATE clients SET kind = :kind, unused_since = NULL WHERE id = :client_id AND kind <> :document"
        values: Values = {"client_id": client_id, "kind": kind.value, "document": ClientKind.DOCUMENT.value}
        return await self._change(Statement(vouch, values, rows=1))

    async def remove_client(self, client_id: str, *, now: int) -> bool:
        return await self._change(
            lock_row("clients", client_id),
            *revoke_all("client_id = :client_id", client_id=client_id, now=now),
            Statement(
                "INSERT INTO revocations (grant_id, revoked_at) VALUES (:client_id, :now)",
                {"client_id": client_id, "now": now},
            ),
            Statement("DELETE FROM clients WHERE id = :client_id", {"client_id": client_id}, rows=1),
        )

    async def add_grant(
        self,
        grant: Grant,
        code: AuthorizationCode | None = None,
        *,
        client: Client | None = None,
        once: DecisionKey | None = None,
    ) -> bool:
        decided = [] if once is None else [decide(once)]
        return await self._change(
            *decided,
            *add_grant(grant, client),
            *(
                []
                if code is None
                else [Statement(f"{_CODES.insert} ON CONFLICT DO NOTHING", _CODES.values(code), rows=1)]
            ),
        )

    async def find_grant(self, grant_id: str) -> Grant | None:
        row = await self._database.fetch_one(f"SELECT {GRANTS.columns} FROM grants WHERE id = :id", id=grant_id)
        return GRANTS.read(row) if row else None

    async def list_connections(self, user_id: str, *, now: int, tokens_since: int) -> list[Connection]:
        rows = await self._database.fetch(
            f"SELECT {GRANTS.columns}, clients.name FROM grants JOIN clients ON clients.id = grants.client_id"
            " WHERE grants.user_id = :user_id AND grants.revoked_at IS NULL AND grants.expires_at > :now"
            " AND (COALESCE(grants.rotated_at, grants.created_at) > :tokens_since"
            " OR EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.grant_id = grants.id AND "
            "refresh_tokens.expires_at > :now))"
            " ORDER BY grants.created_at DESC, grants.id",
            user_id=user_id,
            now=now,
            tokens_since=tokens_since,
        )
        return [Connection(GRANTS.read(row[: GRANTS.width]), row[GRANTS.width]) for row in rows]

    async def find_code(self, digest: bytes) -> tuple[AuthorizationCode, Grant] | None:
        row = await self._database.fetch_one(
            f"SELECT {_CODE_AND_GRANT.columns} FROM codes JOIN grants ON grants.id = codes.grant_id WHERE "
            "codes.digest = :digest",
            digest=digest,
        )
        return _CODE_AND_GRANT.read(row) if row else None

    async def spend_code(
        self, digest: bytes, *, refresh_token: RefreshToken | None, thumbprint: str | None = None, now: int
    ) -> bool:
        spend = Statement(
            "UPDATE codes SET spent_at = :now WHERE digest = :digest AND spent_at IS NULL AND expires_at > :now"
            " AND EXISTS (SELECT 1 FROM grants WHERE grants.id = codes.grant_id AND grants.revoked_at IS NULL AND "
            "grants.expires_at > :now)",
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
            f"SELECT {_REFRESH_TOKEN_AND_GRANT.columns} FROM refresh_tokens"
            " JOIN grants ON grants.id = refresh_tokens.grant_id WHERE refresh_tokens.digest = :digest",
            digest=digest,
        )
        return _REFRESH_TOKEN_AND_GRANT.read(row) if row else None

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
            lock_row("grants", token.grant_id),
            Statement(
                f"INSERT INTO refresh_tokens ({_REFRESH_TOKENS.names}) SELECT {_REFRESH_TOKENS.places}"
                " FROM grants WHERE id = :grant_id AND generation = :generation AND revoked_at IS NULL AND rotated_at "
                "BETWEEN :now - :window AND :now + :skew"
                " AND (SELECT COUNT(*) FROM refresh_tokens WHERE grant_id = :grant_id AND generation = :generation) < "
                ":limit ON CONFLICT DO NOTHING",
                {
                    **_REFRESH_TOKENS.values(token),
                    "window": window,
                    "skew": min(window, SKEW),
                    "limit": limit,
                    "now": now,
                },
                rows=1,
            ),
        )

    async def revoke_grant(self, grant_id: str, *, now: int) -> bool:
        values: Values = {"grant_id": grant_id, "now": now}
        return await self._change(
            Statement(
                "UPDATE grants SET revoked_at = :now WHERE id = :grant_id AND revoked_at IS NULL", values, rows=1
            ),
            Statement("INSERT INTO revocations (grant_id, revoked_at) VALUES (:grant_id, :now)", values),
        )

    async def revocations_since(self, position: int) -> list[tuple[int, str]]:
        rows = await self._database.fetch(
            "SELECT id, grant_id FROM revocations WHERE id > :position ORDER BY id", position=position
        )
        return [(number, grant_id) for number, grant_id in rows]


def add_grant(grant: Grant, client: Client | None = None) -> list[Statement]:
    """Return the statements that store a grant and, where it is not stored yet, its client.

    That is a client known by its document, as the document is today, or one whose id contains its registration.

    The guard fails when the person is gone or disabled, the client is gone, or the session in which the grant was given
    has ended, so that nothing decided at that moment is left over.
    """
    # Before it decides: whoever makes room among clients without a grant sees that this one has left them.
    use = Statement(
        "UPDATE clients SET unused_since = NULL WHERE id = :client_id AND unused_since IS NOT NULL",
        {"client_id": grant.client_id},
    )
    keep = Statement(
        f"INSERT INTO grants ({GRANTS.names}) SELECT {GRANTS.places}"
        " FROM clients WHERE clients.id = :client_id AND (CAST(:user_id AS TEXT) IS NULL"
        " OR EXISTS (SELECT 1 FROM accounts WHERE accounts.id = :user_id AND accounts.disabled_at IS NULL"
        f" {LOCK_FOR_SHARE})) AND (CAST(:session_id AS TEXT) IS NULL"
        " OR EXISTS (SELECT 1 FROM sessions WHERE sessions.id = :session_id AND sessions.user_id = :user_id"
        f" {LOCK_FOR_SHARE})) {LOCK_FOR_SHARE} ON CONFLICT DO NOTHING",
        GRANTS.values(grant),
        rows=1,
    )
    return [*_put_client(client), use, keep]


def _put_client(client: Client | None) -> list[Statement]:
    """Return the statement that stores a client with its grant, unless it was stored when it registered."""
    if client is None or not (client.is_stateless or client.kind is ClientKind.DOCUMENT):
        return []
    put = f"{CLIENTS.insert} ON CONFLICT DO NOTHING" if client.is_stateless else _PUT_DOCUMENT
    return [Statement(put, CLIENTS.values(client))]


def add_refresh_token(token: RefreshToken) -> Statement:
    return Statement(f"{_REFRESH_TOKENS.insert} ON CONFLICT DO NOTHING", _REFRESH_TOKENS.values(token), rows=1)


_KNOWN: SizedCache[tuple[Any, ...], Client] = SizedCache(8 * 1024 * 1024)


def read_client(row: Row) -> Client:
    """Return the client of a row. Rows that were read before are parsed once: most requests come from few clients."""
    key = tuple(row)
    client = _KNOWN.get(key)
    if client is None:
        client = CLIENTS.read(key)
        _KNOWN.put(key, client, _IN_MEMORY * sum(len(value) for value in key if isinstance(value, str)))
    return client
