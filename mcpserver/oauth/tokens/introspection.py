"""Introspection (RFC 7662): whether a token is active and what it says, for clients that may know."""

from collections.abc import Awaitable, Callable

from attrs import frozen

from ...secrets import SecretKind, digest
from ...sources import Sources
from ..protocol import Client, Grant, InvalidClient, OAuthStore, Parameters, RefreshToken
from .access_token import AccessTokens, Claims, InvalidToken, acts_still

Answer = dict[str, object]
FindUsername = Callable[[str], Awaitable[str | None]]
"""The account of a person; None when they are gone or disabled."""

INTROSPECTS = "introspects"
"""The member of a client's metadata that lets it ask about every token, as a resource server must."""


@frozen
class Introspection:
    """What introspection needs; ``issuer`` is this server's."""

    store: OAuthStore
    access_tokens: AccessTokens
    find_username: FindUsername
    issuer: str
    sources: Sources

    async def answer(self, client: Client, form: Parameters) -> Answer:
        """Return the response (section 2.2). Tokens that are unknown, expired, revoked or another client's are inactive
        alike.

        Raises InvalidClient for a public client: anybody could ask in its name (section 2.1).
        """
        _require_confidential(client)
        token = form.require("token")
        found = await self.store.find_refresh_token(digest(SecretKind.REFRESH_TOKEN, token))
        if found is not None:
            return await self._of_refresh_token(client, *found)
        try:
            claims = await self.access_tokens.read(token)
        except InvalidToken:
            return {"active": False}
        return await self._of_access_token(client, claims)

    async def _of_refresh_token(self, client: Client, token: RefreshToken, grant: Grant) -> Answer:
        """Return the response for a refresh token; it is active while it is the current one."""
        expires_at = min(token.expires_at, grant.expires_at)
        if token.generation != grant.generation or expires_at <= self.sources.now():
            return {"active": False}
        return await self._of(client, grant, {"scope": grant.scope, "exp": expires_at})

    async def _of_access_token(self, client: Client, claims: Claims) -> Answer:
        grant = await self.store.find_grant(claims.grant_id)
        if grant is None or not await acts_still(self.store, grant, claims):
            return {"active": False}
        about: Answer = {
            "scope": claims.scope,
            "exp": claims.expires_at,
            "iat": claims.issued_at,
            "jti": claims.token_id,
            "aud": list(claims.audience) if len(claims.audience) > 1 else claims.audience[0],
        }
        about["client_id"] = claims.client_id
        if claims.client_id != grant.client_id:
            about["act"] = {"sub": claims.client_id}
        if claims.thumbprint is None:
            return await self._of(client, grant, {**about, "token_type": "Bearer"})
        return await self._of(client, grant, {**about, "token_type": "DPoP", "cnf": {"jkt": claims.thumbprint}})

    async def _of(self, client: Client, grant: Grant, about: Answer) -> Answer:
        """Return the members that both kinds share. Tokens of a disabled account are not active."""
        if grant.revoked_at is not None or not _may_know(client, str(about.get("client_id", grant.client_id))):
            return {"active": False}
        answer: Answer = {
            "active": True,
            "iss": self.issuer,
            "client_id": grant.client_id,
            "sub": grant.subject,
            **about,
        }
        if grant.user_id is None:
            return answer
        username = await self.find_username(grant.user_id)
        return {"active": False} if username is None else {**answer, "username": username}


def _may_know(client: Client, client_id: str) -> bool:
    """Return whether the client may know. ``client_id`` is whose the token is: for an exchanged one, the client that
    acts.
    """
    return client_id == client.id or client.metadata.get(INTROSPECTS) is True


def _require_confidential(client: Client) -> None:
    if not client.is_confidential:
        raise InvalidClient("Only a client with credentials may ask about tokens.")
