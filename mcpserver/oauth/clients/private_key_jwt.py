"""private_key_jwt: a client signs an assertion (RFC 7523 section 2.2; audience of draft-ietf-oauth-rfc7523bis section
4).
"""

import hashlib
from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from ...sources import Sources
from ..keys import (
    LONGEST,
    Assertion,
    InvalidAssertion,
    KnownKey,
    RemoteKeys,
    Unavailable,
    is_same,
    read_assertion,
    read_suiting_keys,
    require_audience,
    require_fresh,
    require_instant,
)
from ..protocol import Client, InvalidClient, InvalidRequest, Parameters, TemporarilyUnavailable

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PRIVATE_KEY_JWT = "private_key_jwt"
SIGNING_ALGORITHM = "token_endpoint_auth_signing_alg"
"""The member of a client's metadata that names its only algorithm."""


class AssertionStore(Protocol):
    async def spend_assertion(self, digest: bytes, *, issued_at: int, expires_at: int) -> bool:
        """Store an assertion until it expires; true for exactly one caller.

        False for one issued before a restore of the database: whether it was used is not known.
        """


@frozen
class ClientAssertions:
    """Checks assertions. ``issuer`` is this server's, the only audience that an assertion may have."""

    store: AssertionStore
    remote_keys: RemoteKeys
    issuer: str
    sources: Sources

    async def require(self, client: Client, assertion: Assertion, *, visitor: str = "") -> None:
        """Require that the assertion is the client's, for this server, fresh and used for the first time; ``visitor``
        is the address it comes from.

        Raises InvalidClient or TemporarilyUnavailable.
        """
        try:
            _require_registered_algorithm(client, assertion)
            claims = assertion.verified(await self._keys(client, assertion, visitor))
            expires_at = self._require_claims(client, claims)
            issued_at = (
                require_instant(claims, "iat") if "iat" in claims else expires_at - LONGEST
            )  # as early as it can be
        except InvalidAssertion as error:
            raise InvalidClient(str(error), reason=f"client {client.id}: {error}") from error
        if not await self.store.spend_assertion(
            _identity(client, claims, assertion), issued_at=issued_at, expires_at=expires_at
        ):
            raise InvalidClient(
                "The assertion was used before, or signed before the server was restored: sign a new one for each "
                "request.",
                reason=f"client {client.id} repeated an assertion",
            )

    async def _keys(self, client: Client, assertion: Assertion, visitor: str) -> tuple[KnownKey, ...]:
        """Return the keys in the registration, or at the address that it names (RFC 7591 section 2)."""
        url = client.metadata.get("jwks_uri")
        if not isinstance(url, str):
            return read_suiting_keys(
                client.metadata.get("jwks", {"keys": []}), algorithm=assertion.algorithm, kid=assertion.kid
            )
        try:
            return await self.remote_keys.find(url, algorithm=assertion.algorithm, kid=assertion.kid, visitor=visitor)
        except Unavailable as error:
            raise TemporarilyUnavailable(
                "The client's keys cannot be had at the moment: try again in a minute.",
                reason=f"jwks_uri {url}: {error}",
            ) from error

    def _require_claims(self, client: Client, claims: Mapping[str, object]) -> int:
        """Check the claims (RFC 7523 section 3)."""
        for name in ("iss", "sub"):
            if claims.get(name) != client.id:
                raise InvalidAssertion(f"The assertion's {name} must be the client_id.")
        require_audience(claims, self.issuer)
        return require_fresh(
            claims, now=self.sources.machine_now()
        )  # used once, so that a clock that was set back revives none


def _require_registered_algorithm(client: Client, assertion: Assertion) -> None:
    """Require the algorithm that the client registered, whatever else its key could do (RFC 8725 section 3.1). Raises
    InvalidAssertion.
    """
    named = client.metadata.get(SIGNING_ALGORITHM)
    if named is not None and not is_same(str(named), assertion.algorithm):
        raise InvalidAssertion(f"The assertion must be signed with {named}, as the client registered.")


def read_client_assertion(form: Parameters) -> Assertion | None:
    """Return the assertion in a form, if there is one. Raises InvalidRequest or InvalidClient."""
    if not {"client_assertion", "client_assertion_type"} & set(form):
        return None
    if form.require("client_assertion_type") != TYPE:
        raise InvalidRequest(f"The client_assertion_type must be {TYPE}.")
    try:
        return read_assertion(form.require("client_assertion"))
    except InvalidAssertion as error:
        raise InvalidClient(str(error)) from error


def claimed_client(assertion: Assertion, form: Parameters) -> str:
    """Return the client that the assertion names; a client_id in the form must be the same (RFC 7521 section 4.2).
    Raises InvalidRequest.
    """
    subject = assertion.claimed.get("sub")
    named = form.one("client_id")
    if not isinstance(subject, str) or named not in (None, subject):
        raise InvalidRequest("The client_id differs from the sub of the assertion.")
    return subject


def _identity(client: Client, claims: Mapping[str, object], assertion: Assertion) -> bytes:
    """Return a digest of the jti, or of the whole assertion without one: a jti is optional (RFC 7523 section 3, item
    7).
    """
    jti = claims.get("jti")
    text = f"jti\0{jti}" if isinstance(jti, str) and jti else assertion.compact
    return hashlib.sha256(f"{client.id}\0{text}".encode("utf-8", "surrogatepass")).digest()
