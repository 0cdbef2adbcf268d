"""The HTTP requests of a session: POST for messages, GET for streams, DELETE for its end (MCP 2025-11-25, Streamable
HTTP).
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress

from attrs import frozen

from ...cause_code import CauseCode
from ...errors import FlowError
from ...json_text import JsonObject
from ...trace import Chapter
from ..messaging import Endpoint, EndpointResponse, Request, Step
from ..protocol import EventParser, Message, Options, StrangeAnswer, notification_message, written
from .session import Held, Session

STREAMS = "MCP 2025-11-25, Streamable HTTP"
LEFT = "The client closed the stream because it expected nothing more on it."
GOODBYE = 5
"""Timeout in seconds for messages whose outcome does not matter."""


@frozen
class SessionEndpoint:
    """The MCP endpoint for requests that name a session and the revision in use."""

    endpoint: Endpoint
    options: Options
    session: Session

    def _headers(self, method: str, held: Held) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if method == "initialize":
            return headers
        session = {"Mcp-Session-Id": held.id} if held.id else {}
        return {**headers, "MCP-Protocol-Version": self.session.protocol, **session}

    def open(self, request: Request, step: Step) -> AbstractAsyncContextManager[EndpointResponse]:
        """Send a request; the context is the beginning of its answer."""
        return self.endpoint.send(request, step.at(self.session.protocol))

    def post(
        self, message: Message, told: Mapping[str, object], silence: float, held: Held, *, once: bool = False
    ) -> Request:
        headers = self._headers(str(message.get("method", "")), held)
        return Request(
            "POST", headers, written(message), told, silence, max(silence, self.options.total_timeout), once=once
        )

    def stream(
        self, parser: EventParser, silence: float, title: str, held: Held, *, stays_open: bool = False
    ) -> AbstractAsyncContextManager[EndpointResponse]:
        """Open a stream of the server, from the event on that ``parser`` received last."""
        headers = {name: value for name, value in self._headers("", held).items() if name != "Content-Type"} | {
            "Accept": "text/event-stream"
        }
        last = (
            {"Last-Event-ID": parser.last_id}
            if parser.last_id and parser.last_id.isascii() and parser.last_id.isprintable()
            else {}
        )
        request = Request(
            "GET",
            {**headers, **last},
            silence=silence,
            total=max(silence, self.options.total_timeout),
            stays_open=stays_open,
        )
        return self.open(request, Step(title, STREAMS, Chapter.USING, optional=stays_open))

    async def tell(self, method: str, params: JsonObject, step: Step, held: Held) -> None:
        """Send a notification. Raises StrangeAnswer when the server does not accept it."""
        await self.send(notification_message(method, params), {"method": method, **params}, step, held)

    async def send(self, message: Message, told: Mapping[str, object], step: Step, held: Held) -> None:
        """Send a message that has no response.

        Raises StrangeAnswer when the server does not accept it, with the cause SESSION_LOST for a status 404.
        """
        async with self.open(self.post(message, told, self.options.request_timeout, held), step) as answer:
            if answer.status >= 300:
                lost = CauseCode.SESSION_LOST if answer.status == 404 and held.id else None
                raise StrangeAnswer(
                    answer.status, f"The server did not accept the message (status {answer.status}).", lost
                )

    async def cancel(self, request_id: int, held: Held) -> None:
        """Tell the server that nobody waits for the response any more. A failure appears only in the trace."""
        step = Step("Cancel the request", "MCP 2025-11-25, cancellation", Chapter.USING, optional=True)
        with suppress(FlowError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                told = {"requestId": request_id, "reason": "The client no longer waits for the response."}
                await self.tell("notifications/cancelled", told, step, held)

    async def end(self) -> None:
        """Tell the server that the session is no longer needed (MCP 2025-11-25, session management)."""
        if self.session.id:
            request = Request("DELETE", self._headers("", self.session.held), silence=GOODBYE, total=GOODBYE)
            step = Step("End the session", "MCP 2025-11-25, session management", Chapter.USING, optional=True)
            with suppress(FlowError):
                async with self.open(request, step) as answer:
                    answer.notes.meaning = (
                        "The session has ended." if answer.status < 300 else "The server ends sessions itself."
                    )
        self.session.forget()
