"""``mcpserver client``: the clients that the operator vouches for, and the sight of all others."""

import asyncio

import click

from ..app import scopes_of
from ..oauth.errors import OAuthError
from ..oauth.models import Client, ClientKind
from ..oauth.redirects import require_registrable
from ..oauth.secrets import SecretKind, digest, mint, random_text
from ..settings import Settings
from ..sources import Sources
from ..values import LINE
from .listing import show
from .options import STORAGE, as_json, with_settings
from .reference import load_server
from .refusal import Misuse, Refusal
from .storage import opened_store


@click.group("client")
def command() -> None:
    """OAuth clients: the programs that people connect."""


@command.command("add")
@click.option("--name", required=True, metavar="NAME", help="What people are told it is called.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, metavar="URI", help="Where people may return to; repeat for several.")
@click.option("--scope", metavar="SCOPES", help="What it may ask for, separated by spaces.  [default: everything]")
@click.option("--confidential", is_flag=True, help="It can keep a secret; make one.")
@click.option("--acts-for-itself", is_flag=True, help="It needs no person (client credentials): it gets a secret, and what --scope names.")
@with_settings("app", *STORAGE, "native_schemes")
def add(settings: Settings, *, name: str, redirect_uris: tuple[str, ...], scope: str | None, confidential: bool, acts_for_itself: bool) -> None:
    """Write in a client that you vouch for. Prints its client_id and, this once, its secret."""
    _require_purpose(redirect_uris, scope, acts_for_itself=acts_for_itself)
    sources = Sources()
    confidential = confidential or acts_for_itself
    secret = mint(SecretKind.CLIENT_SECRET, sources) if confidential else None
    client = Client(
        id=f"client_{random_text(sources, 12)}",
        name=_name(name),
        redirect_uris=_redirect_uris(redirect_uris, settings),
        kind=ClientKind.OPERATOR,
        created_at=sources.now(),
        auth_method="client_secret_basic" if confidential else "none",
        secret_digest=None if secret is None else digest(SecretKind.CLIENT_SECRET, secret),
        grant_types=(*(("authorization_code", "refresh_token") if redirect_uris else ()), *(("client_credentials",) if acts_for_itself else ())),
        scope=_scope(scope, settings),
    )
    asyncio.run(_add(settings, client))
    click.echo(f"client_id: {client.id}")
    if secret is not None:
        click.echo(f"client_secret: {secret}")


@command.command("list")
@as_json
@with_settings(*STORAGE)
def list_clients(settings: Settings, as_json: bool) -> None:
    """Show all clients: those that you wrote in, and those that registered themselves."""
    rows = [
        {
            "client_id": client.id,
            "name": client.name,
            "kind": str(client.kind),
            "confidential": client.secret_digest is not None,
            "grant_types": list(client.grant_types),
            "created": client.created_at,
            "scope": client.scope,
            "redirect_uris": list(client.redirect_uris),
        }
        for client in asyncio.run(_list(settings))
    ]
    show(rows, as_json=as_json, empty="There are no clients yet.")


@command.command("remove")
@click.argument("client_id", metavar="CLIENT_ID")
@with_settings(*STORAGE)
def remove(settings: Settings, client_id: str) -> None:
    """Forget a client; everything that people allowed it ends at once."""
    if not asyncio.run(_remove(settings, client_id, Sources())):
        raise Refusal(f"There is no client {client_id!r}.")
    click.echo(f"Removed {client_id}.")


async def _add(settings: Settings, client: Client) -> None:
    async with opened_store(settings) as store:
        await store.add_client(client)


async def _list(settings: Settings) -> list[Client]:
    async with opened_store(settings) as store:
        return await store.list_clients()


async def _remove(settings: Settings, client_id: str, sources: Sources) -> bool:
    async with opened_store(settings) as store:
        return await store.remove_client(client_id, now=sources.now())


def _require_purpose(redirect_uris: tuple[str, ...], scope: str | None, *, acts_for_itself: bool) -> None:
    """A client that acts for itself asks nobody, so the operator has to say what it may do."""
    if acts_for_itself and scope is None:
        raise Misuse("A client that acts for itself needs --scope: nobody else says what it may do.")
    if not redirect_uris and not acts_for_itself:
        raise Misuse("Name a --redirect-uri that people may return to, or let it act without people: --acts-for-itself.")


def _name(name: str) -> str:
    try:
        return str(LINE.parse(name))
    except ValueError:
        raise Misuse(f"The name {name!r} cannot be shown to people: it must be {LINE.accepts}.") from None


def _redirect_uris(uris: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    for uri in uris:
        try:
            require_registrable(uri, native_schemes=settings.native_schemes)
        except OAuthError as error:
            raise Misuse(f"The redirect URI {uri!r} cannot be used: {error.description}") from None
    return tuple(dict.fromkeys(uris))


def _scope(scope: str | None, settings: Settings) -> str | None:
    """What a client may ask for. ``offline_access`` is a right of its own, so it has to be named as well."""
    if scope is None:
        return None
    known = scopes_of(None if settings.app is None else load_server(settings.app))
    try:
        return known.require(" ".join(scope.split()))
    except OAuthError as error:
        raise Misuse(f"The scope {scope!r} cannot be used: {error.description}") from None
