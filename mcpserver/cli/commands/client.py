"""``mcpserver client``: the clients that the operator vouches for, and the sight of all others."""

import asyncio
from collections.abc import Collection
from typing import Any, BinaryIO

import click
from attrs import frozen

from mcpbase.settings.kinds import LINE

from ...compose.app import resources_of, scopes_of
from ...oauth.authorize.logout import REDIRECTS
from ...oauth.clients.private_key_jwt import METHOD as PRIVATE_KEY_JWT
from ...oauth.clients.workload import Workload
from ...oauth.protocol.errors import OAuthError
from ...oauth.protocol.grant_types import DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE
from ...oauth.protocol.models import Client, ClientKind
from ...oauth.protocol.redirects import ANSWERS, require_registrable
from ...oauth.tokens.introspection import INTROSPECTS
from ...secrets import SecretKind, digest, mint, random_text
from ...settings import Settings
from ...sources import Sources
from ...values import ISSUER
from ..console.app_loader import load_server
from ..console.options import STORAGE, TAKES_ID, as_json, with_settings
from ..console.public_key import public_key_set
from ..console.refusal import Misuse, Refusal
from ..console.storage import opened_store
from ..console.tables import show


@click.group("client")
def command() -> None:
    """OAuth clients: the programs that people connect."""


@command.command("add")
@click.option("--name", required=True, metavar="NAME", help="What people are told it is called.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, metavar="URI", help="Where people may return to; repeat for several.")
@click.option("--after-logout", "after_logout", multiple=True, metavar="URI", help="Where people may be led after they signed out; repeat for several.")
@click.option("--device", is_flag=True, help="It asks by a code that people type in elsewhere (RFC 8628).")
@click.option("--scope", metavar="SCOPES", help="What it may ask for, separated by spaces.  [default: everything]")
@click.option("--confidential", is_flag=True, help="It can keep a secret; make one.")
@click.option("--public-key", type=click.File("rb"), metavar="FILE", help="It signs instead of showing a secret: its public key, as PEM, JWK or JWK set.")
@click.option("--acts-for-itself", is_flag=True, help="It needs no person (client credentials): it gets a secret, and what --scope names.")
@click.option("--workload", nargs=2, metavar="ISSUER SUBJECT", help="A program that its platform vouches for acts as it; * at SUBJECT's end for any.")
@click.option("--exchanges", is_flag=True, help="It is a server that may exchange tokens it was called with for narrower ones of its own (RFC 8693).")
@click.option("--introspects", is_flag=True, help="It is a resource server: it gets a secret, and may ask what any token is good for.")
@click.option("--enterprise-managed", is_flag=True, help="It brings the word of an identity provider in place of people's consent.")
@with_settings("app", *STORAGE, "native_schemes")
def add(settings: Settings, *, name: str, scope: str | None, workload: tuple[str, str] | None, **options: Any) -> None:
    """Write in a client that you vouch for. Prints its client_id and, this once, its secret."""
    wish = Wish(**options, workload=workload is not None)
    _redirect_uris(wish.after_logout, settings, answers=("state",))
    wish.require_purpose(scope)
    sources = Sources()
    secret = mint(SecretKind.CLIENT_SECRET, sources) if wish.auth_method == "client_secret_basic" else None
    client = Client(
        id=f"client_{random_text(sources, 12)}",
        name=_name(name),
        redirect_uris=_redirect_uris(wish.redirect_uris, settings),
        kind=ClientKind.OPERATOR,
        created_at=sources.now(),
        auth_method=wish.auth_method,
        secret_digest=None if secret is None else digest(SecretKind.CLIENT_SECRET, secret),
        grant_types=wish.grant_types,
        scope=_scope(scope, settings),
        metadata=wish.metadata,
    )
    asyncio.run(_add(settings, client, None if workload is None else _workload(workload, client.id)))
    click.echo(f"client_id: {client.id}")
    if secret is not None:
        click.echo(f"client_secret: {secret}")


@frozen
class Wish:
    """What the operator wants a client to be able to do."""

    redirect_uris: tuple[str, ...]
    after_logout: tuple[str, ...]
    device: bool
    confidential: bool
    public_key: BinaryIO | None
    acts_for_itself: bool
    workload: bool
    enterprise_managed: bool
    introspects: bool
    exchanges: bool

    def require_purpose(self, scope: str | None) -> None:
        """A client that asks no person does what the operator names. Raises Misuse."""
        if (self.acts_for_itself or self.workload) and scope is None:
            raise Misuse("A client that acts for itself needs --scope: nobody else says what it may do.")
        if not self.grant_types and not self.introspects:
            raise Misuse(
                "Name a --redirect-uri to return people to, or what else it does: --device, --acts-for-itself, --workload, --enterprise-managed,"
                " --introspects or --exchanges."
            )

    @property
    def auth_method(self) -> str:
        if self.public_key is not None:
            return PRIVATE_KEY_JWT
        return "client_secret_basic" if self.confidential or self.acts_for_itself or self.enterprise_managed or self.introspects or self.exchanges else "none"

    @property
    def metadata(self) -> dict[str, object]:
        return {
            **({} if self.public_key is None else {"jwks": public_key_set(self.public_key.read())}),
            **({INTROSPECTS: True} if self.introspects else {}),
            **({REDIRECTS: list(self.after_logout)} if self.after_logout else {}),
        }

    @property
    def grant_types(self) -> tuple[str, ...]:
        return (
            *(("authorization_code",) if self.redirect_uris else ()),
            *(("refresh_token",) if self.redirect_uris or self.device else ()),
            *((DEVICE_CODE,) if self.device else ()),
            *(("client_credentials",) if self.acts_for_itself else ()),
            *((TOKEN_EXCHANGE,) if self.exchanges else ()),
            *((JWT_BEARER,) if self.workload or self.enterprise_managed else ()),
        )


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
            "confidential": client.auth_method != "none",
            "grant_types": list(client.grant_types),
            "created": client.created_at,
            "scope": client.scope,
            "redirect_uris": list(client.redirect_uris),
        }
        for client in asyncio.run(_list(settings))
    ]
    show(rows, as_json=as_json, empty="There are no clients yet.")


@command.command("vouch", context_settings=TAKES_ID)
@click.argument("client_id", metavar="CLIENT_ID")
@click.option("--withdraw", is_flag=True, help="Vouch for it no more; what people allowed it stays.")
@with_settings(*STORAGE)
def vouch(settings: Settings, client_id: str, withdraw: bool) -> None:
    """Vouch for a client that registered itself, as it describes itself today: compare its redirect URIs in `client list` first.

    People are told that you do, and it is answered without asking (`prompt=none`) for what they still allow. When it changes what it says of
    itself, that ends.
    """
    if not asyncio.run(_vouch(settings, client_id, vouched=not withdraw)):
        raise Refusal(f"There is no registered client {client_id!r}. One that goes by the address of its document cannot be vouched for.")
    click.echo(f"You vouch for {client_id} no more." if withdraw else f"You vouch for {client_id} now.")


@command.command("remove", context_settings=TAKES_ID)
@click.argument("client_id", metavar="CLIENT_ID")
@with_settings(*STORAGE)
def remove(settings: Settings, client_id: str) -> None:
    """Forget a client; everything that people allowed it ends at once."""
    if not asyncio.run(_remove(settings, client_id, Sources())):
        raise Refusal(f"There is no client {client_id!r}.")
    click.echo(f"Removed {client_id}.")


async def _add(settings: Settings, client: Client, workload: Workload | None) -> None:
    async with opened_store(settings, creates=True) as store:
        if workload is not None and any(taken.subject == workload.subject for taken in await store.list_workloads(workload.issuer)):
            raise Refusal(f"{workload.subject} of {workload.issuer} acts as another client already: remove that one first.")
        await store.add_client(client)
        if workload is not None:
            await store.add_workload(workload)


async def _list(settings: Settings) -> list[Client]:
    async with opened_store(settings) as store:
        return await store.list_clients()


async def _vouch(settings: Settings, client_id: str, *, vouched: bool) -> bool:
    async with opened_store(settings) as store:
        return await store.vouch_for_client(client_id, vouched=vouched)


async def _remove(settings: Settings, client_id: str, sources: Sources) -> bool:
    async with opened_store(settings) as store:
        return await store.remove_client(client_id, now=sources.now())


def _workload(words: tuple[str, str], client_id: str) -> Workload:
    issuer, subject = words
    try:
        return Workload(str(ISSUER.parse(issuer)), str(LINE.parse(subject)), client_id)
    except ValueError:
        raise Misuse(f"{issuer!r} cannot be the issuer of a workload, or {subject!r} its subject: the issuer is {ISSUER.accepts}.") from None


def _name(name: str) -> str:
    try:
        return str(LINE.parse(name))
    except ValueError:
        raise Misuse(f"The name {name!r} cannot be shown to people: it must be {LINE.accepts}.") from None


def _redirect_uris(uris: tuple[str, ...], settings: Settings, *, answers: Collection[str] = ANSWERS) -> tuple[str, ...]:
    for uri in uris:
        try:
            require_registrable(uri, native_schemes=settings.native_schemes, answers=answers)
        except OAuthError as error:
            raise Misuse(f"The redirect URI {uri!r} cannot be used: {error.description}") from None
    return tuple(dict.fromkeys(uris))


def _scope(scope: str | None, settings: Settings) -> str | None:
    """What a client may ask for. ``offline_access`` is a right of its own, so it has to be named as well."""
    if scope is None:
        return None
    own = scopes_of(None if settings.app is None else load_server(settings.app))
    known = resources_of(settings, own).scopes
    try:
        return known.require(" ".join(scope.split()))
    except OAuthError as error:
        raise Misuse(f"The scope {scope!r} cannot be used: {error.description}") from None
