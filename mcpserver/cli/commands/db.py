"""``mcpserver db``: the state of the database, backups, and moves to another database."""

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from attrs import asdict, define, field

from mcpbase.seal import Seal
from mcpbase.settings import SettingError

from ...database_url import database_file, without_secrets
from ...oauth.keys import is_sealed_with
from ...secret_file import installation_secret, secret_path
from ...settings import Settings
from ...sources import Sources
from ...store.transfer import LastRun, Status, back_up, copy, examine, read_status, restore
from ..console import (
    SECRETS,
    STORAGE,
    Refusal,
    as_json,
    database_place,
    opened_store,
    require_database,
    require_lasting,
    table,
    with_settings,
)

EVERY = 100_000
"""Rows between two lines of progress where the output is not a terminal."""


@click.group("db")
def command() -> None:
    """Look after the database, back it up and move it."""


@command.command("status")
@as_json
@with_settings(*STORAGE)
def status(settings: Settings, as_json: bool) -> None:
    """Show kind, schema, size and rows of the database.

    Changes nothing.
    """
    _require_present(settings)
    found = asyncio.run(read_status(settings.database))
    click.echo(json.dumps(_described(found), indent=2) if as_json else table(_lines(found)))


@command.command("migrate")
@with_settings(*STORAGE)
def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema.

    The start of a service does the same. Run it before the new version starts to see that it succeeds.
    """
    _require_present(settings)
    before, after = asyncio.run(_migrate(settings))
    click.echo(
        f"The schema is at version {after.schema} already: there is nothing to do."
        if before.schema == after.schema
        else f"Migrated the schema from version {before.schema} to {after.schema}."
    )


@command.command("check")
@with_settings(*SECRETS)
def check(settings: Settings) -> None:
    """Look for faults in the database.

    Looks for damage, tables and columns that are missing, rows that refer to nothing, counts that are wrong, and
    signing keys that do not open with the secret. Changes nothing. The exit status is 1 if there is a fault.
    """
    _require_present(settings)
    faults = asyncio.run(_faults(settings))
    for fault in faults:
        click.echo(fault)
    if faults:
        raise Refusal(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'} found in {database_place(settings)}.")
    click.echo(f"No fault found in {database_place(settings)}.")


@command.command("backup")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@with_settings(*SECRETS)
def backup(settings: Settings, path: Path) -> None:
    """Copy the database to FILE.

    FILE is a SQLite database, of PostgreSQL too, and must not exist yet. Services may be running; nothing is changed.
    `mcpserver db restore` puts it into a database of either kind.
    """
    _require_present(settings)
    asyncio.run(back_up(settings.database, path, progress=Meter()))
    click.echo(f"Copied {without_secrets(settings.database)} to {path}.")
    has_file = settings.secret is None and database_file(settings.database) is not None
    secret = secret_path(settings) if has_file else None
    if secret is not None:
        click.echo(
            f"Keep {secret} too, in another place: without it, the signing keys in the copy cannot be decrypted."
        )


@command.command("restore")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--replace", "replaces", is_flag=True, help="Replace a database that is not empty; its rows are lost.")
@with_settings(*STORAGE)
def restore_backup(settings: Settings, path: Path, replaces: bool) -> None:
    """Put the backup FILE into the database.

    Stop all services first. Ends every token, code, session and initial access token, because some of them were used or
    revoked after the backup and nothing tells which. Clients, people, keys and notes are as they were.
    """
    require_lasting(settings)
    now = Sources().now()
    copied = asyncio.run(restore(path, settings.database, now=now, replaces=replaces, progress=Meter()))
    click.echo(f"Restored {_counted(copied.rows)} from {path} into {database_place(settings)}.")
    click.echo("All earlier tokens and sessions have ended: people and clients have to sign in again.")


@command.command("restored")
@with_settings(*STORAGE)
def restored(settings: Settings) -> None:
    """Revoke all tokens and sessions after a restore.

    Use this after a restore with other means than `mcpserver db restore`: of a whole disk or folder, or of a PostgreSQL
    database. The next start detects by itself if only the file of a SQLite database was replaced by an older one. Ends
    every token, code, session and initial access token. Clients, people, keys and notes stay; people and clients have
    to sign in again. Running services learn of it within a second.
    """
    asyncio.run(_void(settings, Sources()))
    click.echo("All earlier tokens and sessions have ended: people and clients have to sign in again.")


@command.command("copy")
@click.argument("source")
@click.argument("target")
def copy_database(source: str, target: str) -> None:
    """Move everything from the database SOURCE to TARGET.

    Both are URLs, such as sqlite:///mcpserver.db and postgresql://user@host/name. TARGET must be empty or new. Stop the
    services that use SOURCE first, and start them again with TARGET. Other users of the machine can read a password in
    an argument: give it in PGPASSWORD or ~/.pgpass.
    """
    copied = asyncio.run(copy(source, target, progress=Meter()))
    click.echo(
        f"Copied {_counted(copied.rows)} from {without_secrets(source)} to {without_secrets(target)}; "
        "counts and digests agree."
    )
    click.echo(
        "Sessions and tokens go on with the copy: do not let services use the source any more, and set the same secret."
    )


@define
class Meter:
    """Shows on standard error how far each table is: in place at a terminal, else a line now and then."""

    _shown: dict[str, int] = field(factory=dict, init=False)

    def __call__(self, name: str, done: int, rows: int) -> None:
        is_last = done == rows
        if sys.stderr.isatty():
            click.echo(f"\r{name}: {done} of {rows}\x1b[K", nl=is_last, err=True)
        elif is_last or done - self._shown.get(name, 0) >= EVERY:
            self._shown[name] = done
            click.echo(f"{name}: {done} of {rows}", err=True)


def _require_present(settings: Settings) -> None:
    require_lasting(settings)
    require_database(settings)


def _described(found: Status) -> Mapping[str, object]:
    return {
        "database": found.place,
        "kind": found.kind,
        "schema": found.schema,
        "known_schema": found.known,
        "size": found.size,
        "rows": found.rows,
        "housekeeping": {task: asdict(run) for task, run in found.housekeeping.items()},
    }


def _lines(found: Status) -> list[list[str]]:
    facts = [
        ["database", found.place],
        ["kind", found.kind],
        ["schema", f"{found.schema} of {found.known}"],
        ["size", f"{found.size} bytes"],
    ]
    last = [[f"housekeeping: {task}", _told(run)] for task, run in found.housekeeping.items()]
    return [*facts, *last, *([f"rows of {name}", str(rows)] for name, rows in found.rows.items())]


def _told(run: LastRun) -> str:
    at = "never" if run.finished_at is None else f"{datetime.fromtimestamp(run.finished_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    failed = "" if run.error is None else f"; the last attempt failed: {run.error}"
    return f"last ended {at}, removed {run.rows_removed} rows{failed}"


def _counted(rows: Mapping[str, int]) -> str:
    return f"{sum(rows.values())} rows of {len(rows)} tables"


async def _migrate(settings: Settings) -> tuple[Status, Status]:
    before = await read_status(settings.database)
    async with opened_store(settings):
        pass
    return before, await read_status(settings.database)


async def _faults(settings: Settings) -> list[str]:
    found = await examine(settings.database)
    if not found.sealed:
        return found.faults
    try:
        seal = Seal(installation_secret(settings, Sources(), sealed=True))
    except SettingError as error:
        return [*found.faults, str(error)]
    closed = [kid for kid, sealed in found.sealed.items() if not is_sealed_with(seal, sealed)]
    return [*found.faults, *(f"The signing key {kid} does not open with this secret." for kid in closed)]


async def _void(settings: Settings, sources: Sources) -> None:
    async with opened_store(settings) as store:
        await store.void(sources.now())
