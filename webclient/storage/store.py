"""The store of the web client in SQLite: integrations, sealed secrets, pending authorization requests, trace."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import asdict, frozen

from mcpbase.table import Table

from ..database import Database
from ..json_text import JsonObject
from ..oauth import SEED, new_key
from ..oauth.protocol import Backing, Credentials, Key, Pending, Tokens
from ..people import SQLitePeople
from ..sources import Sources
from ..vault import Vault
from .call_record import CallRecord
from .calls import SQLiteCalls
from .conversations import SQLiteConversations
from .hops import SQLiteHops
from .integration import Integration

PENDING_LIFETIME = 3600
"""Seconds for which an authorization request waits for its response."""


@frozen
class _Kept:
    """A row of ``integrations``: ``payload`` is everything without a column of its own, as JSON."""

    id: str
    owner: bytes
    created_at: int
    payload: str


_INTEGRATIONS = Table("integrations", _Kept)


def _integration(row: Any) -> Integration:
    kept = _INTEGRATIONS.read(row)
    values = json.loads(kept.payload) | {"id": kept.id, "owner": kept.owner, "created_at": kept.created_at}
    return Integration.restored(values)


def _payload(integration: Integration) -> str:
    values = asdict(integration)
    for column in ("id", "owner", "created_at"):
        del values[column]
    return json.dumps(values)


class Store:
    """The database of the web client. Every statement commits by itself; consuming is one conditional statement."""

    def __init__(self, connection: Database, vault: Vault, sources: Sources) -> None:
        self._connection = connection
        self._vault = vault
        self._sources = sources
        self.hops = SQLiteHops(connection, vault)
        self.page_key = urlsafe_b64encode(vault.derive("place of the pages")).rstrip(b"=").decode()
        self.client_key: Key = new_key(
            (vault.derive("client key, first half") + vault.derive("client key, second half"))[:SEED]
        )
        self.calls = SQLiteCalls(connection, vault)
        self.people = SQLitePeople(connection, vault)
        self.conversations = SQLiteConversations(connection, vault)

    async def close(self) -> None:
        await self._connection.close()

    async def look_around(self) -> None:
        """Check that the database answers and is the one that was opened. Raises DatabaseUnavailable."""
        await self._rows("SELECT 1", ())

    async def newest_instant(self) -> float:
        """The latest time noted, in epoch seconds; 0 for a new database."""
        return float((await self._rows("SELECT seen_at FROM clock", ()))[0][0])

    async def note_instant(self, now: float) -> None:
        """Store the current time, in epoch seconds."""
        await self._rows("UPDATE clock SET seen_at = ?", (now,))

    async def _rows(self, statement: str, values: Iterable[object]) -> list[Any]:
        return list(await self._connection.execute_fetchall(statement, values))

    async def add_integration(self, integration: Integration) -> None:
        kept = _Kept(integration.id, integration.owner, integration.created_at, _payload(integration))
        await self._rows(_INTEGRATIONS.insert, _INTEGRATIONS.values(kept))

    async def change_integration(self, integration: Integration) -> None:
        await self._rows("UPDATE integrations SET payload = ? WHERE id = ?", (_payload(integration), integration.id))

    async def find_integration(self, integration_id: str, owner: bytes) -> Integration | None:
        rows = await self._rows(
            f"SELECT {_INTEGRATIONS.columns} FROM integrations WHERE id = ? AND owner = ?", (integration_id, owner)
        )
        return _integration(rows[0]) if rows else None

    async def integrations_of(self, owner: bytes) -> list[Integration]:
        rows = await self._rows(
            f"SELECT {_INTEGRATIONS.columns} FROM integrations WHERE owner = ? ORDER BY created_at, rowid", (owner,)
        )
        return [_integration(row) for row in rows]

    async def forget_integration(self, integration_id: str) -> None:
        """Delete an integration with its tokens, pending requests and trace."""
        await self._rows("DELETE FROM integrations WHERE id = ?", (integration_id,))

    async def _put_secret(self, integration_id: str, kind: str, value: JsonObject) -> None:
        """Insert or update a secret. Does nothing for a deleted integration, so that a late answer restores nothing."""
        await self._rows(
            "INSERT INTO secrets (integration_id, kind, sealed) SELECT id, ?, ? FROM integrations WHERE id = ?"
            " ON CONFLICT (integration_id, kind) DO UPDATE SET sealed = excluded.sealed",
            (kind, self._vault.seal(f"{kind} {integration_id}", value), integration_id),
        )

    async def _find_secret(self, integration_id: str, kind: str) -> JsonObject | None:
        rows = await self._rows(
            "SELECT sealed FROM secrets WHERE integration_id = ? AND kind = ?", (integration_id, kind)
        )
        value: JsonObject | None = self._vault.open(f"{kind} {integration_id}", rows[0][0]) if rows else None
        return value

    async def put_tokens(self, integration_id: str, tokens: Tokens) -> None:
        await self._put_secret(integration_id, "tokens", asdict(tokens))

    async def find_tokens(self, integration_id: str) -> Tokens | None:
        values = await self._find_secret(integration_id, "tokens")
        return Tokens.restored(values) if values else None

    async def forget_tokens(self, integration_id: str) -> None:
        await self._rows("DELETE FROM secrets WHERE integration_id = ? AND kind = 'tokens'", (integration_id,))

    async def forget_choices(self, integration_id: str) -> None:
        """Delete the credentials that the person entered."""
        await self._rows(
            "DELETE FROM secrets WHERE integration_id = ? AND kind IN ('typed credentials', 'backing', 'headers')",
            (integration_id,),
        )

    async def put_headers(self, integration_id: str, headers: Mapping[str, str]) -> None:
        await self._put_secret(integration_id, "headers", dict(headers))

    async def find_headers(self, integration_id: str) -> dict[str, str]:
        """The key that the person entered, as a header; empty when there is none."""
        return await self._find_secret(integration_id, "headers") or {}

    async def put_typed_credentials(self, integration_id: str, credentials: Credentials) -> None:
        await self._put_secret(integration_id, "typed credentials", asdict(credentials))

    async def find_typed_credentials(self, integration_id: str) -> Credentials | None:
        values = await self._find_secret(integration_id, "typed credentials")
        return Credentials(**values) if values else None

    async def put_backing(self, integration_id: str, backing: Backing) -> None:
        await self._put_secret(integration_id, "backing", asdict(backing))

    async def find_backing(self, integration_id: str) -> Backing | None:
        values = await self._find_secret(integration_id, "backing")
        return Backing.restored(values) if values else None

    async def put_waiting_call(self, integration_id: str, call: CallRecord) -> None:
        """Store the one call that is repeated once the person has granted the permission it lacked."""
        await self._put_secret(integration_id, "waiting call", asdict(call))

    async def find_waiting_call(self, integration_id: str) -> CallRecord | None:
        values = await self._find_secret(integration_id, "waiting call")
        return CallRecord.restored(values) if values else None

    async def put_registration(self, issuer: str, redirect_uri: str, credentials: Credentials) -> None:
        await self._rows(
            "INSERT INTO registrations (issuer, redirect_uri, sealed) VALUES (?, ?, ?)"
            " ON CONFLICT (issuer, redirect_uri) DO UPDATE SET sealed = excluded.sealed",
            (issuer, redirect_uri, self._vault.seal(f"registration {issuer}", asdict(credentials))),
        )

    async def find_registration(self, issuer: str, redirect_uri: str) -> Credentials | None:
        rows = await self._rows(
            "SELECT sealed FROM registrations WHERE issuer = ? AND redirect_uri = ?", (issuer, redirect_uri)
        )
        values = self._vault.open(f"registration {issuer}", rows[0][0]) if rows else None
        return Credentials(**values) if values else None

    async def forget_registration(self, issuer: str, redirect_uri: str) -> None:
        await self._rows("DELETE FROM registrations WHERE issuer = ? AND redirect_uri = ?", (issuer, redirect_uri))

    async def add_pending(self, state: bytes, owner: bytes, pending: Pending) -> None:
        """Store a pending authorization request, and delete expired ones.

        ``state`` is the digest of the state value (RFC 6749 section 10.12).
        """
        now = int(self._sources.now())
        await self._rows("DELETE FROM pending WHERE created_at <= ?", (now - PENDING_LIFETIME,))
        await self._rows(
            "INSERT INTO pending (state, owner, integration_id, created_at, sealed) VALUES (?, ?, ?, ?, ?)",
            (state, owner, pending.integration_id, now, self._vault.seal("pending", asdict(pending))),
        )

    async def spend_pending(self, state: bytes, owner: bytes) -> Pending | None:
        """Take a pending authorization request out, once, for the owner that began it.

        None for any other owner, the second time, and after PENDING_LIFETIME.
        """
        since = int(self._sources.now()) - PENDING_LIFETIME
        rows = await self._rows(
            "DELETE FROM pending WHERE state = ? AND owner = ? AND created_at > ? RETURNING sealed",
            (state, owner, since),
        )
        values = self._vault.open("pending", rows[0][0]) if rows else None
        return Pending.restored(values) if values else None
