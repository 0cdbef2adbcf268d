"""Client authentication (OAuth 2.1 section 2.4): none, client_secret_basic, client_secret_post, private_key_jwt."""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection, Sequence
from urllib.parse import unquote_plus

from attrs import evolve, field, frozen

from ...secrets import SecretKind, digest
from ..keys import Assertion, InvalidAssertion, read_assertion
from ..limits import Guesses
from ..protocol import Client, InvalidClient, InvalidGrant, InvalidRequest, OAuthStore, Parameters, is_address
from .metadata_documents import ClientDocuments
from .private_key_jwt import PRIVATE_KEY_JWT, ClientAssertions, claimed_client, read_client_assertion
from .stateless import StatelessClients
from .workload import Workloads

# One text for an unknown client and a wrong secret: neither tells whether the client exists.
_REFUSAL = "The client is unknown, or its credentials are wrong."
_NOBODY = digest(SecretKind.CLIENT_SECRET, "")


@frozen
class Credentials:
    """The credentials in a request."""

    client_id: str
    secret: str | None = field(repr=False)
    assertion: Assertion | None = None


@frozen
class Clients:
    """Finds and authenticates clients. Parts that are None are switched off."""

    store: OAuthStore
    assertions: ClientAssertions | None
    workloads: Workloads | None = None
    documents: ClientDocuments | None = None
    guesses: Guesses | None = None
    stateless: StatelessClients | None = None
    visitor: str = ""
    """The address that the current request comes from."""

    def for_visitor(self, address: str) -> "Clients":
        return evolve(self, visitor=address)

    async def find(self, client_id: str, *, suffices: Callable[[Client], bool] = lambda _: True) -> Client | None:
        """Return the client with that id, without authenticating it.

        A metadata document for which ``suffices`` is false is fetched again.
        """
        if not is_address(client_id):
            return await self.find_stored(client_id)
        return (
            None
            if self.documents is None
            else await self.documents.find(client_id, suffices=suffices, visitor=self.visitor)
        )

    async def find_stored(self, client_id: str) -> Client | None:
        """Return the client as it is stored, or as its id describes it; nothing is fetched."""
        stored = await self.store.find_client(client_id)
        if stored is not None or self.stateless is None:
            return stored
        return self.stateless.read(client_id)

    async def authenticate(self, *, authorization: Sequence[str], query: Collection[str], form: Parameters) -> Client:
        """Return the client that sent a request to the token or revocation endpoint.

        Raises InvalidClient, InvalidRequest or TemporarilyUnavailable, and TooManyRequests after many wrong secrets
        from this address; the right secret still passes from where it was used before.
        """
        _require_nothing_in_query(query)
        credentials = (
            await self._of_workload(form)
            if self._names_nobody(authorization, form)
            else read_credentials(authorization, form)
        )
        client = await self.find(credentials.client_id)
        try:
            if client is None or not await self._is_authentic(client, credentials):
                raise InvalidClient(_REFUSAL, reason=f"client {credentials.client_id!r} failed authentication")
        except InvalidClient:
            if self.guesses is not None:
                self.guesses.failed(credentials.client_id, self.visitor)
            raise
        return client

    def _names_nobody(self, authorization: Sequence[str], form: Parameters) -> bool:
        """Return whether a request presents an assertion as a grant, which need not name the client (RFC 7521 section
        4.1).
        """
        return (
            self.workloads is not None
            and not authorization
            and "assertion" in form
            and not {"client_id", "client_assertion"} & set(form)
        )

    async def _of_workload(self, form: Parameters) -> Credentials:
        """Return the client that a program's assertion leads to; the grant checks whether it may act as it
        (SEP-1933).
        """
        assert self.workloads is not None
        try:
            client_id = await self.workloads.client_of(read_assertion(form.require("assertion")))
        except InvalidAssertion as error:
            raise InvalidGrant(str(error)) from error
        if client_id is None:
            raise InvalidGrant("The assertion is of no program that is known here.")
        return Credentials(client_id, form.one("client_secret"))

    async def _is_authentic(self, client: Client, credentials: Credentials) -> bool:
        """Return whether the client proved itself by the method that it registered; a secret may be sent in either of
        two ways.
        """
        if client.auth_method != PRIVATE_KEY_JWT:
            return credentials.assertion is None and self._knows_secret(client, credentials)
        if credentials.assertion is None or self.assertions is None:
            return False
        await self.assertions.require(client, credentials.assertion, visitor=self.visitor)
        return True

    def _knows_secret(self, client: Client, credentials: Credentials) -> bool:
        """Return whether the secret is right. A public client has none to guess. Raises TooManyRequests."""
        if client.secret_digest is None:
            return credentials.secret is None
        if self.guesses is not None:
            self.guesses.require_few(client.id, self.visitor)
        presented = _NOBODY if credentials.secret is None else digest(SecretKind.CLIENT_SECRET, credentials.secret)
        knows = hmac.compare_digest(presented, client.secret_digest)
        if knows and self.guesses is not None:
            self.guesses.held(client.id, self.visitor)
        return knows


def read_credentials(authorization: Sequence[str], form: Parameters) -> Credentials:
    """Return the credentials of a request, by one method (OAuth 2.1 section 2.4: not more than one)."""
    assertion = read_client_assertion(form)
    if assertion is not None:
        return _signed(assertion, authorization, form)
    in_form = Credentials(form.one("client_id") or "", form.one("client_secret"))
    if not authorization:
        if not in_form.client_id:
            raise InvalidClient("The client_id is missing.")
        return in_form
    if len(authorization) > 1 or in_form.secret is not None:
        raise InvalidRequest(
            "Authenticate the client in one way: with the Authorization header or with client_secret, not both."
        )
    credentials = _read_basic(authorization[0])
    if in_form.client_id not in ("", credentials.client_id):
        raise InvalidRequest("The client_id differs from the one in the Authorization header.")
    return credentials


def _signed(assertion: Assertion, authorization: Sequence[str], form: Parameters) -> Credentials:
    if authorization or "client_secret" in form:
        raise InvalidRequest("Authenticate the client in one way: with an assertion or with a secret, not both.")
    return Credentials(claimed_client(assertion, form), None, assertion=assertion)


def _require_nothing_in_query(query: Collection[str]) -> None:
    """Refuse credentials in the query, where logs keep them (OAuth 2.1 section 2.4.1)."""
    if {"client_secret", "client_assertion"} & set(query):
        raise InvalidRequest("Client credentials must not be sent in the query.")


def _read_basic(header: str) -> Credentials:
    """Read HTTP Basic credentials; both parts are form-encoded before they are joined (RFC 6749 section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("The Authorization header must use the Basic scheme.")
    try:
        client_id, separator, secret = b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (Base64Error, ValueError) as error:
        raise InvalidClient("The Authorization header is malformed.") from error
    if not separator or not client_id:
        raise InvalidClient("The Authorization header is malformed.")
    return Credentials(unquote_plus(client_id), unquote_plus(secret) or None)
