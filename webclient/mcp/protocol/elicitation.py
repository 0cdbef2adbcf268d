"""Checks of an elicitation and of the answer to it (MCP 2026-07-28 and 2025-11-25, elicitation)."""

from collections.abc import Mapping
from typing import cast

from ...addresses import host_of
from ...json_text import JsonObject
from ...wire import ElicitParams, ElicitResult, Unchecked
from .schemas import Mismatch, Unusable, require_fit

KINDS = frozenset({"string", "number", "integer", "boolean", "array"})
MOST_FIELDS = 200
ACTIONS = ("accept", "decline", "cancel")


def mode_of(params: Mapping[str, object]) -> str:
    """The mode of an elicitation; form when it names none."""
    return str(params.get("mode", "form"))[:20]


def read_elicitation(params: JsonObject) -> ElicitParams:
    """Read a request that can be shown to a person.

    Raises Unusable for one without a message, whose schema is no flat form, or whose web address is unusable.
    """
    if not isinstance(params.get("message"), str):
        raise Unusable("it has no message for the person")
    if mode_of(params) == "url":
        url = params.get("url")
        if (
            not isinstance(url, str)
            or not url.startswith(("https://", "http://"))
            or not host_of(url)
            or not url.isprintable()
            or len(url) > 8192
        ):
            raise Unusable("it has no web address to visit")
    else:
        require_form(params.get("requestedSchema"))
    return cast(ElicitParams, params)


def require_form(schema: Unchecked) -> None:
    """Raises Unusable for a schema that is not a flat object of simple fields."""
    fields = schema.get("properties") if isinstance(schema, dict) and schema.get("type") == "object" else None
    if not isinstance(fields, dict) or len(fields) > MOST_FIELDS:
        raise Unusable("its schema does not describe a form")
    for name, field in fields.items():
        if not isinstance(field, dict) or not isinstance(field.get("type"), str) or field["type"] not in KINDS:
            raise Unusable(f"its field {name[:60]} has a type that a form cannot have")


def require_answer(params: ElicitParams, result: ElicitResult) -> ElicitResult:
    """The answer in the form in which it may be sent.

    Raises Mismatch for an answer that does not fit, and Unusable for a schema that nothing can be checked against.
    """
    if result.get("action") not in ACTIONS:
        raise Mismatch("the answer is neither accept, decline nor cancel")
    if result["action"] == "accept" and mode_of(params) == "form":
        content = result.get("content", {})
        require_fit(content, params["requestedSchema"])
        return {**result, "content": content}
    answer = result.copy()
    answer.pop("content", None)
    return answer
