"""The tokens of one server: shown only where they belong, refreshed one at a time."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import frozen

from ..errors import TokenRefused
from ..models import Tokens
from .dpop import proof
from .metadata import covers
from .sign_in import SignIn

EXPIRY_SLACK = 15
"""Seconds before its end in which a token is refreshed already."""
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
"""Refusals of a refresh that a later one may not get.

Whatever else the authorization server says is its last word, in the standard's codes or in its own.
"""


class TokenStore(Protocol):
    """A store for the tokens of one server."""

    async def find_tokens(self) -> Tokens | None: ...
    async def put_tokens(self, tokens: Tokens) -> None: ...
    async def forget_tokens(self) -> None: ...
    def alone(self) -> AbstractAsyncContextManager[object]:
        """Held by one at a time, among all who share these tokens."""
        ...


@frozen
class TokenKeeper:
    """``again`` signs in once more where that needs no person."""

    store: TokenStore
    sign_in: SignIn
    again: Callable[[], Awaitable[Tokens]] | None = None

    async def current(self) -> Tokens | None:
        """The tokens for this server, refreshed when they have run out and can be. Raises TokenRefused, Unreachable."""
        tokens = await self.store.find_tokens()
        if tokens is None or not covers(tokens.resource, self.sign_in.reach.url):
            return None
        if tokens.expires_at is not None and tokens.expires_at - EXPIRY_SLACK <= self.sign_in.reach.sources.now():
            return await self.renew(tokens) or tokens
        return tokens

    async def renew(self, stale: Tokens) -> Tokens | None:
        """One refresh at a time; who waited takes what the first one brought.

        None when only signing in again helps. Raises as current() does.
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
        """RFC 6750 section 2.1; for a bound token RFC 9449 section 7.1, with a proof for this one request."""
        if tokens.kind != "DPoP" or tokens.proof_key is None:
            return {"Authorization": f"Bearer {tokens.access_token}"}
        reach = self.sign_in.reach
        made = proof(
            tokens.proof_key, reach.sources, method, url, nonce=reach.nonces.of(url), token=tokens.access_token
        )
        return {"Authorization": f"DPoP {tokens.access_token}", "DPoP": made}
