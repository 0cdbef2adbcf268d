"""The state of a database: its kind, its schema, its size and the rows of its tables."""

from attrs import frozen

from ..sqlite import newest_schema
from .places import place_of


@frozen
class Status:
    """A database as it is. ``schema`` migrations were applied of the ``known`` ones; ``size`` is in bytes; ``rows`` are
    by table.
    """

    place: str
    kind: str
    schema: int
    known: int
    size: int
    rows: dict[str, int]


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
        )
