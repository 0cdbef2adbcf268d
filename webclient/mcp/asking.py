"""A request as the client means it, and the reading of whatever comes back for it (MCP 2026-07-28 and 2025-11-25, Streamable HTTP)."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

from attrs import field, frozen

from ..errors import ProtocolFailure
from ..trace import Notes
from .answers import Endless, StrangeAnswer, no_mcp, result_of
from .endpoint import Answer, Step
from .messages import Malformed, Message, is_id, is_response, read_messages
from .reception import Recipient
from .sse import EventParser, events

Reader = Callable[[Notes, dict[str, Any]], None]


Judge = Callable[[ProtocolFailure], None]


def let_be(error: ProtocolFailure) -> None:
    """For errors that need no judgement."""


def says_nothing(notes: Notes, result: dict[str, Any]) -> None:
    """For answers that need no words."""


@frozen
class Ask:
    """``read`` tells the trace what the result means and refuses what is no result; ``judge`` may raise another error than the one that came.

    ``slow`` requests may take their time and tell of progress. ``headers`` are mirrored parameters, for revisions that have them. ``rounds`` is how often
    the server may still ask back.
    """

    method: str
    params: Mapping[str, Any]
    step: Step
    read: Reader = says_nothing
    slow: bool = False
    headers: Mapping[str, str] = field(factory=dict)
    rounds: int = 0
    judge: Judge = let_be


class Revision(Protocol):
    """One era of the protocol, spoken with one server."""

    async def ask(self, ask: Ask) -> dict[str, Any]:
        """The result. Raises RpcError, StrangeAnswer, Unreachable and what the authorizer raises."""
        ...

    async def close(self) -> None:
        """Let go of what is open; a session of the server's stays."""
        ...


BEGINS_AS_EVENTS = re.compile(rb"\s*(event|data|id|retry) ?:")


def answers(message: Message, request_id: int) -> bool:
    return is_response(message) and is_id(message.get("id")) and message["id"] == request_id


async def streamed(answer: Answer, parser: EventParser, most: int | None = None) -> AsyncIterator[Message]:
    """The messages on an event stream; what is none is passed over. Raises Endless when there are more than ``most``."""
    count = 0
    async for event in events(answer.stream.chunks(), parser):
        count += 1
        if most is not None and count > most:
            raise Endless(f"The server sent more than {most:,} events for one request, so it was cut off.")
        if event.kind != "message":
            continue
        try:
            messages = read_messages(event.data)
        except Malformed:
            continue
        for message in messages:
            yield message


def _other_id(told: object, asked: int) -> str:
    if told == str(asked):
        return f'The server gave the id of the request back as text ("{asked}"), where a number was sent: it must be the very same value.'
    return "The server answered another question than the one asked."


async def _body(answer: Answer) -> bytes:
    """Raises StrangeAnswer for a success that is nothing, or no JSON."""
    if answer.status < 300 and answer.kind and not answer.kind.endswith("json") and answer.stream.headers.get("Content-Length") != "0":
        raise StrangeAnswer(answer.status, f"What answers at this address is not an MCP server: it sends {answer.kind[:60]} where JSON was expected.")
    body = await answer.stream.read()
    if answer.status < 300 and not body.strip():
        raise StrangeAnswer(
            answer.status, f"The server answers with status {answer.status} and an empty body, where an answer to the request belongs.", "empty"
        )
    if answer.status < 300 and BEGINS_AS_EVENTS.match(body):
        raise StrangeAnswer(
            answer.status,
            f"What came is an event stream, but calls itself {answer.kind or 'nothing'}: its Content-Type must be text/event-stream.",
            "wrong_content_type",
        )
    return body


async def _whole(answer: Answer, request_id: int, reception: Recipient) -> Message:
    body = await _body(answer)
    try:
        messages = read_messages(body)
    except Malformed:
        raise no_mcp(answer.status, body, answer.kind) from None
    strange = no_mcp(answer.status)
    for message in messages:
        if not is_response(message):
            await reception.receive(message, answer.clock)
        elif answers(message, request_id) or ("error" in message and (answer.status >= 400 or message.get("id") is None)):
            return message
        else:
            strange = StrangeAnswer(answer.status, _other_id(message.get("id"), request_id))
    raise strange


async def read_answer(answer: Answer, request_id: int, reception: Recipient, parser: EventParser, most: int) -> Message | None:
    """The response to the request; None when the stream ended without. Whatever comes before it goes to the reception."""
    if not answer.is_stream:
        return await _whole(answer, request_id, reception)
    async for message in streamed(answer, parser, most):
        if answers(message, request_id):
            return message
        await reception.receive(message, answer.clock)
    return None


def require_result(answer: Answer, message: Message) -> dict[str, Any]:
    """Raises RpcError, and StrangeAnswer for a result that comes with an HTTP status of failure."""
    result = result_of(answer.status, message)
    if answer.status >= 300:
        raise no_mcp(answer.status)
    return result
