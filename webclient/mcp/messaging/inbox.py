"""A server's messages other than responses: progress, log messages, changes, and before 2026-07-28 questions."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from attrs import define, field, frozen

from ...cause_code import CauseCode
from ...errors import FlowError
from ...json_text import JsonObject
from ..protocol import Host, Message, MessageId, Progress, ServerMessage, ServerNotification, ServerRequest, is_id
from .endpoint import SilenceTimer
from .questions import PING, Questions, put_away, related_task

if TYPE_CHECKING:
    from .dispatch import Dispatch

PROGRESS, CANCELLED, TASK_STATUS = "notifications/progress", "notifications/cancelled", "notifications/tasks/status"
GOODBYE = 5
"""Timeout in seconds for the response to a question that can no longer be answered."""
Reply = Callable[[Message], Awaitable[None]]
Key = tuple[int, MessageId]
"""Identifies a question: the session in which it was asked, and its id there."""


@frozen
class Channel:
    """The channel for answers to the server, into the session in which the question was asked.

    ``epoch`` is the number of that session.
    """

    epoch: int
    send: Reply


@define(eq=False)
class Question:
    """A question of the server. ``clocks`` are the timers of the requests that may wait for the answer.

    ``shared`` says that it arrived on a stream that belongs to no request.
    """

    message: ServerRequest
    channel: Channel
    clocks: list[SilenceTimer]
    shared: bool = False
    answered: bool = False
    task: "asyncio.Task[None] | None" = None

    @property
    def key(self) -> Key:
        return self.channel.epoch, self.message.id


class Recipient(Protocol):
    async def receive(self, message: ServerMessage, clock: SilenceTimer | None = None) -> None:
        """Handle one message that is no response. ``clock`` is the timer of the request on whose stream it arrived."""
        ...


class Taker(Protocol):
    async def take(self, message: ServerMessage, clock: SilenceTimer | None, channel: Channel) -> None: ...


@frozen
class Inbox:
    """The recipient of one stream's messages, with the channel for answers to its questions."""

    taker: Taker
    channel: Channel

    async def receive(self, message: ServerMessage, clock: SilenceTimer | None = None) -> None:
        await self.taker.take(message, clock, self.channel)


def _number(value: object) -> float | None:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 else None
    )


@define(eq=False)
class Receiver:
    """The messages for one client: tracks its requests under way and the questions that its host answers."""

    host: Host
    questions: Questions
    most_questions: int
    dispatch: "Dispatch"
    closed: bool = False
    """True from the client's close until it joins the dispatch again; questions that arrive meanwhile are passed on or
    refused.
    """
    _progress: dict[int, float] = field(factory=dict)
    _slow: set[int] = field(factory=set)
    _clocks: dict[int, SilenceTimer] = field(factory=dict)
    _answering: dict[Key, Question] = field(factory=dict)
    _tasks: dict[str, asyncio.Event] = field(factory=dict)

    @contextmanager
    def following(self, token: int, *, slow: bool = False) -> Iterator[None]:
        """Report progress of a request while it is under way, and only then (MCP progress).

        ``slow`` marks requests during which the server may ask questions.
        """
        self._progress[token] = float("-inf")
        if slow:
            self._slow.add(token)
        try:
            yield
        finally:
            self._progress.pop(token, None)
            self._clocks.pop(token, None)
            self._slow.discard(token)

    @contextmanager
    def following_task(self, task_id: str) -> Iterator[asyncio.Event]:
        """Direct the server's questions and status notifications about this task to this client.

        The event is set when the task's status should be requested again.
        """
        self._tasks[task_id] = asyncio.Event()
        try:
            yield self._tasks[task_id]
        finally:
            self._tasks.pop(task_id, None)

    def follows_task(self, task_id: object) -> bool:
        return isinstance(task_id, str) and task_id in self._tasks

    def task_told(self, params: JsonObject) -> None:
        """Handle a task status notification (MCP 2025-11-25, tasks).

        It only triggers a status request; its content is not relied on.
        """
        if params.get("status") != "working":
            self._tasks[params["taskId"]].set()

    def timed(self, token: int, clock: SilenceTimer) -> None:
        """Register the timer of a request under way; a later one replaces it when the request is sent again."""
        self._clocks[token] = clock

    @property
    def busy(self) -> bool:
        return bool(self._slow)

    @property
    def asked(self) -> int:
        """The number of open questions."""
        return len(self._answering)

    @property
    def clocks(self) -> list[SilenceTimer]:
        return [self._clocks[token] for token in self._slow if token in self._clocks]

    def follows(self, token: object) -> bool:
        return is_id(token) and token in self._progress

    def is_answering(self, key: Key) -> bool:
        return key in self._answering

    async def receive(self, message: ServerMessage, clock: SilenceTimer | None = None) -> None:
        """Handle a message from a server whose revision has no questions (MCP 2026-07-28)."""
        await self.take(message, clock, None)

    async def take(self, message: ServerMessage, clock: SilenceTimer | None, channel: Channel | None) -> None:
        """Handle one message on the stream of a request of this client. Questions are ignored without a ``channel``."""
        if isinstance(message, ServerRequest):
            if channel is not None:
                self._asked(message, clock, channel)
        elif isinstance(message, ServerNotification):
            if clock:
                clock.restart()
            await self.dispatch.notified(message.method, message.params, [self], channel.epoch if channel else 0)

    def _asked(self, message: ServerRequest, clock: SilenceTimer | None, channel: Channel) -> None:
        """Answer a question; one that concerns a task may arrive on any stream and goes to the receiver that follows
        the task (MCP 2025-11-25, tasks: input required status).
        """
        following = self.dispatch.following_task(message)
        if following is None or following is self:
            self.ask(Question(message, channel, [clock] if clock else []))
        else:
            following.ask(Question(message, channel, following.clocks))

    async def progressed(self, params: JsonObject) -> None:
        token, so_far = params["progressToken"], _number(params.get("progress"))
        if token in self._clocks:
            self._clocks[token].restart()
        if so_far is None or so_far <= self._progress[token]:
            return
        self._progress[token] = so_far
        said = params.get("message")
        await self.host.progress(
            Progress(so_far, _number(params.get("total")), said[:1000] if isinstance(said, str) else None)
        )

    def ask(self, question: Question) -> None:
        """Answer a question in a task of its own, so that a ping is answered while a person is being asked.

        Ignored when it is being answered already, or when ``most_questions`` are open.
        """
        if question.key in self._answering or len(self._answering) >= self.most_questions:
            return
        self._answering[question.key] = question
        question.task = asyncio.create_task(self._passed_on(question) if self.closed else self._answer(question))
        question.task.add_done_callback(lambda _: self._answering.pop(question.key, None))

    async def _answer(self, question: Question) -> None:
        """Answer a question and send the reply.

        When the session no longer exists, the requests that wait for the answer fail, unless the question is
        ``shared``; any other failure to deliver the reply is ignored.
        """
        try:
            with ExitStack() as held:
                for clock in question.clocks if question.message.method != PING else ():
                    held.enter_context(clock.held())
                answer = await self.questions.reply(question.message)
            question.answered = True
            await question.channel.send(answer)
        except FlowError as error:
            if error.cause is CauseCode.SESSION_LOST and not question.shared:
                for clock in question.clocks:
                    clock.fail(error)

    def take_back(self, key: Key) -> None:
        question = self._answering.get(key)
        if question is not None and question.task is not None:
            question.task.cancel()

    def drop_shared(self, epoch: int) -> None:
        for question in list(self._answering.values()):
            if question.shared and question.channel.epoch != epoch:
                self.take_back(question.key)

    async def close(self) -> None:
        """Cancel the answers in progress. Questions from the shared stream may concern other clients and are passed on.

        No new questions are assigned to this receiver meanwhile.
        """
        self.dispatch.leave(self)
        self.closed = True
        questions = list(self._answering.values())
        tasks = [question.task for question in questions if question.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(self._passed_on(each) for each in questions if each.shared and not each.answered))
        late = [question.task for question in self._answering.values() if question.task is not None]
        await asyncio.gather(*late, return_exceptions=True)

    async def _passed_on(self, question: Question) -> None:
        """Pass a question to another client. One asked during a request or about a task is refused instead, as it
        concerns no other client.
        """
        nobodys = question.shared and related_task(question.message.params) is None
        if not (nobodys and self.dispatch.put(question.message, question.channel)):
            await turn_away(question.message, question.channel)


async def turn_away(message: ServerRequest, channel: Channel) -> None:
    """Tell the server that its question cannot be answered, so that it does not wait."""
    with suppress(FlowError, TimeoutError):
        async with asyncio.timeout(GOODBYE):
            await channel.send(put_away(message))
