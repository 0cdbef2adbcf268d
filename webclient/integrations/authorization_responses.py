"""Authorization responses: finishes the sign-in that a response belongs to, and repeats the call that waited for it."""

from collections.abc import Mapping

from attrs import evolve, frozen

from ..errors import (
    NO_STATE,
    ConsentDenied,
    FlowError,
    NeedsScope,
    NeedsSignIn,
    PermissionDeclined,
    StrangeCallback,
)
from ..oauth import state_digest
from ..oauth.protocol import Pending
from ..storage import FAILING, WAITING, CallRecord, Integration
from .calls import Calls
from .connecting import Connecting
from .credentials import Access
from .operations import Operation

STILL_REFUSED = "You signed in, but the server refuses the token that was just issued for it. The flow trace shows why."
NOT_STARTED = "This sign-in was not started in this browser, or it is finished already. Nothing was changed."


@frozen
class SignInResult:
    """The result of a sign-in: the integration, and the call that was waiting for it, as an operation."""

    integration: Integration
    operation: Operation | None = None


@frozen
class AuthorizationResponses:
    """Processes authorization responses. A failure is stored in the integration, or in the call that waited."""

    access: Access
    calls: Calls
    connecting: Connecting

    async def finish(self, owner: bytes, query: Mapping[str, str]) -> SignInResult:
        """Process the authorization response. Raises StrangeCallback when no sign-in of this owner waits for it."""
        integration, pending = await self._spend(owner, query.get("state", ""))
        waiting = await self._waiting_call(integration, pending)
        self.access.trace(integration).go_on(waiting.run if waiting else 0)
        try:
            tokens = await self.access.sign_in(integration).finish(pending, query)
            await self.access.store.put_tokens(integration.id, tokens)
            met = await self.connecting.open(integration)
        except NeedsScope as error:
            return SignInResult(await self._lacking(integration, pending, error))
        except NeedsSignIn:
            return SignInResult(await self.connecting.fail(integration, FlowError(STILL_REFUSED)))
        except FlowError as error:
            return SignInResult(await self._failed(integration, pending, error))
        return SignInResult(met, await self.calls.again(met) if pending.retry else None)

    async def _spend(self, owner: bytes, state: str) -> tuple[Integration, Pending]:
        """The pending request that this ``state`` belongs to, which is deleted. Raises StrangeCallback."""
        if not state:
            raise StrangeCallback(NO_STATE)
        pending = await self.access.store.spend_pending(state_digest(state), owner)
        integration = await self.access.store.find_integration(pending.integration_id, owner) if pending else None
        if pending is None or integration is None:
            raise StrangeCallback(NOT_STARTED)
        return integration, pending

    async def _waiting_call(self, integration: Integration, pending: Pending) -> CallRecord | None:
        return await self.access.store.find_waiting_call(integration.id) if pending.retry else None

    async def _lacking(self, integration: Integration, pending: Pending, error: NeedsScope) -> Integration:
        """Store the scopes that the token lacks for access to the server.

        Fails the integration when they were requested already, as asking again would loop.
        """
        lacking = tuple(scope for scope in error.scopes if scope not in pending.scopes)
        if not lacking:
            again = (
                f"{error} These permissions were requested already, and they are not enough. The flow trace shows both "
                "sides."
            )
            return await self.connecting.fail(integration, FlowError(again))
        changed = evolve(integration, state=WAITING, problem=str(error), lacking=lacking)
        await self.access.keep(changed)
        return changed

    async def _failed(self, integration: Integration, pending: Pending, error: FlowError) -> Integration:
        """Handle a sign-in that failed.

        When it was to grant a permission to a call, only that call fails; otherwise the integration does, with the
        reason.
        """
        record = await self._waiting_call(integration, pending)
        if record is None:
            state = WAITING if isinstance(error, ConsentDenied) else FAILING
            return await self.connecting.fail(integration, error, state)
        declined = isinstance(error, PermissionDeclined)
        failed = evolve(record, problem=str(error), missing=(), declined=declined)
        await self.access.store.calls.keep(integration.id, failed)
        return integration
