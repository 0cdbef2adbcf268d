"""The leases of housekeeping, and deletion in portions under one (``processes/housekeeping.py`` is the contract)."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

from collections.abc import Sequence

from mcpbase.table import Table

from ...processes import HOUSEKEEPING_LEASE, HousekeepingStore, LeaseLost, Run, Turn
from ..database import Row, Statement, Tables, Values
from .purge import PORTION, delete_grants, expire, grants_before, note_time, purge

_RUNS = Table("housekeeping", Run)

_DUE = (
    "task = :task AND leased_until <= :now"
    " AND (started_at IS NULL OR started_at <= :due OR COALESCE(finished_at, 0) < started_at)"
)
_TAKE = (
    "UPDATE housekeeping SET holder = :holder, leased_until = :until, started_at = :now, rows_removed = 0,"
    f" last_error = NULL WHERE {_DUE}"
)
_HELD = "task = :task AND holder = :holder AND leased_until > :now"
_RENEW = f"UPDATE housekeeping SET leased_until = :until, rows_removed = :removed WHERE {_HELD}"
_FINISH = (
    "UPDATE housekeeping SET leased_until = :now, rows_removed = :removed, last_error = :error,"
    f" finished_at = CASE WHEN :finished = 1 THEN :now ELSE finished_at END WHERE {_HELD}"
)


class HousekeepingTables(Tables, HousekeepingStore):
    async def begin_turn(self, turn: Turn) -> bool:
        now = turn.now
        values = {**_lease(turn, now), "due": now - turn.task.interval}
        asked = {name: values[name] for name in ("task", "now", "due")}
        if await self._database.fetch_one(f"SELECT 1 FROM housekeeping WHERE {_DUE}", **asked) is None:
            return False  # most often; and nobody waited for a lock
        return await self._change(Statement(_TAKE, values, rows=1))

    async def end_turn(self, turn: Turn, *, finished: bool, error: str | None = None) -> None:
        values: Values = {
            "task": turn.task.name,
            "holder": turn.holder,
            "now": turn.now,
            "removed": turn.removed,
            "finished": int(finished),
            "error": error,
        }
        await self._change(Statement(_FINISH, values, rows=1))

    async def housekeeping_runs(self) -> list[Run]:
        rows = await self._database.fetch(f"SELECT {_RUNS.columns} FROM housekeeping ORDER BY task")
        return [_RUNS.read(row) for row in rows]

    async def note_time(self, now: int) -> None:
        """Store the time, so that a clock that is set back before the next start is noticed."""
        await self._change(note_time(now))

    async def expire(self, now: int, turn: Turn | None = None) -> None:
        """Delete what has expired, so that a clock that steps back cannot revive it.

        Each portion is a change that also renews the lease of ``turn``. Raises ``LeaseLost``.
        """
        await self._delete(expire(now), turn)

    async def purge(
        self,
        now: int,
        turn: Turn | None = None,
        *,
        access_token_lifetime: int = 3600,
        unused_client_lifetime: int = 30 * 86400,
    ) -> None:
        """Delete what is no longer of use, as ``expire`` does.

        Lifetimes in seconds: the longest of an access token, and how long a client may wait for its first grant.
        """
        before_grants, after_grants = purge(now, access_token_lifetime, unused_client_lifetime)
        await self._delete(before_grants, turn)
        await self._delete_grants(grants_before(now, access_token_lifetime), turn)
        await self._delete(after_grants, turn)

    async def _delete(self, statements: Sequence[Statement], turn: Turn | None) -> None:
        """Apply each statement as changes of its own, until there is nothing left to delete."""
        for statement in statements:
            left = True
            while left:
                left = len(await self._apply_portion(statement, turn)) >= PORTION

    async def _delete_grants(self, before: int, turn: Turn | None) -> None:
        """Walk through the grants in the order of their ids: those that stay are most of them, so that one search for
        the others would read them all.
        """
        after: str | None = ""
        while after is not None:
            row = await self._database.fetch_one(
                "SELECT id FROM grants WHERE id > :after ORDER BY id LIMIT 1 OFFSET :skipped",
                after=after,
                skipped=PORTION - 1,
            )
            until = None if row is None else str(row[0])
            await self._apply_portion(delete_grants(before, after=after, until=until), turn)
            after = until

    async def _apply_portion(self, statement: Statement, turn: Turn | None) -> list[Row]:
        if turn is None:
            applied = await self._database.apply(statement)
            return applied[0] if applied is not None else []
        renew = Statement(_RENEW, {**_lease(turn, turn.now), "removed": turn.removed}, rows=1)
        applied = await self._database.apply(renew, statement)
        if applied is None:
            raise LeaseLost
        turn.removed += len(applied[1])
        return applied[1]


def _lease(turn: Turn, now: int) -> Values:
    return {"task": turn.task.name, "holder": turn.holder, "now": now, "until": now + HOUSEKEEPING_LEASE}
