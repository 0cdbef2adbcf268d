"""Identity assertion grants (ID-JAG): an identity provider says who may use what, and nobody is asked again.

MCP extension enterprise-managed-authorization; draft-ietf-oauth-identity-assertion-authz-grant.
"""

from collections.abc import Awaitable, Callable, Mapping

from attrs import frozen

from ...accounts import Identity
from ...sources import Sources
from ..keys import (
    Assertion,
    InvalidAssertion,
    Issuers,
    Unavailable,
    require_audience,
    require_fresh,
    require_instant,
    require_text,
)
from ..protocol import Client, InvalidGrant, TemporarilyUnavailable, UnauthorizedClient
from .access_token import InvalidToken, thumbprint_of

ID_JAG_TYPE = "oauth-id-jag+jwt"
ID_JAG_PROFILE = "urn:ietf:params:oauth:grant-profile:id-jag"

FindPerson = Callable[[Identity], Awaitable[str | None]]
"""The id of a person's account; None for a person who may not sign in."""


@frozen
class Vouched:
    """The person and the scope of an assertion; ``scope`` is None where the provider leaves it to this server."""

    user_id: str
    scope: str | None


@frozen
class IdentityAssertions:
    """Reads assertions of trusted providers. ``issuer`` is this server's.

    ``providers`` are issuers, with ``#tenant`` for those that many organizations share.
    """

    providers: frozenset[str]
    issuers: Issuers
    find_person: FindPerson
    issuer: str
    sources: Sources

    async def require(self, client: Client, assertion: Assertion, resource: str, thumbprint: str | None) -> Vouched:
        """Return whom a valid assertion is about: it must be for this client and these resources, and from a trusted
        provider.

        It may be used again until it expires: it takes the place of a refresh token, and the client authenticates each
        time (the draft's section "Refresh Token"). Raises InvalidGrant, UnauthorizedClient or TemporarilyUnavailable.
        """
        _require_confidential(client)
        try:
            claims = assertion.verified(await self.issuers.keys(self._require_trusted(assertion), assertion))
            self._require_claims(claims, client, resource, thumbprint)
            identity = _identity(claims)
        except InvalidAssertion as error:
            raise InvalidGrant(str(error), reason=f"ID-JAG of client {client.id}: {error}") from error
        except Unavailable as error:
            raise TemporarilyUnavailable(
                "The identity provider cannot be reached at the moment: try again in a minute.", reason=str(error)
            ) from error
        user_id = await self.find_person(identity)
        if user_id is None:
            raise InvalidGrant(
                "The person has no account here, or may not use it.",
                reason=f"nobody for {identity.subject} of {identity.issuer}",
            )
        scope = claims.get("scope")
        return Vouched(user_id, scope if isinstance(scope, str) else None)

    def _require_trusted(self, assertion: Assertion) -> str:
        """Check the issuer before anything is fetched; the signature proves it later."""
        issuer = require_text(assertion.claimed, "iss")
        tenant = f"#{require_text(assertion.claimed, 'tenant')}" if "tenant" in assertion.claimed else ""
        if issuer + tenant not in self.providers:
            raise InvalidAssertion("The assertion comes from an identity provider that is not trusted here.")
        return issuer

    def _require_claims(
        self, claims: Mapping[str, object], client: Client, resource: str, thumbprint: str | None
    ) -> None:
        """Check the claims (the extension's sections 4.3 and 5.1)."""
        require_audience(claims, self.issuer)
        require_fresh(claims, now=self.sources.now())
        require_instant(claims, "iat")
        require_text(claims, "jti")
        if claims.get("client_id") != client.id:
            raise InvalidAssertion(
                "The assertion was made for another client: its client_id must be that of the client which shows it."
            )
        named = claims.get("resource")
        for identifier in resource.split():
            if identifier not in (named if isinstance(named, list) else [named]):
                raise InvalidAssertion(f"The assertion is for another resource: it must name {identifier}.")
        if _bound_to(claims) not in (None, thumbprint):
            raise InvalidAssertion("The assertion is bound to a key: send a DPoP proof of it along.")


def _require_confidential(client: Client) -> None:
    """Refuse public clients (the draft's section "Client Authentication"): anybody who finds an assertion
    could use it.
    """
    if not client.is_confidential:
        raise UnauthorizedClient(
            "A client without credentials cannot use assertions about people: send them to the authorization endpoint."
        )


def _bound_to(claims: Mapping[str, object]) -> str | None:
    """Return the thumbprint of the key that it is bound to. Raises InvalidAssertion."""
    try:
        return thumbprint_of(claims.get("cnf"))
    except InvalidToken:
        raise InvalidAssertion("The assertion is bound in a way that is not known here.") from None


def _identity(claims: Mapping[str, object]) -> Identity:
    tenant = require_text(claims, "tenant") if "tenant" in claims else ""
    email = claims.get("email")
    known = (
        isinstance(email, str)
        and claims.get("email_verified", True) is True
        and len(email) <= 254
        and email.isprintable()
        and "@" in email
    )
    name = claims.get("name")
    named = isinstance(name, str) and name.isprintable() and 0 < len(name.strip()) <= 100
    return Identity(
        issuer=require_text(claims, "iss"),
        subject=require_text(claims, "sub"),
        tenant=tenant,
        email=str(email) if known else None,
        name=str(name).strip() if named else None,
    )
