"""How far a database has come, and what ends when it turns out to have been set back to a backup."""

from mcpbase.sources import LONGEST_LEAD

from ..database.change import Change, Statement, Values
from .revocation import revoke_all

# Of what rests here some was spent, revoked or ended after the backup, and nothing tells which.
_GIVEN = ("codes", "refresh_tokens", "device_requests", "pushed_requests", "sessions", "mcp_sessions", "invitations")


def count_change(now: int) -> Statement:
    """One more change; returns the number of all."""
    return Statement(
        "UPDATE history SET changes = changes + 1, seen_at = CASE WHEN seen_at > :now AND seen_at <= :now + :lead THEN seen_at ELSE :now END RETURNING changes",
        {"now": now, "lead": LONGEST_LEAD},
    )


def void_all(now: int) -> Change:
    """End every code, token and session that was ever issued. Clients, people, keys and what belongs to people stay.

    Assertions that clients have shown cannot be listed any more either: those signed until ``now`` are refused.
    """
    values: Values = {"now": now}
    return [
        *revoke_all("1 = 1", now=now),
        *(Statement(f"DELETE FROM {table}") for table in _GIVEN),  # noqa: S608 - constants
        Statement("UPDATE history SET changes = changes + 1, is_copy = 0, voided_at = :now", values),
    ]
