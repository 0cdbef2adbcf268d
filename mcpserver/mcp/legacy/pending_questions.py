"""Questions to a client that wait for its answer (MCP 2025-11-25, client); clients of 2026-07-28 are asked in
results.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from ..protocol import MessageId, Params, Response, RpcError, request_message

LEFT = "The client left without an answer."

Put = Callable[[dict[str, object]], Awaitable[None]]
"""Sends a message to the client."""


class ClientError(RpcError):
    """The client answered a question with an error, or cannot answer any more."""


class PendingQuestions:
    """The questions of one client, by id. Their ids are random: no client can answer what another one was asked."""

    def __init__(self) -> None:
        self._waiting: dict[MessageId, asyncio.Future[Params]] = {}
        self._closed: str | None = None

    async def ask(self, method: str, params: Params, put: Put) -> Params:
        """The client's result. Raises ClientError."""
        if self._closed is not None:
            raise ClientError(self._closed)
        question = f"{method}-{secrets.token_hex(8)}"
        waiting: asyncio.Future[Params] = asyncio.get_running_loop().create_future()
        self._waiting[question] = waiting
        try:
            await put(request_message(question, method, params))
            return await waiting
        finally:
            del self._waiting[question]

    def resolve(self, message: Response) -> None:
        """Hand over an answer; one to a question that is not asked here, or is answered already, is ignored."""
        waiting = self._waiting.get(message.id) if message.id is not None else None
        if waiting is None or waiting.done():
            return
        if message.result is not None:
            waiting.set_result(message.result)
        else:
            told = (message.error or {}).get("message")
            waiting.set_exception(
                ClientError(f"The client refused: {told if isinstance(told, str) else 'it did not say why'}")
            )

    def close(self, sentence: str = LEFT) -> None:
        """End what waits, and refuse further questions, with an error that says why. The first sentence holds."""
        if self._closed is None:
            self._closed = sentence
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ClientError(self._closed))
