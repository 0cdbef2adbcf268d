"""``mcpserver database``: copies of the database, and what is to be done after one was put back."""

import asyncio
from pathlib import Path

import click

from ...secret_file import secret_path
from ...settings import Settings
from ...sources import Sources
from ..console.options import SECRETS, STORAGE, with_settings
from ..console.storage import opened_store


@click.group("database")
def command() -> None:
    """Backups of the database, and what follows from putting one back."""


@command.command("backup")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@with_settings(*SECRETS)
def backup(settings: Settings, path: Path) -> None:
    """Copy the database into FILE as it is now, whether or not services are running.

    FILE must not exist yet. To restore: stop the services, remove the files NAME-wal and NAME-shm beside the database, put FILE in its place and start
    again. Everybody signs in anew then, and clients too, because what was revoked or used after the backup must stay dead.
    """
    asyncio.run(_backup(settings, path))
    click.echo(f"Copied {settings.database} to {path}.")
    secret = secret_path(settings)
    if settings.secret is None and secret is not None:
        click.echo(f"Keep {secret} as well, in another place: without it the signing keys in the copy cannot be opened.")


@command.command("restored")
@with_settings(*STORAGE)
def restored(settings: Settings) -> None:
    """End every token, code, session and invitation, because the database was restored from a backup.

    The next start notices by itself that the database file was replaced by an older one. This is for what it cannot notice: a disk or a folder that was
    restored as a whole. Clients, people, keys and notes stay; people and clients sign in anew. Services that run hear of it within a second.
    """
    asyncio.run(_void(settings, Sources()))
    click.echo("Everything that was given before has ended: people and clients sign in anew.")


async def _backup(settings: Settings, path: Path) -> None:
    async with opened_store(settings) as store:
        await store.copy_to(path)


async def _void(settings: Settings, sources: Sources) -> None:
    async with opened_store(settings) as store:
        await store.void(sources.now())
