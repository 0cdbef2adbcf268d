"""Requests, and the reading of their responses (MCP 2026-07-28 and 2025-11-25, Streamable HTTP)."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol, TypeGuard

from attrs import field, frozen

from ...cause_code import CauseCode
from ...errors import ProtocolFailure
from ...json_text import JsonObject
from ...trace import Notes
from ..protocol import (
    Endless,
    EventParser,
    Malformed,
    Response,
    ServerMessage,
    StrangeAnswer,
    cut_off,
    events,
    is_id,
    no_mcp,
    read_messages,
    result_of,
    token_not_taken,
    unavailable,
    unreadable,
)
from .endpoint import EndpointResponse, Step
from .inbox import Recipient

Reader = Callable[[Notes, JsonObject], None]


Judge = Callable[[ProtocolFailure], None]
Unread = Callable[[Malformed], None]
MEETING = frozenset({"server/discover", "initialize"})
"""Requests that are sent before it is known whether an MCP server answers at all."""
OF_ITS_OWN = frozenset({404, 405, 406, 408, 413, 415, 421, 429})
"""Statuses that mean the same with and without a token."""


def let_be(error: ProtocolFailure) -> None:
    """A judge that lets every error stand."""


def says_nothing(notes: Notes, result: JsonObject) -> None:
    """A reader that writes nothing into the trace."""


@frozen
class Ask:
    """A request and how to treat its answer.

    ``read`` writes the result's meaning into the trace and rejects what is no proper result; ``judge`` may raise
    another error in place of the received one.

    ``slow`` requests may take long and report progress. ``headers`` are mirrored parameters, for revisions that have
    them. ``rounds`` is how often the server may still ask back. ``once`` is for what must not be done twice: it is not
    repeated after a connection failed. ``patient`` requests may be silent for as long as a task may take. ``token`` is
    a progress token that outlives the request; None uses the request's id.
    """

    method: str
    params: Mapping[str, object]
    step: Step
    read: Reader = says_nothing
    slow: bool = False
    headers: Mapping[str, str] = field(factory=dict)
    rounds: int = 0
    once: bool = False
    patient: bool = False
    token: int | None = None
    judge: Judge = let_be


class Revision(Protocol):
    """A revision of the protocol as spoken with one server."""

    async def ask(self, ask: Ask) -> JsonObject:
        """Send a request and return its result. Raises RpcError, StrangeAnswer, Unreachable and what the authorizer
        raises.
        """
        ...

    async def close(self) -> None:
        """Close open streams; a session on the server stays open."""
        ...


BEGINS_AS_EVENTS = re.compile(rb"\s*(event|data|id|retry) ?:")


def answers(message: ServerMessage, request_id: int) -> TypeGuard[Response]:
    return isinstance(message, Response) and is_id(message.id) and message.id == request_id


def pass_over(error: Malformed) -> None:
    """Ignore the error: used on streams where no caller waits for one message."""


async def streamed(
    answer: EndpointResponse, parser: EventParser, most: int | None = None, unread: Unread = pass_over
) -> AsyncIterator[ServerMessage]:
    """The messages on an event stream; events that are not messages are skipped, and unreadable ones are passed to
    ``unread``.

    Raises Endless when there are more than ``most`` events.
    """
    count = 0
    async for event in events(answer.stream.chunks(), parser):
        count += 1
        if most is not None and count > most:
            raise Endless(f"The server sent more than {most:,} events for one request, so it was cut off.")
        if event.kind != "message":
            continue
        try:
            messages = read_messages(event.data)
        except Malformed as error:
            unread(error)
            continue
        for message in messages:
            yield message


def _other_id(told: object, asked: int) -> str:
    if told == str(asked):
        return (
            f'The server returned the id of the request as a string ("{asked}"), but it was sent as a number. It must '
            "be the same value."
        )
    return "The server responded to another request than the one that was sent."


async def _body(answer: EndpointResponse) -> bytes:
    """The body of an answer. Raises StrangeAnswer for a success whose body is empty, or is not JSON by its media type
    or content.
    """
    if (
        answer.status < 300
        and answer.kind
        and not answer.kind.endswith("json")
        and answer.stream.headers.get("Content-Length") != "0"
    ):
        raise StrangeAnswer(
            answer.status,
            f"The server at this address is not an MCP server: it sends {answer.kind[:60]} instead of JSON.",
        )
    body = await answer.stream.read()
    if answer.status < 300 and not body.strip():
        raise StrangeAnswer(
            answer.status,
            f"The server responds with status {answer.status} and an empty body instead of a response to the request.",
            CauseCode.EMPTY,
        )
    if answer.status < 300 and BEGINS_AS_EVENTS.match(body):
        raise StrangeAnswer(
            answer.status,
            f"The response is an event stream, but its Content-Type is {answer.kind or 'missing'}. It must be "
            "text/event-stream.",
            CauseCode.WRONG_CONTENT_TYPE,
        )
    return body


def strange(answer: EndpointResponse, body: bytes = b"", reason: str = "") -> StrangeAnswer:
    """The error for an answer that is no message. ``reason`` says why it could not be read."""
    if answer.status >= 500 or answer.status == 429:
        return unavailable(answer.status, body, answer.kind, answer.stream.headers.get("Retry-After", "").strip())
    if 400 <= answer.status < 500 and answer.authorized and answer.status not in OF_ITS_OWN:
        return token_not_taken(answer.status, body, answer.kind)
    return no_mcp(answer.status, body, answer.kind, reason)


async def _whole(answer: EndpointResponse, request_id: int, receiver: Recipient, *, met: bool) -> Response:
    body = await _body(answer)
    try:
        messages = read_messages(body)
    except Malformed as error:
        raise (
            unreadable(answer.status, str(error)) if met and answer.status < 300 else strange(answer, body, str(error))
        ) from None
    failure = strange(answer)
    for message in messages:
        if not isinstance(message, Response):
            await receiver.receive(message, answer.clock)
        elif answers(message, request_id) or (message.failed and (answer.status >= 400 or message.id is None)):
            return message
        else:
            failure = StrangeAnswer(answer.status, _other_id(message.id, request_id))
    raise failure


async def read_answer(
    answer: EndpointResponse, ask: Ask, request_id: int, receiver: Recipient, parser: EventParser, *, most: int
) -> Response | None:
    """The response to the request; None when the stream ended without it but gave an event id to resume from.

    Messages that arrive before it are passed to the receiver. Raises StrangeAnswer for a stream that ended for good,
    and for a response that cannot be read.
    """
    if not answer.is_stream:
        return await _whole(answer, request_id, receiver, met=ask.method not in MEETING)
    passed_over: list[str] = []

    def unread(error: Malformed) -> None:
        if request_id in error.answered:
            raise unreadable(answer.status, str(error))
        passed_over[:] = [str(error)]

    async for message in streamed(answer, parser, most, unread):
        if answers(message, request_id):
            return message
        await receiver.receive(message, answer.clock)
    if parser.last_id is None:
        raise cut_off(answer.status, *passed_over)
    return None


def require_result(answer: EndpointResponse, response: Response) -> JsonObject:
    """The result of a response. Raises RpcError, and StrangeAnswer for a result sent with an HTTP status of failure."""
    result = result_of(answer.status, response)
    if answer.status >= 300:
        raise strange(answer)
    return result
