"""The state of a database: its kind, its schema, its size and the rows of its tables."""

from attrs import frozen

from ..database import Content
from ..sqlite import newest_schema
from .places import place_of


@frozen
class LastRun:
    """When a task of housekeeping last ended, in epoch seconds, what it removed, and why the last attempt failed."""

    finished_at: int | None
    rows_removed: int
    error: str | None


@frozen
class Status:
    """A database as it is. ``schema`` migrations were applied of the ``known`` ones; ``size`` is in bytes; ``rows`` are
    by table, ``housekeeping`` by task.
    """

    place: str
    kind: str
    schema: int
    known: int
    size: int
    rows: dict[str, int]
    housekeeping: dict[str, LastRun]


async def read_status(url: str) -> Status:
    """Read the state of a database without changing it. Raises ``StoreError``."""
    async with newest_schema() as fresh:
        known = max(await fresh.applied())
    async with place_of(url).reading() as content:
        return Status(
            content.place,
            await content.kind(),
            max(await content.applied(), default=0),
            known,
            await content.size(),
            {table.name: await content.count(table) for table in await content.tables()},
            await _housekeeping(content),
        )


async def _housekeeping(content: Content) -> dict[str, LastRun]:
    """The last runs; none in a database of before there were any."""
    if all(table.name != "housekeeping" for table in await content.tables()):
        return {}
    rows = await content.read("SELECT task, finished_at, rows_removed, last_error FROM housekeeping ORDER BY task")
    return {str(task): LastRun(finished_at, removed, error) for task, finished_at, removed, error in rows}
