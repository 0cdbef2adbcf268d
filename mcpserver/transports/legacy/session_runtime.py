"""What runs for a session of a revision before 2026-07-28: its requests under way, their streams, its questions to
the client.
"""

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
"""Streams, and bytes on those that have ended, that one session keeps for a client that comes back; the newest is
kept however large it is.
"""

MOST_REQUESTS = 100
"""Requests that one session has under way at a time; one more is refused."""


STOPPING = "The server is about to stop, and takes no answers any more."


_ANSWER = re.compile(r"[0-9a-f]{8}-[1-9][0-9]*")


def is_answer(name: str) -> bool:
    """Whether a stream of this name was one that answers a request, here or in a process before."""
    return _ANSWER.fullmatch(name) is not None


def resumes(session: Session) -> bool:
    """Whether a client of this session comes back for the rest of a stream that was let go: before 2025-11-25 no
    event told it how.
    """
    return session.id is not None and session.revision >= "2025-11-25"


@define(eq=False)
class SessionRuntime:
    """What runs for a session in this process: its streams, its requests under way, and its questions that wait for
    an answer.
    """

    session: Session
    timing: Timing = TIMING
    holder: Holder = ()
    """Who pays for what it keeps."""
    charge: Callable[[int], None] = lambda size: None
    """Hears by how many bytes that changes."""
    streams: dict[str, EventStream] = field(factory=dict)
    running: dict[MessageId, asyncio.Task[None]] = field(factory=dict)
    questions: PendingQuestions = field(factory=PendingQuestions)
    listener: asyncio.Task[None] | None = None
    touched: float = 0
    """Of the monotonic clock: when the client was last heard of."""
    ended: bool = False
    """The client is done with the session."""
    attached: int = 0
    """Connections that wait for an answer or read a stream."""
    mark: str = field(factory=lambda: secrets.token_hex(4), init=False)
    """Begins the names of its streams, so that an id from before a restart is never that of another stream."""
    _count: int = field(default=0, init=False)

    @property
    def is_over(self) -> bool:
        """Whether nobody can come back for anything."""
        return self.ended or self.session.id is None

    @property
    def beside(self) -> str:
        """The name of the stream beside the answers, which GET opens."""
        return f"{self.mark}-0"

    def stream(self, name: str | None = None) -> EventStream:
        """A new stream; the oldest that have ended make room."""
        self._count += 1
        stream = EventStream(
            name or f"{self.mark}-{self._count}", primes=resumes(self.session), timing=self.timing, charge=self.charge
        )
        self.streams[stream.name] = stream
        self.make_room()
        return stream

    def make_room(self) -> None:
        """The oldest streams that have ended go."""
        ended = [each for each in self.streams.values() if each.ended and not each.is_read]
        kept = sum(each.size for each in ended)
        for old in ended[:-1]:
            if len(self.streams) <= MOST_STREAMS and kept <= MOST_KEPT:
                return
            kept -= old.size
            self.forget(old)

    def forget(self, stream: EventStream) -> None:
        """Whoever comes back for it hears that it is gone."""
        self.streams.pop(stream.name, None)
        stream.forget()

    # What goes when the session's owner keeps too much in all. Each gives up one stream a step.

    def forget_ended(self) -> Iterator[None]:
        """Answers that nobody reads at the moment."""
        for stream in [each for each in self.streams.values() if each.ended and not each.is_read]:
            self.forget(stream)
            yield

    def lose_unread(self) -> Iterator[None]:
        """What was said so far to nobody, but for the last."""
        for stream in [each for each in self.streams.values() if not each.is_read]:
            stream.lose()
            yield

    def forget_unread(self) -> Iterator[None]:
        for stream in [each for each in self.streams.values() if not each.is_read]:
            self.forget(stream)
            yield

    def forget_all(self) -> Iterator[None]:
        """Whoever reads so slowly is cut off."""
        for stream in list(self.streams.values()):
            self.forget(stream)
            yield

    def require_room(self, requests: Sequence[Request]) -> None:
        """An id names one request at a time (2025-11-25, basic: requests). Raises InvalidMessage."""
        ids = {request.id for request in requests}
        if len(ids) < len(requests) or not ids.isdisjoint(self.running):
            raise InvalidMessage("The id is that of another request under way.")
        if len(self.running) + len(requests) > MOST_REQUESTS:
            raise InvalidMessage(
                f"{MOST_REQUESTS} requests of this session are under way already: wait for one of them to end."
            )

    def cancel(self, value: object) -> None:
        """What is unknown or answered is left alone (2025-11-25, utilities: cancellation)."""
        request_id = identifier(value)
        task = None if request_id is None else self.running.get(request_id)
        if task is not None:
            task.cancel("the client cancelled the request")

    def close(self) -> None:
        self.ended = True
        self.questions.close()
        for task in [*self.running.values(), *([self.listener] if self.listener else [])]:
            task.cancel()
        for stream in self.streams.values():
            stream.abandon()


@define(eq=False)
class PostExchange:
    """One POST: its requests' answers, and on what they go out.

    ``opened`` is set when there is something to stream, ``done`` when all is answered.
    """

    desk: SessionRuntime
    expected: int
    budget: Budget
    streams: bool = True
    """Whether the client takes a stream; without one it is told nothing on the way, and cannot be asked."""
    answers: list[dict[str, object]] = field(factory=list)
    stream: EventStream | None = None
    failure: BaseException | None = None
    parts: int = field(init=False)
    """Requests that came in the POST."""
    attached: bool = True
    """Whether the connection of the POST is there."""
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
        """Ask on this exchange's own stream, and wait.

        Raises ClientError, TooMuch, and unasked where there can be no stream.
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
        """One request fewer will be answered."""
        self.expected -= 1
        if self.stream is not None and self.done:
            self.stream.close()
        self.moved.set()

    @property
    def alone(self) -> bool:
        """Whether a failure can be the answer to the whole POST: nothing was sent, and nothing else was asked for."""
        return self.stream is None and self.parts == 1

    def close(self) -> None:
        """The connection ends here."""
        self.attached = False
        if self.lease is not None:
            self.lease.end()
        if self.stream is not None:
            self.stream.detach()
            if self.desk.is_over:
                self.stream.abandon()
        self.desk.make_room()

    def fail(self, failure: BaseException) -> None:
        """Nothing was sent yet, so that it can have a status of its own."""
        self.failure = failure
        self.moved.set()

    def open(self, *, must: bool = False) -> EventStream | None:
        """From now on everything goes out as a stream.

        None where there can be none, or, unless it ``must`` be, for whom too many are open already.
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
