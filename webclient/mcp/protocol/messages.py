"""Reading of JSON-RPC messages within bounds (JSON-RPC 2.0; MCP 2026-07-28, basic; batches of MCP 2025-03-26)."""

import json
from collections.abc import Mapping
from typing import NoReturn, TypeGuard

from attrs import field, frozen

from mcpbase.json_bounds import is_deep, require_bounded

from ...http import MOST_PARTS
from ...json_text import JsonObject, json_text
from ...wire import Unchecked

MOST_IN_A_BATCH, DEEPEST = 100, 64

MessageId = str | int
Message = JsonObject
"""A message to send."""


@frozen
class ServerRequest:
    """A request of the server, as servers before 2026-07-28 send them."""

    id: MessageId
    method: str
    params: JsonObject = field(factory=dict)


@frozen
class ServerNotification:
    method: str
    params: JsonObject = field(factory=dict)


@frozen
class Response:
    """A response of the server. ``value`` is the result, or the error when ``failed``.

    ``id`` is that of the request; null in an error about a request that the server could not read.
    """

    id: Unchecked
    value: Unchecked
    failed: bool = False


ServerMessage = ServerRequest | ServerNotification | Response


class Malformed(ValueError):
    """The input is not JSON-RPC; the message says why, as the rest of a sentence.

    ``answered`` has the ids of the requests that it seems to answer.
    """

    def __init__(self, reason: str, answered: tuple[MessageId, ...] = ()) -> None:
        super().__init__(reason)
        self.answered = answered


def _constant(name: str) -> NoReturn:
    raise Malformed(f"it contains {name}, which is not valid JSON")


def _require_unicode(text: str, value: object) -> None:
    """Raises UnicodeEncodeError for an escaped lone surrogate, which could not be encoded (RFC 8259 section 8.2)."""
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()


def read_json(text: str | bytes) -> Unchecked:
    """Parse a JSON value of bounded depth and number of parts. Raises Malformed."""
    try:
        require_bounded(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"), MOST_PARTS)
        text = text if isinstance(text, str) else text.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_constant)
        if is_deep(value, DEEPEST):
            raise Malformed(f"it is nested more than {DEEPEST} levels deep")
        _require_unicode(text, value)
    except (ValueError, RecursionError) as error:
        raise Malformed(_reason(error), _answered_in(text)) from None
    return value


def _reason(error: Exception) -> str:
    match error:
        case UnicodeDecodeError():
            return f"it is not UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start:,})"
        case UnicodeEncodeError():
            return "it contains half a character (a lone surrogate)"
        case json.JSONDecodeError():
            return f"it is not valid JSON ({error.msg} at character {error.pos:,})"
        case RecursionError():
            return "it is nested too deeply"
    return str(error)


def _answered_in(text: str | bytes) -> tuple[MessageId, ...]:
    """The ids of requests that an unreadable text seems to answer, so that they can fail at once."""
    try:
        require_bounded(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"), MOST_PARTS)
        value = json.loads(text if isinstance(text, str) else text.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return ()
    return _answered(value if isinstance(value, list) else [value])


def _answered(values: list[Unchecked]) -> tuple[MessageId, ...]:
    return tuple(
        each["id"] for each in values if isinstance(each, dict) and is_id(each.get("id")) and "method" not in each
    )


def read_messages(text: str | bytes) -> list[ServerMessage]:
    """The messages of one event or body: one, or a batch, without requests whose id cannot be answered.

    Raises Malformed.
    """
    value = read_json(text)
    messages = value if isinstance(value, list) else [value]
    if len(messages) > MOST_IN_A_BATCH:
        raise Malformed(f"it contains more than {MOST_IN_A_BATCH} messages", _answered(messages))
    wrong = next((message for message in messages if not is_message(message)), None) if messages else value
    if not messages or not all(map(is_message, messages)):
        raise Malformed(_fault(wrong), _answered(messages))
    return [read for message in messages if (read := _read(message)) is not None]


def _read(message: JsonObject) -> ServerMessage | None:
    if "method" not in message:
        failed = "error" in message
        return Response(message.get("id"), message["error" if failed else "result"], failed)
    method, request_id = message["method"], message.get("id")
    if is_id(request_id):
        return ServerRequest(request_id, method, params_of(message))
    # Some servers write null for the id that a notification must not have.
    is_notification = "id" not in message or (request_id is None and method.startswith("notifications/"))
    return ServerNotification(method, params_of(message)) if is_notification else None


def _fault(value: Unchecked) -> str:
    """The reason that a JSON value is not a JSON-RPC message."""
    if not isinstance(value, dict):
        return "it is not a JSON object" if value != [] else "it is an empty list"
    if value.get("jsonrpc") != "2.0":
        return 'it lacks "jsonrpc": "2.0"'
    if "result" in value and "error" in value:
        return f"it has an error{' (null)' if value['error'] is None else ''} beside its result, where only one may be"
    return "its method is not a string" if "method" in value else "it has neither a method nor a result nor an error"


def is_message(value: Unchecked) -> bool:
    return (
        isinstance(value, dict)
        and value.get("jsonrpc") == "2.0"
        and (isinstance(value.get("method"), str) or _is_response(value))
    )


def _is_response(message: JsonObject) -> bool:
    return "method" not in message and ("result" in message) != ("error" in message)


def is_id(value: object) -> TypeGuard[MessageId]:
    """Whether a value can be a request id: a string or an integer, never null (MCP)."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def params_of(message: Mapping[str, object]) -> JsonObject:
    """The ``params`` of a request or notification; empty when they are no object."""
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def request_message(request_id: MessageId, method: str, params: Mapping[str, object]) -> Message:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


def notification_message(method: str, params: Mapping[str, object]) -> Message:
    return {"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})}


def result_message(request_id: MessageId, result: Mapping[str, object]) -> Message:
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def error_message(request_id: MessageId, code: int, message: str) -> Message:
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}}


def written(message: Message) -> bytes:
    return json_text(message).encode()
