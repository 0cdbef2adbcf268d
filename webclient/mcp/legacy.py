"""Revisions 2025-03-26 to 2025-11-25: a handshake, a session, questions on the stream, and streams that go on where they broke off."""

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from attrs import define, evolve, field

from ..errors import FlowError, ProtocolFailure, TooSlow, Unreachable
from .answers import RpcError, StrangeAnswer
from .asking import Ask, Judge, let_be, read_answer, require_result, streamed
from .endpoint import USING, Answer, Endpoint, Request, Step
from .messages import Message, written
from .options import Options
from .reception import Reception
from .session import Session
from .sse import EventParser

STREAMS = "MCP 2025-11-25, Streamable HTTP"
DEFAULT_RETRY, DOUBLINGS = 1.0, 4
LEFT = "The client left the line when it expected nothing more on it."
LINE_OPENS = 1.0
"""How long a server may take to open a line of its own; some say nothing before they have something to say. In seconds."""
GOODBYE = 5
"""How long a word that nobody waits for may take, in seconds."""


class _Gone(FlowError):
    """The server does not know the session any more (MCP 2025-11-25, session management)."""

    outcome = "info"

    def __init__(self) -> None:
        super().__init__("The server does not know the session any more, so a new one is begun.")


@define(eq=False)
class Legacy:
    """``session`` outlives this object when its owner keeps it."""

    endpoint: Endpoint
    reception: Reception
    options: Options
    session: Session
    _ids: Iterator[int] = field(factory=lambda: itertools.count(1), repr=False)
    _opening: asyncio.Lock = field(factory=asyncio.Lock, repr=False)
    _line: asyncio.Event = field(factory=asyncio.Event, repr=False)
    _hearing: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        self.reception.reply = self.reply

    def _headers(self, method: str) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if method == "initialize":
            return headers
        session = {"Mcp-Session-Id": self.session.id} if self.session.id else {}
        return {**headers, "MCP-Protocol-Version": self.session.protocol, **session}

    def _post(self, message: Message, told: Mapping[str, Any], silence: float, *, once: bool = False) -> Request:
        headers = self._headers(str(message.get("method", "")))
        return Request("POST", headers, written(message), told, silence, self.options.total_timeout, once=once)

    async def ask(self, ask: Ask) -> dict[str, Any]:
        """MCP 2025-11-25, session management: a session that the server has dropped is opened anew, once."""
        if ask.slow and self.reception.host.capabilities:
            await self._be_heard()
        held = self.session.id
        with suppress(_Gone):
            return await self._ask(ask)
        async with self._opening:
            if self.session.id == held:
                await self.shake_hands(self.session.protocol)
        return await self._ask(ask, renewed=True)

    async def _ask(self, ask: Ask, *, renewed: bool = False) -> dict[str, Any]:
        """A request that is given up is cancelled in so many words, except the first one (MCP 2025-11-25, cancellation)."""
        request_id = next(self._ids)
        try:
            with self.reception.following(request_id):
                return await self._exchange(ask, request_id, renewed=renewed)
        except (asyncio.CancelledError, TooSlow):
            if ask.method != "initialize":
                await self._cancel(request_id)
            raise

    async def _exchange(self, ask: Ask, request_id: int, *, renewed: bool) -> dict[str, Any]:
        """Raises _Gone for a session that the server has dropped, unless it was just ``renewed``: then that is the failure."""
        params = {**ask.params, **({"_meta": {"progressToken": request_id}} if ask.slow else {})}
        message = {"jsonrpc": "2.0", "id": request_id, "method": ask.method, "params": params}
        silence = self.options.call_timeout if ask.slow else self.options.request_timeout
        parser, deadline = EventParser(self.options.longest_event), asyncio.get_running_loop().time() + self.options.total_timeout
        held = self.session.id
        async with self.endpoint.send(
            self._post(message, {"method": ask.method, **ask.params}, silence, once=ask.once), ask.step.at(self.session.protocol)
        ) as answer:
            if ask.method == "initialize":
                self.session.id = _session_id(answer)
            try:
                found = await self._read(answer, ask, request_id, parser)
            except (RpcError, StrangeAnswer) as error:
                ask.judge(error)
                if error.status == 404 and held and ask.method != "initialize":
                    if not renewed:
                        raise _Gone from None
                    error.cause = "session_lost"
                raise
        return found if found is not None else await self._resume(ask, request_id, parser, silence, deadline)

    async def _read(self, answer: Answer, ask: Ask, request_id: int, parser: EventParser) -> dict[str, Any] | None:
        """The result; None when the connection ended before it but left a mark where to go on (Streamable HTTP, resumability)."""
        try:
            message = await read_answer(answer, ask, request_id, self.reception, parser, most=self.options.most_events)
        except TooSlow:
            raise
        except Unreachable:
            if parser.last_id is None:
                raise
            message = None
        if message is not None:
            result = require_result(answer, message)
            ask.read(answer.notes, result)
            return result
        answer.notes.outcome = "info"
        answer.notes.meaning = "The server hung up before it answered, and left a mark where to go on."
        return None

    async def _resume(self, ask: Ask, request_id: int, parser: EventParser, silence: float, deadline: float) -> dict[str, Any]:
        fruitless = dry = 0
        while fruitless < self.options.fruitless_reconnections:
            await self._wait(parser, dry, deadline)
            before, parser = parser.last_id, parser.resumed()
            async with self._get(parser, silence, "Here I am again. What did I miss?") as answer:
                if not answer.is_stream:
                    # Not one of the answers after which a request is sent again: the server may have done what it was asked to.
                    raise ProtocolFailure(f"The server hung up without an answer, and does not go on where it stopped (status {answer.status}).", "no_answer")
                found = await self._read(answer, ask, request_id, parser)
            if found is not None:
                return found
            fruitless = 0 if parser.last_id != before else fruitless + 1
            dry = 0 if parser.count else dry + 1
        raise StrangeAnswer(200, "The server hung up again and again without an answer.", "no_answer")

    def _pause(self, parser: EventParser, dry: int) -> float:
        """The server says when to come back (SEP-1699). Who says "at once" and then has nothing to say is not asked in a whirl."""
        told = DEFAULT_RETRY if parser.retry is None else parser.retry
        return max(told, min(self.options.shortest_retry * 2.0 ** min(dry, DOUBLINGS), self.options.longest_retry))

    async def _wait(self, parser: EventParser, dry: int, deadline: float) -> None:
        pause = self._pause(parser, dry)
        if pause > self.options.longest_retry or asyncio.get_running_loop().time() + pause > deadline:
            raise TooSlow("The server asks to come back for its answer later than this client waits.")
        await asyncio.sleep(pause)

    def _get(self, parser: EventParser, silence: float, title: str, *, stays_open: bool = False) -> Any:
        headers = {name: value for name, value in self._headers("").items() if name != "Content-Type"} | {"Accept": "text/event-stream"}
        last = {"Last-Event-ID": parser.last_id} if parser.last_id and parser.last_id.isascii() and parser.last_id.isprintable() else {}
        request = Request("GET", {**headers, **last}, silence=silence, total=max(silence, self.options.total_timeout), stays_open=stays_open)
        return self.endpoint.send(request, Step(title, STREAMS, USING, aside=stays_open).at(self.session.protocol))

    async def tell(self, method: str, params: dict[str, Any], step: Step) -> None:
        """A notification. Raises StrangeAnswer when the server does not accept it."""
        await self._send({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})}, {"method": method, **params}, step)

    async def reply(self, message: Message) -> None:
        """The response to a question of the server's."""
        await self._send(message, {name: message.get(name) for name in ("result", "error")}, Step("Here is what you asked for", STREAMS, USING))

    async def _send(self, message: Message, told: Mapping[str, Any], step: Step) -> None:
        async with self.endpoint.send(self._post(message, told, self.options.request_timeout), step.at(self.session.protocol)) as answer:
            if answer.status >= 300:
                lost = "session_lost" if answer.status == 404 and self.session.id else ""
                raise StrangeAnswer(answer.status, f"The server did not accept what the client told it (status {answer.status}).", lost)

    async def _cancel(self, request_id: int) -> None:
        with suppress(FlowError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                told = {"requestId": request_id, "reason": "The person stopped waiting."}
                await self.tell("notifications/cancelled", told, Step("Never mind", "MCP 2025-11-25, cancellation", USING, aside=True))

    async def shake_hands(self, protocol: str, judge: Judge = let_be) -> dict[str, Any]:
        """MCP 2025-11-25, lifecycle: initialize, then the initialized notification. ``protocol`` is the revision to ask for."""
        self.session.id = ""
        result = await self._ask(evolve(self.session.greeting(protocol, self.reception.host, self.options), judge=judge))
        self.session.met(result)
        await self.tell("notifications/initialized", {}, Step("Ready", "MCP 2025-11-25, lifecycle", meaning="The handshake is complete."))
        return result

    def hear(self) -> "asyncio.Task[None]":
        """Keep a line open on which the server may speak first; ends when the server has none to offer."""
        if self._hearing is None or self._hearing.done():
            self._hearing = asyncio.create_task(self._heard())
        return self._hearing

    async def _be_heard(self) -> None:
        """The same, and wait until the line is open or known not to be: some servers drop a question when they have no line to ask it on."""
        if self.session.keeps_line:
            self.hear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._line.wait(), LINE_OPENS)

    async def _heard(self) -> None:
        try:
            await self._keep_hearing()
        finally:
            self._line.set()

    async def _keep_hearing(self) -> None:
        parser, fruitless, dry = EventParser(self.options.longest_event), 0, 0
        with suppress(FlowError):
            while fruitless < self.options.fruitless_reconnections:
                parser, before = parser.resumed(), parser.last_id
                async with self._get(parser, self.options.task_timeout, "I am listening, if you have something to say", stays_open=True) as answer:
                    if not await self._hear_out(answer, parser):
                        return
                fruitless = 0 if parser.last_id != before else fruitless + 1
                dry = 0 if parser.count else dry + 1
                await asyncio.sleep(min(self._pause(parser, dry), self.options.longest_retry))

    async def _hear_out(self, answer: Answer, parser: EventParser) -> bool:
        """Whether the line is worth opening again."""
        answer.notes.outcome = "info"
        self._line.set()
        if not answer.is_stream:
            self.session.keeps_line = False
            answer.notes.meaning = "The server keeps no line open for that."
            return False
        try:
            with suppress(Unreachable):
                async for message in streamed(answer, parser):
                    await self.reception.receive(message)
        except asyncio.CancelledError:
            answer.notes.meaning = LEFT
            return False
        return True

    async def end(self) -> None:
        """MCP 2025-11-25, session management: say that the session is not needed any more."""
        if self.session.id:
            request = Request("DELETE", self._headers(""), silence=GOODBYE, total=GOODBYE)
            with suppress(FlowError):
                async with self.endpoint.send(
                    request, Step("Goodbye", "MCP 2025-11-25, session management", USING, aside=True).at(self.session.protocol)
                ) as answer:
                    answer.notes.meaning = "The session is over." if answer.status < 300 else "The server ends sessions by itself."
        self.session.forget()

    async def close(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        await self.reception.close()


def _session_id(answer: Answer) -> str:
    """Visible ASCII only; empty when the server wants no session."""
    named = answer.stream.headers.get("Mcp-Session-Id", "")
    usable = named.isascii() and named.isprintable() and " " not in named and len(named) <= 1024
    return named if usable else ""
