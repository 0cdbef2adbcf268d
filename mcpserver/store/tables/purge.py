"""Deletion of what has expired or is no longer of use, and how long it is kept after that."""

from ..database import Change, Statement, Values
from .registrations import mark_used, reap

_MARGIN = 86400
"""Seconds that codes, assertions and revocations are kept after their end: a replayed code still revokes its grant, a
device is still told that its code expired, a process with a slow clock still hears of a revocation.
"""


_ENDING = ("pushed_requests", "sessions", "mcp_sessions", "refresh_tokens", "invitations")
_UNDECIDED = 600
"""Seconds that a device code that nobody entered is kept after its end: anybody may ask for codes, and each
is a row.
"""
_NOTED = 30
"""Seconds after which the time is noted again when nothing else was written."""


def expire(now: int) -> Change:
    """Return the change that deletes what has expired: unspent codes, sessions, refresh tokens.

    Spent codes stay, so that a replay is noticed. The time is noted too, so that a clock that was set back while
    nothing runs is noticed.
    """
    values: Values = {"now": now}
    return [
        Statement("DELETE FROM codes WHERE expires_at <= :now AND spent_at IS NULL", values),
        Statement(
            "DELETE FROM device_requests WHERE expires_at <= :a_while_ago AND decided_by IS NULL",
            {"a_while_ago": now - _UNDECIDED},
        ),
        *(Statement(f"DELETE FROM {table} WHERE expires_at <= :now", values) for table in _ENDING),  # noqa: S608 - constants
        Statement("UPDATE history SET seen_at = :now WHERE seen_at < :now - :noted", {**values, "noted": _NOTED}),
    ]


def purge(now: int, access_token_lifetime: int, unused_client_lifetime: int) -> Change:
    """Return the change that deletes what is no longer of use.

    This is what has expired, grants without tokens, keys whose last token is long dead, and clients that nobody ever
    used.
    """
    values: Values = {"now": now, "long_ago": now - _MARGIN, "beyond_tokens": now - _MARGIN - access_token_lifetime}
    return [
        *expire(now),
        Statement("DELETE FROM mcp_tasks WHERE expires_at <= :now", values),
        Statement("DELETE FROM codes WHERE expires_at <= :long_ago", values),
        Statement("DELETE FROM device_requests WHERE expires_at <= :long_ago", values),
        Statement("DELETE FROM used_assertions WHERE expires_at <= :long_ago", values),
        Statement("DELETE FROM decided_requests WHERE expires_at <= :long_ago", values),
        mark_used(),
        Statement(
            "DELETE FROM grants WHERE COALESCE(rotated_at, created_at) <= :beyond_tokens"
            " AND NOT EXISTS (SELECT 1 FROM codes WHERE codes.grant_id = grants.id)"
            " AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.grant_id = grants.id)",
            values,
        ),
        Statement("DELETE FROM signing_keys WHERE retired_at <= :beyond_tokens", values),
        Statement("DELETE FROM revocations WHERE revoked_at <= :beyond_tokens", values),
        reap(now - unused_client_lifetime),
    ]
