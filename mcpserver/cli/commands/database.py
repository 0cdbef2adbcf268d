"""``mcpserver database``: backups of the database, and revocation of all tokens after a restore."""

import asyncio
from pathlib import Path

import click

from ...database_url import without_secrets
from ...secret_file import secret_path
from ...settings import Settings
from ...sources import Sources
from ..console import SECRETS, STORAGE, opened_store, with_settings


@click.group("database")
def command() -> None:
    """Back up and restore the database."""


@command.command("backup")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@with_settings(*SECRETS)
def backup(settings: Settings, path: Path) -> None:
    """Copy the database to FILE.

    Services may be running. FILE must not exist yet. To restore: stop the services, remove the files NAME-wal and
    NAME-shm next to the database, put FILE in its place and start again. People and clients then have to sign in again,
    so that what was revoked or used after the backup stays invalid.
    """
    asyncio.run(_backup(settings, path))
    click.echo(f"Copied {without_secrets(settings.database)} to {path}.")
    secret = secret_path(settings)
    if settings.secret is None and secret is not None:
        click.echo(
            f"Keep {secret} too, in another place: without it, the signing keys in the copy cannot be decrypted."
        )


@command.command("restored")
@with_settings(*STORAGE)
def restored(settings: Settings) -> None:
    """Revoke all tokens and sessions after a restore.

    Use this after a whole disk or folder was restored. The next start detects by itself if only the database file was
    replaced by an older one. Ends every token, code, session and initial access token. Clients, people, keys and notes
    stay; people and clients have to sign in again. Running services learn of it within a second.
    """
    asyncio.run(_void(settings, Sources()))
    click.echo("All earlier tokens and sessions have ended: people and clients have to sign in again.")


async def _backup(settings: Settings, path: Path) -> None:
    async with opened_store(settings) as store:
        await store.copy_to(path)


async def _void(settings: Settings, sources: Sources) -> None:
    async with opened_store(settings) as store:
        await store.void(sources.now())
