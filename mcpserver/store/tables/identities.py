"""People and programs that other issuers vouch for (``accounts/store.py`` and ``oauth/clients/workload.py`` are the
contracts).
"""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

from mcpbase.table import Table

from ...accounts import Account, Identity, IdentityStore
from ...oauth.clients import Workload, WorkloadStore
from ..database import LOCK_FOR_SHARE, Statement, Tables
from .accounts import ACCOUNTS, add_account, read_account

_WORKLOADS = Table("workloads", Workload)
_IS = "identities.issuer = :issuer AND identities.tenant = :tenant AND identities.subject = :subject"


class IdentityTables(Tables, IdentityStore, WorkloadStore):
    async def find_account_of_identity(self, identity: Identity) -> Account | None:
        row = await self._database.fetch_one(
            f"SELECT {ACCOUNTS.columns} FROM identities JOIN accounts ON accounts.id = identities.user_id WHERE {_IS}",
            **_key(identity),
        )
        return read_account(row)

    async def add_identity(self, identity: Identity, user_id: str, *, now: int) -> bool:
        return await self._change(_add_identity(identity, user_id, now))

    async def add_account_of_identity(self, account: Account, identity: Identity) -> bool:
        return await self._change(*add_account(account), _add_identity(identity, account.id, account.created_at))

    async def add_workload(self, workload: Workload) -> bool:
        add = (
            f"INSERT INTO workloads ({_WORKLOADS.names}) SELECT {_WORKLOADS.places} FROM clients WHERE id = "
            f":client_id {LOCK_FOR_SHARE} ON CONFLICT DO NOTHING"
        )
        return await self._change(Statement(add, _WORKLOADS.values(workload), rows=1))

    async def list_workloads(self, issuer: str) -> list[Workload]:
        rows = await self._database.fetch(
            f"SELECT {_WORKLOADS.columns} FROM workloads WHERE issuer = :issuer ORDER BY subject", issuer=issuer
        )
        return [_WORKLOADS.read(row) for row in rows]


def _key(identity: Identity) -> dict[str, str]:
    return {"issuer": identity.issuer, "tenant": identity.tenant, "subject": identity.subject}


def _add_identity(identity: Identity, user_id: str, now: int) -> Statement:
    return Statement(
        "INSERT INTO identities (issuer, tenant, subject, user_id, created_at) SELECT :issuer, :tenant, :subject, id, "
        ":now"
        f" FROM accounts WHERE id = :user_id {LOCK_FOR_SHARE} ON CONFLICT DO NOTHING",
        {**_key(identity), "user_id": user_id, "now": now},
        rows=1,
    )
