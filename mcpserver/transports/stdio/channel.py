"""stdio: one client on one channel, in any revision (MCP 2026-07-28, stdio; 2025-11-25, transports: stdio)."""

import asyncio
from collections.abc import Collection

from attrs import evolve

from ...mcp import Server
from ...mcp.dispatch import Dispatcher
from ...mcp.legacy import Handshake, PendingQuestions, RequestCallbacks, Session, listener_of, messages_of, session_of
from ...mcp.protocol import (
    MODERN_VERSION,
    SUPPORTED,
    InvalidMessage,
    JsonRpcMessage,
    MessageId,
    Notification,
    Params,
    Request,
    Response,
    Result,
    RpcError,
    UnsupportedVersion,
    error_message,
    identifier,
    internal_error,
    message_id,
    notification_message,
    parse,
    result_message,
)
from ...principal import User
from ...sources import Sources
from .calls import Batch, Call, InUse
from .framing import MAX_LINE, Lines, Writer, lines

PATIENCE = 3
"""Seconds that requests under way may still take after the client has closed its end."""

MOST_REQUESTS = 1000
"""Requests under way at a time; one more is refused."""


class Stdio:
    """Serves one client on a pair of streams.

    ``caller`` is the person at this machine, who has every scope; None when there is no current user. ``max_line`` is
    in bytes, ``patience`` in seconds.
    """

    def __init__(
        self,
        server: Server,
        *,
        caller: User | None = None,
        sources: Sources = Sources(),  # noqa: B008 - frozen
        max_line: int = MAX_LINE,
        patience: float = PATIENCE,
    ) -> None:
        self._peer = Dispatcher(server, sources=sources)
        self._caller = caller
        self._max_line = max_line
        self._patience = patience

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Serve until the client closes its end; requests under way may still finish within ``patience``."""
        async with self._peer.running():
            channel = Channel(self._peer, self._caller, Lines(writer))
            try:
                async for line in lines(reader, self._max_line):
                    await channel.take(line)
                await channel.finish(self._patience)
            finally:
                await channel.close()


class Channel:
    """The state of one client: its session, if it has one, its requests under way and the questions it was asked."""

    def __init__(self, peer: Dispatcher, caller: User | None, out: Lines) -> None:
        self._peer = peer
        self._caller = caller
        self._out = out
        self._handshake = Handshake(peer)
        self._session: Session | None = None
        self._calls: dict[MessageId, tuple[Call, asyncio.Task[None]]] = {}
        self._questions = PendingQuestions()
        self._teller: asyncio.Task[None] | None = None

    async def take(self, line: bytes | None) -> None:
        """Answer a line, or begin to. A line that cannot be parsed gets an error, and the channel goes on."""
        try:
            await self._take(_parse(line))
        except InUse as error:
            await self._out.put(error_message(None, error.as_dict()))
        except RpcError as error:
            await self._out.put(error_message(message_id(line or b""), error.as_dict()))
        await asyncio.sleep(0)  # lets requests end that are answered at once, so that they do not count as under way

    async def finish(self, patience: float) -> None:
        """Let requests under way end within ``patience`` seconds, then answer them with an error.

        Questions to the client fail at once, because nobody will answer them.
        """
        self._questions.close()
        await self._peer.drain(patience)
        if tasks := self._tasks():
            await asyncio.wait(tasks, timeout=1)

    async def close(self) -> None:
        """Cancel the requests that are still under way, without answering them."""
        for call, _ in self._calls.values():
            call.cancelled = True
        tasks = [*self._tasks(), *([self._teller] if self._teller else [])]
        for task in tasks:
            task.cancel("the client closed its end")
        if tasks:
            await asyncio.wait(tasks, timeout=1)

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for _, task in self._calls.values()]

    async def _take(self, message: JsonRpcMessage | list[object]) -> None:
        """Dispatch a message. Raises RpcError when it is refused before a handler begins."""
        if isinstance(message, list):
            await self._take_batch(messages_of(message, self._session or Session()))
        elif isinstance(message, Request) and message.method == "initialize" and not message.meta.is_modern:
            await self._initialize(message)
        elif isinstance(message, Request):
            self._begin(message)
        else:
            await self._hear(message)

    async def _take_batch(self, messages: Collection[JsonRpcMessage]) -> None:
        requests = [message for message in messages if isinstance(message, Request)]
        if len({request.id for request in requests}) < len(requests):
            raise InvalidMessage("Two requests of the batch have the same id.")
        for number, request in enumerate(requests):
            self._require_beginnable(request, beside=number)
        batch = Batch(self._out, len(requests))
        for message in messages:
            if isinstance(message, Request):
                self._begin(message, batch)
            else:
                await self._hear(message)

    async def _hear(self, message: Notification | Response) -> None:
        """Handle a notification or a response, which have no answer."""
        if isinstance(message, Response):
            self._questions.resolve(message)
        elif message.method == "notifications/cancelled":
            await self._cancel(message.params.get("requestId"))
        elif message.method == "notifications/initialized" and self._session is not None and self._teller is None:
            self._teller = asyncio.create_task(self._tell(self._session))

    async def _initialize(self, message: Request) -> None:
        """Begin a session; a client that initializes again counts as a new one (2025-11-25, lifecycle)."""
        self._session = session_of(message, self._caller)
        if self._teller is not None:
            self._teller.cancel("the client began another session")
            self._teller = None
        await self._out.put(result_message(message.id, self._handshake.initialize(self._session)))

    async def _tell(self, session: Session) -> None:
        listener = listener_of(lambda: session)
        self._peer.server.subscriptions.add(listener)
        try:
            async for event in listener.events():
                await self._out.put(notification_message(event.topic[0], event.params))
        finally:
            self._peer.server.subscriptions.discard(listener)

    def _begin(self, message: Request, batch: Batch | None = None) -> None:
        """Start a task that answers a request. Raises RpcError."""
        self._require_beginnable(message)
        call = Call(message, self._out, batch)
        task = asyncio.create_task(self._run(call))
        self._calls[message.id] = call, task
        task.add_done_callback(lambda _: self._calls.pop(message.id))

    def _require_beginnable(self, message: Request, *, beside: int = 0) -> None:
        """Raises RpcError for an id in use, or too many requests; ``beside`` counts those that begin before it."""
        if message.id in self._calls:
            raise InUse(f"The id {message.id!r} is that of a request under way.")
        if len(self._calls) + beside >= MOST_REQUESTS:
            raise RpcError(f"{MOST_REQUESTS} requests are under way already: wait for one of them to end.")

    async def _cancel(self, value: object) -> None:
        """Cancel a request; an unknown or answered one is ignored (2026-07-28, patterns: cancellation)."""
        request_id = identifier(value)
        if request_id is None or request_id not in self._calls:
            return
        call, task = self._calls[request_id]
        if call.answered or call.cancelled:
            return
        call.cancelled = True
        task.cancel("the client cancelled the request")
        if call.batch is not None:
            await call.batch.add(None)

    async def _run(self, call: Call) -> None:
        request = call.request
        try:
            answer = result_message(request.id, await self._result(call))
        except RpcError as error:
            answer = error_message(request.id, error.as_dict())
        except Exception:
            answer = error_message(request.id, internal_error(request))
        await call.answer(answer)

    async def _result(self, call: Call) -> Result:
        """Handle a request in the revision that it or its session names.

        See 2026-07-28, versioning: backward compatibility. Raises RpcError.
        """
        caller, message = self._person(), call.request
        if message.meta.is_modern:
            if message.meta.require_modern() != MODERN_VERSION:
                raise UnsupportedVersion(message.meta.revision or "", SUPPORTED)
            return await self._peer.handle(self._peer.read(message, caller, self._peer.named(message)), call.notify)
        session = self._session or _before_initialize(message)
        return await self._handshake.handle(message, caller, session, RequestCallbacks(call.notify, self._ask))

    async def _ask(self, method: str, params: Params) -> Params:
        return await self._questions.ask(method, params, self._out.put)

    def _person(self) -> User | None:
        """The caller with every scope of the server: a person at this machine needs no consent."""
        return (
            None
            if self._caller is None
            else evolve(self._caller, scopes=self._caller.scopes | self._peer.server.scope_names)
        )


def _parse(line: bytes | None) -> JsonRpcMessage | list[object]:
    """Parse a line; None is one that was too long. Raises ParseError or InvalidMessage."""
    if line is None:
        raise InvalidMessage("The message is too long for this server, and was not read.")
    return parse(line)


def _before_initialize(message: Request) -> Session:
    """The session of a request before ``initialize``, which may only be a ping.

    See 2025-11-25, lifecycle: initialization. Raises InvalidParams or InvalidMessage.
    """
    if message.method == "ping":
        return Session()
    if message.meta.revision is None:
        message.meta.require_modern()
    raise InvalidMessage("This protocol revision begins with initialize.")
