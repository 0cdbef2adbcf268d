"""Backups: a database of either kind in one SQLite file, and such a file put into a database of either kind."""

from pathlib import Path

from ...database_url import database_file
from ..database import Content, StoreError
from ..sqlite import SqlitePlace, newest_schema
from ..tables import void_all
from .copying import Copied, Progress, fill, seeded_tables
from .places import place_of


async def back_up(url: str, path: Path, *, progress: Progress) -> None:
    """Copy a database, as it is at one moment, into a new file that its owner alone can read.

    Services may be running. Raises ``StoreError`` when the file exists or cannot be written; no incomplete copy is
    left behind.
    """
    async with (
        place_of(url).reading() as source,
        SqlitePlace(path, ends_as_copy=True).filling(replacing=None, seeded=()) as file,
    ):
        await fill(file, source, progress, newest=False)


async def restore(path: Path, url: str, *, now: int, replaces: bool, progress: Progress) -> Copied:
    """Put a backup into the database at ``url``, and end every code, token and session that it has.

    ``replaces`` allows a database with rows, which are lost. Raises ``StoreError``; then the database is as it was.
    """
    _require_other(path, database_file(url))
    async with SqlitePlace(path).reading() as backup:
        await _require_sound(backup)
        known = {table.name for table in await backup.tables()} | await _own_tables()
        async with place_of(url).filling(
            replacing=known if replaces else None, seeded=await seeded_tables()
        ) as database:
            copied = await fill(database, backup, progress)
            await database.execute(*void_all(now))
            return copied


def _require_other(path: Path, own: Path | None) -> None:
    if own is not None and own.exists() and path.exists() and own.samefile(path):
        raise StoreError(f"The backup {path} is the database itself.")


async def _require_sound(backup: Content) -> None:
    if not await backup.applied():
        raise StoreError(f"The file {backup.place} is not a backup: it is empty.")
    history = await backup.read("SELECT name FROM sqlite_master WHERE name = 'history'")
    if not history:
        raise StoreError(f"The file {backup.place} is not a backup that `mcpserver db backup` made.")
    faults = await backup.findings()
    if faults:
        raise StoreError(f"The backup {backup.place} is damaged, so nothing was restored: {faults[0]}")


async def _own_tables() -> set[str]:
    async with newest_schema() as fresh:
        return {table.name for table in await fresh.tables()}
