"""Keeps the tokens of one server: sends them only where they belong, and refreshes them one at a time."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import frozen

from ..errors import TokenRefused
from .dpop import proof
from .metadata import covers
from .protocol import Tokens
from .sign_in import SignIn

EXPIRY_SLACK = 15
"""Seconds before its expiry at which a token is refreshed."""
PERHAPS_LATER = frozenset(
    {
        "",
        "temporarily_unavailable",
        "server_error",
        "slow_down",
        "too_many_requests",
        "rate_limited",
        "use_dpop_nonce",
        "invalid_dpop_proof",
    }
)
"""Error codes of a refused refresh after which a later one may succeed.

Any other code, standard or not, is final.
"""


class TokenStore(Protocol):
    """A store for the tokens of one server."""

    async def find_tokens(self) -> Tokens | None: ...
    async def put_tokens(self, tokens: Tokens) -> None: ...
    async def forget_tokens(self) -> None: ...
    def alone(self) -> AbstractAsyncContextManager[object]:
        """A lock among all who share these tokens."""
        ...


@frozen
class TokenKeeper:
    """Provides current tokens. ``again`` signs in again where that needs no person."""

    store: TokenStore
    sign_in: SignIn
    again: Callable[[], Awaitable[Tokens]] | None = None

    async def current(self) -> Tokens | None:
        """The tokens for this server, refreshed if expired and refreshable. Raises TokenRefused, Unreachable."""
        tokens = await self.store.find_tokens()
        if tokens is None or not covers(tokens.resource, self.sign_in.reach.url):
            return None
        if tokens.expires_at is not None and tokens.expires_at - EXPIRY_SLACK <= self.sign_in.reach.sources.now():
            return await self.renew(tokens) or tokens
        return tokens

    async def renew(self, stale: Tokens) -> Tokens | None:
        """Refresh the tokens, one caller at a time; callers that waited get the result of the first.

        Returns None when only signing in again helps. Raises as current() does.
        """
        async with self.store.alone():
            current = await self.store.find_tokens()
            if current is None or current.access_token != stale.access_token:
                return current
            try:
                fresh = await self._fresh(current)
            except TokenRefused as error:
                if error.code in PERHAPS_LATER:
                    raise
                await self.store.forget_tokens()
                return None
            if fresh:
                await self.store.put_tokens(fresh)
            return fresh

    async def _fresh(self, stale: Tokens) -> Tokens | None:
        if stale.refresh_token:
            return await self.sign_in.refresh(stale)
        return await self.again() if self.again else None

    def headers(self, tokens: Tokens, method: str, url: str) -> Mapping[str, str]:
        """The authorization headers (RFC 6750 section 2.1); for a bound token with a proof for this one request (RFC
        9449 section 7.1).
        """
        if tokens.kind != "DPoP" or tokens.proof_key is None:
            return {"Authorization": f"Bearer {tokens.access_token}"}
        reach = self.sign_in.reach
        made = proof(
            tokens.proof_key, reach.sources, method, url, nonce=reach.nonces.of(url), token=tokens.access_token
        )
        return {"Authorization": f"DPoP {tokens.access_token}", "DPoP": made}
