"""Streamable HTTP before 2026-07-28: sessions, a stream for each answer and one beside them, and questions to the client (2025-11-25, transports)."""

import asyncio
import time
from collections.abc import Mapping

from aiohttp import web
from attrs import frozen

from ..mcp.errors import HeaderMismatch, RpcError, UnsupportedVersion
from ..mcp.faults import fault
from ..mcp.jsonrpc import Message, Notification, Request, Response, error_message, notification_message, result_message
from ..mcp.peer import Peer
from ..mcp.revisions import HANDSHAKE_VERSIONS, SUPPORTED
from ..mcp.revisions.handshake import Handshake, Line, Session, messages_of, opened, wants
from ..mcp.sessions import Sessions
from ..mcp.subscriptions import Listener
from ..principal import User
from .answer import encode
from .desk import BESIDE, Desk, Exchange
from .event_stream import EventStream, last_event

SESSION_ID = "Mcp-Session-Id"
KEEP_STREAMS = 300
"""Seconds for which a client that stays away may come back for the rest of an answer."""


@frozen
class Visit:
    """One HTTP request: ``headers`` go out with whatever is answered, ``json`` says that the client takes an answer without a stream."""

    request: web.Request
    caller: User | None
    headers: dict[str, str]
    json: bool = True


class HandshakeHTTP:
    """What the endpoint does for clients that begin with ``initialize``."""

    def __init__(self, peer: Peer, sessions: Sessions) -> None:
        self._peer = peer
        self._handshake = Handshake(peer)
        self._sessions = sessions
        self._desks: dict[str, Desk] = {}
        self._clock = time.monotonic
        self._swept = self._clock()

    async def post(self, visit: Visit, message: Message | list[object]) -> web.StreamResponse:
        """Raises RpcError for what the transport refuses, and whatever a method raises before anything was sent."""
        if isinstance(message, Request) and message.method == "initialize":
            return await self._initialize(message, visit)
        session = await self._session(visit)
        if session is None:
            return _gone(visit.headers)
        messages = messages_of(message, session)
        desk = self._desk(session)
        for each in messages:
            await self._take(each, desk)
        requests = [each for each in messages if isinstance(each, Request)]
        if not requests:
            return web.Response(status=202, headers=visit.headers)
        return await self._exchange(visit, requests, desk, batch=isinstance(message, list))

    async def get(self, visit: Visit) -> web.StreamResponse:
        """The stream beside the answers, or the rest of an answer's."""
        session = await self._session(visit)
        if session is None:
            return _gone(visit.headers)
        desk = self._desk(session)
        seen = last_event(visit.request)
        if seen is not None and seen[0] in desk.streams and seen[0] != BESIDE:
            return await desk.streams[seen[0]].serve(visit.request, visit.headers, after=seen[1])
        beside = desk.streams.get(BESIDE) or self._beside(desk)
        return await beside.serve(visit.request, visit.headers, after=seen[1] if seen is not None and seen[0] == BESIDE else 0)

    async def delete(self, visit: Visit) -> web.Response:
        session = await self._session(visit)
        if session is None:
            return _gone(visit.headers)
        await self._sessions.end(session)
        desk = self._desks.pop(session.id or "", None)
        if desk is not None:
            desk.close()
        return web.Response(status=204, headers=visit.headers)

    def close(self) -> None:
        """The server stops: clients may come back to another one."""
        for desk in self._desks.values():
            desk.close()

    async def _initialize(self, message: Request, visit: Visit) -> web.Response:
        session = opened(message, visit.caller)
        result = result_message(message.id, self._handshake.initialize(session))
        session_id = await self._sessions.begin(session)
        return web.Response(body=encode(result), content_type="application/json", headers={**visit.headers, SESSION_ID: session_id})

    async def _session(self, visit: Visit) -> Session | None:
        """The session a request names; without a name, one of which nothing is known. Raises HeaderMismatch or UnsupportedVersion."""
        named = visit.request.headers.getall(SESSION_ID, ())
        if len(named) > 1:
            raise HeaderMismatch(f"Header mismatch: {SESSION_ID} must be sent once.")
        version = _version(visit.request)
        if not named:
            return Session(revision=version or HANDSHAKE_VERSIONS[0])
        return await self._sessions.find(named[0], visit.caller)

    def _desk(self, session: Session) -> Desk:
        if session.id is None:
            return Desk(session)
        self._sweep()
        desk = self._desks.get(session.id)
        if desk is None:
            desk = self._desks[session.id] = Desk(session)
        desk.session = session
        desk.touched = self._clock()
        return desk

    def _sweep(self) -> None:
        """Forget what nobody came back for."""
        now = self._clock()
        if now - self._swept < KEEP_STREAMS:
            return
        self._swept = now
        for session_id in [session_id for session_id, desk in self._desks.items() if desk.is_idle and now - desk.touched >= KEEP_STREAMS]:
            self._desks.pop(session_id).close()

    def _beside(self, desk: Desk) -> EventStream:
        stream = desk.stream(BESIDE)
        desk.listener = asyncio.create_task(self._tell(desk.session, stream))
        return stream

    async def _tell(self, session: Session, stream: EventStream) -> None:
        """Lists that changed, and resources that the session subscribed to."""
        listener = Listener(wants(session))
        self._peer.server.subscriptions.add(listener)
        try:
            async for event in listener.events():
                stream.put(encode(notification_message(event.topic[0], event.params)))
        finally:
            self._peer.server.subscriptions.discard(listener)
            stream.close()

    async def _take(self, message: Message, desk: Desk) -> None:
        """A notification or an answer of the client's: nothing is said to it."""
        if isinstance(message, Response):
            desk.settle(message)
        elif isinstance(message, Notification) and message.method == "notifications/cancelled":
            task = desk.running.get(message.params.get("requestId", ""))
            if task is not None:
                task.cancel("the client cancelled the request")

    async def _exchange(self, visit: Visit, messages: list[Request], desk: Desk, *, batch: bool) -> web.StreamResponse:
        exchange = Exchange(desk, len(messages))
        if not visit.json:
            exchange.open()
        for message in messages:
            desk.running[message.id] = asyncio.create_task(self._run(message, visit.caller, exchange))
        while exchange.stream is None and not exchange.done:
            await exchange.moved.wait()
            exchange.moved.clear()
        if exchange.failure is not None:
            raise exchange.failure
        if exchange.stream is not None:
            return await exchange.stream.serve(visit.request, visit.headers)
        if not exchange.answers:  # cancelled: there is nothing to say (2025-11-25, utilities: cancellation)
            return web.Response(status=202, headers=visit.headers)
        body = encode(exchange.answers if batch else exchange.answers[0])
        return web.Response(body=body, content_type="application/json", headers=visit.headers)

    async def _run(self, message: Request, caller: User | None, exchange: Exchange) -> None:
        """The client that goes away has not cancelled anything: it may come back for the answer (2025-11-25, transports: sending messages)."""
        desk = exchange.desk
        line = Line(exchange.notify, exchange.ask, exchange.release if desk.session.id is not None else None)
        try:
            result = await self._handshake.handle(message, caller, desk.session, line)
            exchange.answer(result_message(message.id, result))
            if message.method in ("logging/setLevel", "resources/subscribe", "resources/unsubscribe"):
                await self._sessions.save(desk.session)
        except RpcError as error:
            exchange.answer(error_message(message.id, error.as_dict()))
        except asyncio.CancelledError:
            exchange.give_up()
            raise
        except Exception as failure:
            exchange.fail(failure) if exchange.stream is None else exchange.answer(error_message(message.id, fault(message)))
        finally:
            desk.running.pop(message.id, None)


def _version(request: web.Request) -> str | None:
    """2025-11-25, transports: protocol version header. Raises HeaderMismatch or UnsupportedVersion."""
    sent = request.headers.getall("MCP-Protocol-Version", ())
    if not sent:
        return None
    if len(sent) > 1:
        raise HeaderMismatch("Header mismatch: MCP-Protocol-Version must be sent once.")
    if sent[0] not in HANDSHAKE_VERSIONS:
        raise UnsupportedVersion(sent[0], SUPPORTED)
    return sent[0]


def _gone(headers: Mapping[str, str]) -> web.Response:
    """2025-11-25, transports: session management; the client begins again with initialize."""
    answer = error_message(None, {"code": -32001, "message": "There is no such session: begin again with initialize."})
    return web.json_response(answer, status=404, headers=headers)
