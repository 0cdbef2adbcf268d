"""Deletion of what has expired or is no longer of use, and how long it is kept after that."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

from ..database import Change, Statement, Values
from .registrations import mark_some_used, reap

_MARGIN = 86400
"""Seconds that codes, assertions and revocations are kept after their end: a replayed code still revokes its grant, a
device is still told that its code expired, a process with a slow clock still hears of a revocation.
"""


_ENDING = ("pushed_requests", "sessions", "mcp_sessions", "mcp_questions", "refresh_tokens", "invitations")
_UNDECIDED = 600
"""Seconds that a device code that nobody entered is kept after its end: anybody may ask for codes, and each
is a row.
"""
_NOTED = 30
"""Seconds after which the time is noted again when nothing else was written."""


PORTION = 250
"""Rows that one statement deletes or looks at: none holds a lock for long, and what was done is kept when the process
ends.
"""

# OFFSET keeps PostgreSQL from a hash join with all tokens.
_WITHOUT_TOKENS = (
    "NOT EXISTS (SELECT 1 FROM codes WHERE codes.grant_id = grants.id LIMIT 1 OFFSET 0)"
    " AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.grant_id = grants.id LIMIT 1 OFFSET 0)"
)


def expire(now: int) -> Change:
    """Return the statements that delete what has expired: unspent codes, sessions, refresh tokens.

    Spent codes stay, so that a replay is noticed. The time is noted too. Each statement is a change of its own, to be
    applied until it returns fewer rows than ``PORTION``.
    """
    return [
        _delete("codes", "digest", "expires_at <= :now AND spent_at IS NULL", now=now),
        _delete("device_requests", "digest", "expires_at <= :now AND decided_by IS NULL", now=now - _UNDECIDED),
        *(_delete(table, "digest", "expires_at <= :now", now=now) for table in _ENDING),
        note_time(now),
    ]


def note_time(now: int) -> Statement:
    """Return the statement that stores the time, so that a clock that was set back while nothing runs is noticed."""
    return Statement("UPDATE history SET seen_at = :now WHERE seen_at < :now - :noted", {"now": now, "noted": _NOTED})


def purge(now: int, access_token_lifetime: int, unused_client_lifetime: int) -> tuple[Change, Change]:
    """Return the statements that delete what is no longer of use, as ``expire`` does: those to be applied before grants
    are deleted, and those for afterwards.

    This is what has expired, keys whose last token is long dead, and clients that nobody ever used. Clients with a
    grant are kept for good before the grant is deleted.
    """
    long_ago, beyond_tokens = now - _MARGIN, grants_before(now, access_token_lifetime)
    before_grants = [
        *expire(now),
        _delete("mcp_tasks", "digest", "expires_at <= :now", now=now),
        *(
            _delete(table, "digest", "expires_at <= :now", now=long_ago)
            for table in ("codes", "device_requests", "used_assertions", "decided_requests")
        ),
        _delete("events", "id", "created_at <= :now", now=long_ago),  # of processes that were killed
        mark_some_used(PORTION),
    ]
    after_grants = [
        _delete("signing_keys", "kid", "retired_at <= :now", now=beyond_tokens),
        _delete("revocations", "id", "revoked_at <= :now", now=beyond_tokens),
        reap(now - unused_client_lifetime, PORTION),
    ]
    return before_grants, after_grants


def grants_before(now: int, access_token_lifetime: int) -> int:
    """Return the instant before which the last access token of a grant without other tokens is long dead."""
    return now - _MARGIN - access_token_lifetime


def delete_grants(before: int, *, after: str, until: str | None) -> Statement:
    """Return the statement that deletes those grants without tokens whose id is above ``after`` and not above
    ``until`` (the last one when None), and that gave their last token before that instant.
    """
    values: Values = {"after": after, "before": before}
    upper = ""
    if until is not None:
        upper, values = " AND id <= :until", {**values, "until": until}
    return Statement(
        f"DELETE FROM grants WHERE id > :after{upper} AND COALESCE(rotated_at, created_at) <= :before"
        f" AND {_WITHOUT_TOKENS} RETURNING id",
        values,
    )


def _delete(table: str, key: str, condition: str, *, now: int) -> Statement:
    return Statement(
        f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {condition} LIMIT :portion)"
        f" AND {condition} RETURNING {key}",
        {"now": now, "portion": PORTION},
    )
