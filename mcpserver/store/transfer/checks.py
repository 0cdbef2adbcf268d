"""Checks of a database: damage, a schema that is not complete, rows that refer to nothing, and wrong counts."""

from attrs import field, frozen

from ..database import Content, Table
from ..sqlite import newest_schema
from .copying import COUNTED
from .places import place_of


@frozen
class Findings:
    """One sentence for each fault; and the ``sealed`` signing keys by id, which the installation's secret must open."""

    faults: list[str]
    sealed: dict[str, str] = field(factory=dict, repr=False)


async def examine(url: str) -> Findings:
    """Look for faults without changing anything. Raises ``StoreError`` when the database cannot be read."""
    async with newest_schema() as fresh:
        expected, newest = await fresh.tables(), await fresh.applied()
    async with place_of(url).reading() as content:
        applied = await content.applied()
        if applied != newest:
            return Findings([_schema(applied, newest)])
        tables = {table.name: table for table in await content.tables()}
        missing = [text for table in expected for text in _missing(table, tables.get(table.name))]
        if missing:
            return Findings(missing)
        return Findings(
            [
                *await content.findings(),
                *await _miscounted(content),
                *[text for table in tables.values() for text in await _repeated(content, table)],
            ],
            {str(row[0]): str(row[1]) for row in await content.read("SELECT kid, sealed FROM signing_keys")},
        )


def _schema(applied: set[int], newest: set[int]) -> str:
    if applied - newest:
        return "The schema is newer than this program: install the version that wrote it."
    version = max(applied, default=0)
    return f"The schema has version {version} of {max(newest)}: run `mcpserver db migrate`, then check again."


def _missing(expected: Table, found: Table | None) -> list[str]:
    if found is None:
        return [f"The table {expected.name} is missing."]
    return [
        *(
            f"The column {name} of {expected.name} is missing."
            for name in expected.columns
            if name not in found.columns
        ),
        *(f"The index {name} is missing." for name in sorted(expected.indexes - found.indexes)),
    ]


async def _miscounted(content: Content) -> list[str]:
    faults = []
    for table, rows in COUNTED.items():
        counted = await content.read(f"SELECT clients FROM {table}")  # noqa: S608 - constants
        ((actual,),) = await content.read(f"SELECT COUNT(*) FROM {rows}")  # noqa: S608 - constants
        if [tuple(row) for row in counted] != [(actual,)]:
            said = ", ".join(str(number) for (number,) in counted) or "no number"
            faults.append(f"The table {table} has {said} where {actual} is right.")
    return faults


async def _repeated(content: Content, table: Table) -> list[str]:
    """Find numbers that would be given a second time."""
    if table.numbered is None:
        return []
    ((highest,),) = await content.read(f'SELECT MAX("{table.numbered}") FROM "{table.name}"')  # noqa: S608 - as above
    last = await content.last_number(table)
    if highest is None or highest <= last:
        return []
    return [f"The next number of {table.name} would be {last + 1}, but {highest} is taken."]
