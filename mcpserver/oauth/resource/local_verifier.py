"""Verification of access tokens that this server issued: a signature and two reads the first time (RFC 9068
section 4).
"""

from collections.abc import Callable
from typing import Protocol

from ...accounts import Account
from ...principal import User
from ...processes import Cursor
from ..protocol import Client, Grant
from ..tokens import AccessTokens, Claims, InvalidToken, acts_still
from .token_cache import KnownToken

_REVOKED = "The access token was revoked."


class RevocationStore(Protocol):
    """The reads for a new token, and the announcements that end a known one."""

    async def find_grant(self, grant_id: str) -> Grant | None: ...

    async def find_account(self, user_id: str) -> Account | None: ...

    async def find_client(self, client_id: str) -> Client | None: ...

    async def revocations_since(self, position: int) -> list[tuple[int, str]]: ...


class OwnTokens:
    """Verifies tokens, and reads which grants any process has revoked."""

    def __init__(self, access_tokens: AccessTokens, store: RevocationStore, monotonic: Callable[[], float]) -> None:
        self._access_tokens = access_tokens
        self._store = store
        self._cursor = Cursor(monotonic)

    async def verify(self, token: str) -> KnownToken:
        """Verify a token. Raises InvalidToken."""
        claims = await self._access_tokens.verify(token)
        grant = await self._require_live_grant(claims)
        if not await acts_still(self._store, grant, claims):
            raise InvalidToken(_REVOKED)
        user = await (
            self._require_client(grant, claims)
            if grant.user_id is None
            else self._require_person(grant.user_id, claims)
        )
        return KnownToken(user, claims.expires_at, claims.thumbprint)

    async def revoked(self) -> list[str]:
        """Return the grants that were revoked since the last call, and the clients that were removed."""
        return self._cursor.news(await self._store.revocations_since(self._cursor.position))

    async def _require_live_grant(self, claims: Claims) -> Grant:
        grant = await self._store.find_grant(claims.grant_id)
        if grant is None or grant.revoked_at is not None:
            raise InvalidToken(_REVOKED)
        return grant

    async def _require_person(self, user_id: str, claims: Claims) -> User:
        account = await self._store.find_account(user_id)
        if account is None or account.disabled_at is not None:
            raise InvalidToken(_REVOKED)
        scopes = frozenset(claims.scope.split())
        return User(
            account.id, account.username, account.name, account.email, scopes, claims.client_id, claims.grant_id
        )

    async def _require_client(self, grant: Grant, claims: Claims) -> User:
        """Return the client that acts for itself (OAuth 2.1 section 4.2)."""
        client = await self._store.find_client(grant.client_id)
        if client is None:
            raise InvalidToken(_REVOKED)
        return User(
            client.id,
            client.id,
            client.name,
            None,
            frozenset(claims.scope.split()),
            client.id,
            grant.id,
            is_client=True,
        )
