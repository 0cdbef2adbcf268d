"""``mcpserver initial-access-token`` (alias: ``invitation``): tokens with which clients register.

They are required with the setting ``registration = "token"``.
"""

import asyncio

import click

from mcpbase.settings import LINE

from ...oauth.clients import new_initial_access_token
from ...oauth.protocol import InitialAccessToken
from ...settings import Settings
from ...sources import Sources
from ..console import STORAGE, Misuse, Refusal, TakesId, as_json, opened_store, show, with_settings

DAY = 86400


@click.group("initial-access-token")
def command() -> None:
    """Manage tokens with which clients can register."""


@command.command("add")
@click.option(
    "--uses",
    type=click.IntRange(1, 1_000_000),
    default=1,
    show_default=True,
    help="Number of clients that can register with it.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=7, show_default=True, help="Days for which it is valid.")
@click.option("--note", default="", metavar="TEXT", help="What it is for, shown in the list.")
@with_settings(*STORAGE)
def add(settings: Settings, *, uses: int, days: int, note: str) -> None:
    """Create an initial access token (RFC 7591).

    Prints the token, only this once.
    """
    kept, token = new_initial_access_token(_note(note), uses=uses, lifetime=days * DAY, sources=Sources())
    asyncio.run(_add(settings, kept))
    click.echo(f"initial_access_token: {token}")


@command.command("list")
@as_json
@with_settings(*STORAGE)
def list_initial_access_tokens(settings: Settings, as_json: bool) -> None:
    """List the tokens that have not expired.

    Includes tokens that are used up.
    """
    now = Sources().now()
    rows = [
        {
            "id": each.id,
            "note": each.note,
            "created": each.created_at,
            "expires": each.expires_at,
            "uses_left": each.uses_left,
        }
        for each in asyncio.run(_list(settings))
        if each.expires_at > now
    ]
    show(rows, as_json=as_json, empty="There are no initial access tokens.")


@command.command("remove", cls=TakesId)
@click.argument("token_id", metavar="ID")
@with_settings(*STORAGE)
def remove(settings: Settings, token_id: str) -> None:
    """Delete a token.

    Clients that registered with it stay.
    """
    if not asyncio.run(_remove(settings, token_id)):
        raise Refusal(f"There is no initial access token {token_id!r}.")
    click.echo(f"Removed {token_id}.")


def _note(note: str) -> str:
    try:
        return str(LINE.parse(note)) if note else ""
    except ValueError:
        raise Misuse(f"The note {note!r} cannot be shown: it must be {LINE.accepts}.") from None


async def _add(settings: Settings, token: InitialAccessToken) -> None:
    async with opened_store(settings, creates=True) as store:
        await store.add_initial_access_token(token)


async def _list(settings: Settings) -> list[InitialAccessToken]:
    async with opened_store(settings) as store:
        return await store.list_initial_access_tokens()


async def _remove(settings: Settings, token_id: str) -> bool:
    async with opened_store(settings) as store:
        return await store.remove_initial_access_token(token_id)
