"""Who may use the resource: bearer tokens in (RFC 6750), a person or a challenge out (RFC 9728 section 5.1)."""

import re
from collections.abc import Collection, Sequence
from typing import Protocol

from ..accounts.models import Account
from ..principal import User
from ..sources import Sources
from .access_token import AccessTokens, Claims, InvalidToken
from .challenges import Challenges
from .known_tokens import KnownToken, KnownTokens
from .models import Grant
from .scopes import ScopeCatalog

# RFC 6750 section 2.1: b64token. What does not look like one was never issued here.
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


class RevocationStore(Protocol):
    """The reads that a new token costs once, and the announcements that end a known one."""

    async def find_grant(self, grant_id: str) -> Grant | None: ...

    async def find_account(self, user_id: str) -> Account | None: ...

    async def revocations_since(self, cursor: int) -> tuple[int, list[str]]: ...


class ResourceServer:
    """Admits requests with a live access token. ``capacity`` is how many known tokens are kept in memory.

    A token is verified, and its grant and account read, the first time it is seen; after that it is known until it expires or its
    grant is forgotten: by ``forget`` in the process that revokes, by ``poll_revocations`` in every other.
    """

    def __init__(
        self,
        access_tokens: AccessTokens,
        store: RevocationStore,
        *,
        scopes: ScopeCatalog,
        resource_metadata_url: str,
        sources: Sources,
        capacity: int = 10_000,
    ) -> None:
        self._access_tokens = access_tokens
        self._store = store
        self._challenges = Challenges(resource_metadata_url, scopes)
        self._sources = sources
        self._known = KnownTokens(capacity)
        self._cursor = 0

    async def authenticate(self, authorization: Sequence[str], query: Collection[str]) -> User:
        """The person behind a request.

        ``authorization`` holds the value of every Authorization header field, ``query`` the names of the query's parameters.
        Raises BearerError.
        """
        token = self._presented_token(authorization, query)
        known = self._known.find(token, now=self._sources.now())
        return known if known is not None else await self._verify(token)

    def require_scope(self, user: User, scope: str) -> None:
        """Refuse unless every scope of the space-separated ``scope`` was granted. Raises BearerError, status 403."""
        if not user.has_scope(scope):
            raise self._challenges.insufficient_scope(user, scope.split())

    def forget(self, grant_id: str) -> None:
        """Let no known token of a grant pass any more; to be called after it was revoked."""
        self._known.forget(grant_id)

    async def poll_revocations(self) -> None:
        """Forget what any process has revoked since the last call."""
        self._cursor, grant_ids = await self._store.revocations_since(self._cursor)
        for grant_id in grant_ids:
            self.forget(grant_id)

    def _presented_token(self, authorization: Sequence[str], query: Collection[str]) -> str:
        """RFC 6750 section 2: the header is the one way in; section 3.1: more than one way at once is a malformed request."""
        self._require_one_header(authorization)
        scheme, _, token = authorization[0].strip().partition(" ") if authorization else ("", "", "")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise self._challenges.unauthenticated()
        self._require_header_alone(query)
        self._require_b64token(token)
        return token

    def _require_one_header(self, authorization: Sequence[str]) -> None:
        if len(authorization) > 1:
            raise self._challenges.invalid_request("Send one Authorization header.")

    def _require_header_alone(self, query: Collection[str]) -> None:
        if "access_token" in query:
            raise self._challenges.invalid_request("Send the access token in the Authorization header only, not in the address.")

    def _require_b64token(self, token: str) -> None:
        if not _B64TOKEN.fullmatch(token):
            raise self._challenges.invalid_token("The access token is malformed.")

    async def _verify(self, token: str) -> User:
        """What a token costs the first time: one signature and two reads."""
        forgettings = self._known.forgettings
        claims = await self._require_claims(token)
        await self._require_live_grant(claims)
        account = await self._require_enabled_account(claims)
        user = _user(claims, account)
        self._known.remember(token, KnownToken(user, claims.expires_at), forgettings=forgettings)
        return user

    async def _require_claims(self, token: str) -> Claims:
        """RFC 9068 section 4."""
        try:
            return await self._access_tokens.verify(token)
        except InvalidToken as error:
            raise self._challenges.invalid_token(str(error)) from error

    async def _require_live_grant(self, claims: Claims) -> None:
        grant = await self._store.find_grant(claims.grant_id)
        if grant is None or grant.revoked_at is not None:
            raise self._challenges.invalid_token("The access token was revoked.")

    async def _require_enabled_account(self, claims: Claims) -> Account:
        account = await self._store.find_account(claims.user_id)
        if account is None or account.disabled_at is not None:
            raise self._challenges.invalid_token("The access token was revoked.")
        return account


def _user(claims: Claims, account: Account) -> User:
    return User(
        id=account.id,
        username=account.username,
        name=account.name,
        email=account.email,
        scopes=frozenset(claims.scope.split()),
        client_id=claims.client_id,
        grant_id=claims.grant_id,
    )
