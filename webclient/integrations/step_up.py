"""Step-up authorization: grants the permission that a call lacked (MCP 2026-07-28, step-up authorization flow)."""

from attrs import evolve, frozen

from ..errors import FlowError
from ..storage import CallRecord, Integration
from .connecting import Connecting
from .credentials import Access

MOST_GRANTS = 2
"""Most times that the person is asked to grant a permission to one call."""


@frozen
class StepUp:
    """Requests more scopes for calls that lacked them."""

    access: Access
    connecting: Connecting

    async def grant(self, integration: Integration, record: CallRecord) -> str:
        """The address at which to grant the permission that a call lacked. The call is repeated afterwards. Raises
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
        await self.access.store.calls.keep(integration.id, asked)
        await self.access.store.put_waiting_call(integration.id, asked)
        self.access.trace(integration).go_on(record.run)
        return await self.connecting.authorize_more(integration, record.missing, retry=True)
