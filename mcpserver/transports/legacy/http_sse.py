"""HTTP+SSE of 2024-11-05: one stream for all messages of the server, one address for all messages of the client.

See 2024-11-05, transports.
"""

import asyncio
import secrets
from collections import deque

from aiohttp import web

from ...mcp.dispatch import Dispatcher
from ...mcp.legacy import Handshake, RequestCallbacks, Session, listener_of, messages_of, session_of
from ...mcp.protocol import (
    HANDSHAKE_VERSIONS,
    Budget,
    JsonRpcMessage,
    Lease,
    Notification,
    Params,
    Request,
    Response,
    Result,
    RpcError,
    ScopeRequired,
    SignInRequired,
    error_message,
    internal_error,
    notification_message,
    result_message,
)
from ...principal import User, principal_of
from ..http import KEEP_ALIVE, TIMING, EndpointRequest, Timing, beat_after, encode, open_stream, write
from .session_runtime import STOPPING, SessionRuntime

VERSIONS = (*HANDSHAKE_VERSIONS, "2024-11-05")
"""Supported versions, newest first."""

SESSION = "session"
END = b""
MOST_PENDING = 32 * 1024
"""Bytes that wait for a client to read them; further writers wait, until the client counts as gone."""

COST = 200
"""Bytes counted for a message beside its text."""


class Outbox:
    """A bounded queue of messages, from the tasks that produce them to the one that writes them."""

    def __init__(self) -> None:
        self._messages: deque[bytes] = deque()
        self._size = 0
        self._changed = asyncio.Event()

    async def put(self, message: bytes) -> None:
        """Add a message once there is room."""
        while self._size >= MOST_PENDING:
            await self._changed.wait()
        self.put_now(message)

    def put_now(self, message: bytes) -> None:
        self._messages.append(message)
        self._size += len(message) + COST
        self._tell()

    async def get(self) -> bytes:
        while not self._messages:
            await self._changed.wait()
        message = self._messages.popleft()
        self._size -= len(message) + COST
        self._tell()
        return message

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Channel:
    """One client and its stream; the session lasts as long as the stream."""

    def __init__(self, caller: User | None, timing: Timing) -> None:
        self.principal = principal_of(caller)
        self.desk = SessionRuntime(Session(revision=VERSIONS[-1]), timing)
        self.messages = Outbox()
        self.quiet = beat_after(timing.quiet)

    async def notify(self, method: str, params: Params) -> None:
        await self.put(notification_message(method, params))

    async def ask(self, method: str, params: Params) -> Params:
        return await self.desk.questions.ask(method, params, self.put)

    async def put(self, message: dict[str, object]) -> None:
        """Send a message once there is room.

        A client that takes too long for one write ends the session, and tasks that wait here are cancelled.
        """
        await self.messages.put(encode(message))

    def end(self) -> None:
        """End the stream after the messages that wait to be read."""
        self.messages.put_now(END)


class HttpSse:
    """The transport; ``path`` is where clients post, as the first event of the stream tells them."""

    def __init__(self, peer: Dispatcher, path: str, *, budget: Budget, timing: Timing = TIMING) -> None:
        self._peer = peer
        self._path = path
        self._budget = budget
        self._handshake = Handshake(peer)
        self._timing = timing
        self._channels: dict[str, Channel] = {}

    async def open(self, visit: EndpointRequest) -> web.StreamResponse:
        """Serve a stream, whose first event says where to post. Raises TooMuch."""
        with self._budget.streams.take(visit.holder):
            return await self._serve(visit)

    async def _serve(self, visit: EndpointRequest) -> web.StreamResponse:
        session_id, channel = secrets.token_hex(32), Channel(visit.caller, self._timing)
        self._channels[session_id] = channel
        response = web.StreamResponse()
        telling = asyncio.create_task(self._tell(channel))
        try:
            response = await open_stream(visit.request, visit.headers)
            await self._write(
                visit.request, response, f"event: endpoint\ndata: {self._path}?{SESSION}={session_id}\n\n".encode()
            )
            while event := await self._next(channel):
                await self._write(visit.request, response, event)
        except ConnectionResetError:
            pass  # the session ends with its stream
        finally:
            del self._channels[session_id]
            telling.cancel()
            channel.desk.close()
        return response

    async def post(self, visit: EndpointRequest, message: JsonRpcMessage | list[object]) -> web.StreamResponse:
        """Accept messages with 202; the answers come on the stream.

        A request that the caller may not make is refused here. Raises ScopeRequired, SignInRequired or RpcError.
        """
        channel = self._channels.get(visit.request.query.get(SESSION, ""))
        if channel is None or channel.principal != principal_of(visit.caller):
            return web.json_response(
                error_message(None, {"code": -32001, "message": "There is no such session: open a stream."}), status=404
            )
        messages = messages_of(message, channel.desk.session)
        requests = [each for each in messages if isinstance(each, Request)]
        channel.desk.require_room(requests)
        for each in messages:
            if isinstance(each, Response):
                channel.desk.questions.resolve(each)
            elif isinstance(each, Notification) and each.method == "notifications/cancelled":
                channel.desk.cancel(each.params.get("requestId"))
        self._budget.require_calls(visit.holder, visit.size, len(requests))
        for request in requests:
            await self._begin(
                request, visit.caller, channel, self._budget.begin_call(visit.holder, visit.size // len(requests))
            )
        return web.Response(status=202, headers=visit.headers)

    def wind_up(self) -> None:
        """Refuse questions to clients, because the server is about to stop."""
        for channel in self._channels.values():
            channel.desk.questions.close(STOPPING)

    def close(self) -> None:
        """End every stream after the messages that wait to be read, because the server stops."""
        for channel in self._channels.values():
            channel.end()

    async def _begin(self, request: Request, caller: User | None, channel: Channel, lease: Lease) -> None:
        """Start a request, and wait a moment for a refusal, which becomes the answer to the POST."""
        task = channel.desk.running[request.id] = asyncio.create_task(self._run(request, caller, channel))
        task.add_done_callback(lambda _: channel.desk.running.pop(request.id))
        task.add_done_callback(lambda _: lease.end())
        await asyncio.wait({task}, timeout=self._timing.look)
        if task.done() and not task.cancelled():
            task.result()

    async def _run(self, request: Request, caller: User | None, channel: Channel) -> None:
        try:
            if request.method == "initialize":
                channel.desk.session = session_of(request, caller, VERSIONS)
                channel.desk.session.id = SESSION
                result: Result = self._handshake.initialize(channel.desk.session)
            else:
                result = await self._handshake.handle(
                    request, caller, channel.desk.session, RequestCallbacks(channel.notify, channel.ask)
                )
            await channel.put(result_message(request.id, result))
        except RpcError as error:
            await channel.put(error_message(request.id, error.as_dict()))
        except (ScopeRequired, SignInRequired):
            raise
        except Exception:
            await channel.put(error_message(request.id, internal_error(request)))

    async def _tell(self, channel: Channel) -> None:
        """Send notifications of changes that the session wants, until the server stops."""
        listener = listener_of(lambda: channel.desk.session)  # which ``initialize`` replaces
        self._peer.server.subscriptions.add(listener)
        try:
            async for event in listener.events():
                await channel.notify(event.topic[0], event.params)
        finally:
            self._peer.server.subscriptions.discard(listener)

    async def _next(self, channel: Channel) -> bytes:
        """The next event, a keep-alive after silence; empty at the end."""
        try:
            async with asyncio.timeout(channel.quiet):
                message = await channel.messages.get()
                return b"event: message\ndata: " + message + b"\n\n" if message else END
        except TimeoutError:
            return KEEP_ALIVE

    async def _write(self, request: web.Request, response: web.StreamResponse, data: bytes) -> None:
        await write(request, response, data, patience=self._timing.patience)
