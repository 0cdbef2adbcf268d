"""Connects to the server of an integration, and begins a sign-in where the server requires one."""

from urllib.parse import urlsplit

from attrs import evolve, frozen

from ..addresses import host_of
from ..errors import Challenge, FlowError, NeedsScope, NeedsSignIn, OtherSpelling
from ..mcp import Listing, MCPClient, Server
from ..mcp.protocol import Anonymous, Authorizer
from ..oauth import WITHOUT_PERSON, state_digest, union
from ..storage import CONNECTED, FAILING, WAITING, Integration
from ..trace import CLIENT, YOU, Chapter
from ..wire import Tool
from .credentials import Access
from .form import KEY


async def list_tools(client: MCPClient, server: Server) -> Listing[Tool]:
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
class Connecting:
    """Connects integrations to their servers. A failure is stored in the integration's ``problem``."""

    access: Access

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
            met = await self.open(integration, None if integration.preferences.grant == KEY else Anonymous())
        except NeedsSignIn as asked:
            return await self._begin(integration, asked.challenge)
        except NeedsScope as asked:
            return await self._begin(integration, Challenge("bearer", {"scope": " ".join(asked.scopes)}))
        except FlowError as error:
            await self.fail(integration, error)
            return None
        # The server lists its tools to anybody, but has required a sign-in when a tool was called.
        return await self._begin(met, met.challenge) if met.challenge else None

    async def _ask_for_more(self, integration: Integration) -> str | None:
        """Request the scopes that the server requires to let the client in at all (MCP 2026-07-28, step-up
        authorization flow).
        """
        try:
            return await self.authorize_more(integration, integration.lacking, retry=False)
        except FlowError as error:
            await self.fail(integration, error)
            return None

    async def _begin(self, integration: Integration, challenge: Challenge | None) -> str | None:
        """Sign in: at once by a grant that needs no person, else by the address returned."""
        try:
            if integration.preferences.grant in WITHOUT_PERSON:
                await self._sign_in_without_person(integration, challenge)
                return None
            return await self._authorize(integration, challenge, (), retry=False)
        except FlowError as error:
            await self.fail(integration, error)
            return None

    async def _sign_in_without_person(self, integration: Integration, challenge: Challenge | None) -> None:
        """Raises FlowError."""
        tokens = await self.access.come_in(integration, challenge)
        await self.access.store.put_tokens(integration.id, tokens)
        await self.open(evolve(integration, issuer=tokens.issuer))

    async def authorize_more(self, integration: Integration, scopes: tuple[str, ...], *, retry: bool) -> str:
        """The address at which to grant ``scopes`` in addition to those held (MCP step-up authorization).

        ``retry`` says that a call waits for them. Raises FlowError.
        """
        tokens = await self.access.store.find_tokens(integration.id)
        held = union(tokens.requested, tokens.scopes) if tokens else ()
        return await self._authorize(integration, None, union(held, scopes), retry=retry)

    async def _authorize(
        self, integration: Integration, challenge: Challenge | None, scopes: tuple[str, ...], *, retry: bool
    ) -> str:
        """Run discovery and registration, and return the address to send the person to. Raises FlowError."""
        request = await self.access.request(integration, challenge, scopes)
        start = await self.access.sign_in(integration).begin(request, integration.id, retry=retry)
        await self.access.store.add_pending(state_digest(start.state), integration.owner, start.pending)
        waiting = integration.state if retry else WAITING
        await self.access.keep(evolve(integration, state=waiting, problem="", issuer=start.pending.issuer))
        return start.url

    async def open(self, integration: Integration, authorizer: Authorizer | None = None) -> Integration:
        """Open the connection to the server, and store its name, protocol and tools. Raises FlowError."""
        async with self.access.client(integration, authorizer) as client:
            server = await client.open()
            tools, set_aside = await list_tools(client, server)
        unnamed = integration.name == urlsplit(integration.url).netloc
        met = evolve(
            integration,
            name=server.name if server.name and unnamed else integration.name,
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

    async def fail(self, integration: Integration, error: FlowError, state: str = FAILING) -> Integration:
        """Store the error as the integration's ``problem``."""
        instead = error.instead if isinstance(error, OtherSpelling) else ""
        return await self.access.fail(integration, str(error), state, instead=instead)
