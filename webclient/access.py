"""Speaking to an integration's server with a token that works: refreshed before it runs out, and once more when it is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from attrs import define, field

from .errors import NeedsSignIn, TokenRefused
from .feed import Feed
from .fetcher import Fetcher
from .mcp.client import LEGACY, MCPClient
from .models import Integration, Tokens
from .oauth import OAuthClient
from .settings import Settings
from .sources import Sources
from .store import Store
from .trace import Trace

T = TypeVar("T")
EXPIRY_SLACK = 15


@define
class Access:
    """Clients for integrations. Keeps what outlives a request but not the process: refresh locks and legacy session ids."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    sources: Sources
    feed: Feed
    _locks: "WeakValueDictionary[str, asyncio.Lock]" = field(factory=WeakValueDictionary)
    _sessions: dict[str, str] = field(factory=dict, repr=False)

    def trace(self, integration: Integration) -> Trace:
        return Trace(self.store, integration.id, self.sources, self.feed)

    def oauth(self, integration: Integration) -> OAuthClient:
        return OAuthClient(self.fetcher, self.trace(integration), self.sources, integration.url)

    def client(self, integration: Integration, tokens: Tokens | None) -> MCPClient:
        return MCPClient(
            fetcher=self.fetcher,
            trace=self.trace(integration),
            url=integration.url,
            client_name=self.settings.client_name,
            timeout=self.settings.call_timeout,
            sessions=self._sessions,
            protocol=integration.protocol,
            token=tokens.access_token if tokens else None,
        )

    async def with_token(self, integration: Integration, work: Callable[[MCPClient], Awaitable[T]]) -> T:
        """Refresh before when the token has run out, and once after when the server says so."""
        tokens = await self.store.find_tokens(integration.id)
        if tokens and tokens.expires_at is not None and tokens.expires_at - EXPIRY_SLACK <= self.sources.now():
            tokens = await self._renew(integration, tokens) or tokens
        try:
            return await self._work(integration, tokens, work)
        except NeedsSignIn:
            renewed = await self._renew(integration, tokens) if tokens else None
            if renewed is None:
                raise
            return await self._work(integration, renewed, work)

    async def _work(self, integration: Integration, tokens: Tokens | None, work: Callable[[MCPClient], Awaitable[T]]) -> T:
        client = self.client(integration, tokens)
        if client.protocol in LEGACY and integration.id not in self._sessions:
            await client.open()
        return await work(client)

    async def _renew(self, integration: Integration, stale: Tokens) -> Tokens | None:
        """One refresh at a time for an integration; who waited takes what the first one brought. None when only signing in again helps."""
        lock = self._locks.setdefault(integration.id, asyncio.Lock())
        async with lock:
            current = await self.store.find_tokens(integration.id)
            if current is None or current.access_token != stale.access_token:
                return current
            if current.refresh_token is None:
                return None
            try:
                fresh = await self.oauth(integration).refresh(current)
            except TokenRefused as error:
                if error.code not in ("invalid_grant", "invalid_client"):
                    raise
                await self.store.forget_tokens(integration.id)
                return None
            await self.store.put_tokens(integration.id, fresh)
            return fresh

    def forget(self, integration: Integration) -> None:
        self._sessions.pop(integration.id, None)
