"""``mcpserver client``: adding clients that the operator vouches for, and listing and removing all clients."""

import asyncio
from collections.abc import Collection
from typing import Any, BinaryIO

import click
from attrs import frozen

from mcpbase.settings import LINE

from ...compose import resources_of, scopes_of
from ...notes import SCOPES
from ...oauth.authorize import REDIRECTS
from ...oauth.clients import PRIVATE_KEY_JWT, Workload
from ...oauth.protocol import (
    ANSWERS,
    DEVICE_CODE,
    JWT_BEARER,
    STATELESS,
    TOKEN_EXCHANGE,
    Client,
    ClientKind,
    OAuthError,
    ScopeCatalog,
    require_registrable,
)
from ...oauth.tokens import INTROSPECTS
from ...secrets import SecretKind, digest, mint, random_text
from ...settings import Settings
from ...sources import Sources
from ...values import ISSUER
from ..console import (
    STORAGE,
    Misuse,
    Refusal,
    TakesId,
    as_json,
    described_server,
    opened_store,
    public_key_set,
    show,
    with_settings,
)


@click.group("client")
def command() -> None:
    """Manage OAuth clients.

    A client is a program that people connect, or a job that acts for itself.
    """


@command.command("add")
@click.option("--name", required=True, metavar="NAME", help="Name of the client, shown to people.")
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    metavar="URI",
    help="Address to which people return; can be repeated.",
)
@click.option(
    "--after-logout",
    "after_logout",
    multiple=True,
    metavar="URI",
    help="Address to which people may be redirected after they sign out; can be repeated.",
)
@click.option(
    "--device", is_flag=True, help="Allow the device flow, with a code that people enter elsewhere (RFC 8628)."
)
@click.option(
    "--scope", metavar="SCOPES", help="Scopes that it may request, separated by spaces.  [default: everything]"
)
@click.option("--confidential", is_flag=True, help="Create a client secret.")
@click.option(
    "--public-key",
    type=click.File("rb"),
    metavar="FILE",
    help="Public key of a client that signs instead of using a secret: PEM, JWK or JWK set.",
)
@click.option(
    "--acts-for-itself",
    is_flag=True,
    help="The client works without a person (client credentials), with a secret and the scopes of --scope.",
)
@click.option(
    "--workload",
    nargs=2,
    metavar="ISSUER SUBJECT",
    help="A program authenticates as this client with a JWT of its platform; SUBJECT may end with *.",
)
@click.option(
    "--exchanges",
    is_flag=True,
    help="The client is a server that may exchange received tokens for narrower ones of its own (RFC 8693).",
)
@click.option(
    "--introspects",
    is_flag=True,
    help="The client is a resource server, with a secret, and may introspect any token (RFC 7662).",
)
@click.option(
    "--enterprise-managed",
    is_flag=True,
    help="The client presents assertions of an identity provider in place of consent.",
)
@with_settings(
    "app",
    *STORAGE,
    "native_schemes",
    texts={"app": "The server whose scopes the client may request; the sample application if not set"},
)
def add(settings: Settings, *, name: str, scope: str | None, workload: tuple[str, str] | None, **options: Any) -> None:
    """Add a client that you vouch for.

    Prints its client_id and, only this once, its secret.
    """
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
    """The capabilities that the operator requests for a new client."""

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
        """Raise Misuse for a client without a purpose, or one that acts without a person and without --scope."""
        if (self.acts_for_itself or self.workload) and scope is None:
            raise Misuse("A client that acts for itself needs --scope, because no person chooses its permissions.")
        if not self.grant_types and not self.introspects:
            raise Misuse(
                "Give a --redirect-uri, or another purpose of the client: --device, --acts-for-itself, --workload, "
                "--enterprise-managed,"
                " --introspects or --exchanges."
            )

    @property
    def auth_method(self) -> str:
        if self.public_key is not None:
            return PRIVATE_KEY_JWT
        return (
            "client_secret_basic"
            if self.confidential
            or self.acts_for_itself
            or self.enterprise_managed
            or self.introspects
            or self.exchanges
            else "none"
        )

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
    """List all clients.

    Includes the clients that registered themselves. A public client that registered itself is listed once somebody has
    allowed it something.
    """
    rows = [
        {
            "client_id": client.id,
            "name": client.name,
            "kind": str(client.kind),
            "confidential": client.is_confidential,
            "grant_types": list(client.grant_types),
            "created": client.created_at,
            "scope": client.scope,
            "redirect_uris": list(client.redirect_uris),
        }
        for client in asyncio.run(_list(settings))
    ]
    show(rows, as_json=as_json, empty="There are no clients yet.")


@command.command("vouch", cls=TakesId)
@click.argument("client_id", metavar="CLIENT_ID")
@click.option("--withdraw", is_flag=True, help="Stop vouching for the client; its grants stay.")
@with_settings(*STORAGE)
def vouch(settings: Settings, client_id: str, withdraw: bool) -> None:
    """Vouch for a self-registered client.

    Check its redirect URIs in `client list` first. The consent page then shows the client as verified, and
    `prompt=none` succeeds for what people still allow it. If the client changes its description, you no longer vouch
    for it.
    """
    if not asyncio.run(_vouch(settings, client_id, vouched=not withdraw)):
        raise Refusal(
            _missing(
                client_id,
                f"There is no registered client {client_id!r}. Clients with a metadata document cannot be vouched for.",
            )
        )
    click.echo(f"You no longer vouch for {client_id}." if withdraw else f"You now vouch for {client_id}.")


@command.command("remove", cls=TakesId)
@click.argument("client_id", metavar="CLIENT_ID")
@with_settings(*STORAGE)
def remove(settings: Settings, client_id: str) -> None:
    """Delete a client and revoke its grants.

    A public client that registered itself can ask people again, as it could by registering again.
    """
    if not asyncio.run(_remove(settings, client_id, Sources())):
        raise Refusal(_missing(client_id, f"There is no client {client_id!r}."))
    click.echo(f"Removed {client_id}.")


def _missing(client_id: str, sentence: str) -> str:
    """Return the sentence, or a more precise one where the id contains a registration."""
    if not client_id.startswith(STATELESS):
        return sentence
    return (
        f"The client {client_id!r} is not stored: a public client that registered itself is stored once somebody has "
        "allowed it something."
    )


async def _add(settings: Settings, client: Client, workload: Workload | None) -> None:
    async with opened_store(settings, creates=True) as store:
        if workload is not None and any(
            taken.subject == workload.subject for taken in await store.list_workloads(workload.issuer)
        ):
            raise Refusal(
                f"{workload.subject} of {workload.issuer} already authenticates as another client: remove that one "
                "first."
            )
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
        raise Misuse(
            f"{issuer!r} cannot be the issuer of a workload, or {subject!r} its subject: the issuer is "
            f"{ISSUER.accepts}."
        ) from None


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
    """Return the scopes that a client may request. ``offline_access`` is one of them, so it has to be named, too."""
    if scope is None:
        return None
    own = ScopeCatalog.of(SCOPES) if settings.app is None else scopes_of(described_server(settings.app))
    known = resources_of(settings, own).scopes
    try:
        return known.require(" ".join(scope.split()))
    except OAuthError as error:
        raise Misuse(f"The scope {scope!r} cannot be used: {error.description}") from None
