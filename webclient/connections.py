"""What a person can do with an integration: connect, come back from consent, call a tool, grant more, disconnect."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import define, evolve, field

from .access import Access
from .errors import Challenge, ConsentDenied, FlowError, NeedsScope, NeedsSignIn, StrangeCallback, named_scopes
from .feed import Feed
from .fetcher import Fetcher
from .mcp.answers import HEADER_MISMATCH, RpcError
from .mcp.authorizer import Anonymous, Authorizer
from .models import CONNECTED, FAILING, WAITING, CallRecord, Credentials, Integration, Pending
from .oauth.authorization import state_digest
from .oauth.grants import WITHOUT_PERSON
from .oauth.scopes import union
from .settings import Settings
from .sources import Sources
from .store import Store
from .trace import CLIENT, YOU

MOST_GRANTS = 2


@define
class Connections:
    """The one place where store, network and protocol meet. Failures end in the integration's ``problem``, never in a crash."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    sources: Sources
    feed: Feed
    access: Access = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.access = Access(self.settings, self.store, self.fetcher, self.sources, self.feed)

    async def add(self, owner: bytes, name: str, url: str, typed: Credentials | None) -> Integration:
        """Remember a new integration; nothing is sent yet."""
        shown = name or urlsplit(url).netloc
        integration = Integration(id=self.sources.token()[:16], owner=owner, name=shown, url=url, created_at=int(self.sources.now()))
        await self.store.add_integration(integration)
        if typed:
            await self.store.put_typed_credentials(integration.id, typed)
        return integration

    async def _fail(self, integration: Integration, error: FlowError, state: str = FAILING) -> Integration:
        changed = evolve(integration, state=state, problem=str(error))
        await self.store.change_integration(changed)
        return changed

    async def connect(self, integration: Integration) -> str | None:
        """Where to send the person to sign in; None when that is not needed, or when it failed and ``problem`` says why."""
        async with self.access.trace(integration).hop(YOU, CLIENT, "You ask", "Connect me to this server", begins=True) as notes:
            notes.sends({"server": integration.url})
            notes.meaning = "The client knows nothing but this address. Everything else it finds out step by step."
        try:
            await self._arrive(integration, Anonymous())
        except NeedsSignIn as asked:
            return await self._begin(integration, asked.challenge)
        except FlowError as error:
            await self._fail(integration, error)
        return None

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
        """A sign-in that needs nobody's consent. Raises FlowError."""
        tokens = await self.access.come_in(integration, challenge)
        await self.store.put_tokens(integration.id, tokens)
        await self._arrive(evolve(integration, issuer=tokens.issuer))

    async def _authorize(self, integration: Integration, challenge: Challenge | None, scopes: tuple[str, ...], *, retry: bool) -> str:
        """Discovery, registration and the address to send the person to. Raises FlowError."""
        request = await self.access.request(integration, challenge, scopes)
        departure = await self.access.sign_in(integration).begin(request, integration.id, retry=retry)
        await self.store.add_pending(state_digest(departure.state), integration.owner, departure.pending)
        waiting = integration.state if retry else WAITING
        await self.store.change_integration(evolve(integration, state=waiting, problem="", issuer=departure.pending.issuer))
        return departure.url

    async def _arrive(self, integration: Integration, authorizer: Authorizer | None = None) -> Integration:
        """Meet the server and learn its tools."""
        async with self.access.client(integration, authorizer) as client:
            server = await client.open()
            tools, set_aside = await client.list_tools(fresh=True)
        met = evolve(
            integration,
            name=server.name if server.name and integration.name == urlsplit(integration.url).netloc else integration.name,
            state=CONNECTED,
            problem="",
            server=server.name,
            protocol=server.protocol,
            tools=tuple(tools),
            set_aside=tuple(set_aside),
        )
        await self.store.change_integration(met)
        return met

    async def finish(self, owner: bytes, query: Mapping[str, str]) -> Integration:
        """Take the authorization response. Raises StrangeCallback when nobody here waits for it."""
        pending = await self.store.spend_pending(state_digest(query.get("state", "")), owner)
        integration = await self.store.find_integration(pending.integration_id, owner) if pending else None
        if pending is None or integration is None:
            raise StrangeCallback("This sign-in was not started in this browser, or was finished already. Nothing was changed.")
        try:
            await self._redeem(integration, pending, query)
            met = await self._arrive(integration)
        except FlowError as error:
            return await self._turned_away(integration, pending, error)
        if pending.retry:
            await self._call_again(met)
        return met

    async def _redeem(self, integration: Integration, pending: Pending, query: Mapping[str, str]) -> None:
        await self.store.put_tokens(integration.id, await self.access.sign_in(integration).finish(pending, query))

    async def _turned_away(self, integration: Integration, pending: Pending, error: FlowError) -> Integration:
        """A consent refused on the way to more leaves what there was; anything else leaves the integration failing, with the reason."""
        record = await self.store.find_call(integration.id) if pending.retry else None
        if record:
            await self.store.put_call(integration.id, evolve(record, problem=str(error), missing=()))
            return integration
        return await self._fail(integration, error, WAITING if isinstance(error, ConsentDenied) else FAILING)

    async def call(self, integration: Integration, tool: str, arguments: dict[str, Any]) -> None:
        """Call a tool and keep what came of it as the integration's last call."""
        async with self.access.trace(integration).hop(YOU, CLIENT, "You ask", f"Call {tool[:60]}", begins=True) as notes:
            notes.sends(arguments)
            notes.meaning = "You filled in the form; the client turns it into a message to the server."
        await self._run(integration, CallRecord(tool, arguments))

    async def _call_again(self, integration: Integration) -> None:
        record = await self.store.find_call(integration.id)
        if record:
            await self._run(integration, evolve(record, problem="", missing=(), result=None))

    async def _run(self, integration: Integration, record: CallRecord) -> None:
        try:
            done = evolve(record, result=await self._call_tool(integration, record))
        except NeedsScope as error:
            missing = await self._missing(integration, error.scopes)
            done = evolve(record, missing=missing, problem=f"This needs a permission you have not granted yet: {named_scopes(missing)}.")
        except NeedsSignIn:
            ended = NeedsSignIn(None)
            done = evolve(record, problem="Your sign-in has ended. Connect again, then call the tool once more.")
            await self._fail(integration, ended, WAITING)
        except FlowError as error:
            done = evolve(record, problem=str(error))
        await self.store.put_call(integration.id, done)

    async def _missing(self, integration: Integration, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """What of the wanted scopes is not held; servers may name the held ones too. All of them when the server contradicts itself."""
        tokens = await self.store.find_tokens(integration.id)
        return tuple(scope for scope in wanted if not tokens or scope not in tokens.scopes) or wanted

    async def _call_tool(self, integration: Integration, record: CallRecord) -> dict[str, Any]:
        """A server that finds the mirrored headers wrong has changed the tool: list again, then once more (MCP 2026-07-28, Streamable HTTP)."""
        try:
            async with self.access.client(integration) as client:
                return await client.call_tool(_tool(integration, record.tool), record.arguments)
        except RpcError as error:
            if error.code != HEADER_MISMATCH:
                raise
        await self.list_again(integration)
        met = await self.store.find_integration(integration.id, integration.owner) or integration
        async with self.access.client(met) as client:
            return await client.call_tool(_tool(met, record.tool), record.arguments)

    async def list_again(self, integration: Integration) -> None:
        """Ask the server for its tools once more. Raises FlowError."""
        async with self.access.client(integration) as client:
            tools, set_aside = await client.list_tools(fresh=True)
        await self.store.change_integration(evolve(integration, tools=tuple(tools), set_aside=tuple(set_aside)))

    async def grant(self, integration: Integration) -> str:
        """Where to send the person to grant what the last call lacked (MCP step-up authorization). Raises FlowError."""
        record = await self.store.find_call(integration.id)
        if record is None or not record.missing:
            raise FlowError("There is no call that waits for a permission.")
        if record.attempts >= MOST_GRANTS:
            raise FlowError("You granted this already, and the server still says no. Asking again would not help; its operator has to look into it.")
        await self.store.put_call(integration.id, evolve(record, attempts=record.attempts + 1))
        tokens = await self.store.find_tokens(integration.id)
        held = union(tokens.requested, tokens.scopes) if tokens else ()
        return await self._authorize(integration, None, union(held, record.missing), retry=True)

    async def disconnect(self, integration: Integration) -> bool:
        """Revoke, then forget everything; False when the authorization server did not confirm the revocation."""
        tokens = await self.store.find_tokens(integration.id)
        confirmed = True
        try:
            if tokens:
                await self.access.sign_in(integration).revoke(tokens)
        except FlowError:
            confirmed = False
        await self.store.forget_integration(integration.id)
        self.access.forget(integration)
        return confirmed


def _tool(integration: Integration, name: str) -> dict[str, Any]:
    for tool in integration.tools:
        if tool["name"] == name:
            return tool
    raise FlowError("The server does not offer this tool any more.")
