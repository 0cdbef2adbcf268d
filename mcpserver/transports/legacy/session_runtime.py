"""The runtime of a session before 2026-07-28: its requests under way, their streams, its questions to the client."""

import asyncio
import re
import secrets
from collections.abc import Callable, Iterator, Sequence

from attrs import define, field

from ...mcp.legacy import PendingQuestions, Session, unasked
from ...mcp.protocol import (
    Budget,
    Holder,
    InvalidMessage,
    Lease,
    MessageId,
    Params,
    Request,
    identifier,
    notification_message,
)
from ..http import TIMING, Timing, encode
from .event_stream import EventStream

MOST_STREAMS, MOST_KEPT = 100, 4 * 1024 * 1024
"""Most streams, and bytes of ended streams, that a session keeps for a client that comes back.

The newest ended stream is kept whatever its size.
"""

MOST_REQUESTS = 100
"""Requests that one session has under way at a time; one more is refused."""


STOPPING = "The server is about to stop, and takes no answers any more."


_ANSWER = re.compile(r"[0-9a-f]{8}-[1-9][0-9]*")


def is_answer(name: str) -> bool:
    """Whether a stream of this name answers a request, in this process or an earlier one."""
    return _ANSWER.fullmatch(name) is not None


def resumes(session: Session) -> bool:
    """Whether clients of this session can resume a released stream: before 2025-11-25, no event tells them how."""
    return session.id is not None and session.revision >= "2025-11-25"


@define(eq=False)
class SessionRuntime:
    """The state of a session in this process: its streams, requests under way and unanswered questions."""

    session: Session
    timing: Timing = TIMING
    holder: Holder = ()
    """Charged for the bytes that the session keeps."""
    charge: Callable[[int], None] = lambda size: None
    """Called with each change of those bytes."""
    streams: dict[str, EventStream] = field(factory=dict)
    running: dict[MessageId, asyncio.Task[None]] = field(factory=dict)
    questions: PendingQuestions = field(factory=PendingQuestions)
    listener: asyncio.Task[None] | None = None
    touched: float = 0
    """When the client was last heard of, in seconds of the monotonic clock."""
    ended: bool = False
    """Whether the runtime was closed."""
    attached: int = 0
    """Number of connections that wait for an answer or read a stream."""
    mark: str = field(factory=lambda: secrets.token_hex(4), init=False)
    """Random prefix of the names of its streams, so that an id from before a restart never names another stream."""
    _count: int = field(default=0, init=False)

    @property
    def is_over(self) -> bool:
        """Whether no client can come back for a stream."""
        return self.ended or self.session.id is None

    @property
    def beside(self) -> str:
        """The name of the stream beside the answers, which GET opens."""
        return f"{self.mark}-0"

    def stream(self, name: str | None = None) -> EventStream:
        """Create a stream; the oldest ended ones are dropped to make room."""
        self._count += 1
        stream = EventStream(
            name or f"{self.mark}-{self._count}", primes=resumes(self.session), timing=self.timing, charge=self.charge
        )
        self.streams[stream.name] = stream
        self.make_room()
        return stream

    def make_room(self) -> None:
        """Drop the oldest ended streams that exceed the limits."""
        ended = [each for each in self.streams.values() if each.ended and not each.is_read]
        kept = sum(each.size for each in ended)
        for old in ended[:-1]:
            if len(self.streams) <= MOST_STREAMS and kept <= MOST_KEPT:
                return
            kept -= old.size
            self.forget(old)

    def forget(self, stream: EventStream) -> None:
        """Drop a stream; a client that comes back for it gets an error."""
        self.streams.pop(stream.name, None)
        stream.forget()

    # Ways to free memory when the session's holder keeps too much in all. Each iteration frees one stream.

    def forget_ended(self) -> Iterator[None]:
        """Drop the ended streams that nobody reads at the moment."""
        for stream in [each for each in self.streams.values() if each.ended and not each.is_read]:
            self.forget(stream)
            yield

    def lose_unread(self) -> Iterator[None]:
        """Drop the events of streams that nobody reads, but for the newest of each."""
        for stream in [each for each in self.streams.values() if not each.is_read]:
            stream.lose()
            yield

    def forget_unread(self) -> Iterator[None]:
        for stream in [each for each in self.streams.values() if not each.is_read]:
            self.forget(stream)
            yield

    def forget_all(self) -> Iterator[None]:
        """Drop every stream, which cuts off slow readers."""
        for stream in list(self.streams.values()):
            self.forget(stream)
            yield

    def require_room(self, requests: Sequence[Request]) -> None:
        """Raises InvalidMessage for an id in use (2025-11-25, basic: requests), or too many requests under way."""
        ids = {request.id for request in requests}
        if len(ids) < len(requests) or not ids.isdisjoint(self.running):
            raise InvalidMessage("The id is that of another request under way.")
        if len(self.running) + len(requests) > MOST_REQUESTS:
            raise InvalidMessage(
                f"{MOST_REQUESTS} requests of this session are under way already: wait for one of them to end."
            )

    def cancel(self, value: object) -> bool:
        """Cancel a request, and return whether it runs here; an unknown or answered one is ignored (2025-11-25,
        utilities: cancellation).
        """
        request_id = identifier(value)
        task = None if request_id is None else self.running.get(request_id)
        if task is None:
            return False
        task.cancel("the client cancelled the request")
        return True

    def close(self) -> None:
        self.ended = True
        self.questions.close()
        for task in [*self.running.values(), *([self.listener] if self.listener else [])]:
            task.cancel()
        for stream in self.streams.values():
            stream.abandon()


@define(eq=False)
class PostExchange:
    """The answers to the requests of one POST, and the stream that carries them, if any.

    ``moved`` is set when a stream opens, or a request is answered, given up or fails; ``done`` is true once everything
    is answered, or after a failure.
    """

    desk: SessionRuntime
    expected: int
    budget: Budget
    streams: bool = True
    """Whether the client accepts a stream; without one it gets no notifications, and cannot be asked."""
    answers: list[dict[str, object]] = field(factory=list)
    stream: EventStream | None = None
    failure: BaseException | None = None
    parts: int = field(init=False)
    """Number of requests in the POST."""
    attached: bool = True
    """Whether the connection of the POST is open."""
    lease: Lease | None = None
    moved: asyncio.Event = field(factory=asyncio.Event)

    @parts.default
    def _came(self) -> int:
        return self.expected

    @property
    def done(self) -> bool:
        return self.failure is not None or len(self.answers) >= self.expected

    async def notify(self, method: str, params: Params) -> None:
        stream = self.open()
        if stream is not None:
            stream.put(encode(notification_message(method, params)))
            await stream.room()

    async def ask(self, method: str, params: Params) -> Params:
        """Ask the client on this exchange's stream, and wait for its answer.

        Raises ClientError or TooMuch, or the error of ``unasked`` where there can be no stream.
        """
        if not self.streams or self.desk.session.id is None:
            raise unasked(method)
        stream = self.open()
        if stream is None:
            self.budget.streams.require(self.desk.holder)
            raise unasked(method)

        async def put(message: dict[str, object]) -> None:
            stream.put(encode(message))

        return await self.desk.questions.ask(method, params, put)

    async def release(self, retry: float) -> None:
        stream = self.open()
        if stream is not None:
            await stream.release(retry)

    def answer(self, message: dict[str, object]) -> None:
        self.answers.append(message)
        if self.stream is not None:
            self.stream.put(encode(message))
            if self.done:
                self.stream.close()
        self.moved.set()

    def give_up(self) -> None:
        """Expect one answer fewer."""
        self.expected -= 1
        if self.stream is not None and self.done:
            self.stream.close()
        self.moved.set()

    @property
    def alone(self) -> bool:
        """Whether a failure can be the answer to the whole POST: nothing was sent, and it has one request."""
        return self.stream is None and self.parts == 1

    def close(self) -> None:
        """Detach the connection of the POST, which ends."""
        self.attached = False
        if self.lease is not None:
            self.lease.end()
        if self.stream is not None:
            self.stream.detach()
            if self.desk.is_over:
                self.stream.abandon()
        self.desk.make_room()

    def fail(self, failure: BaseException) -> None:
        """Make a failure the answer to the POST, with its own HTTP status; only before anything was sent."""
        self.failure = failure
        self.moved.set()

    def open(self, *, must: bool = False) -> EventStream | None:
        """Send everything as a stream from now on, including the answers so far.

        Returns None where no stream is possible, or, unless ``must``, when the holder has too many open already.
        """
        if self.stream is None and (must or self._may_open()):
            self.stream = self.desk.stream()
            if self.attached:
                self.lease = self.budget.streams.take(self.desk.holder, must=True)
                self.stream.expect()
            for message in self.answers:
                self.stream.put(encode(message))
            if self.done:
                self.stream.close()
            self.moved.set()
        return self.stream

    def _may_open(self) -> bool:
        if not self.attached:
            return self.streams and not self.desk.is_over
        return self.streams and self.budget.streams.has_room(self.desk.holder)
