"""HTTP+SSE, the transport of 2024-11-05: responses arrive on one stream, requests are posted to the address that it
names (MCP 2024-11-05, transports).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from attrs import define, evolve

from ...cause_code import CauseCode
from ...errors import FlowError, ProtocolFailure, TooSlow, Unreachable, Untrusted
from ...fetcher import Stream
from ...json_text import JsonObject
from ...trace import OLDEST_TRANSPORT, Chapter
from ...wire import InitializeResult
from ..messaging import (
    WORTHWHILE,
    Ask,
    Channel,
    Endpoint,
    EndpointResponse,
    Inbox,
    Receiver,
    Request,
    SharedStream,
    Step,
    closed,
    pause_of,
    strange,
)
from ..protocol import (
    OLDEST,
    Event,
    EventParser,
    Malformed,
    Message,
    Options,
    RpcError,
    StrangeAnswer,
    events,
    no_mcp,
    notification_message,
    read_messages,
    request_message,
    result_of,
    written,
)
from .session import Held, Session
from .session_endpoint import GOODBYE, LEFT

RULE = OLDEST_TRANSPORT
LONGEST_BEGINNING = 16 * 1024


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def posting_url(url: str, named: str) -> str:
    """The address for messages. Raises Untrusted for one at another origin, as the token is sent there."""
    try:
        target = urljoin(url, named)
        same = _origin(target) == _origin(url) and "@" not in urlsplit(target).netloc
    except ValueError:
        same = False
    if not same or not named.isprintable():
        raise Untrusted(
            f"The server names an address for messages that is not its own, {named[:200]}, so nothing was sent.",
            CauseCode.FOREIGN_ENDPOINT,
        )
    return target


async def beginning(stream: Stream, patience: float) -> bytes:
    """The first LONGEST_BEGINNING bytes of an unexpected answer, read to diagnose it.

    Reads for at most ``patience`` seconds.
    """
    kept = b""
    with suppress(FlowError, TimeoutError):
        async with asyncio.timeout(patience):
            async for chunk in stream.chunks():
                kept += chunk
                if len(kept) >= LONGEST_BEGINNING:
                    break
    return kept[:LONGEST_BEGINNING]


@define(eq=False)
class HttpSse:
    """One client's use of the stream, which it may share with others. A client that needs the stream opens it, and
    reopens it when it has ended.
    """

    endpoint: Endpoint
    receiver: Receiver
    options: Options
    session: Session

    # The stream

    async def open(self) -> None:
        """Open the stream unless another client has, learn where to send messages, and perform the handshake.

        The caller must hold ``session.meeting``. Raises StrangeAnswer when this is no such server, Untrusted,
        Unreachable.
        """
        stream = self.session.stream
        stream.hold(self)
        if stream.is_open:
            return
        try:
            await self._connect(stream)
            await self._shake_hands()
        except BaseException:
            await stream.end()
            raise

    async def _connect(self, stream: SharedStream) -> None:
        await stream.end()
        self.session.shaken = False
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        reading = asyncio.create_task(self._read(stream, ready, Held(self.session.epoch + 1, "")))
        stream.begin(reading)
        either: set[asyncio.Future[Any]] = {ready, reading}
        await asyncio.wait(either, timeout=self.options.request_timeout, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            raise (
                no_mcp(200) if reading.done() else TooSlow("The server did not name the address for messages in time.")
            )
        stream.posting = ready.result()

    async def _read(self, stream: SharedStream, ready: "asyncio.Future[str]", held: Held) -> None:
        request = Request(
            "GET",
            {"Accept": "text/event-stream"},
            silence=self.options.task_timeout,
            total=self.options.task_timeout,
            stays_open=True,
        )
        failure: FlowError = closed()
        try:
            async with self.endpoint.send(request, Step("Open the stream of HTTP with SSE", RULE)) as answer:
                if not answer.is_stream:
                    raise strange(answer, await beginning(answer.stream, self.options.request_timeout))
                try:
                    await self._converse(answer, stream, ready, held)
                except asyncio.CancelledError:
                    answer.notes.meaning = LEFT
        except FlowError as error:
            failure = error
        finally:
            stream.fail(failure)
            if not ready.done():
                ready.set_exception(failure)
                ready.exception()

    async def _converse(
        self, answer: EndpointResponse, stream: SharedStream, ready: "asyncio.Future[str]", held: Held
    ) -> None:
        arriving: AsyncIterator[Event] = events(answer.stream.chunks(), EventParser(self.options.longest_event))
        inbox = Inbox(self.session.dispatch, Channel(held.epoch, partial(self._reply, held)))
        async for event in arriving:
            if not ready.done():
                if event.kind != "endpoint":
                    raise no_mcp(answer.status)
                ready.set_result(posting_url(self.endpoint.url, event.data))
                answer.notes.meaning = (
                    "The server keeps this stream open for its responses and names the address for messages."
                )
            elif event.kind == "message":
                await self._received(event.data, stream, inbox)

    async def _received(self, data: str, stream: SharedStream, inbox: Inbox) -> None:
        try:
            messages = read_messages(data)
        except Malformed as error:
            stream.unread(error)
            return
        for message in messages:
            await stream.arrived(message, inbox)

    async def _shake_hands(self) -> None:
        result = await self._ask(self.session.greeting(OLDEST, self.receiver.host, self.options))
        self.session.met(cast(InitializeResult, {**result, "protocolVersion": OLDEST}))
        self.session.dispatch.renewed(self.session.epoch)
        await self.tell("notifications/initialized", {}, Step("Ready", RULE, meaning="The handshake is complete."))
        for ask in self.session.asked_for():
            # A refusal here is in the trace; the session is usable without what was asked for.
            with suppress(RpcError, StrangeAnswer):
                await self._ask(ask)

    async def news(self) -> None:
        """Keep the stream open, reopening it when it ends. Raises the reason when it cannot be restored."""
        fruitless, loop = 0, asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._opened()
                await self.session.stream.ended()
                failure = self.session.stream.failure
            except FlowError as error:
                failure = error
            fruitless = 0 if loop.time() - began >= WORTHWHILE else fruitless + 1
            if fruitless >= self.options.fruitless_reconnections or not isinstance(
                failure, Unreachable | ProtocolFailure
            ):
                raise failure
            await asyncio.sleep(pause_of(EventParser(), fruitless, self.options))

    async def _opened(self) -> None:
        async with self.session.meeting:
            await self.open()

    # Requests

    def _post(self, message: Message, told: JsonObject, silence: float, *, once: bool = False) -> Request:
        return Request(
            "POST",
            {"Content-Type": "application/json"},
            written(message),
            told,
            silence,
            self.options.total_timeout,
            once=once,
        )

    async def ask(self, ask: Ask) -> JsonObject:
        await self._opened()
        return await self._ask(ask)

    async def _ask(self, ask: Ask) -> JsonObject:
        request_id, stream = next(self.session.ids), self.session.stream
        try:
            with self.receiver.following(request_id, slow=ask.slow):
                return await self._exchange(ask, request_id, stream)
        except (asyncio.CancelledError, TooSlow):
            await self._cancel(request_id)
            raise
        finally:
            stream.expect_no_more(request_id)

    async def _exchange(self, ask: Ask, request_id: int, stream: SharedStream) -> JsonObject:
        params = {**ask.params, **({"_meta": {"progressToken": request_id}} if ask.slow else {})}
        message = request_message(request_id, ask.method, params)
        silence = self.options.call_timeout if ask.slow else self.options.request_timeout
        answered = stream.expect(request_id)
        post = self._post(message, {"method": ask.method, **ask.params}, silence, once=ask.once)
        async with self._posting().send(
            evolve(post, begun=partial(self.receiver.timed, request_id)), ask.step.at(OLDEST)
        ) as answer:
            if answer.status >= 300:
                raise StrangeAnswer(answer.status, f"The server did not accept the message (status {answer.status}).")
            result = result_of(200, await answered)
            ask.read(answer.notes, result)
            return result

    def _posting(self) -> Endpoint:
        """The endpoint for messages. Raises the reason when the stream has ended."""
        stream = self.session.stream
        if not stream.is_open:
            raise stream.failure
        return self.endpoint.at(stream.posting)

    async def tell(self, method: str, params: JsonObject, step: Step) -> None:
        """Send a notification. Raises StrangeAnswer when the server does not accept it."""
        await self._send(notification_message(method, params), {"method": method, **params}, step)

    async def _reply(self, held: Held, message: Message) -> None:
        """Answer a question of the server; dropped when the question came on an earlier stream."""
        if held.epoch == self.session.epoch:
            told = {name: message.get(name) for name in ("result", "error")}
            await self._send(message, told, Step("Answer the server's question", RULE, Chapter.USING))

    async def _send(self, message: Message, told: JsonObject, step: Step) -> None:
        async with self._posting().send(self._post(message, told, self.options.request_timeout), step) as answer:
            if answer.status >= 300:
                raise StrangeAnswer(answer.status, f"The server did not accept the message (status {answer.status}).")

    async def _cancel(self, request_id: int) -> None:
        params = {"requestId": request_id, "reason": "The client no longer waits for the response."}
        with suppress(FlowError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await self.tell(
                    "notifications/cancelled", params, Step("Cancel the request", RULE, Chapter.USING, optional=True)
                )

    async def close(self) -> None:
        await self.receiver.close()
        await self.session.stream.let_go(self)
