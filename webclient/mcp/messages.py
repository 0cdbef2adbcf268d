"""JSON-RPC messages as they arrive, read within bounds (JSON-RPC 2.0; MCP 2026-07-28, basic; batches of MCP 2025-03-26)."""

import json
from typing import Any, NoReturn

from ..json_bounds import require_bounded

MOST_IN_A_BATCH, DEEPEST = 100, 64
MAX_INTEGER = 2**63

Message = dict[str, Any]


class Malformed(ValueError):
    """What arrived is not JSON-RPC."""


def is_deep(value: Any, left: int) -> bool:
    """Whether a JSON value nests further than ``left`` levels."""
    level = [value]
    for _ in range(left):
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())]
        if not level:
            return False
    return True


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is no JSON")


def _require_unicode(text: str, value: Any) -> None:
    """An escaped lone surrogate would break whatever writes the value later (RFC 8259 section 8.2)."""
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()


def read_json(text: str | bytes) -> Any:
    """Any JSON value, not too deep and not of too many parts. Raises Malformed."""
    try:
        require_bounded(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        text = text if isinstance(text, str) else text.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_constant)
        if is_deep(value, DEEPEST):
            raise Malformed("nested too deeply")
        _require_unicode(text, value)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from None
    return value


def read_messages(text: str | bytes) -> list[Message]:
    """The messages of one event or body: one, or a batch. Raises Malformed."""
    value = read_json(text)
    messages = value if isinstance(value, list) else [value]
    if len(messages) > MOST_IN_A_BATCH or not all(is_message(message) for message in messages):
        raise Malformed("no JSON-RPC")
    return messages


def is_message(value: Any) -> bool:
    return isinstance(value, dict) and value.get("jsonrpc") == "2.0" and (isinstance(value.get("method"), str) or is_response(value))


def is_response(message: Message) -> bool:
    return "method" not in message and ("result" in message) != ("error" in message)


def is_id(value: Any) -> bool:
    """MCP: a string or an integer, never null."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def is_request(message: Message) -> bool:
    return isinstance(message.get("method"), str) and is_id(message.get("id"))


def params_of(message: Message) -> dict[str, Any]:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def written(message: Message) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()
