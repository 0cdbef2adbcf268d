"""Revisions 2025-03-26 to 2025-11-25: a handshake, sessions, questions from the server on streams, and streams that can
be resumed.
"""

from attrs import define, field

from ...json_text import JsonObject
from ..messaging import Ask, Endpoint, Judge, Receiver, Step, let_be
from ..protocol import Options
from .lifecycle import Lifecycle
from .server_stream import ServerStream
from .session import Session
from .session_endpoint import SessionEndpoint
from .session_requests import Doubt, SessionRequests


@define(eq=False)
class Legacy:
    """One client's use of a session, which it may share with others."""

    endpoint: Endpoint
    receiver: Receiver
    options: Options
    session: Session
    _session_endpoint: SessionEndpoint = field(init=False)
    _requests: SessionRequests = field(init=False)
    _lifecycle: Lifecycle = field(init=False)
    _stream: ServerStream = field(init=False)

    def __attrs_post_init__(self) -> None:
        options, session = self.options, self.session
        self._session_endpoint = SessionEndpoint(self.endpoint, options, session)
        self._requests = SessionRequests(self._session_endpoint, self.receiver, options, session)
        self._lifecycle = Lifecycle(self._session_endpoint, self._requests, self.receiver, options, session)
        self._stream = ServerStream(self._session_endpoint, self._requests, self._lifecycle, options, session)

    async def shake_hands(self, protocol: str, judge: Judge = let_be) -> None:
        """Perform the handshake, asking for the revision ``protocol``. The caller must hold ``session.meeting``."""
        await self._lifecycle.shake_hands(protocol, judge)

    async def ask(self, ask: Ask) -> JsonObject:
        """Send a request. When the server has dropped the session, a new one is opened, once, and the request sent
        again (MCP 2025-11-25, session management).
        """
        held = await self._lifecycle.ensure_session()
        if ask.slow and self.receiver.host.capabilities:
            await self._stream.ensure_open()
        try:
            return await self._requests.ask(ask, held)
        except Doubt as doubt:
            if not await self._lifecycle.renew(held, doubt):
                raise doubt.error from None
        return await self._requests.ask(ask, await self._lifecycle.ensure_session(), renewed=True)

    async def tell(self, method: str, params: JsonObject, step: Step) -> None:
        """Send a notification. Raises StrangeAnswer when the server does not accept it."""
        await self._session_endpoint.tell(method, params, step, self.session.held)

    async def news(self) -> None:
        """Wait until the server's stream has ended for good. Raises the reason."""
        await self._stream.news()

    async def end(self) -> None:
        """Tell the server that the session is no longer needed (MCP 2025-11-25, session management)."""
        await self._session_endpoint.end()

    async def close(self) -> None:
        await self._stream.let_go()
        await self.receiver.close()
