"""The operations on an integration: connect, finish a sign-in, grant permissions, disconnect."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import define, evolve, field, frozen

from ..addresses import host_of
from ..broadcast import Broadcast
from ..errors import (
    NO_STATE,
    Challenge,
    ConsentDenied,
    FlowError,
    NeedsScope,
    NeedsSignIn,
    OtherSpelling,
    PermissionDeclined,
    StrangeCallback,
)
from ..fetcher import Fetcher
from ..mcp import Listing, MCPClient, Server
from ..mcp.protocol import Anonymous, Authorizer
from ..models import CONNECTED, FAILING, NEW, WAITING, CallRecord, Integration, Pending
from ..oauth import WITHOUT_PERSON, state_digest, union
from ..settings import Settings
from ..sources import Sources
from ..storage import Store
from ..trace import CLIENT, YOU, Chapter
from .calls import Calls
from .credentials import Access
from .form import KEY, IntegrationForm
from .operations import Operation, Operations
from .pending_sign_ins import PendingSignIns
from .subscriptions import Subscriptions

MOST_GRANTS = 2
STILL_REFUSED = "You signed in, but the server refuses the token that was just issued for it. The flow trace shows why."


async def first_look(client: MCPClient, server: Server) -> Listing:
    """List the tools of a server.

    A server that declares none is asked for its resources or prompts instead, so that a sign-in it requires is noticed
    now. Raises FlowError.
    """
    if not server.offers("tools") and server.offers("resources"):
        await client.list_resources(fresh=True)
        return Listing([], [])
    if not server.offers("tools") and server.offers("prompts"):
        await client.list_prompts(fresh=True)
        return Listing([], [])
    return await client.list_tools(fresh=True)


@frozen
class Arrival:
    """The result of a sign-in: the integration, and the call that was waiting for it, as an operation."""

    integration: Integration
    operation: Operation | None = None


@define
class IntegrationService:
    """Manages integrations across the store, the network and the protocol.

    Failures to connect or to sign in are stored in the integration's ``problem`` instead of being raised.
    """

    settings: Settings
    store: Store
    fetcher: Fetcher
    sources: Sources
    feed: Broadcast
    access: Access = field(init=False)
    calls: Calls = field(init=False)
    subscriptions: Subscriptions = field(init=False)
    pending_sign_ins: PendingSignIns = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.access = Access(self.settings, self.store, self.fetcher, self.sources, self.feed)
        self.calls = Calls(self.store, self.access, Operations(self.sources, self.feed, self.store.calls.keep))
        self.subscriptions = Subscriptions(self.access, self.sources, self.feed)
        self.pending_sign_ins = PendingSignIns(self.access, self.sources)

    async def close(self) -> None:
        """Stop pending sign-ins, subscriptions and running calls."""
        await self.pending_sign_ins.close()
        await self.subscriptions.close()
        await self.calls.operations.close()

    async def add(self, owner: bytes, choices: IntegrationForm) -> Integration:
        """Store a new integration; nothing is sent yet."""
        integration = Integration(
            id=self.sources.token()[:16],
            owner=owner,
            name=choices.name or urlsplit(choices.url).netloc,
            url=choices.url,
            created_at=int(self.sources.now()),
            preferences=choices.preferences,
        )
        self.fetcher.typed_names.forget(host_of(choices.url) or "")
        await self.store.add_integration(integration)
        self.access.tell(integration)
        await self._keep_secrets(integration, choices)
        return integration

    async def _keep_secrets(self, integration: Integration, choices: IntegrationForm) -> None:
        if choices.typed:
            await self.store.put_typed_credentials(integration.id, choices.typed)
        if choices.headers:
            await self.store.put_headers(integration.id, choices.headers)
        if choices.backing:
            await self.store.put_backing(integration.id, choices.backing)

    async def choices(self, integration: Integration) -> IntegrationForm:
        """The stored choices, in the shape of a form."""
        typed, backing = (
            await self.store.find_typed_credentials(integration.id),
            await self.store.find_backing(integration.id),
        )
        return IntegrationForm(
            integration.url,
            integration.name,
            typed,
            integration.preferences,
            backing,
            await self.store.find_headers(integration.id),
        )

    async def change(self, integration: Integration, choices: IntegrationForm) -> Integration:
        """Replace the choices of an integration.

        Tokens that were issued under the old choices are revoked, and the session with the server is dropped.

        A typed secret that is unchanged stays bound to its issuer (MCP authorization server binding).
        """
        kept = choices.typed and choices.typed == await self.store.find_typed_credentials(integration.id)
        await self._let_tokens_go(integration)
        await self.store.forget_choices(integration.id)
        await self._keep_secrets(integration, choices)
        named, issuer = choices.name or integration.name, integration.issuer if kept else ""
        changed = evolve(
            integration,
            name=named,
            preferences=choices.preferences,
            state=NEW,
            problem="",
            protocol="",
            issuer=issuer,
            lacking=(),
        )
        await self.access.keep(changed)
        self.access.forget(integration)
        return changed

    async def rename(self, integration: Integration, name: str) -> Integration:
        """Rename the integration; an empty name stands for the name that the server gives itself."""
        changed = evolve(integration, name=name or integration.server or urlsplit(integration.url).netloc)
        await self.access.keep(changed)
        return changed

    async def move(self, integration: Integration) -> Integration:
        """Move the integration to the address under which the server knows itself. Nothing was signed in under the
        other one.
        """
        name = (
            integration.name
            if integration.name != urlsplit(integration.url).netloc
            else urlsplit(integration.instead).netloc
        )
        moved = evolve(
            integration,
            url=integration.instead or integration.url,
            name=name if integration.instead else integration.name,
            instead="",
        )
        await self.access.keep(moved)
        self.access.forget(integration)
        return moved

    async def reconnect(self, integration: Integration) -> str | None:
        """Sign in anew, as if for the first time, since the authorization server may have lost the client's
        registration.

        Returns as connect() does.
        """
        await self._let_tokens_go(integration)
        await self._let_registration_go(integration)
        self.access.forget(integration)
        return await self.connect(evolve(integration, protocol="", lacking=()))

    async def _let_registration_go(self, integration: Integration) -> None:
        """Forget the client's registration at the issuer. Tokens of other integrations carry their own credentials and
        stay valid.
        """
        if integration.issuer:
            await self.store.forget_registration(
                integration.issuer, self.access.sign_in(integration).identity.redirect_uri
            )

    async def _let_tokens_go(self, integration: Integration) -> bool:
        """Revoke and forget the tokens; False when the authorization server did not confirm the revocation."""
        await self.subscriptions.stop(integration)
        tokens = await self.store.find_tokens(integration.id)
        try:
            if tokens:
                with self.access.trace(integration).deferred_run("Revoke the permission"):
                    await self.access.sign_in(integration).revoke(tokens)
        except FlowError:
            return False
        finally:
            await self.store.forget_tokens(integration.id)
        return True

    async def _fail(self, integration: Integration, error: FlowError, state: str = FAILING) -> Integration:
        instead = error.instead if isinstance(error, OtherSpelling) else ""
        return await self.access.fail(integration, str(error), state, instead=instead)

    async def connect(self, integration: Integration) -> str | None:
        """Contact the server, and return the address to sign in at.

        None when no sign-in is needed, or when the attempt failed and ``problem`` says why.
        """
        async with self.access.trace(integration).hop(
            YOU, CLIENT, Chapter.ASKING, "Connect to this server", begins=True
        ) as notes:
            notes.sends({"server": integration.url})
            notes.meaning = "The client knows only this address. It discovers everything else step by step."
        if integration.lacking:
            return await self._ask_for_more(integration)
        try:
            met = await self._arrive(integration, None if integration.preferences.grant == KEY else Anonymous())
        except NeedsSignIn as asked:
            return await self._begin(integration, asked.challenge)
        except NeedsScope as asked:
            return await self._begin(integration, Challenge("bearer", {"scope": " ".join(asked.scopes)}))
        except FlowError as error:
            await self._fail(integration, error)
            return None
        # The server lists its tools to anybody, but has required a sign-in when a tool was called.
        return await self._begin(met, met.challenge) if met.challenge else None

    async def _ask_for_more(self, integration: Integration) -> str | None:
        """Request the scopes that the server requires to let the client in at all (MCP 2026-07-28, step-up
        authorization flow).
        """
        try:
            return await self._authorize(
                integration, None, union(await self._held(integration), integration.lacking), retry=False
            )
        except FlowError as error:
            await self._fail(integration, error)
            return None

    async def _held(self, integration: Integration) -> tuple[str, ...]:
        tokens = await self.store.find_tokens(integration.id)
        return union(tokens.requested, tokens.scopes) if tokens else ()

    async def _begin(self, integration: Integration, challenge: Challenge | None) -> str | None:
        try:
            if integration.preferences.grant in WITHOUT_PERSON:
                await self._come_in(integration, challenge)
                return None
            return await self._authorize(integration, challenge, (), retry=False)
        except FlowError as error:
            await self._fail(integration, error)
            return None

    async def _come_in(self, integration: Integration, challenge: Challenge | None) -> None:
        """Sign in by a grant that needs no person's consent. Raises FlowError."""
        tokens = await self.access.come_in(integration, challenge)
        await self.store.put_tokens(integration.id, tokens)
        await self._arrive(evolve(integration, issuer=tokens.issuer))

    async def _authorize(
        self, integration: Integration, challenge: Challenge | None, scopes: tuple[str, ...], *, retry: bool
    ) -> str:
        """Discover, register, and return the address to send the person to. Raises FlowError."""
        request = await self.access.request(integration, challenge, scopes)
        departure = await self.access.sign_in(integration).begin(request, integration.id, retry=retry)
        await self.store.add_pending(state_digest(departure.state), integration.owner, departure.pending)
        waiting = integration.state if retry else WAITING
        await self.access.keep(evolve(integration, state=waiting, problem="", issuer=departure.pending.issuer))
        return departure.url

    async def _arrive(self, integration: Integration, authorizer: Authorizer | None = None) -> Integration:
        """Open the connection to the server, and store its name, protocol and tools. Raises FlowError."""
        async with self.access.client(integration, authorizer) as client:
            server = await client.open()
            tools, set_aside = await first_look(client, server)
        met = evolve(
            integration,
            name=server.name
            if server.name and integration.name == urlsplit(integration.url).netloc
            else integration.name,
            state=CONNECTED,
            problem="",
            server=server.name,
            protocol=server.protocol,
            tools=tuple(tools),
            set_aside=tuple(set_aside),
            lacking=(),
            public_host=self.access.fetcher.typed_names.is_known_public(host_of(integration.url) or ""),
        )
        await self.access.keep(met)
        return met

    async def finish(self, owner: bytes, query: Mapping[str, str]) -> Arrival:
        """Process the authorization response. Raises StrangeCallback when no sign-in of this owner waits for it."""
        if not query.get("state"):
            raise StrangeCallback(NO_STATE)
        pending = await self.store.spend_pending(state_digest(query.get("state", "")), owner)
        integration = await self.store.find_integration(pending.integration_id, owner) if pending else None
        if pending is None or integration is None:
            raise StrangeCallback(
                "This sign-in was not started in this browser, or it is finished already. Nothing was changed."
            )
        waiting = await self.store.find_waiting_call(integration.id) if pending.retry else None
        self.access.trace(integration).go_on(waiting.run if waiting else 0)
        try:
            await self._redeem(integration, pending, query)
            met = await self._arrive(integration)
        except NeedsScope as error:
            return Arrival(await self._lacking(integration, pending, error))
        except NeedsSignIn:
            return Arrival(await self._fail(integration, FlowError(STILL_REFUSED)))
        except FlowError as error:
            return Arrival(await self._turned_away(integration, pending, error))
        return Arrival(met, await self.calls.again(met) if pending.retry else None)

    async def _lacking(self, integration: Integration, pending: Pending, error: NeedsScope) -> Integration:
        """Note the scopes that the token lacks for access to the server.

        Fails the integration when they were requested already, as asking again would loop.
        """
        lacking = tuple(scope for scope in error.scopes if scope not in pending.scopes)
        if not lacking:
            return await self._fail(
                integration,
                FlowError(
                    f"{error} These permissions were requested already, and they are not enough. The flow trace shows "
                    "both sides."
                ),
            )
        changed = evolve(integration, state=WAITING, problem=str(error), lacking=lacking)
        await self.access.keep(changed)
        return changed

    async def _redeem(self, integration: Integration, pending: Pending, query: Mapping[str, str]) -> None:
        await self.store.put_tokens(integration.id, await self.access.sign_in(integration).finish(pending, query))

    async def _turned_away(self, integration: Integration, pending: Pending, error: FlowError) -> Integration:
        """Handle a sign-in that failed.

        When it was to grant a permission to a call, only that call fails; otherwise the integration does, with the
        reason.
        """
        record = await self.store.find_waiting_call(integration.id) if pending.retry else None
        if record:
            await self.store.calls.keep(
                integration.id,
                evolve(record, problem=str(error), missing=(), declined=isinstance(error, PermissionDeclined)),
            )
            return integration
        return await self._fail(integration, error, WAITING if isinstance(error, ConsentDenied) else FAILING)

    async def grant(self, integration: Integration, record: CallRecord) -> str:
        """The address at which to grant the permission that a call lacked (MCP step-up authorization). Raises
        FlowError.
        """
        if not record.missing:
            raise FlowError("This call is not waiting for a permission.")
        if record.attempts >= MOST_GRANTS:
            raise FlowError(
                "You granted this permission already, but the server still refuses. Asking again would not help. "
                "Contact the operator of the server."
            )
        asked = evolve(record, attempts=record.attempts + 1)
        await self.store.calls.keep(integration.id, asked)
        await self.store.put_waiting_call(integration.id, asked)
        self.access.trace(integration).go_on(record.run)
        return await self._authorize(
            integration, None, union(await self._held(integration), record.missing), retry=True
        )

    async def disconnect(self, integration: Integration) -> bool:
        """Revoke the tokens, then delete everything about the integration; False when the authorization server did not
        confirm the revocation.
        """
        self.pending_sign_ins.forget(integration)
        confirmed = await self._let_tokens_go(integration)
        await self._let_registration_go(integration)
        await self.store.forget_integration(integration.id)
        self.access.tell(integration)
        self.access.forget(integration)
        return confirmed
