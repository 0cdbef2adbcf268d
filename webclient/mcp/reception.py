"""What a server says beside its answer: progress, log messages, news of changes, and before 2026-07-28 questions."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from attrs import define, field

from ..errors import FlowError
from .cache import Cache
from .endpoint import Clock
from .host import Host, Progress
from .messages import Message, is_id, is_request, params_of
from .questions import Questions

PROGRESS, CANCELLED = "notifications/progress", "notifications/cancelled"
Reply = Callable[[Message], Awaitable[None]]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 else None


@define(eq=False)
class Reception:
    """One for each client. ``reply`` sends a response to the server; None where a server may not ask (MCP 2026-07-28)."""

    host: Host
    cache: Cache
    questions: Questions
    most_questions: int
    reply: Reply | None = None
    listeners: list[Callable[[str, dict[str, Any]], Awaitable[None]]] = field(factory=list)
    _tokens: dict[int, float] = field(factory=dict)
    _answering: dict[Any, "asyncio.Task[None]"] = field(factory=dict)

    @contextmanager
    def following(self, token: int) -> Iterator[None]:
        """Progress is told while a request is under way, and only of requests that are (MCP progress)."""
        self._tokens[token] = float("-inf")
        try:
            yield
        finally:
            del self._tokens[token]

    async def receive(self, message: Message, clock: Clock | None = None) -> None:
        """Take one message that is no answer."""
        if is_request(message):
            self._begin(message, clock)
        elif "id" not in message and "method" in message:
            if clock:
                clock.restart()
            await self._notified(message["method"], params_of(message))

    async def _notified(self, method: str, params: dict[str, Any]) -> None:
        if method == PROGRESS:
            await self._progressed(params)
        elif method == CANCELLED:
            task = self._answering.get(params.get("requestId")) if is_id(params.get("requestId")) else None
            if task:
                task.cancel()
        else:
            self.cache.hear(method, params)
            for listener in self.listeners:
                await listener(method, params)
            await self.host.notify(method, params)

    async def _progressed(self, params: dict[str, Any]) -> None:
        token, so_far = params.get("progressToken"), _number(params.get("progress"))
        if not is_id(token) or token not in self._tokens or so_far is None or so_far <= self._tokens[token]:
            return
        self._tokens[token] = so_far
        said = params.get("message")
        await self.host.progress(Progress(so_far, _number(params.get("total")), said[:1000] if isinstance(said, str) else None))

    def _begin(self, message: Message, clock: Clock | None) -> None:
        """Questions are answered beside the reading, so that a ping is answered while a person thinks."""
        if self.reply is None or message["id"] in self._answering or len(self._answering) >= self.most_questions:
            return
        task = asyncio.create_task(self._answer(message, self.reply, clock))
        self._answering[message["id"]] = task
        task.add_done_callback(lambda _: self._answering.pop(message["id"], None))

    async def _answer(self, message: Message, reply: Reply, clock: Clock | None) -> None:
        # A reply that does not arrive is the server's to miss; the trace has it.
        with suppress(FlowError):
            if clock is None:
                await reply(await self.questions.reply(message))
                return
            with clock.held():
                answered = await self.questions.reply(message)
            await reply(answered)

    async def close(self) -> None:
        """Whatever is still being answered is no longer wanted."""
        tasks = list(self._answering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
