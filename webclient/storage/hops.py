"""The trace in SQLite: hops by integration and run, updated in place until they are finished."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from attrs import evolve, frozen

from mcpbase.table import Table

from ..database import Database
from ..trace import Hop, Masker
from ..trace.recording import PENDING, STOPPED
from ..vault import Vault

HOPS_KEPT = 400
MASKERS_KEPT = 200


@frozen
class Run:
    """One flow, from the request of a person to its result.

    ``title`` and ``at`` (epoch seconds) are those of its first hop.
    """

    number: int
    title: str
    at: float
    hops: int
    failed: int
    pending: int


@frozen
class _Kept:
    """A row of ``hops``: values that are updated or searched for have a column, ``payload`` is the hop as JSON."""

    id: int
    run: int
    outcome: str
    payload: str


_HOPS = Table("hops", _Kept)


def _hop(row: Any) -> Hop:
    kept = _HOPS.read(row)
    return evolve(Hop.from_json(kept.payload), id=kept.id, run=kept.run, outcome=kept.outcome)


class SQLiteHops:
    """A HopStore in SQLite. Every statement commits by itself. Hops are masked before they are stored here."""

    def __init__(self, connection: Database, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._maskers: OrderedDict[str, Masker] = OrderedDict()

    async def _rows(self, statement: str, values: Iterable[object]) -> list[Any]:
        return list(await self._connection.execute_fetchall(statement, values))

    def masker(self, integration_id: str) -> Masker:
        """The masker of an integration.

        Its key is the integration's own, so that a mark cannot be matched with those of other integrations. The least
        recently used maskers beyond MASKERS_KEPT are forgotten.
        """
        found = self._maskers.pop(integration_id, None) or Masker(self._vault.derive(f"trace {integration_id}"))
        self._maskers[integration_id] = found
        if len(self._maskers) > MASKERS_KEPT:
            self._maskers.popitem(last=False)
        return found

    async def add_hop(self, integration_id: str, hop: Hop, run: int | None) -> Hop:
        """Store a hop, as HopStore specifies, and delete the oldest hops beyond HOPS_KEPT. Does nothing for a deleted
        integration.
        """
        rows = await self._rows(
            "INSERT INTO hops (integration_id, run, outcome, title, at, payload)"
            " SELECT id, CASE WHEN :run > 0 THEN :run ELSE max(1, coalesce((SELECT max(run) FROM hops WHERE "
            "integration_id = :id), 0) + (:run = 0)) END,"
            " :outcome, :title, :at, :payload FROM integrations WHERE id = :id RETURNING id, run",
            {
                "id": integration_id,
                "run": -1 if run is None else run,
                "outcome": hop.outcome,
                "title": hop.title,
                "at": hop.at,
                "payload": hop.to_json(),
            },
        )
        await self._rows(
            "DELETE FROM hops WHERE integration_id = ? AND id <= (SELECT id FROM hops WHERE integration_id = ? ORDER "
            "BY id DESC LIMIT 1 OFFSET ?)",
            (integration_id, integration_id, HOPS_KEPT),
        )
        return evolve(hop, id=rows[0][0], run=rows[0][1]) if rows else hop

    async def change_hop(self, hop: Hop) -> None:
        await self._rows("UPDATE hops SET outcome = ?, payload = ? WHERE id = ?", (hop.outcome, hop.to_json(), hop.id))

    async def stop_unfinished(self) -> None:
        """Mark all pending hops as stopped. For the start of the program, when none can still be in progress."""
        await self._rows("UPDATE hops SET outcome = ? WHERE outcome = ?", (STOPPED, PENDING))

    async def of(self, integration_id: str, run: int | None = None) -> list[Hop]:
        """The hops of one run, or all, in order."""
        chosen = " AND run = :run" if run is not None else ""
        rows = await self._rows(
            f"SELECT {_HOPS.columns} FROM hops WHERE integration_id = :id{chosen} ORDER BY id",  # noqa: S608 - constants
            {"id": integration_id, "run": run},
        )
        return [_hop(row) for row in rows]

    async def latest(self, integration_id: str) -> int:
        """The number of the newest run, 0 when there is none."""
        rows = await self._rows("SELECT coalesce(max(run), 0) FROM hops WHERE integration_id = ?", (integration_id,))
        return int(rows[0][0])

    async def runs(self, integration_id: str) -> list[Run]:
        """The runs of an integration, the newest first.

        SQLite takes ``title`` and ``at`` from the row with the least id (its documentation, bare columns in an
        aggregate query).
        """
        rows = await self._rows(
            "SELECT run, title, at, count(*), sum(outcome = 'failed'), sum(outcome = 'pending'), min(id) FROM hops"
            " WHERE integration_id = ? GROUP BY run ORDER BY run DESC",
            (integration_id,),
        )
        return [Run(number, title, at, hops, failed, pending) for number, title, at, hops, failed, pending, _ in rows]
