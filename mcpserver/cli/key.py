"""``mcpserver key``: the keys that sign access tokens."""

import asyncio

import click

from ..app import open_keys
from ..oauth.models import SigningKey
from ..seal import Seal
from ..secret_file import installation_secret
from ..settings import Settings
from ..sources import Sources
from .listing import show
from .options import SECRETS, STORAGE, as_json, with_settings
from .storage import opened_store


@click.group("key")
def command() -> None:
    """The keys that sign access tokens."""


@command.command("list")
@as_json
@with_settings(*STORAGE)
def list_keys(settings: Settings, as_json: bool) -> None:
    """Show the keys, newest first; never the private part."""
    keys = asyncio.run(_list(settings))
    rows = [{"kid": key.kid, "created": key.created_at, "retired": key.retired_at, "signs": key.retired_at is None} for key in keys]
    show(rows, as_json=as_json, empty="There is no key yet: the first start of the service makes one.")


@command.command("rotate")
@with_settings(*SECRETS)
def rotate(settings: Settings) -> None:
    """Sign with a new key from now on.

    Tokens that were signed with the old one stay good until they expire. Services that run take the new key up within a minute.
    """
    click.echo(f"The signing key is now {asyncio.run(_rotate(settings, Sources()))}.")


async def _list(settings: Settings) -> list[SigningKey]:
    async with opened_store(settings) as store:
        return await store.list_signing_keys()


async def _rotate(settings: Settings, sources: Sources) -> str:
    async with opened_store(settings) as store:
        ring = await open_keys(settings, store, Seal(installation_secret(settings, sources)), sources)
        return await ring.rotate()
