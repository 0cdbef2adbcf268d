"""The beginning of a session by a handshake, and its renewal when the server has lost it (MCP 2025-11-25, lifecycle and
session management).
"""

from contextlib import suppress
from typing import cast

from attrs import define, evolve

from ...wire import InitializeResult
from ..messaging import Judge, Receiver, Step, let_be
from ..protocol import Options, RpcError, StrangeAnswer
from .session import LIFECYCLE, Held, Session
from .session_endpoint import SessionEndpoint
from .session_requests import Doubt, SessionRequests


@define(eq=False)
class Lifecycle:
    """Begins and renews the session that one client shares with others."""

    endpoint: SessionEndpoint
    requests: SessionRequests
    receiver: Receiver
    options: Options
    session: Session

    async def ensure_session(self) -> Held:
        """The open session, begun now if there is none. Waits while another client begins one."""
        async with self.session.meeting:
            if not self.session.shaken:
                await self.shake_hands(self.session.protocol)
            return self.session.held

    async def shake_hands(self, protocol: str, judge: Judge = let_be) -> None:
        """Perform the handshake: initialize, then the initialized notification (MCP 2025-11-25, lifecycle).

        ``protocol`` is the revision to ask for. The caller must hold ``session.meeting``.
        """
        self.session.id, self.session.shaken = "", False
        greeting = evolve(self.session.greeting(protocol, self.receiver.host, self.options), judge=judge)
        result = await self.requests.ask(greeting, self.session.held, renewed=True)
        self.session.met(cast(InitializeResult, result))
        ready = Step("Ready", LIFECYCLE, meaning="The handshake is complete.")
        await self.endpoint.tell("notifications/initialized", {}, ready, self.session.held)
        await self._restore()

    async def _restore(self) -> None:
        """Request again what an earlier session had: the log level and resource subscriptions."""
        self.session.line.renew()
        for ask in self.session.asked_for():
            # A refusal here is in the trace; the session is usable without what was asked for.
            with suppress(RpcError, StrangeAnswer):
                await self.requests.ask(ask, self.session.held, renewed=True)

    async def renew(self, held: Held, doubt: Doubt) -> bool:
        """Open a new session if the old one is lost; returns whether there is a new one.

        Of several clients in doubt, one checks and the others wait for its result.
        """
        async with self.session.meeting:
            if self.session.held != held:
                return True
            alone = self.session.under_way == 0 and not self.session.line.is_open
            if not (doubt.plain and alone) and await self.requests.is_alive(held):
                return False
            await self.shake_hands(self.session.protocol)
            self.session.dispatch.renewed(self.session.epoch)
            return True
