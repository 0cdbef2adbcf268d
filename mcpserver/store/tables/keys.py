"""Signing keys (``oauth/protocol/stores.py`` is the contract)."""

from mcpbase.table import Table

from ...oauth.protocol import KeyStore, SigningKey
from ..database import Statement, Tables, Values
from .locks import lock_table

_KEYS = Table("signing_keys", SigningKey)

# Adds nothing while another key of the algorithm is the newest.
_ADD = (
    f"INSERT INTO signing_keys ({_KEYS.names}) SELECT {_KEYS.places}"  # noqa: S608 - constants
    " WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE retired_at IS NULL AND algorithm = :algorithm) ON CONFLICT "
    "DO NOTHING"
)


class KeyTables(Tables, KeyStore):
    async def add_signing_key(
        self, key: SigningKey, *, only_if_none: bool = False, replacing: str | None = None
    ) -> bool:
        retire = () if only_if_none else _retire(key, replacing)
        add = Statement(_ADD, _KEYS.values(key), rows=1)
        return await self._change(lock_table("signing_keys"), *retire, add)

    async def retire_signing_key(self, kid: str, *, at: int) -> None:
        await self._change(
            Statement(
                "UPDATE signing_keys SET retired_at = :at WHERE kid = :kid AND COALESCE(retired_at > :at, TRUE)",
                {"kid": kid, "at": at},
            )
        )

    async def remove_signing_key(self, kid: str, *, now: int) -> bool:
        return await self._change(
            Statement(
                "DELETE FROM signing_keys WHERE kid = :kid AND retired_at <= :now", {"kid": kid, "now": now}, rows=1
            )
        )

    async def list_signing_keys(self) -> list[SigningKey]:
        rows = await self._database.fetch(
            f"SELECT {_KEYS.columns} FROM signing_keys"  # noqa: S608 - constants
            " ORDER BY signs_from DESC, retired_at IS NULL DESC, retired_at DESC"
        )
        return [_KEYS.read(row) for row in rows]


def _retire(successor: SigningKey, replacing: str | None) -> tuple[Statement, Statement]:
    """Return the statements that let the keys of the successor's algorithm sign no longer than until it begins."""
    values: Values = {"at": successor.signs_from, "algorithm": successor.algorithm, "replacing": replacing}
    newest = (
        "UPDATE signing_keys SET retired_at = :at WHERE retired_at IS NULL AND algorithm = :algorithm AND kid = "
        "COALESCE(:replacing, kid)"
    )
    return (
        Statement("UPDATE signing_keys SET retired_at = :at WHERE retired_at > :at AND algorithm = :algorithm", values),
        Statement(newest, values, rows=None if replacing is None else 1),
    )
