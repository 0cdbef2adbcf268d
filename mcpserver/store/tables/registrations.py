"""Clients that register themselves (``oauth/protocol/registration_store.py`` is the contract)."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this package, values never

from mcpbase.table import Table

from ...oauth.protocol import Client, InitialAccessToken, RegistrationStore, Room
from ..database import LOCK_FOR_UPDATE, Statement, Tables
from .locks import lock_row
from .oauth import CLIENTS, read_client
from .revocation import revoke_all

DAY = 86400

# OFFSET keeps PostgreSQL from a hash join with all grants.
_HAS_GRANT = "EXISTS (SELECT 1 FROM grants WHERE grants.client_id = clients.id LIMIT 1 OFFSET 0)"
_OWN = "id = :id AND management_digest = :management"
_TOKENS = Table("invitations", InitialAccessToken)

_ADD = (
    f"INSERT INTO clients ({CLIENTS.names}, unused_since, management_digest, network)"
    f" SELECT {CLIENTS.places}, :created_at, :management, :network"
    " WHERE {condition} ON CONFLICT (id) DO UPDATE"
    " SET unused_since = CASE WHEN clients.unused_since IS NULL THEN NULL ELSE excluded.unused_since END RETURNING "
    f"{CLIENTS.names}"
)
# Registrations are counted one after another.
_COUNT = Statement(f"SELECT clients FROM unused_client_count {LOCK_FOR_UPDATE}")
_HAS_ROOM = "(SELECT clients FROM unused_client_count) < :limit"
_MAKE_ROOM = (
    "DELETE FROM clients WHERE id = (SELECT id FROM clients WHERE unused_since <= :displaced_before AND NOT "
    f"{_HAS_GRANT} ORDER BY unused_since LIMIT 1)"
    f" AND unused_since IS NOT NULL AND NOT {_HAS_ROOM}"
)
# Takes the place of the oldest client of the network that registered most, if the newcomer's own network has fewer.
_TAKE_PLACE = (
    f"DELETE FROM clients WHERE id = (SELECT id FROM clients WHERE unused_since IS NOT NULL AND NOT {_HAS_GRANT} AND "
    "COALESCE(network, '') ="
    " (SELECT COALESCE(network, '') FROM clients WHERE unused_since IS NOT NULL GROUP BY COALESCE(network, '')"
    " HAVING COUNT(*) > 1 + (SELECT COUNT(*) FROM clients WHERE unused_since IS NOT NULL AND network = :network)"
    " ORDER BY COUNT(*) DESC LIMIT 1) ORDER BY unused_since, created_at, id LIMIT 1)"
    " AND unused_since IS NOT NULL"
)


class RegistrationTables(Tables, RegistrationStore):
    async def add_registration(self, client: Client, *, management: bytes | None, room: Room) -> Client | None:
        if kept := await self._find_settled(client):
            return kept
        condition = f"({_HAS_ROOM} OR EXISTS (SELECT 1 FROM clients WHERE id = :id))"
        add = _add(client, management, condition, room.network, limit=room.limit)
        make_room = Statement(_MAKE_ROOM, {"limit": room.limit, "displaced_before": room.displaced_before})
        kept = await self._add(add, make_room)
        if kept is None and room.network is not None:
            kept = await self._add(add, Statement(_TAKE_PLACE, {"network": room.network}, rows=1))
        return kept

    async def add_registration_by_token(
        self, client: Client, *, management: bytes | None, initial_access_token: bytes, now: int
    ) -> Client | None:
        spend = Statement(
            "UPDATE invitations SET uses_left = uses_left - 1 WHERE digest = :digest AND uses_left > 0 AND expires_at "
            "> :now",
            {"digest": initial_access_token, "now": now},
            rows=1,
        )
        return await self._add(_add(client, management, "1 = 1"), spend)

    async def _find_settled(self, client: Client) -> Client | None:
        """Return a client about which there is nothing new to keep: most registrations are repetitions, and cost no
        write.
        """
        row = await self._database.fetch_one(
            f"SELECT {CLIENTS.columns} FROM clients WHERE id = :id AND (unused_since IS NULL OR unused_since > "
            ":lately)",
            id=client.id,
            lately=client.created_at - DAY,
        )
        return read_client(row) if row else None

    async def _add(self, add: Statement, before: Statement) -> Client | None:
        applied = await self._database.apply(_COUNT, before, add)
        return read_client(applied[2][0]) if applied else None

    async def find_managed_client(self, client_id: str, management: bytes) -> Client | None:
        row = await self._database.fetch_one(
            f"SELECT {CLIENTS.columns} FROM clients WHERE {_OWN}", id=client_id, management=management
        )
        return read_client(row) if row else None

    async def change_registration(self, client: Client, management: bytes) -> bool:
        values = {**CLIENTS.values(client), "management": management}
        return await self._change(
            Statement(
                "UPDATE clients SET name = :name, redirect_uris = :redirect_uris, auth_method = :auth_method, "
                "secret_digest = :secret_digest,"
                f" grant_types = :grant_types, metadata = :metadata, kind = :kind WHERE {_OWN}",
                {name: values[name] for name in values if name not in ("created_at", "scope")},
                rows=1,
            )
        )

    async def remove_registration(self, client_id: str, management: bytes, *, now: int) -> bool:
        return await self._change(
            lock_row("clients", client_id),
            *revoke_all("client_id = :client_id", client_id=client_id, now=now),
            Statement(f"DELETE FROM clients WHERE {_OWN}", {"id": client_id, "management": management}, rows=1),
        )

    async def add_initial_access_token(self, token: InitialAccessToken) -> None:
        await self._change(Statement(_TOKENS.insert, _TOKENS.values(token), rows=1))

    async def has_initial_access_token(self, digest: bytes, *, now: int) -> bool:
        sql = "SELECT 1 FROM invitations WHERE digest = :digest AND uses_left > 0 AND expires_at > :now"
        return await self._database.fetch_one(sql, digest=digest, now=now) is not None

    async def list_initial_access_tokens(self) -> list[InitialAccessToken]:
        rows = await self._database.fetch(f"SELECT {_TOKENS.columns} FROM invitations ORDER BY created_at, id")
        return [_TOKENS.read(row) for row in rows]

    async def remove_initial_access_token(self, token_id: str) -> bool:
        return await self._change(Statement("DELETE FROM invitations WHERE id = :id", {"id": token_id}, rows=1))


def mark_used(user_id: str) -> Statement:
    """Return the statement that keeps clients with a grant of a person for good, to be applied before the grants are
    deleted.
    """
    return Statement(
        "UPDATE clients SET unused_since = NULL WHERE unused_since IS NOT NULL"
        " AND id IN (SELECT client_id FROM grants WHERE user_id = :user_id)",
        {"user_id": user_id},
    )


def mark_some_used(portion: int) -> Statement:
    """Return the statement that keeps some of all clients with a grant for good."""
    used = f"unused_since IS NOT NULL AND {_HAS_GRANT}"
    return Statement(
        f"UPDATE clients SET unused_since = NULL WHERE id IN (SELECT id FROM clients WHERE {used} LIMIT :portion)"
        " AND unused_since IS NOT NULL RETURNING id",
        {"portion": portion},
    )


def reap(unused_before: int, portion: int) -> Statement:
    """Return the statement that deletes some clients that last registered before then and never had a grant."""
    unused = f"unused_since <= :unused_before AND NOT {_HAS_GRANT}"
    return Statement(
        f"DELETE FROM clients WHERE id IN (SELECT id FROM clients WHERE {unused} LIMIT :portion) AND {unused}"
        " RETURNING id",
        {"unused_before": unused_before, "portion": portion},
    )


def _add(
    client: Client, management: bytes | None, condition: str, network: str | None = None, **values: int
) -> Statement:
    return Statement(
        _ADD.format(condition=condition),
        {**CLIENTS.values(client), "management": management, "network": network, **values},
        rows=1,
    )
