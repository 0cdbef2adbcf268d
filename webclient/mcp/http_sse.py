"""HTTP+SSE, the transport of 2024-11-05: answers come on one stream, questions go to the address that it names (MCP 2024-11-05, transports)."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

from attrs import define, field

from ..errors import FlowError, ProtocolFailure, TooSlow, Untrusted
from ..fetcher import Stream
from .answers import StrangeAnswer, no_mcp, result_of, unreadable
from .asking import Ask, strange
from .endpoint import USING, Answer, Clock, Endpoint, Request, Step
from .legacy import GOODBYE, LEFT
from .messages import Malformed, Message, is_id, is_response, read_messages, written
from .options import Options
from .reception import Reception
from .revisions import OLDEST
from .session import Session
from .sse import Event, EventParser, events

RULE = "MCP 2024-11-05, HTTP with SSE"
LONGEST_BEGINNING = 16 * 1024


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def posting_url(url: str, named: str) -> str:
    """Where to send messages. Raises Untrusted for an address at another origin: the token goes there, too."""
    try:
        target = urljoin(url, named)
        same = _origin(target) == _origin(url) and "@" not in urlsplit(target).netloc
    except ValueError:
        same = False
    if not same or not named.isprintable():
        raise Untrusted(f"The server wants messages sent to another place than its own, {named[:200]}, so nothing was sent.", "foreign_endpoint")
    return target


async def beginning(stream: Stream, patience: float) -> bytes:
    """How an answer begins that is not the expected one, for whoever looks for the reason. Never waits longer than ``patience`` seconds."""
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
    endpoint: Endpoint
    reception: Reception
    options: Options
    session: Session
    _ids: Iterator[int] = field(factory=lambda: itertools.count(1), repr=False)
    _waiting: dict[int, "asyncio.Future[Message]"] = field(factory=dict, repr=False)
    _clocks: dict[int, Clock] = field(factory=dict, repr=False)
    _reading: "asyncio.Task[None] | None" = field(default=None, repr=False)
    _posting: Endpoint | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self.reception.reply = self._reply

    async def open(self) -> None:
        """Open the stream and learn where to send messages. Raises StrangeAnswer when this is no such server, Untrusted, Unreachable."""
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(ready))
        either: set[asyncio.Future[Any]] = {ready, self._reading}
        await asyncio.wait(either, timeout=self.options.request_timeout, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ended = self._reading.done()
            await self.close()
            raise no_mcp(200) if ended else TooSlow("The server did not say in time where to send messages.")
        self._posting = self.endpoint.at(ready.result())

    async def _read(self, ready: "asyncio.Future[str]") -> None:
        request = Request("GET", {"Accept": "text/event-stream"}, silence=self.options.task_timeout, total=self.options.task_timeout, stays_open=True)
        failure: FlowError = ProtocolFailure("The server closed the stream on which it answers.", "no_answer")
        try:
            async with self.endpoint.send(request, Step("Hello, in the oldest way", RULE)) as answer:
                if not answer.is_stream:
                    raise strange(answer, await beginning(answer.stream, self.options.request_timeout))
                try:
                    await self._converse(answer, ready)
                except asyncio.CancelledError:
                    answer.notes.meaning = LEFT
        except FlowError as error:
            failure = error
        finally:
            waiting: list[asyncio.Future[Any]] = [ready, *self._waiting.values()]
            for future in waiting:
                if not future.done():
                    future.set_exception(failure)
                    future.exception()

    async def _converse(self, answer: Answer, ready: "asyncio.Future[str]") -> None:
        arriving: AsyncIterator[Event] = events(answer.stream.chunks(), EventParser(self.options.longest_event))
        async for event in arriving:
            if not ready.done():
                if event.kind != "endpoint":
                    raise no_mcp(answer.status)
                ready.set_result(posting_url(self.endpoint.url, event.data))
                answer.notes.meaning = "The server keeps this line open for its answers, and says where to send questions."
            elif event.kind == "message":
                await self._received(event.data)

    async def _received(self, data: str) -> None:
        try:
            messages = read_messages(data)
        except Malformed as error:
            for waiting in filter(None, map(self._waiting.get, error.answered)):
                if not waiting.done():
                    waiting.set_exception(unreadable(200, str(error)))
            return
        for message in messages:
            await self._arrived(message)

    async def _arrived(self, message: Message) -> None:
        waiting = self._waiting.get(message["id"]) if is_response(message) and is_id(message.get("id")) else None
        if waiting and not waiting.done():
            waiting.set_result(message)
            return
        # Nothing says which request a message on the shared stream is about: the newest one has its patience renewed.
        await self.reception.receive(message, next(reversed(self._clocks.values()), None))

    def _post(self, message: Message, told: dict[str, Any], silence: float, *, once: bool = False) -> Request:
        return Request("POST", {"Content-Type": "application/json"}, written(message), told, silence, self.options.total_timeout, once=once)

    async def ask(self, ask: Ask) -> dict[str, Any]:
        request_id = next(self._ids)
        try:
            with self.reception.following(request_id):
                return await self._exchange(ask, request_id)
        except (asyncio.CancelledError, TooSlow):
            await self._cancel(request_id)
            raise
        finally:
            self._waiting.pop(request_id, None)
            self._clocks.pop(request_id, None)

    async def _exchange(self, ask: Ask, request_id: int) -> dict[str, Any]:
        params = {**ask.params, **({"_meta": {"progressToken": request_id}} if ask.slow else {})}
        message = {"jsonrpc": "2.0", "id": request_id, "method": ask.method, "params": params}
        silence = self.options.call_timeout if ask.slow else self.options.request_timeout
        answered = self._waiting[request_id] = asyncio.get_running_loop().create_future()
        async with self._open_endpoint.send(self._post(message, {"method": ask.method, **ask.params}, silence, once=ask.once), ask.step.at(OLDEST)) as answer:
            if answer.status >= 300:
                raise StrangeAnswer(answer.status, f"The server did not accept the message (status {answer.status}).")
            self._clocks[request_id] = answer.clock
            result = result_of(200, await answered)
            ask.read(answer.notes, result)
            return result

    @property
    def _open_endpoint(self) -> Endpoint:
        if self._posting is None or self._reading is None or self._reading.done():
            raise ProtocolFailure("The server closed the stream on which it answers.", "no_answer")
        return self._posting

    async def tell(self, method: str, params: dict[str, Any], step: Step) -> None:
        """A notification. Raises StrangeAnswer when the server does not accept it."""
        await self._send({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})}, {"method": method, **params}, step)

    async def _reply(self, message: Message) -> None:
        told = {name: message.get(name) for name in ("result", "error")}
        await self._send(message, told, Step("Here is what you asked for", RULE, USING))

    async def _send(self, message: Message, told: dict[str, Any], step: Step) -> None:
        async with self._open_endpoint.send(self._post(message, told, self.options.request_timeout), step) as answer:
            if answer.status >= 300:
                raise StrangeAnswer(answer.status, f"The server did not accept what the client told it (status {answer.status}).")

    async def _cancel(self, request_id: int) -> None:
        params = {"requestId": request_id, "reason": "The person stopped waiting."}
        with suppress(FlowError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await self.tell("notifications/cancelled", params, Step("Never mind", RULE, USING, aside=True))

    def hear(self) -> "asyncio.Task[None]":
        """The stream on which everything comes."""
        if self._reading is None:
            raise ProtocolFailure("The server closed the stream on which it answers.", "no_answer")
        return self._reading

    async def shake_hands(self) -> dict[str, Any]:
        result = await self.ask(self.session.greeting(OLDEST, self.reception.host, self.options))
        self.session.met({**result, "protocolVersion": OLDEST})
        await self.tell("notifications/initialized", {}, Step("Ready", RULE, meaning="The handshake is complete."))
        return result

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self.reception.close()
