"""One client's use of the stream on which the server of a session may speak first (MCP 2025-11-25, Streamable HTTP:
listening for messages from the server).
"""

import asyncio
from contextlib import suppress

from attrs import define

from ...cause_code import CauseCode
from ...errors import ProtocolFailure, Unreachable
from ..messaging import NEVER_OPENED, EndpointResponse, Inbox, streamed
from ..protocol import EventParser, Options, StrangeAnswer
from .lifecycle import Lifecycle
from .session import Held, Session
from .session_endpoint import LEFT, SessionEndpoint
from .session_requests import Doubt, SessionRequests


@define(eq=False)
class ServerStream:
    """A holder of the session's listening stream, which it opens and reads when no other holder does."""

    endpoint: SessionEndpoint
    requests: SessionRequests
    lifecycle: Lifecycle
    options: Options
    session: Session

    def _hold(self) -> "asyncio.Task[None]":
        """Keep the stream open; the returned task ends when the server offers none."""
        return self.session.line.hold(self)

    async def let_go(self) -> None:
        await self.session.line.let_go(self)

    async def news(self) -> None:
        """Wait until the server's stream has ended for good. Raises the reason."""
        await asyncio.shield(self._hold())
        raise ProtocolFailure(NEVER_OPENED)

    async def ensure_open(self) -> None:
        """Open the stream and wait until it is open or known to be unavailable: some servers drop a question when they
        have no stream to send it on.
        """
        if self.session.line.offered:
            self._hold()
            await self.session.line.settled()

    async def listen(self, parser: EventParser) -> bool:
        """Open one connection of the stream and read it to its end; returns whether to reconnect.

        Raises Unreachable for a server that is currently unavailable.
        """
        held = await self.lifecycle.ensure_session()
        try:
            async with self.endpoint.stream(
                parser, self.options.task_timeout, "Open the server's stream", held, stays_open=True
            ) as answer:
                return await self._read(answer, parser, held)
        except Doubt as doubt:
            return await self.lifecycle.renew(held, doubt) or self._has_none()

    def _has_none(self) -> bool:
        self.session.line.offered = False
        self.session.line.opened()
        return False

    async def _read(self, answer: EndpointResponse, parser: EventParser, held: Held) -> bool:
        """Read the stream to its end; returns whether to reconnect. Raises Doubt, Unreachable."""
        answer.notes.outcome = "info"
        if not answer.is_stream:
            refused = StrangeAnswer(answer.status, "The server offers no such stream.")
            answer.notes.meaning = str(refused)
            if answer.status in (400, 404) and held.id:
                raise Doubt(refused, plain=False)
            if answer.status >= 500:
                raise Unreachable(
                    f"The server cannot open a stream at the moment (status {answer.status}).", CauseCode.SERVER_ERROR
                )
            return self._has_none()
        self.session.line.opened()
        try:
            with suppress(Unreachable):
                async for message in streamed(answer, parser):
                    await Inbox(self.session.dispatch, self.requests.channel(held)).receive(message)
        except asyncio.CancelledError:
            answer.notes.meaning = LEFT
            return False
        return True
