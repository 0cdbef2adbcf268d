"""Revisions 2025-03-26 to 2025-11-25: a handshake, sessions, questions from the server on streams, and streams that can
be resumed.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, cast

from attrs import define, evolve, frozen

from ...cause_code import CauseCode
from ...errors import FlowError, ProtocolFailure, TooSlow, Unreachable
from ...json_text import JsonObject
from ...trace import Chapter
from ...wire import InitializeResult
from ..messaging import (
    NEVER_OPENED,
    Ask,
    Channel,
    Endpoint,
    EndpointResponse,
    Inbox,
    Judge,
    Receiver,
    Request,
    Step,
    answers,
    let_be,
    pause_of,
    pinging,
    read_answer,
    require_result,
    streamed,
)
from ..protocol import EventParser, Message, Options, RpcError, StrangeAnswer, written
from .session import Held, Session

STREAMS = "MCP 2025-11-25, Streamable HTTP"
LEFT = "The client closed the stream because it expected nothing more on it."
GOODBYE = 5
"""Timeout in seconds for messages whose outcome does not matter."""


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
class Legacy:
    """One client's requests in a session, which it may share with others."""

    endpoint: Endpoint
    receiver: Receiver
    options: Options
    session: Session

    def _headers(self, method: str, held: Held) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if method == "initialize":
            return headers
        session = {"Mcp-Session-Id": held.id} if held.id else {}
        return {**headers, "MCP-Protocol-Version": self.session.protocol, **session}

    def _post(
        self, message: Message, told: Mapping[str, object], silence: float, held: Held, *, once: bool = False
    ) -> Request:
        headers = self._headers(str(message.get("method", "")), held)
        return Request(
            "POST", headers, written(message), told, silence, max(silence, self.options.total_timeout), once=once
        )

    def _silence(self, ask: Ask) -> float:
        if ask.patient:
            return self.options.task_timeout
        return self.options.call_timeout if ask.slow else self.options.request_timeout

    def _channel(self, held: Held) -> Channel:
        return Channel(held.epoch, partial(self._reply, held))

    # Requests

    async def ask(self, ask: Ask) -> JsonObject:
        """Send a request. When the server has dropped the session, a new one is opened, once, and the request sent
        again (MCP 2025-11-25, session management).
        """
        held = await self._settled()
        if ask.slow and self.receiver.host.capabilities:
            await self._be_heard()
        try:
            return await self._ask(ask, held)
        except Doubt as doubt:
            if not await self.renew(held, doubt):
                raise doubt.error from None
        return await self._ask(ask, await self._settled(), renewed=True)

    async def _settled(self) -> Held:
        """The open session, begun now if there is none. Waits while another client begins one."""
        async with self.session.meeting:
            if not self.session.shaken:
                await self.shake_hands(self.session.protocol)
            return self.session.held

    async def _ask(self, ask: Ask, held: Held, *, renewed: bool = False) -> JsonObject:
        """Send a request. When the caller gives up, a cancellation is sent, except for initialize and for calls that
        became tasks (MCP 2025-11-25, cancellation).
        """
        request_id = next(self.session.ids)
        try:
            with self._under_way(), self.receiver.following(request_id, slow=ask.slow):
                return await self._exchange(ask, request_id, held, renewed=renewed)
        except (asyncio.CancelledError, TooSlow):
            if ask.method != "initialize" and "task" not in ask.params:
                await self._cancel(request_id, held)
            raise

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self.session.under_way += 1
        try:
            yield
        finally:
            self.session.under_way -= 1

    async def _exchange(self, ask: Ask, request_id: int, held: Held, *, renewed: bool) -> JsonObject:
        """Send a request and read its response.

        Raises Doubt for an error that may mean that the session is lost; when the session was just ``renewed``, the
        error itself.
        """
        params = {
            **ask.params,
            **({"_meta": {"progressToken": request_id if ask.token is None else ask.token}} if ask.slow else {}),
        }
        message = {"jsonrpc": "2.0", "id": request_id, "method": ask.method, "params": params}
        silence = self._silence(ask)
        sent = _Sent(
            ask, request_id, held, silence, asyncio.get_running_loop().time() + max(silence, self.options.total_timeout)
        )
        parser, post = (
            EventParser(self.options.longest_event),
            self._post(message, {"method": ask.method, **ask.params}, silence, held, once=ask.once),
        )
        async with self.endpoint.send(
            evolve(post, begun=partial(self.receiver.timed, request_id)), ask.step.at(self.session.protocol)
        ) as answer:
            if ask.method == "initialize":
                self.session.id = _session_id(answer)
            try:
                found = await self._read(answer, sent, parser)
            except (RpcError, StrangeAnswer) as error:
                ask.judge(error)
                if ask.method != "initialize" and is_doubtful(error, held):
                    if not renewed:
                        raise Doubt(error, plain=error.status == 404 and not _named(error)) from None
                    if error.status == 404 and held.id:
                        error.cause = CauseCode.SESSION_LOST
                raise
        return found if found is not None else await self._resume(sent, parser)

    async def _read(self, answer: EndpointResponse, sent: _Sent, parser: EventParser) -> JsonObject | None:
        """The result; None when the connection ended before it but gave an event id to resume from (Streamable HTTP,
        resumability).
        """
        try:
            inbox = Inbox(self.receiver, self._channel(sent.held))
            message = await read_answer(answer, sent.ask, sent.id, inbox, parser, most=self.options.most_events)
        except TooSlow:
            raise
        except Unreachable:
            if parser.last_id is None:
                raise
            message = None
        if message is not None:
            result = self._result(answer, message, sent.id)
            sent.ask.read(answer.notes, result)
            return result
        answer.notes.outcome = "info"
        answer.notes.meaning = (
            "The server closed the stream before it responded, and named the event from which to resume."
        )
        return None

    def _result(self, answer: EndpointResponse, message: Message, request_id: int) -> JsonObject:
        """The result of a response. Raises RpcError, whose ``named`` says whether it has this request's id."""
        try:
            return require_result(answer, message)
        except RpcError as error:
            error.named = answers(message, request_id)
            raise

    async def _resume(self, sent: _Sent, parser: EventParser) -> JsonObject:
        fruitless = dry = 0
        while fruitless < self.options.fruitless_reconnections:
            await self._wait(parser, dry, sent.deadline)
            before, parser = parser.last_id, parser.resumed()
            async with self._get(parser, sent.silence, "Resume the stream", sent.held) as answer:
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

    def _get(self, parser: EventParser, silence: float, title: str, held: Held, *, stays_open: bool = False) -> Any:
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
        return self.endpoint.send(
            request, Step(title, STREAMS, Chapter.USING, optional=stays_open).at(self.session.protocol)
        )

    async def tell(self, method: str, params: JsonObject, step: Step, held: Held | None = None) -> None:
        """Send a notification, in the open session unless another is named.

        Raises StrangeAnswer when the server does not accept it.
        """
        message = {"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})}
        await self._send(message, {"method": method, **params}, step, held or self.session.held)

    async def _reply(self, held: Held, message: Message) -> None:
        """Answer a question of the server, in the session in which it was asked.

        Raises StrangeAnswer when the server does not accept it; its cause is SESSION_LOST when that session is over.
        """
        told = {name: message.get(name) for name in ("result", "error")}
        try:
            await self._send(message, told, Step("Answer the server's question", STREAMS, Chapter.USING), held)
        except StrangeAnswer as error:
            if error.cause is CauseCode.SESSION_LOST and held == self.session.held and await self._lives(held):
                error.cause = CauseCode.NOT_MCP
            raise

    async def _send(self, message: Message, told: Mapping[str, object], step: Step, held: Held) -> None:
        async with self.endpoint.send(
            self._post(message, told, self.options.request_timeout, held), step.at(self.session.protocol)
        ) as answer:
            if answer.status >= 300:
                lost = CauseCode.SESSION_LOST if answer.status == 404 and held.id else None
                raise StrangeAnswer(
                    answer.status, f"The server did not accept the notification (status {answer.status}).", lost
                )

    async def _cancel(self, request_id: int, held: Held) -> None:
        with suppress(FlowError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                told = {"requestId": request_id, "reason": "You cancelled the request."}
                await self.tell(
                    "notifications/cancelled",
                    told,
                    Step("Cancel the request", "MCP 2025-11-25, cancellation", Chapter.USING, optional=True),
                    held,
                )

    # The session

    async def shake_hands(self, protocol: str, judge: Judge = let_be) -> JsonObject:
        """Perform the handshake: initialize, then the initialized notification (MCP 2025-11-25, lifecycle).

        ``protocol`` is the revision to ask for. The caller must hold ``session.meeting``.
        """
        self.session.id, self.session.shaken = "", False
        greeting = evolve(self.session.greeting(protocol, self.receiver.host, self.options), judge=judge)
        result = await self._ask(greeting, self.session.held, renewed=True)
        self.session.met(cast(InitializeResult, result))
        await self.tell(
            "notifications/initialized",
            {},
            Step("Ready", "MCP 2025-11-25, lifecycle", meaning="The handshake is complete."),
        )
        await self._restore()
        return result

    async def _restore(self) -> None:
        """Request again what an earlier session had: the log level and resource subscriptions."""
        self.session.line.renew()
        for ask in self.session.asked_for():
            # A refusal here is in the trace; the session is usable without what was asked for.
            with suppress(RpcError, StrangeAnswer):
                await self._ask(ask, self.session.held, renewed=True)

    async def renew(self, held: Held, doubt: Doubt) -> bool:
        """Open a new session if the old one is lost; returns whether there is a new one.

        Of several clients in doubt, one checks and the others wait for its result.
        """
        async with self.session.meeting:
            if self.session.held != held:
                return True
            alone = self.session.under_way == 0 and not self.session.line.is_open
            if not (doubt.plain and alone) and await self._lives(held):
                return False
            await self.shake_hands(self.session.protocol)
            self.session.dispatch.renewed(self.session.epoch)
            return True

    async def _lives(self, held: Held) -> bool:
        """Whether the session still exists, checked by a ping: one refused request is not proof, and others may be
        under way.
        """
        try:
            await self._ask(pinging(modern=False), held, renewed=True)
        except (RpcError, StrangeAnswer) as error:
            return _named(error) or error.status not in (400, 404)
        return True

    # The listening stream

    def hear(self) -> "asyncio.Task[None]":
        """Keep the listening stream open, on which the server may speak first; the task ends when it offers none."""
        return self.session.line.hold(self)

    async def news(self) -> None:
        """Wait until the server's stream has ended for good. Raises the reason."""
        await asyncio.shield(self.hear())
        raise ProtocolFailure(NEVER_OPENED)

    async def _be_heard(self) -> None:
        """Open the listening stream and wait until it is open or known to be unavailable: some servers drop a question
        when they have no stream to send it on.
        """
        if self.session.line.offered:
            self.hear()
            await self.session.line.settled()

    async def listen(self, parser: EventParser) -> bool:
        """Open one connection of the listening stream and read it to its end; returns whether to reconnect.

        Raises Unreachable for a server that is currently unavailable.
        """
        held = await self._settled()
        try:
            async with self._get(
                parser, self.options.task_timeout, "Open the server's stream", held, stays_open=True
            ) as answer:
                return await self._hear_out(answer, parser, held)
        except Doubt as doubt:
            return await self.renew(held, doubt) or self._has_none()

    def _has_none(self) -> bool:
        self.session.line.offered = False
        self.session.line.opened()
        return False

    async def _hear_out(self, answer: EndpointResponse, parser: EventParser, held: Held) -> bool:
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
                    await Inbox(self.session.dispatch, self._channel(held)).receive(message)
        except asyncio.CancelledError:
            answer.notes.meaning = LEFT
            return False
        return True

    async def end(self) -> None:
        """Tell the server that the session is no longer needed (MCP 2025-11-25, session management)."""
        if self.session.id:
            request = Request("DELETE", self._headers("", self.session.held), silence=GOODBYE, total=GOODBYE)
            with suppress(FlowError):
                async with self.endpoint.send(
                    request,
                    Step("End the session", "MCP 2025-11-25, session management", Chapter.USING, optional=True).at(
                        self.session.protocol
                    ),
                ) as answer:
                    answer.notes.meaning = (
                        "The session has ended." if answer.status < 300 else "The server ends sessions itself."
                    )
        self.session.forget()

    async def close(self) -> None:
        await self.session.line.let_go(self)
        await self.receiver.close()


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
