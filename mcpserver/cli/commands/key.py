"""``mcpserver key``: the keys that sign access tokens and ID tokens."""

import asyncio
from datetime import UTC, datetime

import click
from attrs import evolve

from mcpbase.seal import Seal

from ...compose import PUBLISH_KEYS, open_keys
from ...oauth.keys import SIGNING_ALGORITHMS
from ...oauth.protocol import SigningKey
from ...secret_file import installation_secret
from ...settings import Settings
from ...sources import Sources
from ...store import Store
from ..console import SECRETS, STORAGE, Refusal, TakesId, as_json, opened_store, show, with_settings


@click.group("key")
def command() -> None:
    """Manage signing keys.

    They sign access tokens and ID tokens.
    """


@command.command("list")
@as_json
@with_settings(*STORAGE)
def list_keys(settings: Settings, as_json: bool) -> None:
    """List the keys, without their private parts.

    The newest key is first.
    """
    now = Sources().now()
    rows = [
        {
            "kid": key.kid,
            "algorithm": key.algorithm,
            "state": key.state(now),
            "created": key.created_at,
            "signs_from": key.signs_from,
            "retired": key.retired_at,
        }
        for key in asyncio.run(_list(settings))
    ]
    show(rows, as_json=as_json, empty="There is no key yet: the first start of the service creates one.")


@command.command("rotate")
@click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Sign with the new key at once. Servers that cached the published keys may refuse its first tokens.",
)
@click.option(
    "--algorithm",
    type=click.Choice(SIGNING_ALGORITHMS, case_sensitive=False),
    help="Rotate only the key of this algorithm.  [default: all in use]",
)
@with_settings(*SECRETS)
def rotate(settings: Settings, at_once: bool, algorithm: str | None) -> None:
    """Replace the signing keys.

    Publishes a new key of each algorithm in use, and signs with it a few minutes later, when all servers that cache the
    published keys have it. Tokens signed with the previous keys stay valid until they expire. Running services adopt
    the new keys within seconds. The setting signing_algorithm and the registrations of applications determine which
    algorithms are in use.
    """
    for key in asyncio.run(_rotate(settings, Sources(), algorithm, lead=0 if at_once else PUBLISH_KEYS)):
        words = "is now" if at_once else f"from {datetime.fromtimestamp(key.signs_from, UTC):%Y-%m-%d %H:%M} UTC on is"
        click.echo(f"The signing key for {key.algorithm} {words} {key.kid}.")


@command.command("remove", cls=TakesId)
@click.argument("kid", metavar="KID")
@with_settings(*SECRETS)
def remove(settings: Settings, kid: str) -> None:
    """Delete a retired key.

    Use this if somebody else may know the key. Everything that it signed is refused from then on, by running services
    within seconds. To delete the active key, replace it first with `mcpserver key rotate --now`.
    """
    if not asyncio.run(_remove(settings, Sources(), kid)):
        raise Refusal(
            f"There is no retired key {kid!r}: `mcpserver key list` shows all, and `mcpserver key rotate --now` "
            "retires the active one."
        )
    click.echo(f"Removed {kid}.")


async def _remove(settings: Settings, sources: Sources, kid: str) -> bool:
    async with opened_store(settings) as store:
        ring = await open_keys(settings, store, Seal(await _secret(settings, store, sources)), sources)
        return await ring.remove(kid)


async def _list(settings: Settings) -> list[SigningKey]:
    async with opened_store(settings) as store:
        return await store.list_signing_keys()


async def _rotate(settings: Settings, sources: Sources, algorithm: str | None, *, lead: int) -> list[SigningKey]:
    if algorithm is not None:
        settings = evolve(settings, signing_algorithm=algorithm)  # used when there is no key yet
    async with opened_store(settings, creates=True) as store:
        ring = await open_keys(settings, store, Seal(await _secret(settings, store, sources)), sources)
        return [
            await ring.rotate(each, lead=lead) for each in ([algorithm] if algorithm is not None else ring.algorithms)
        ]


async def _secret(settings: Settings, store: Store, sources: Sources) -> bytes:
    return installation_secret(settings, sources, sealed=bool(await store.list_signing_keys()))
