"""Streamable HTTP before 2026-07-28 (2025-11-25, transports).

It has sessions, a stream for each answer, one more stream for other notifications, and questions to the client.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

from aiohttp import web

from ...busy import Busy
from ...mcp.dispatch import Dispatcher
from ...mcp.legacy import (
    Handshake,
    RequestCallbacks,
    Session,
    Sessions,
    SharedQuestions,
    digest_of,
    listener_of,
    messages_of,
    session_of,
)
from ...mcp.protocol import (
    HANDSHAKE_VERSIONS,
    SUPPORTED,
    Budget,
    HeaderMismatch,
    InvalidMessage,
    JsonRpcMessage,
    Lease,
    Notification,
    Request,
    Response,
    RpcError,
    ScopeRequired,
    SignInRequired,
    UnsupportedVersion,
    error_message,
    internal_error,
    notification_message,
    result_message,
    unavailable,
)
from ...principal import User
from ...processes import ProcessEvents
from ..http import TIMING, EndpointRequest, Timing, encode
from .event_stream import EventStream, last_event
from .other_processes import OtherProcesses
from .session_runtime import MOST_REQUESTS, STOPPING, PostExchange, SessionRuntime, is_answer, resumes
from .session_runtimes import KEEP_STREAMS, SessionRuntimes

SESSION_ID = "Mcp-Session-Id"


class HandshakeHTTP:
    """The endpoint for clients that begin with ``initialize``.

    ``keep`` is in seconds, ``clock`` too, and monotonic. ``events`` and ``questions`` connect it with the other
    processes of the service, if there can be any.
    """

    def __init__(
        self,
        peer: Dispatcher,
        sessions: Sessions,
        *,
        budget: Budget | None = None,
        timing: Timing = TIMING,
        keep: float = KEEP_STREAMS,
        clock: Callable[[], float] = time.monotonic,
        events: ProcessEvents | None = None,
        questions: SharedQuestions | None = None,
    ) -> None:
        self._peer = peer
        self._handshake = Handshake(peer)
        self._sessions = sessions
        self._budget = budget or Budget()
        self.runtimes = SessionRuntimes(self._budget, timing=timing, keep=keep, clock=clock, questions=questions)
        self._timing = timing
        sessions.on_trimmed = self.runtimes.close_ended
        self._others = None
        if events is not None and questions is not None:
            self._others = OtherProcesses(events, sessions, self.runtimes, questions)
            self._others.connect()

    async def post(self, visit: EndpointRequest, message: JsonRpcMessage | list[object]) -> web.StreamResponse:
        """Answer the messages of a POST.

        Raises RpcError for messages that the transport refuses, and any error of a method before anything was sent.
        """
        if isinstance(message, Request) and message.method == "initialize":
            return await self._initialize(message, visit)
        session = await self._session(visit)
        if session is None:
            return _gone(visit.headers)
        messages = messages_of(message, session)
        desk = self.runtimes.open(session, visit.holder)
        requests = [each for each in messages if isinstance(each, Request)]
        desk.require_room(requests)
        if len(messages) - len(requests) > MOST_REQUESTS:
            raise InvalidMessage(f"A batch can have {MOST_REQUESTS} notifications and responses at most.")
        for each in messages:
            await self._take(each, desk)
        if not requests:
            return web.Response(status=202, headers=visit.headers)
        return await self._exchange(visit, requests, desk, batch=isinstance(message, list))

    async def get(self, visit: EndpointRequest) -> web.StreamResponse:
        """Serve the stream beside the answers, or the rest of the stream of an answer."""
        if not visit.accept.stream:
            raise InvalidMessage("Accept text/event-stream: what GET opens is a stream.", status=406)
        session = await self._session(visit)
        if session is None:
            return _gone(visit.headers)
        desk = self.runtimes.open(session, visit.holder)
        name, after = last_event(visit.request) or ("", None)
        stream = desk.streams.get(name)
        if stream is None and is_answer(name):
            said = {
                "code": -32600,
                "message": "That stream is not there any more, and neither is what it was to bring: send the request "
                "again.",
            }
            return web.json_response(error_message(None, said), status=400, headers=visit.headers)
        if stream is None:  # lost events cannot be sent again: the stream beside the answers goes on from here
            stream, after = desk.streams.get(desk.beside), None
        ledger = self._budget.listeners if stream is None or stream.name == desk.beside else self._budget.streams
        with ledger.take(desk.holder, must=stream is not None and stream.is_read), self.runtimes.attached(desk):
            stream = stream or self._beside(desk)
            return await stream.serve(visit.request, visit.headers, after=after)

    async def delete(self, visit: EndpointRequest) -> web.Response:
        session = await self._session(visit)
        if session is None:
            return _gone(visit.headers)
        await self._sessions.end(session)
        self.runtimes.close(session.id or "")
        return web.Response(status=204, headers=visit.headers)

    def wind_up(self) -> None:
        """Refuse questions to clients, because the server is about to stop; requests under way may still end."""
        self.runtimes.close_questions(STOPPING)

    def close(self) -> None:
        """Close all runtimes, because the server stops; clients may go on with another server."""
        self.runtimes.close_all()

    async def _initialize(self, message: Request, visit: EndpointRequest) -> web.Response:
        session = session_of(message, visit.caller)
        result = result_message(message.id, self._handshake.initialize(session))
        session_id = await self._sessions.begin(session)
        return web.Response(
            body=encode(result), content_type="application/json", headers={**visit.headers, SESSION_ID: session_id}
        )

    async def _session(self, visit: EndpointRequest) -> Session | None:
        """The session that a request names, None when there is no such session; without a name, a new one.

        The negotiated version applies, whichever supported version the header names: 2025-11-25, transports, protocol
        version header, has 400 for others only. Raises HeaderMismatch or UnsupportedVersion; in a session, whose
        revision knows neither code, raises InvalidMessage instead.
        """
        named = visit.request.headers.getall(SESSION_ID, ())
        if not named:
            return Session(revision=_version(visit.request) or HANDSHAKE_VERSIONS[0])
        if len(named) > 1:
            raise InvalidMessage(f"{SESSION_ID} must be sent once.")
        try:
            _version(visit.request, spoken=SUPPORTED)
        except (HeaderMismatch, UnsupportedVersion) as error:
            raise InvalidMessage(error.message) from error
        return await self._sessions.find(named[0], visit.caller)

    async def _take(self, message: JsonRpcMessage, desk: SessionRuntime) -> None:
        """Handle a notification or a response of the client, which have no answer; ignores requests.

        What belongs to a request that another process answers is passed on.
        """
        others, session_id = self._others, desk.session.id
        if isinstance(message, Response):
            known = desk.questions.resolve(message)
            if not known and others is not None and session_id is not None:
                await others.questions.pass_on(digest_of(session_id), message)
        elif isinstance(message, Notification) and message.method == "notifications/cancelled":
            request_id = message.params.get("requestId")
            if not desk.cancel(request_id) and others is not None and session_id is not None:
                others.pass_on_cancellation(session_id, request_id)

    def _beside(self, desk: SessionRuntime) -> EventStream:
        stream = desk.stream(desk.beside)
        desk.listener = asyncio.create_task(self._tell(desk, stream))
        return stream

    async def _tell(self, desk: SessionRuntime, stream: EventStream) -> None:
        """Put notifications about changed lists and subscribed resources on the stream."""
        listener = listener_of(lambda: desk.session)
        self._peer.server.subscriptions.add(listener)
        try:
            async for event in listener.events():
                stream.put(encode(notification_message(event.topic[0], event.params)))
                await stream.room()
        finally:
            self._peer.server.subscriptions.discard(listener)
            stream.close()

    async def _exchange(
        self, visit: EndpointRequest, messages: list[Request], desk: SessionRuntime, *, batch: bool
    ) -> web.StreamResponse:
        exchange = PostExchange(desk, len(messages), self._budget, streams=visit.accept.stream)
        self._budget.require_calls(desk.holder, visit.size, len(messages))
        for message in messages:
            self._begin(
                message, visit.caller, exchange, self._budget.begin_call(desk.holder, visit.size // len(messages))
            )
        with self.runtimes.attached(desk), closing(exchange):
            await self._something(exchange)
            if exchange.failure is not None:
                raise exchange.failure
            if not visit.accept.json:
                exchange.open(must=True)
            if exchange.stream is not None:
                return await exchange.stream.serve(visit.request, visit.headers)
        if not exchange.answers and desk.ended:
            return _gone(visit.headers)
        if not exchange.answers:  # cancelled: no answer is due (2025-11-25, utilities: cancellation)
            return web.Response(status=202, headers=visit.headers)
        body = encode(exchange.answers if batch else exchange.answers[0])
        return web.Response(body=body, content_type="application/json", headers=visit.headers)

    async def _something(self, exchange: PostExchange) -> None:
        """Wait until everything is answered or a stream is open; open one after long silence, to keep it alive."""
        while exchange.stream is None and not exchange.done:
            try:
                async with asyncio.timeout(self._timing.quiet if exchange.streams else None):
                    await exchange.moved.wait()
            except TimeoutError:
                exchange.open()  # or at the next timeout, if too many are open now
            exchange.moved.clear()

    def _begin(self, message: Request, caller: User | None, exchange: PostExchange, lease: Lease) -> None:
        desk = exchange.desk
        task = desk.running[message.id] = asyncio.create_task(self._run(message, caller, exchange))

        def ended(task: asyncio.Task[None]) -> None:
            # Not inside the task, because a task that is cancelled before its first step never runs.
            desk.running.pop(message.id)
            lease.end()
            if task.cancelled():
                exchange.give_up()

        task.add_done_callback(ended)

    async def _run(self, message: Request, caller: User | None, exchange: PostExchange) -> None:
        """Run a request to its answer, even if the client disconnects: it may come back for the answer.

        See 2025-11-25, transports: sending messages.
        """
        desk = exchange.desk
        line = RequestCallbacks(exchange.notify, exchange.ask, exchange.release if resumes(desk.session) else None)
        try:
            result = await self._handshake.handle(message, caller, desk.session, line)
            if message.method in ("logging/setLevel", "resources/subscribe", "resources/unsubscribe"):
                await self._sessions.save(desk.session)
            exchange.answer(result_message(message.id, result))
        except RpcError as error:
            exchange.answer(error_message(message.id, error.as_dict()))
        except Exception as failure:
            if exchange.alone:
                exchange.fail(failure)
            else:
                exchange.answer(error_message(message.id, _refusal(failure) or internal_error(message)))


def _refusal(failure: Exception) -> dict[str, object] | None:
    """The error for a request that is forbidden, or cannot run now, where it has no HTTP status of its own.

    That is in a batch, whose other requests are answered all the same, or on a stream. None for other failures.
    """
    if isinstance(failure, Busy):
        return unavailable(failure, "a request of a batch").as_dict()
    if isinstance(failure, ScopeRequired):
        return RpcError(f"This needs the scope {failure.scope}, which was not granted.").as_dict()
    return RpcError("This needs a sign-in.").as_dict() if isinstance(failure, SignInRequired) else None


def _version(request: web.Request, *, spoken: Sequence[str] = HANDSHAKE_VERSIONS) -> str | None:
    """The version that the header names, None without one (2025-11-25, transports: protocol version header).

    Raises HeaderMismatch or UnsupportedVersion.
    """
    sent = request.headers.getall("MCP-Protocol-Version", ())
    if not sent:
        return None
    if len(sent) > 1:
        raise HeaderMismatch("MCP-Protocol-Version must be sent once.")
    if sent[0] not in spoken:
        raise UnsupportedVersion(sent[0], SUPPORTED)
    return sent[0]


def _gone(headers: Mapping[str, str]) -> web.Response:
    """The 404 for an unknown session, after which a client initializes again.

    See 2025-11-25, transports: session management.
    """
    answer = error_message(None, {"code": -32001, "message": "There is no such session: begin again with initialize."})
    return web.json_response(answer, status=404, headers=headers)
