"""Who is asking: client authentication (OAuth 2.1 section 2.4): none, client_secret_basic, client_secret_post."""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Collection, Sequence
from urllib.parse import unquote_plus

from attrs import field, frozen

from .errors import InvalidClient, InvalidRequest
from .models import Client
from .parameters import Parameters
from .secrets import SecretKind, digest
from .store import OAuthStore

AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post")

# One text for an unknown client and a wrong secret: neither tells whether the client exists.
_REFUSAL = "The client is unknown, or its credentials are wrong."
_NOBODY = digest(SecretKind.CLIENT_SECRET, "")


@frozen
class Credentials:
    """``basic`` tells that they came in the Authorization header."""

    client_id: str
    secret: str | None = field(repr=False)
    basic: bool


async def authenticate(store: OAuthStore, *, authorization: Sequence[str], query: Collection[str], form: Parameters) -> Client:
    """The client that sent a request to the token or revocation endpoint. Raises InvalidClient or InvalidRequest."""
    _require_nothing_in_query(query)
    credentials = read_credentials(authorization, form)
    client = await store.find_client(credentials.client_id)
    if client is None or not _is_authentic(client, credentials):
        raise InvalidClient(_REFUSAL, reason=f"client {credentials.client_id!r} failed authentication", basic=credentials.basic)
    return client


def read_credentials(authorization: Sequence[str], form: Parameters) -> Credentials:
    """One way of authentication (OAuth 2.1 section 2.4: not more than one in a request)."""
    in_form = Credentials(form.one("client_id") or "", form.one("client_secret"), basic=False)
    if not authorization:
        if not in_form.client_id:
            raise InvalidClient("The client_id is missing.")
        return in_form
    if len(authorization) > 1 or in_form.secret is not None:
        raise InvalidRequest("Authenticate the client in one way: with the Authorization header or with client_secret, not both.")
    credentials = _read_basic(authorization[0])
    if in_form.client_id not in ("", credentials.client_id):
        raise InvalidRequest("The client_id differs from the one in the Authorization header.")
    return credentials


def _require_nothing_in_query(query: Collection[str]) -> None:
    """OAuth 2.1 section 2.4.1: credentials must not stand in the request URI, where logs keep them."""
    if {"client_secret", "client_assertion"} & set(query):
        raise InvalidRequest("Client credentials must not be sent in the query.")


def _read_basic(header: str) -> Credentials:
    """RFC 6749 section 2.3.1: both parts are form-encoded before they are joined."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("The Authorization header must use the Basic scheme.", basic=True)
    try:
        client_id, separator, secret = b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (Base64Error, ValueError) as error:
        raise InvalidClient("The Authorization header is malformed.", basic=True) from error
    if not separator or not client_id:
        raise InvalidClient("The Authorization header is malformed.", basic=True)
    return Credentials(unquote_plus(client_id), unquote_plus(secret) or None, basic=True)


def _is_authentic(client: Client, credentials: Credentials) -> bool:
    """A public client has no secret to show; a confidential one may show it either way."""
    if client.secret_digest is None:
        return credentials.secret is None
    presented = _NOBODY if credentials.secret is None else digest(SecretKind.CLIENT_SECRET, credentials.secret)
    return hmac.compare_digest(presented, client.secret_digest)
