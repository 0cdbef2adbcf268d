"""Speaking to an integration's server with a token that works: refreshed before it runs out, and once more when it is refused."""

import asyncio
from collections.abc import Mapping
from weakref import WeakValueDictionary

from attrs import define, field

from .errors import TokenRefused
from .feed import Feed
from .fetcher import Fetcher
from .mcp.authorizer import Authorizer, Refusal
from .mcp.client import MCPClient, Options, Session
from .mcp.host import Host, Silent
from .models import Integration, Tokens
from .oauth.flow import OAuthClient
from .settings import Settings
from .sources import Sources
from .store import Store
from .trace import Trace

EXPIRY_SLACK = 15


@define
class IntegrationAuthorizer:
    """The tokens of one integration for one operation: a refused one is refreshed once; after that a person has to help."""

    access: "Access"
    integration: Integration
    _shown: Tokens | None = field(default=None, repr=False)
    _renewed: bool = False

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        self._shown = await self.access.current(self.integration)
        return {"Authorization": f"Bearer {self._shown.access_token}"} if self._shown else {}

    async def refused(self, refusal: Refusal) -> None:
        if refusal.status != 401 or self._shown is None or self._renewed:
            raise refusal.for_a_person
        self._renewed = True
        if await self.access.renew(self.integration, self._shown) is None:
            raise refusal.for_a_person

    def learn(self, url: str, nonce: str) -> None:
        pass


@define
class Access:
    """Clients for integrations. Keeps what outlives a request but not the process: refresh locks and what was agreed with each server."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    sources: Sources
    feed: Feed
    _locks: "WeakValueDictionary[str, asyncio.Lock]" = field(factory=WeakValueDictionary)
    _sessions: dict[str, Session] = field(factory=dict, repr=False)

    def trace(self, integration: Integration) -> Trace:
        return Trace(self.store.hops, integration.id, self.sources, self.feed)

    def oauth(self, integration: Integration) -> OAuthClient:
        return OAuthClient(self.fetcher, self.trace(integration), self.sources, integration.url)

    def client(self, integration: Integration, authorizer: Authorizer | None = None, host: Host | None = None) -> MCPClient:
        """A client that comes in with the integration's tokens, unless it is handed another authorizer."""
        return MCPClient(
            fetcher=self.fetcher,
            trace=self.trace(integration),
            url=integration.url,
            authorizer=authorizer or IntegrationAuthorizer(self, integration),
            host=host or Silent(),
            options=self._options(),
            session=self._session(integration),
            keeps_session=True,
        )

    def _options(self) -> Options:
        chosen = self.settings
        return Options(client_name=chosen.client_name, request_timeout=chosen.request_timeout, call_timeout=chosen.call_timeout)

    def _session(self, integration: Integration) -> Session:
        """Kept from one operation to the next, so that a server of before 2026-07-28 sees one session."""
        return self._sessions.setdefault(integration.id, Session(protocol=integration.protocol))

    async def current(self, integration: Integration) -> Tokens | None:
        """The tokens of an integration, refreshed when they have run out and can be."""
        tokens = await self.store.find_tokens(integration.id)
        if tokens and tokens.expires_at is not None and tokens.expires_at - EXPIRY_SLACK <= self.sources.now():
            return await self.renew(integration, tokens) or tokens
        return tokens

    async def renew(self, integration: Integration, stale: Tokens) -> Tokens | None:
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
