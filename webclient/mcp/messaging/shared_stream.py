"""The one stream of a server of 2024-11-05, which carries all its messages (MCP 2024-11-05, HTTP with SSE)."""

import asyncio

from attrs import define, field

from ...cause_code import CauseCode
from ...errors import FlowError
from ..protocol import Malformed, Message, StrangeAnswer, is_id, is_response, unreadable
from .inbox import Inbox


def closed() -> StrangeAnswer:
    return StrangeAnswer(200, "The server closed the stream on which it answers.", CauseCode.NO_ANSWER)


@define(eq=False)
class SharedStream:
    """One for a session, open as long as somebody holds it.

    ``posting`` is where messages are sent, empty before the server said.
    """

    posting: str = ""
    failure: FlowError = field(factory=closed)
    """Why it ended."""
    _holders: dict[object, None] = field(factory=dict)
    _waiting: dict[int, "asyncio.Future[Message]"] = field(factory=dict, repr=False)
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
        """Whoever still waits hears that it is closed."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def ended(self) -> None:
        """Until it is over."""
        if self._reading is not None:
            await asyncio.wait([self._reading])

    def expect(self, request_id: int) -> "asyncio.Future[Message]":
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        return answer

    def expect_no_more(self, request_id: int) -> None:
        self._waiting.pop(request_id, None)

    async def arrived(self, message: Message, inbox: Inbox) -> None:
        waiting = self._waiting.get(message["id"]) if is_response(message) and is_id(message.get("id")) else None
        if waiting and not waiting.done():
            waiting.set_result(message)
            return
        await inbox.receive(message)

    def unread(self, error: Malformed) -> None:
        """A message could not be read; whoever waits for the answer that it seems to be hears why, at once."""
        for request_id in error.answered:
            if request_id in self._waiting:
                _fail(self._waiting[request_id], unreadable(200, str(error)))

    def fail(self, failure: FlowError) -> None:
        """It ended; whoever waits for an answer hears why."""
        self.failure = failure
        for waiting in list(self._waiting.values()):
            _fail(waiting, failure)


def _fail(waiting: "asyncio.Future[Message]", failure: FlowError) -> None:
    """Whoever waits may be gone before it hears of the failure."""
    if not waiting.done():
        waiting.set_exception(failure)
        waiting.exception()
