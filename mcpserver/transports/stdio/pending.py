"""What one client has under way on a channel: its requests, and the questions that it was asked."""

import asyncio
import secrets

from attrs import define, field

from ...mcp.protocol.errors import InvalidMessage, RpcError
from ...mcp.protocol.jsonrpc import MessageId, Params, Request, Response, notification_message, request_message
from .framing import Lines

LEFT = "The client left without an answer."


class ClientError(RpcError):
    """The client answered a question of ours with an error, or left without answering."""


class InUse(InvalidMessage):
    """Answered without the id, which would pass for the answer to the request that has it."""


@define(eq=False)
class Call:
    """A request under way. Once it is ``cancelled`` or ``answered`` nothing more is said about it (2026-07-28, patterns: cancellation, progress)."""

    request: Request
    out: Lines
    batch: "Batch | None" = None
    cancelled: bool = False
    answered: bool = False

    async def notify(self, method: str, params: Params) -> None:
        if not (self.cancelled or self.answered):
            await self.out.put(notification_message(method, params))

    async def answer(self, message: dict[str, object]) -> None:
        if self.cancelled:
            return
        self.answered = True
        await (self.out.put(message) if self.batch is None else self.batch.add(message))


@define(eq=False)
class Batch:
    """Requests that came together are answered together (2025-03-26, basic: batching)."""

    out: Lines
    expected: int
    answers: list[dict[str, object]] = field(factory=list)

    async def add(self, answer: dict[str, object] | None) -> None:
        """None for one that was cancelled."""
        self.expected -= 1
        self.answers += [] if answer is None else [answer]
        if self.expected == 0 and self.answers:
            await self.out.put(self.answers)


class Questions:
    """What waits for an answer of the client's (2025-11-25, client); clients of 2026-07-28 are asked nothing on a channel."""

    def __init__(self, out: Lines) -> None:
        self._out = out
        self._waiting: dict[MessageId, asyncio.Future[Params]] = {}
        self._closed = False

    async def ask(self, method: str, params: Params) -> Params:
        """Raises ClientError."""
        if self._closed:
            raise ClientError(LEFT)
        question = f"{method}-{secrets.token_hex(8)}"
        waiting: asyncio.Future[Params] = asyncio.get_running_loop().create_future()
        self._waiting[question] = waiting
        try:
            await self._out.put(request_message(question, method, params))
            return await waiting
        finally:
            del self._waiting[question]

    def resolve(self, message: Response) -> None:
        """An answer to what was not asked is nobody's."""
        waiting = self._waiting.get(message.id) if message.id is not None else None
        if waiting is None or waiting.done():
            return
        if message.result is not None:
            waiting.set_result(message.result)
        else:
            told = (message.error or {}).get("message")
            waiting.set_exception(ClientError(f"The client refused: {told if isinstance(told, str) else 'it did not say why'}"))

    def close(self) -> None:
        """Nobody will answer any more."""
        self._closed = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ClientError(LEFT))
