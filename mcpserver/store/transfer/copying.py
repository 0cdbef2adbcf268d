"""Copying of all tables of one database into another, and the proof that both hold the same.

The target gets the schema of the source first, then its rows, then the migrations that the source lacks.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import sha256

from attrs import define, frozen

from ..database import Content, EmptyContent, Row, Statement, StoreError, Table
from ..sqlite import newest_schema
from .places import place_of

Progress = Callable[[str, int, int], None]
"""Hears of a table: its name, how many of its rows were copied, and how many it has."""


@frozen
class Copied:
    """What was copied: ``rows`` by table, and the names of the ``migrations`` that were applied to the copy after."""

    rows: dict[str, int]
    migrations: list[str]


@define
class Digest:
    """The number of rows, and a sum of their SHA-256 digests: the order of the rows does not matter."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.rows += 1
            self.total += int.from_bytes(sha256(b"".join(map(_encoded, row))).digest(), "big")
            self.total %= 2**256


async def copy(source: str, target: str, *, progress: Progress) -> Copied:
    """Copy the database at one URL into an empty or new one at another, in one transaction of the target.

    Nobody may use either of them, or what is written meanwhile would be lost. Raises ``StoreError``; then the target is
    as it was.
    """
    async with place_of(source).reading(alone=True) as kept:
        await _require_database(kept)
        if await is_backup(kept):
            raise StoreError(
                f"The database {kept.place} is a backup: put it into a database with `mcpserver db restore`, which "
                "lets nothing revive that was revoked since."
            )
        async with place_of(target).filling(replacing=None, seeded=await seeded_tables()) as empty:
            return await fill(empty, kept, progress)


async def fill(target: EmptyContent, source: Content, progress: Progress, *, newest: bool = True) -> Copied:
    """Copy schema and rows into an empty database, compare, and apply what migrations the source lacks.

    ``newest`` false leaves the schema of the source. Raises ``StoreError``.
    """
    applied = await source.applied()
    await _require_known(source, applied)
    await target.migrate(applied)
    made = {table.name: table for table in await target.tables()}
    tables = ordered(await source.tables())
    for table in tables:
        await _define(target, table, made)
    for table in reversed(tables):
        await target.execute(*_emptied(table, made))
    digests = {table.name: await _copy_rows(target, source, table, progress) for table in tables}
    for table in tables:
        await _compare(target, table, digests[table.name])
    migrations = await target.migrate() if newest else []
    return Copied({name: digest.rows for name, digest in digests.items()}, migrations)


async def seeded_tables() -> frozenset[str]:
    """Return the tables that have rows in every new database."""
    async with newest_schema() as fresh:
        return frozenset([table.name for table in await fresh.tables() if await fresh.count(table)])


async def is_backup(content: Content) -> bool:
    """Return whether this is a file that ``db backup`` made. Raises ``StoreError``."""
    if "history" not in {table.name for table in await content.tables()}:
        return False
    return bool((await content.read("SELECT is_copy FROM history"))[0][0])


def ordered(tables: Collection[Table]) -> list[Table]:
    """Return the tables with those that others refer to before these; those of a circle in the order of their names.

    What triggers count is last, because they count the rows that are copied before it.
    """
    left = {table.name: table for table in sorted(tables, key=lambda table: (table.name in COUNTED, table.name))}
    found: list[Table] = []
    while left:
        free = [each for each in left.values() if not (each.parents - {each.name}) & left.keys()]
        for table in free or list(left.values()):
            found.append(left.pop(table.name))
    return sorted(found, key=lambda table: table.name in COUNTED)


COUNTED = {"unused_client_count": "clients WHERE unused_since IS NOT NULL"}
"""Tables whose only row triggers keep, and the rows that they count there."""


async def _require_database(content: Content) -> None:
    if not await content.applied():
        raise StoreError(f"The database {content.place} is empty: it was never used by mcpserver.")


async def _require_known(content: Content, applied: set[int]) -> None:
    async with newest_schema() as fresh:
        if applied - await fresh.applied():
            raise StoreError(
                f"The database {content.place} was written by a newer version of mcpserver: install that version."
            )


async def _define(target: EmptyContent, table: Table, made: dict[str, Table]) -> None:
    """Make a table of the application. Raises ``StoreError`` when one of ours has other columns than it should."""
    if table.name not in made:
        await target.define(table)
        return
    there = made[table.name]
    if set(there.columns) != set(table.columns):
        raise StoreError(
            f"The table {table.name} has other columns than its migrations give it, so nothing was copied: "
            f"{', '.join(sorted(set(there.columns) ^ set(table.columns)))}."
        )


def _emptied(table: Table, made: dict[str, Table]) -> Sequence[Statement]:
    """Return what removes the rows that migrations put in."""
    return [Statement(f'DELETE FROM "{table.name}"')] if table.name in made else []  # noqa: S608 - of the schema


async def _copy_rows(target: EmptyContent, source: Content, table: Table, progress: Progress) -> Digest:
    digest, rows = Digest(), await source.count(table)
    progress(table.name, 0, rows)
    async for portion in source.rows(table):
        digest.add(portion)
        await target.add(table, portion)
        progress(table.name, digest.rows, rows)
    if table.numbered is not None:
        await target.continue_numbers(table, await source.last_number(table))
    return digest


async def _compare(target: EmptyContent, table: Table, expected: Digest) -> None:
    found = Digest()
    async for portion in target.rows(table):
        found.add(portion)
    if found != expected:
        raise StoreError(
            f"The copy of the table {table.name} differs from the original ({found.rows} rows, {expected.rows} were "
            "read), so nothing was kept."
        )


def _encoded(value: object) -> bytes:
    """Return a value so that no two that differ, in kind or content, are alike."""
    if value is None:
        return b"n0:"
    if isinstance(value, bytes):
        return b"b%d:%b" % (len(value), value)
    kind, text = ("t", value) if isinstance(value, str) else ("i", str(value))
    content = text.encode("utf-8")
    return b"%b%d:%b" % (kind.encode(), len(content), content)
