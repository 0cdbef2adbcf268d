"""JSON-RPC 2.0 messages as restricted by MCP (MCP 2026-07-28, basic: messages): ids are never null."""

from typing import Any

import msgspec
from attrs import field, frozen

from mcpbase.json_bounds import TooManyParts, Unreadable, has_doubled_name, require_bounded

from .errors import InvalidMessage, ParseError
from .identifiers import MessageId, identifier
from .request_meta import RequestMeta, request_meta

__all__ = [
    "JsonRpcMessage",
    "MessageId",
    "Notification",
    "Params",
    "Request",
    "Response",
    "decode",
    "error_message",
    "identifier",
    "message_id",
    "notification_message",
    "parse",
    "read",
    "request_message",
    "result_message",
]

Params = dict[str, Any]


@frozen
class Request:
    """A request; ``meta`` is parsed from the ``_meta`` of ``params``."""

    id: MessageId
    method: str
    params: Params = field(factory=dict)
    meta: RequestMeta = field(init=False, eq=False, repr=False)

    @meta.default
    def _read_meta(self) -> RequestMeta:
        return request_meta(self.params.get("_meta"))


@frozen
class Notification:
    method: str
    params: Params = field(factory=dict)


@frozen
class Response:
    """A client's response to a request of the server; only before 2026-07-28.

    ``id`` is None in an error about a message that could not be read.
    """

    id: MessageId | None
    result: Params | None = None
    error: Params | None = None


JsonRpcMessage = Request | Notification | Response


def parse(body: bytes) -> JsonRpcMessage | list[object]:
    """Read one message; a list is a batch, whose parts ``read`` reads one by one.

    Raises ParseError or InvalidMessage.
    """
    message = decode(body)
    return message if isinstance(message, list) else read(message)


def decode(body: bytes) -> object:
    """Decode JSON. Raises ParseError, or InvalidMessage for too many parts or a duplicate name in an object."""
    try:
        require_bounded(body)
        message: object = msgspec.json.decode(body)
    except TooManyParts as error:
        raise InvalidMessage(f"The message cannot be read: {error}.", status=413) from error
    except Unreadable as error:
        raise ParseError(f"The message cannot be read: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError("The body is not valid JSON.") from error
    # A parser that takes the first of two equal names reads another message than one that takes the last.
    if has_doubled_name(body, message):
        raise InvalidMessage("A name stands twice in the same JSON object.")
    return message


def read(message: object) -> JsonRpcMessage:
    """Convert a decoded JSON value to a message. Raises InvalidMessage."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise InvalidMessage('The body is not a JSON-RPC message: "jsonrpc" must be "2.0".')
    method, params = message.get("method"), _given(message.get("params"))
    if "method" not in message and ("result" in message or "error" in message):
        return _response(message)
    if not isinstance(method, str):
        raise InvalidMessage('The message must have a "method".')
    if not isinstance(params, dict):
        raise InvalidMessage('"params" must be an object.')
    if "id" not in message:
        return Notification(method, params)
    return Request(_require_id(message["id"]), method, params)


def _response(message: dict[str, Any]) -> Response:
    result, error = message.get("result"), message.get("error")
    if isinstance(result, dict) is isinstance(error, dict):
        raise InvalidMessage('A response must have a "result" or an "error", an object.')
    given = message.get("id")
    return Response(_require_id(given) if given is not None else None, result, error)


def _given(params: object) -> object:
    """The parameters, where null counts as absent: for all of them (JSON-RPC 2.0 section 4 lets them be omitted) and
    for each.

    Clients send null for absent parameters, and null is the value of no parameter of MCP; nested values are unchanged.
    """
    if params is None:
        return {}
    if isinstance(params, dict) and None in params.values():
        return {name: value for name, value in params.items() if value is not None}
    return params


def _require_id(value: object) -> MessageId:
    found = identifier(value)
    if found is None:
        raise InvalidMessage('"id" must be a string or an integer.')
    return found


class _Identified(msgspec.Struct):
    """The id of a message; its other members are not decoded into values."""

    id: str | int | float


def message_id(body: bytes) -> MessageId | None:
    """The id of a refused message, for the error response; None when it cannot be read."""
    try:
        return identifier(msgspec.json.decode(body, type=_Identified).id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def result_message(request_id: MessageId, result: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def error_message(request_id: MessageId | None, error: dict[str, object]) -> dict[str, object]:
    """An error response, without an id when the request's could not be read."""
    message: dict[str, object] = {"jsonrpc": "2.0", "error": error}
    return message if request_id is None else {**message, "id": request_id}


def request_message(request_id: MessageId, method: str, params: Params) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


def notification_message(method: str, params: Params) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": method, "params": params}
