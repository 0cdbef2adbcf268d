"""Requests to a client that await its response (MCP 2025-11-25, client).

Clients of 2026-07-28 receive questions in results instead.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Protocol

from ..protocol import MessageId, Params, Response, RpcError, request_message

LEFT = "The client left without an answer."

Put = Callable[[dict[str, object]], Awaitable[None]]
"""Sends a message to the client."""


class ClientError(RpcError):
    """The client answered a question with an error, or can no longer answer."""


class Mailbox(Protocol):
    """Where the answers to the questions of one session arrive, whichever process receives them."""

    async def open(self, question: str, waiting: "PendingQuestions") -> None:
        """Announce a question that is about to be sent."""

    async def close(self, question: str) -> None:
        """Withdraw a question, which was answered or given up."""


class PendingQuestions:
    """The unanswered questions to one client, by id; ids are random, so that no client can answer another's."""

    def __init__(self, mailbox: Mailbox | None = None) -> None:
        self._mailbox = mailbox
        self._waiting: dict[MessageId, asyncio.Future[Params]] = {}
        self._closed: str | None = None

    async def ask(self, method: str, params: Params, put: Put) -> Params:
        """Send a question with ``put`` and wait for the client's result. Raises ClientError."""
        if self._closed is not None:
            raise ClientError(self._closed)
        question = f"{method}-{secrets.token_hex(8)}"
        waiting: asyncio.Future[Params] = asyncio.get_running_loop().create_future()
        self._waiting[question] = waiting
        try:
            if self._mailbox is not None:
                await self._mailbox.open(question, self)
            await put(request_message(question, method, params))
            return await waiting
        finally:
            del self._waiting[question]
            if self._mailbox is not None:
                await self._mailbox.close(question)

    def resolve(self, message: Response) -> bool:
        """Deliver an answer; returns whether the question is known. A second answer to it is ignored."""
        waiting = self._waiting.get(message.id) if message.id is not None else None
        if waiting is None:
            return False
        if waiting.done():
            return True
        if message.result is not None:
            waiting.set_result(message.result)
        else:
            told = (message.error or {}).get("message")
            waiting.set_exception(
                ClientError(f"The client refused: {told if isinstance(told, str) else 'it did not say why'}")
            )
        return True

    def close(self, sentence: str = LEFT) -> None:
        """Fail waiting and further questions with ClientError; later calls do not change the first ``sentence``."""
        if self._closed is None:
            self._closed = sentence
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ClientError(self._closed))
