"""Access to an integration's server with a valid token, refreshed before it expires and once after a refusal."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from weakref import WeakValueDictionary

from attrs import define, evolve, field, frozen

from ..addresses import host_of
from ..broadcast import Broadcast
from ..errors import Challenge, FlowError, NeedsSignIn
from ..fetcher import Fetcher
from ..mcp import FixedAuthorizer, MCPClient, Options, Session
from ..mcp.protocol import Authorizer, Cache, Host, Refusal
from ..oauth import WITHOUT_PERSON, FlowContext, Identity, Nonces, Request, SignIn, TokenKeeper, demanded
from ..oauth.protocol import Backing, Tokens
from ..settings import Settings
from ..sources import Sources
from ..storage import CONNECTED, EXPIRED, FAILING, WAITING, Integration, Store
from ..trace import Trace
from .form import KEY
from .questions import Unasked

INTEGRATIONS = "integrations"
"""Topic of the feed for changes to the list of one person's integrations."""
ENDED = "Your sign-in has ended. Sign in again to continue."
DOCUMENT, KEYED_DOCUMENT = "/client.json", "/keyed-client.json"
MOST_NONCES_ASKED = 2
"""Retries of one operation with a new nonce: one, and one more in case the first nonce expired meanwhile."""


def owner_topic(owner: bytes) -> str:
    """Topic of the feed for everything that belongs to one person."""
    return owner.hex()


def identity_of(settings: Settings, store: Store) -> Identity:
    """The identity of these pages as an OAuth client. Own metadata documents are offered only from a public https
    address.
    """
    public = settings.secure and not settings.on_loopback
    own = settings.origin if public and not settings.client_metadata_url else ""
    return Identity(
        name=settings.client_name,
        redirect_uri=settings.redirect_uri,
        native=settings.on_loopback,
        document=settings.client_metadata_url or (own and own + DOCUMENT),
        keyed_document=own and own + KEYED_DOCUMENT,
        key=store.client_key,
    )


@frozen
class IntegrationTokens:
    """Token store of one integration, backed by the database."""

    store: Store
    integration_id: str
    lock: asyncio.Lock

    async def find_tokens(self) -> Tokens | None:
        return await self.store.find_tokens(self.integration_id)

    async def put_tokens(self, tokens: Tokens) -> None:
        await self.store.put_tokens(self.integration_id, tokens)

    async def forget_tokens(self) -> None:
        await self.store.forget_tokens(self.integration_id)

    def alone(self) -> AbstractAsyncContextManager[object]:
        return self.lock


@define
class IntegrationAuthorizer:
    """Authorizes one operation with the tokens of an integration.

    A refused token is refreshed once; after that a person has to act, and ``ended`` is called when a sign-in is needed.
    """

    keeper: TokenKeeper
    ended: Callable[[NeedsSignIn], Awaitable[None]]
    _shown: Tokens | None = field(default=None, repr=False)
    _renewed: bool = False
    _nonces: int = 0

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        self._shown = await self.keeper.current()
        return self.keeper.headers(self._shown, method, url) if self._shown else {}

    async def refused(self, refusal: Refusal) -> None:
        if await self._helped(refusal):
            return
        error: FlowError = refusal.for_a_person
        if isinstance(error, NeedsSignIn):
            await self.ended(error)
        raise error

    async def _helped(self, refusal: Refusal) -> bool:
        """Whether the request is worth sending again, with another nonce or with a renewed token."""
        if self._shown is None:
            return False
        if refusal.wants_nonce and self._shown.kind == "DPoP" and self._nonces < MOST_NONCES_ASKED:
            self._nonces += 1
            self.learn(refusal.url, refusal.nonce or "")
            return True
        wrong_kind = demanded(refusal.challenge) and self._shown.kind != "DPoP"
        if refusal.status != 401 or self._renewed or wrong_kind:
            return False
        self._renewed = True
        return await self.keeper.renew(self._shown) is not None

    def learn(self, url: str, nonce: str) -> None:
        self.keeper.sign_in.reach.nonces.learn(url, nonce)


@define
class Access:
    """Clients for integrations.

    Keeps state that outlives a request but not the process: refresh locks, nonces and MCP sessions.
    """

    settings: Settings
    store: Store
    fetcher: Fetcher
    sources: Sources
    feed: Broadcast
    _locks: "WeakValueDictionary[str, asyncio.Lock]" = field(factory=WeakValueDictionary)
    _sessions: dict[str, Session] = field(factory=dict, repr=False)
    _nonces: dict[str, Nonces] = field(factory=dict, repr=False)

    async def keep(self, integration: Integration) -> None:
        """Store the integration, and notify the pages that show it or the list of integrations."""
        await self.store.change_integration(integration)
        self.tell(integration)

    async def fail(
        self, integration: Integration, sentence: str, state: str = FAILING, *, instead: str = ""
    ) -> Integration:
        changed = evolve(integration, state=state, problem=sentence, lacking=(), instead=instead)
        await self.keep(changed)
        return changed

    def tell(self, integration: Integration) -> None:
        self.feed.publish(integration.id, "state")
        self.feed.publish(owner_topic(integration.owner), INTEGRATIONS)

    async def as_it_stands(self, integration: Integration) -> Integration:
        """The integration, with state EXPIRED once its sign-in has ended and only the person can renew it."""
        if integration.state != CONNECTED or not integration.issuer:
            return integration
        tokens = await self.store.find_tokens(integration.id)
        renews = integration.preferences.grant in WITHOUT_PERSON or bool(tokens and tokens.refresh_token)
        ended = tokens is None or (tokens.expires_at is not None and tokens.expires_at <= self.sources.now())
        return evolve(integration, state=EXPIRED, problem=ENDED) if ended and not renews else integration

    async def sign_in_ended(self, integration: Integration, error: NeedsSignIn) -> None:
        """Mark the integration EXPIRED, or WAITING when nobody had signed in to it and the server now requires it."""
        current = await self.store.find_integration(integration.id, integration.owner)
        if current is not None:
            state, problem = (EXPIRED, ENDED) if current.issuer else (WAITING, str(error))
            await self.keep(
                evolve(current, state=state, problem=problem, challenge=error.challenge or current.challenge)
            )

    def reach_out(self, integration: Integration) -> Fetcher:
        """The fetcher, which first remembers the integration's host name if it is known to be public."""
        if integration.public_host:
            self.fetcher.typed_names.remember(host_of(integration.url) or "")
        return self.fetcher

    def trace(self, integration: Integration) -> Trace:
        self.store.hops.masker(integration.id).address(integration.url)
        return Trace(self.store.hops, integration.id, self.sources, self.feed)

    def sign_in(self, integration: Integration) -> SignIn:
        """The sign-in to the integration's server, according to its preferences."""
        nonces = self._nonces.setdefault(integration.id, Nonces())
        reach = FlowContext(self.reach_out(integration), self.trace(integration), self.sources, integration.url, nonces)
        return SignIn(reach, identity_of(self.settings, self.store), self.store, integration.preferences)

    def keeper(self, integration: Integration) -> TokenKeeper:
        lock = self._locks.setdefault(integration.id, asyncio.Lock())
        tokens = IntegrationTokens(self.store, integration.id, lock)
        again = partial(self.come_in, integration) if integration.preferences.grant in WITHOUT_PERSON else None
        return TokenKeeper(tokens, self.sign_in(integration), again)

    async def request(
        self, integration: Integration, challenge: Challenge | None = None, scopes: tuple[str, ...] = ()
    ) -> Request:
        """The request for a sign-in, from what is stored: typed credentials and their issuer, and the key of earlier
        tokens.

        ``scopes`` are added to those held.
        """
        tokens = await self.store.find_tokens(integration.id)
        typed = await self.store.find_typed_credentials(integration.id)
        return Request(
            challenge,
            scopes,
            typed,
            integration.issuer,
            tokens.proof_key if tokens else None,
            tokens if scopes else None,
        )

    async def come_in(self, integration: Integration, challenge: Challenge | None = None) -> Tokens:
        """Get tokens by a grant that needs no person's consent. Raises FlowError."""
        backing = await self.store.find_backing(integration.id)
        return await self.sign_in(integration).without_person(
            await self.request(integration, challenge), backing or Backing()
        )

    def client(
        self, integration: Integration, authorizer: Authorizer | None = None, host: Host | None = None
    ) -> MCPClient:
        """An MCP client that uses the integration's tokens, unless another authorizer is given."""
        return MCPClient(
            fetcher=self.reach_out(integration),
            trace=self.trace(integration),
            url=integration.url,
            authorizer=authorizer or self._authorizer(integration),
            host=host or Unasked(),
            options=self._options(integration),
            session=self._session(integration),
            keeps_session=True,
        )

    def _authorizer(self, integration: Integration) -> Authorizer:
        if integration.preferences.grant == KEY:
            return FixedAuthorizer(
                partial(self.store.find_headers, integration.id), integration.url, self.trace(integration)
            )
        return IntegrationAuthorizer(self.keeper(integration), partial(self.sign_in_ended, integration))

    def _options(self, integration: Integration) -> Options:
        chosen, insisted = self.settings, integration.preferences.protocol
        return Options(
            client_name=chosen.client_name,
            protocol=insisted,
            request_timeout=chosen.request_timeout,
            call_timeout=chosen.call_timeout,
        )

    def _session(self, integration: Integration) -> Session:
        """The session of the integration, kept between operations so that a server of before 2026-07-28 sees a single
        one.
        """
        return self._sessions.setdefault(integration.id, Session(Cache(self.sources.monotonic), integration.protocol))

    def forget(self, integration: Integration) -> None:
        self._sessions.pop(integration.id, None)
        self._nonces.pop(integration.id, None)
