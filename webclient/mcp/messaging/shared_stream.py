"""The single stream of a server of 2024-11-05, which carries all its messages (MCP 2024-11-05, HTTP with SSE)."""

import asyncio

from attrs import define, field

from ...cause_code import CauseCode
from ...errors import FlowError
from ..protocol import Malformed, Response, ServerMessage, StrangeAnswer, is_id, unreadable
from .inbox import Inbox


def closed() -> StrangeAnswer:
    return StrangeAnswer(200, "The server closed the stream on which it sends its responses.", CauseCode.NO_ANSWER)


@define(eq=False)
class SharedStream:
    """The shared stream of one session, open as long as it has a holder.

    ``posting`` is the address for messages, empty until the server has named it.
    """

    posting: str = ""
    failure: FlowError = field(factory=closed)
    """The error for requests when the stream is not open."""
    _holders: dict[object, None] = field(factory=dict)
    _waiting: dict[int, "asyncio.Future[Response]"] = field(factory=dict, repr=False)
    _reading: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        return bool(self.posting) and self._reading is not None and not self._reading.done()

    def hold(self, holder: object) -> None:
        self._holders[holder] = None

    def begin(self, reading: "asyncio.Task[None]") -> None:
        self.posting, self.failure, self._reading = "", closed(), reading

    async def let_go(self, holder: object) -> None:
        self._holders.pop(holder, None)
        if not self._holders:
            await self.end()

    async def end(self) -> None:
        """Cancel the reading of the stream, whose end fails all waiting requests."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def ended(self) -> None:
        """Wait until the stream has ended."""
        if self._reading is not None:
            await asyncio.wait([self._reading])

    def expect(self, request_id: int) -> "asyncio.Future[Response]":
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        return answer

    def expect_no_more(self, request_id: int) -> None:
        self._waiting.pop(request_id, None)

    async def arrived(self, message: ServerMessage, inbox: Inbox) -> None:
        if isinstance(message, Response) and is_id(message.id) and isinstance(message.id, int):
            waiting = self._waiting.get(message.id)
            if waiting and not waiting.done():
                waiting.set_result(message)
                return
        await inbox.receive(message)

    def unread(self, error: Malformed) -> None:
        """Fail the requests that an unreadable message seems to answer."""
        for request_id in error.answered:
            if request_id in self._waiting:
                _fail(self._waiting[request_id], unreadable(200, str(error)))

    def fail(self, failure: FlowError) -> None:
        """Record why the stream ended, and fail all waiting requests."""
        self.failure = failure
        for waiting in list(self._waiting.values()):
            _fail(waiting, failure)


def _fail(waiting: "asyncio.Future[Response]", failure: FlowError) -> None:
    """Fail one waiting request; the exception is marked as retrieved, as the caller may be gone."""
    if not waiting.done():
        waiting.set_exception(failure)
        waiting.exception()
