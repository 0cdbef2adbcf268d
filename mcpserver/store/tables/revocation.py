"""Revoking many grants at once, each announced to other processes (RFC 7009 section 2.1)."""

# ruff: noqa: S608 - the conditions are constants of the modules that call, values never

from ..database import Statement, Value


def revoke_all(condition: str, **values: Value) -> tuple[Statement, Statement]:
    """Return the statements that announce and revoke the live grants that meet a condition; ``values``
    include ``now``.
    """
    live = f"revoked_at IS NULL AND {condition}"
    return (
        Statement(f"INSERT INTO revocations (grant_id, revoked_at) SELECT id, :now FROM grants WHERE {live}", values),
        Statement(f"UPDATE grants SET revoked_at = :now WHERE {live} RETURNING id", values),
    )
