"""Reading of JSON-RPC messages within bounds (JSON-RPC 2.0; MCP 2026-07-28, basic; batches of MCP 2025-03-26)."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from mcpbase.json_bounds import is_deep, require_bounded

from ...http import MOST_PARTS
from ...json_text import JsonObject, json_text

MOST_IN_A_BATCH, DEEPEST = 100, 64

Message = JsonObject


class Malformed(ValueError):
    """The input is not JSON-RPC; the message says why, as the rest of a sentence.

    ``answered`` has the ids of the requests that it seems to answer.
    """

    def __init__(self, reason: str, answered: tuple[Any, ...] = ()) -> None:
        super().__init__(reason)
        self.answered = answered


def _constant(name: str) -> NoReturn:
    raise Malformed(f"it contains {name}, which is not valid JSON")


def _require_unicode(text: str, value: Any) -> None:
    """Raises UnicodeEncodeError for an escaped lone surrogate, which could not be encoded (RFC 8259 section 8.2)."""
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()


def read_json(text: str | bytes) -> Any:
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


def _answered_in(text: str | bytes) -> tuple[Any, ...]:
    """The ids of requests that an unreadable text seems to answer, so that they can fail at once."""
    try:
        require_bounded(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"), MOST_PARTS)
        value = json.loads(text if isinstance(text, str) else text.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return ()
    return _answered(value if isinstance(value, list) else [value])


def _answered(values: list[Any]) -> tuple[Any, ...]:
    return tuple(
        each["id"] for each in values if isinstance(each, dict) and is_id(each.get("id")) and "method" not in each
    )


def read_messages(text: str | bytes) -> list[Message]:
    """The messages of one event or body: one, or a batch. Raises Malformed."""
    value = read_json(text)
    messages = value if isinstance(value, list) else [value]
    if len(messages) > MOST_IN_A_BATCH:
        raise Malformed(f"it contains more than {MOST_IN_A_BATCH} messages", _answered(messages))
    wrong = next((message for message in messages if not is_message(message)), None) if messages else value
    if not messages or not all(map(is_message, messages)):
        raise Malformed(_fault(wrong), _answered(messages))
    return messages


def _fault(value: Any) -> str:
    """The reason that a JSON value is not a JSON-RPC message."""
    if not isinstance(value, dict):
        return "it is not a JSON object" if value != [] else "it is an empty list"
    if value.get("jsonrpc") != "2.0":
        return 'it lacks "jsonrpc": "2.0"'
    if "result" in value and "error" in value:
        return f"it has an error{' (null)' if value['error'] is None else ''} beside its result, where only one may be"
    return "its method is not a string" if "method" in value else "it has neither a method nor a result nor an error"


def is_message(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("jsonrpc") == "2.0"
        and (isinstance(value.get("method"), str) or is_response(value))
    )


def is_response(message: Message) -> bool:
    return "method" not in message and ("result" in message) != ("error" in message)


def is_id(value: Any) -> bool:
    """Whether a value can be a request id: a string or an integer, never null (MCP)."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def is_request(message: Message) -> bool:
    return isinstance(message.get("method"), str) and is_id(message.get("id"))


def params_of(message: Mapping[str, object]) -> JsonObject:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def written(message: Message) -> bytes:
    return json_text(message).encode()
