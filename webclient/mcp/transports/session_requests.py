"""Requests in a session, whose responses may come on a stream that is resumed (MCP 2025-11-25, Streamable HTTP)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from attrs import define, evolve, frozen

from ...cause_code import CauseCode
from ...errors import FlowError, ProtocolFailure, TooSlow, Unreachable
from ...json_text import JsonObject
from ...trace import Chapter
from ..messaging import (
    Ask,
    Channel,
    EndpointResponse,
    Inbox,
    Receiver,
    Step,
    answers,
    pause_of,
    pinging,
    read_answer,
    require_result,
)
from ..protocol import EventParser, Message, Options, Response, RpcError, StrangeAnswer, request_message
from .session import Held, Session
from .session_endpoint import STREAMS, SessionEndpoint


class Doubt(FlowError):
    """The session may be lost: ``error`` is the server's answer to a request in it (MCP 2025-11-25, session
    management).

    ``plain`` says that the answer is the one by which servers report a lost session, with nothing to contradict it.
    """

    def __init__(self, error: RpcError | StrangeAnswer, *, plain: bool) -> None:
        super().__init__("The server no longer knows the session." if plain else str(error), error.cause)
        self.error, self.plain = error, plain
        self.outcome = "info" if plain else "failed"


@frozen
class _Sent:
    """A request that was sent: its session, how long the server may be silent, in seconds, and the deadline for the
    whole exchange, in loop time.
    """

    ask: Ask
    id: int
    held: Held
    silence: float
    deadline: float


@define(eq=False)
class SessionRequests:
    """One client's requests in a session, which it may share with others."""

    endpoint: SessionEndpoint
    receiver: Receiver
    options: Options
    session: Session

    async def ask(self, ask: Ask, held: Held, *, renewed: bool = False) -> JsonObject:
        """Send a request and return its result. When the caller gives up, a cancellation is sent, except for initialize
        and for calls that became tasks (MCP 2025-11-25, cancellation).

        Raises Doubt for an error that may mean that the session is lost; when the session was just ``renewed``, the
        error itself.
        """
        request_id = next(self.session.ids)
        try:
            with self._under_way(), self.receiver.following(request_id, slow=ask.slow):
                return await self._exchange(ask, request_id, held, renewed=renewed)
        except (asyncio.CancelledError, TooSlow):
            if ask.method != "initialize" and "task" not in ask.params:
                await self.endpoint.cancel(request_id, held)
            raise

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self.session.under_way += 1
        try:
            yield
        finally:
            self.session.under_way -= 1

    def _silence(self, ask: Ask) -> float:
        if ask.patient:
            return self.options.task_timeout
        return self.options.call_timeout if ask.slow else self.options.request_timeout

    async def _exchange(self, ask: Ask, request_id: int, held: Held, *, renewed: bool) -> JsonObject:
        token = {"_meta": {"progressToken": request_id if ask.token is None else ask.token}} if ask.slow else {}
        message = request_message(request_id, ask.method, {**ask.params, **token})
        silence = self._silence(ask)
        sent = _Sent(
            ask, request_id, held, silence, asyncio.get_running_loop().time() + max(silence, self.options.total_timeout)
        )
        parser = EventParser(self.options.longest_event)
        post = self.endpoint.post(message, {"method": ask.method, **ask.params}, silence, held, once=ask.once)
        async with self.endpoint.open(evolve(post, begun=partial(self.receiver.timed, request_id)), ask.step) as answer:
            if ask.method == "initialize":
                self.session.id = _session_id(answer)
            try:
                found = await self._read(answer, sent, parser)
            except (RpcError, StrangeAnswer) as error:
                ask.judge(error)
                _require_session(ask, error, held, renewed=renewed)
                raise
        return found if found is not None else await self._resume(sent, parser)

    async def _read(self, answer: EndpointResponse, sent: _Sent, parser: EventParser) -> JsonObject | None:
        """The result; None when the connection ended before it but gave an event id to resume from (Streamable HTTP,
        resumability).
        """
        try:
            inbox = Inbox(self.receiver, self.channel(sent.held))
            message = await read_answer(answer, sent.ask, sent.id, inbox, parser, most=self.options.most_events)
        except TooSlow:
            raise
        except Unreachable:
            if parser.last_id is None:
                raise
            message = None
        if message is not None:
            result = _result(answer, message, sent.id)
            sent.ask.read(answer.notes, result)
            return result
        answer.notes.outcome = "info"
        answer.notes.meaning = (
            "The server closed the stream before it responded, and named the event from which to resume."
        )
        return None

    async def _resume(self, sent: _Sent, parser: EventParser) -> JsonObject:
        fruitless = dry = 0
        while fruitless < self.options.fruitless_reconnections:
            await self._wait(parser, dry, sent.deadline)
            before, parser = parser.last_id, parser.resumed()
            async with self.endpoint.stream(parser, sent.silence, "Resume the stream", sent.held) as answer:
                if not answer.is_stream:
                    # Not an error after which a request is repeated: the server may have done what it was
                    # asked to.
                    raise ProtocolFailure(
                        "The server closed the stream without a response and refuses to resume it (status "
                        f"{answer.status}).",
                        CauseCode.NO_ANSWER,
                    )
                found = await self._read(answer, sent, parser)
            if found is not None:
                return found
            fruitless = 0 if parser.last_id != before else fruitless + 1
            dry = 0 if parser.count else dry + 1
        raise StrangeAnswer(200, "The server closed the stream repeatedly without a response.", CauseCode.NO_ANSWER)

    async def _wait(self, parser: EventParser, dry: int, deadline: float) -> None:
        pause = pause_of(parser, dry, self.options)
        if pause > self.options.longest_retry or asyncio.get_running_loop().time() + pause > deadline:
            raise TooSlow("The server asks the client to wait longer for its response than this client waits.")
        await asyncio.sleep(pause)

    # The server's questions

    def channel(self, held: Held) -> Channel:
        """The channel for answers to questions that are asked in a session."""
        return Channel(held.epoch, partial(self._reply, held))

    async def _reply(self, held: Held, message: Message) -> None:
        """Answer a question of the server, in the session in which it was asked.

        Raises StrangeAnswer when the server does not accept it; its cause is SESSION_LOST when that session is over.
        """
        told = {name: message.get(name) for name in ("result", "error")}
        try:
            await self.endpoint.send(message, told, Step("Answer the server's question", STREAMS, Chapter.USING), held)
        except StrangeAnswer as error:
            if error.cause is CauseCode.SESSION_LOST and held == self.session.held and await self.is_alive(held):
                error.cause = CauseCode.NOT_MCP
            raise

    async def is_alive(self, held: Held) -> bool:
        """Whether the session still exists, checked by a ping: one refused request is not proof, and others may be
        under way.
        """
        try:
            await self.ask(pinging(modern=False), held, renewed=True)
        except (RpcError, StrangeAnswer) as error:
            return _named(error) or error.status not in (400, 404)
        return True


def _result(answer: EndpointResponse, response: Response, request_id: int) -> JsonObject:
    """The result of a response. Raises RpcError, whose ``named`` says whether it has this request's id."""
    try:
        return require_result(answer, response)
    except RpcError as error:
        error.named = answers(response, request_id)
        raise


def _require_session(ask: Ask, error: RpcError | StrangeAnswer, held: Held, *, renewed: bool) -> None:
    """Raises Doubt for an error that may mean that the session is lost; marks one in a session that was just
    ``renewed`` with the cause SESSION_LOST.
    """
    if ask.method == "initialize" or not is_doubtful(error, held):
        return
    if not renewed:
        raise Doubt(error, plain=error.status == 404 and not _named(error)) from None
    if error.status == 404 and held.id:
        error.cause = CauseCode.SESSION_LOST


def is_doubtful(error: RpcError | StrangeAnswer, held: Held) -> bool:
    """Whether the error may mean that the server does not know the session, as opposed to refusing the request.

    An error with the request's own id comes from within the session, except with status 404, which means a lost one.
    """
    if error.status == 404 and held.id:
        return True
    return error.status in (400, 404) and not _named(error)


def _named(error: RpcError | StrangeAnswer) -> bool:
    return isinstance(error, RpcError) and error.named


def _session_id(answer: EndpointResponse) -> str:
    """The session id of an answer, which must be visible ASCII; empty when the server uses no session."""
    named = answer.stream.headers.get("Mcp-Session-Id", "")
    usable = named.isascii() and named.isprintable() and " " not in named and len(named) <= 1024
    return named if usable else ""
