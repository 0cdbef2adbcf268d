"""How many changes a database has seen, and what ends when it was restored from a backup."""

from mcpbase.sources import LONGEST_LEAD

from ..database import Change, Statement, Values
from .revocation import revoke_all

# Tables in which some rows were spent, revoked or ended after the backup; nothing tells which.
_GIVEN = ("codes", "refresh_tokens", "device_requests", "pushed_requests", "sessions", "mcp_sessions", "invitations")


def count_change(now: int) -> Statement:
    """Return the statement that counts one more change and returns the number of all."""
    return Statement(
        "UPDATE history SET changes = changes + 1, seen_at = CASE WHEN seen_at > :now AND seen_at <= :now + :lead "
        "THEN seen_at ELSE :now END RETURNING changes",
        {"now": now, "lead": LONGEST_LEAD},
    )


def void_all(now: int) -> Change:
    """Return the change that ends every code, token and session that was ever issued.

    Clients, people, keys and what belongs to people stay. Which assertions were used is not known any more: those
    signed until ``now`` are refused.
    """
    values: Values = {"now": now}
    return [
        *revoke_all("1 = 1", now=now),
        *(Statement(f"DELETE FROM {table}") for table in _GIVEN),  # noqa: S608 - constants
        Statement("UPDATE history SET changes = changes + 1, is_copy = 0, voided_at = :now", values),
    ]
