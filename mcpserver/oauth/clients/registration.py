"""Dynamic client registration (RFC 7591). Nobody vouches for such clients, and the consent page says so."""

import hashlib
import json
from collections.abc import Mapping
from typing import cast

from attrs import evolve, field, frozen

from ...secrets import SecretKind, digest, mint, random_text
from ...settings import DAY, Settings
from ...sources import Sources
from ..protocol import (
    Client,
    ClientKind,
    InvalidClientMetadata,
    InvalidSoftwareStatement,
    RegistrationStore,
    Room,
    TooManyClients,
    without_loopback_port,
)
from .initial_access import unknown_initial_access_token
from .metadata import Rules, auth_methods, chosen_method, describe
from .stateless import StatelessClients


@frozen
class Registered:
    """A registered client in a response, with the secrets that can be shown: new ones, or those in the request."""

    client: Client
    secret: str | None = field(default=None, repr=False)
    management_token: str | None = field(default=None, repr=False)


async def register(
    store: RegistrationStore,
    document: object,
    rules: Rules,
    sources: Sources,
    *,
    stateless: StatelessClients | None = None,
    initial_access_token: bytes | None = None,
    network: str | None = None,
) -> Registered:
    """Register a client; return it with what only it may know, which is shown only now.

    Equal metadata of public clients give the same id; loopback ports are left out of it (RFC 8252 section 7.3). The id
    of a public client contains its registration, and nothing is stored, unless the id would be too long or an initial
    access token is used. A confidential client gets an id of its own and a token to manage its registration; an id that
    many clients share gets none. ``network`` is a digest of where the request comes from.

    Raises InvalidRedirectUri, InvalidClientMetadata or InvalidSoftwareStatement (section 3.2.2), TooManyClients, or
    BearerError when the initial access token was used up in the meantime.
    """
    described = read_registration(document, rules)
    asked = cast(tuple[str, ...], described["redirect_uris"])
    confidential = described["auth_method"] != "none"
    token = mint(SecretKind.MANAGEMENT, sources) if confidential and rules.settings.client_management else None
    if not confidential:
        described["redirect_uris"] = tuple(dict.fromkeys(map(without_loopback_port, asked)))
        if stateless is not None and initial_access_token is None:
            client_id = stateless.issue(described)
            client = None if client_id is None else stateless.read(client_id)
            if client is not None:
                return Registered(evolve(client, redirect_uris=asked))
    secret = new_secret(described, sources)
    client = Client(
        id=_client_id(described, random_text(sources, 16) if confidential else None),
        kind=ClientKind.SELF_REGISTERED,
        created_at=sources.now(),
        secret_digest=None if secret is None else digest(SecretKind.CLIENT_SECRET, secret),
        **described,  # type: ignore[arg-type]
    )
    room = Room(rules.settings.max_unused_clients, displaced_before=client.created_at - DAY, network=network)
    kept = await _keep(store, client, token, initial_access_token, room)
    return Registered(evolve(kept, redirect_uris=asked), secret, token)


async def _keep(
    store: RegistrationStore, client: Client, token: str | None, initial_access_token: bytes | None, room: Room
) -> Client:
    management = None if token is None else digest(SecretKind.MANAGEMENT, token)
    if initial_access_token is not None:
        kept = await store.add_registration_by_token(
            client, management=management, initial_access_token=initial_access_token, now=client.created_at
        )
        if kept is None:
            raise unknown_initial_access_token()
        return kept
    kept = await store.add_registration(client, management=management, room=room)
    if kept is None:
        raise TooManyClients("Too many clients have registered here lately. Try again in an hour.")
    return kept


def read_registration(document: object, rules: Rules) -> dict[str, object]:
    """Return the metadata as it is kept: fields of ``Client`` by name.

    Raises InvalidRedirectUri, InvalidClientMetadata or InvalidSoftwareStatement (section 3.2.2).
    """
    metadata = require_object(document)
    _require_no_software_statement(metadata)
    return describe(metadata, _auth_method(metadata, rules.settings), rules)


def new_secret(described: Mapping[str, object], sources: Sources) -> str | None:
    """Return a new secret; None for a client that needs none."""
    return (
        mint(SecretKind.CLIENT_SECRET, sources) if str(described["auth_method"]).startswith("client_secret") else None
    )


def registration_answer(registered: Registered, issuer: str) -> dict[str, object]:
    """Return the response: the registration (RFC 7591 section 3.2.1), and where and with what it is managed (RFC 7592
    section 3).
    """
    client = registered.client
    answer: dict[str, object] = {
        **client.metadata,
        "client_id": client.id,
        "client_id_issued_at": client.created_at,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": ["code"] if "authorization_code" in client.grant_types else [],
        "token_endpoint_auth_method": client.auth_method,
    }
    if registered.secret is not None:
        answer |= {"client_secret": registered.secret, "client_secret_expires_at": 0}
    if registered.management_token is not None:
        answer |= {
            "registration_client_uri": f"{issuer}/register/{client.id}",
            "registration_access_token": registered.management_token,
        }
    return answer


def require_object(document: object) -> Mapping[str, object]:
    if not isinstance(document, dict):
        raise InvalidClientMetadata("The registration must be a JSON object.")
    return cast(Mapping[str, object], document)


def _require_no_software_statement(metadata: Mapping[str, object]) -> None:
    """Refuse software statements: no issuer of them is trusted here (RFC 7591 section 2.3)."""
    if metadata.get("software_statement") is not None:
        raise InvalidSoftwareStatement("Software statements are not accepted here.")


def _auth_method(metadata: Mapping[str, object], settings: Settings) -> str:
    """Return the authentication method; client_secret_basic when absent (RFC 7591 section 2)."""
    method = chosen_method(metadata, auth_methods(settings))
    if method in (None, ""):
        return "client_secret_basic"
    if not isinstance(method, str) or method not in auth_methods(settings):
        raise InvalidClientMetadata(f"token_endpoint_auth_method must be one of {', '.join(auth_methods(settings))}.")
    return method


def _client_id(described: Mapping[str, object], unique: str | None) -> str:
    """Return the digest of the registration, with random bytes where the client is to be unique."""
    canonical = json.dumps([described, unique], sort_keys=True, separators=(",", ":"))
    return "client_" + hashlib.sha256(canonical.encode()).hexdigest()[:32]
