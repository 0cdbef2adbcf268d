"""The token endpoint (OAuth 2.1 section 3.2): what all grant types share."""

from collections.abc import Awaitable, Callable

from attrs import frozen

from ...secrets import SecretKind, digest, mint, random_text
from ...sources import Sources
from ..clients import Workloads
from ..protocol import (
    Client,
    Grant,
    InvalidDpopProof,
    InvalidGrant,
    OAuthStore,
    Parameters,
    RefreshToken,
    Resources,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from .access_token import AccessTokens
from .id_jag import IdentityAssertions
from .id_token import IdTokens

TokenAnswer = dict[str, str | int]


@frozen
class TokenIssuer:
    """What redeeming a grant needs. Lifetimes and ``reuse_window`` are in seconds; ``forget`` ends the known access
    tokens of a grant.

    ``identities`` and ``workloads`` read assertions of other issuers, ``id_tokens`` issues those of OpenID Connect;
    None when switched off.
    """

    store: OAuthStore
    access_tokens: AccessTokens
    resources: Resources
    refresh_token_lifetime: int
    reuse_window: int
    sources: Sources
    forget: Callable[[str], None]
    dpop_only: bool = False
    identities: IdentityAssertions | None = None
    workloads: Workloads | None = None
    id_tokens: IdTokens | None = None

    def new_grant(self, client: Client, *, user_id: str | None, scope: str, resource: str) -> Grant:
        """Return a grant for one access token, for grant types that ask nobody; it ends when the token does."""
        now = self.sources.now()
        return Grant(
            random_text(self.sources, 16), user_id, client.id, scope, resource, now, now + self.access_tokens.lifetime
        )

    async def revoke(self, grant: Grant) -> None:
        """Revoke a grant and all its tokens, here at once and in other processes within a second."""
        await self.store.revoke_grant(grant.id, now=self.sources.now())
        self.forget(grant.id)

    def new_refresh_token(self, grant: Grant, *, generation: int) -> tuple[str, RefreshToken]:
        """Return a new token, and what the store keeps of it; it ends with the grant at the latest."""
        value = mint(SecretKind.REFRESH_TOKEN, self.sources)
        expires_at = min(self.sources.now() + self.refresh_token_lifetime, grant.expires_at)
        return value, RefreshToken(digest(SecretKind.REFRESH_TOKEN, value), grant.id, generation, expires_at)

    def answer(
        self,
        grant: Grant,
        *,
        refresh_token: str | None,
        scope: str | None = None,
        resource: str | None = None,
        thumbprint: str | None,
        actor: str | None = None,
        longest: int | None = None,
    ) -> TokenAnswer:
        """Return the token response (OAuth 2.1 section 3.2.3); a token bound to a key has the type DPoP (RFC 9449
        section 5).

        ``resource`` are those of the grant that the token is for, all when None. ``actor`` is the client that acts in
        place of the grant's own; ``longest`` in seconds limits the token's life.
        """
        resource = grant.resource if resource is None else resource
        scope = grant.scope if scope is None else scope
        lifetime = self.access_tokens.lifetime if longest is None else min(longest, self.access_tokens.lifetime)
        answer: TokenAnswer = {
            "access_token": self.access_tokens.issue(
                grant, scope=scope, resource=resource, thumbprint=thumbprint, actor=actor, lifetime=lifetime
            ),
            "token_type": "Bearer" if thumbprint is None else "DPoP",
            "expires_in": lifetime,
            "scope": scope,
        }
        return answer if refresh_token is None else {**answer, "refresh_token": refresh_token}


async def with_id_token(
    issuer: TokenIssuer, client: Client, grant: Grant, answer: TokenAnswer, *, nonce: str | None = None
) -> TokenAnswer:
    """Add an ID token where the grant has the scope for one (OpenID Connect Core sections 3.1.3.3 and 12.2)."""
    id_token = (
        None
        if issuer.id_tokens is None
        else await issuer.id_tokens.issue(client, grant, str(answer["access_token"]), nonce=nonce)
    )
    return answer if id_token is None else {**answer, "id_token": id_token}


Redeem = Callable[[TokenIssuer, Client, Parameters, str | None], Awaitable[TokenAnswer]]
"""The last argument is the thumbprint of the key that the client proved to hold, if it did."""


async def answer_token_request(
    issuer: TokenIssuer, grants: dict[str, Redeem], client: Client, form: Parameters, thumbprint: str | None = None
) -> TokenAnswer:
    """Redeem what the form presents with the grant it names. Raises OAuthError."""
    grant_type = form.require("grant_type")
    redeem = grants.get(grant_type)
    if redeem is None:
        raise UnsupportedGrantType(
            f"This grant type is not supported. Supported are: {', '.join(grants)}.",
            reason=f"grant_type {grant_type!r}",
        )
    if grant_type not in client.grant_types:
        raise UnauthorizedClient(f"This client did not register for the grant type {grant_type}.")
    issuer.resources.require(form.all("resource"))
    if thumbprint is None and (issuer.dpop_only or client.metadata.get("dpop_bound_access_tokens")):
        raise InvalidDpopProof(
            "A DPoP proof is required: this server, or this client's registration, asks for tokens bound to a key."
        )
    return await redeem(issuer, client, form, thumbprint)


def require_confidential(client: Client, deed: str) -> None:
    """Refuse a client without credentials, which "cannot ``deed``". Raises UnauthorizedClient."""
    if not client.is_confidential:
        raise UnauthorizedClient(f"A client without credentials cannot {deed}.")


def require_same_client(client: Client, client_id: str, kind: str, *, refusal: str) -> None:
    """Refuse what was issued to another client, and leave it alone, so that a thief cannot end it either.

    ``kind`` is what was presented, for the log; ``refusal`` is for the client. Raises InvalidGrant.
    """
    if client_id != client.id:
        raise InvalidGrant(refusal, reason=f"{kind} of client {client_id} presented by {client.id}")


def require_bound_key(client: Client, grant: Grant, thumbprint: str | None) -> None:
    """Refuse a public client's refresh token without the key that it is bound to (RFC 9449 section 5). Raises
    InvalidGrant.
    """
    if not client.is_confidential and grant.thumbprint not in (None, thumbprint):
        raise InvalidGrant(
            "The refresh token is bound to another key.",
            reason=f"refresh token of grant {grant.id} without the key it is bound to",
        )


def may_refresh(client: Client) -> bool:
    """Return whether the client registered for refreshing; ``offline_access`` is not needed, to spare people hourly
    sign-ins.
    """
    return "refresh_token" in client.grant_types
