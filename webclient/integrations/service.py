"""The integrations of all people: composes the parts of this package, and adds, changes and removes integrations."""

from urllib.parse import urlsplit

from attrs import define, evolve, field

from ..addresses import host_of
from ..broadcast import Broadcast
from ..errors import FlowError
from ..fetcher import Fetcher
from ..settings import Settings
from ..sources import Sources
from ..storage import NEW, Integration, Store
from .authorization_responses import AuthorizationResponses
from .calls import Calls
from .connecting import Connecting
from .credentials import Access
from .form import IntegrationForm
from .operations import Operations
from .pending_sign_ins import PendingSignIns
from .step_up import StepUp
from .subscriptions import Subscriptions


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
    connecting: Connecting = field(init=False)
    responses: AuthorizationResponses = field(init=False)
    step_up: StepUp = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.access = Access(self.settings, self.store, self.fetcher, self.sources, self.feed)
        self.calls = Calls(self.store, self.access, Operations(self.sources, self.feed, self.store.calls.keep))
        self.subscriptions = Subscriptions(self.access, self.sources, self.feed)
        self.pending_sign_ins = PendingSignIns(self.access, self.sources)
        self.connecting = Connecting(self.access)
        self.responses = AuthorizationResponses(self.access, self.calls, self.connecting)
        self.step_up = StepUp(self.access, self.connecting)

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
        return IntegrationForm(
            integration.url,
            integration.name,
            await self.store.find_typed_credentials(integration.id),
            integration.preferences,
            await self.store.find_backing(integration.id),
            await self.store.find_headers(integration.id),
        )

    async def change(self, integration: Integration, choices: IntegrationForm) -> Integration:
        """Replace the choices of an integration.

        Tokens that were issued under the old choices are revoked, and the session with the server is dropped.

        A typed secret that is unchanged stays bound to its issuer (MCP authorization server binding).
        """
        kept = choices.typed and choices.typed == await self.store.find_typed_credentials(integration.id)
        await self._revoke_tokens(integration)
        await self.store.forget_choices(integration.id)
        await self._keep_secrets(integration, choices)
        changed = evolve(
            integration,
            name=choices.name or integration.name,
            preferences=choices.preferences,
            state=NEW,
            problem="",
            protocol="",
            issuer=integration.issuer if kept else "",
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
        """Move the integration to the address under which the server knows itself, if that is another one. Nothing was
        signed in under the old one.
        """
        if not integration.instead:
            return integration
        unnamed = integration.name == urlsplit(integration.url).netloc
        name = urlsplit(integration.instead).netloc if unnamed else integration.name
        moved = evolve(integration, url=integration.instead, name=name, instead="")
        await self.access.keep(moved)
        self.access.forget(integration)
        return moved

    async def reconnect(self, integration: Integration) -> str | None:
        """Sign in anew, as if for the first time, since the authorization server may have lost the client's
        registration.

        Returns as Connecting.connect() does.
        """
        await self._revoke_tokens(integration)
        await self._forget_registration(integration)
        self.access.forget(integration)
        return await self.connecting.connect(evolve(integration, protocol="", lacking=()))

    async def disconnect(self, integration: Integration) -> bool:
        """Revoke the tokens, then delete everything about the integration; False when the authorization server did not
        confirm the revocation.
        """
        self.pending_sign_ins.forget(integration)
        confirmed = await self._revoke_tokens(integration)
        await self._forget_registration(integration)
        await self.store.forget_integration(integration.id)
        self.access.tell(integration)
        self.access.forget(integration)
        return confirmed

    async def _forget_registration(self, integration: Integration) -> None:
        """Forget the client's registration at the issuer. Tokens of other integrations carry their own credentials and
        stay valid.
        """
        if integration.issuer:
            redirect_uri = self.access.sign_in(integration).identity.redirect_uri
            await self.store.forget_registration(integration.issuer, redirect_uri)

    async def _revoke_tokens(self, integration: Integration) -> bool:
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
