"""Checks of an elicitation and of the answer to it (MCP 2026-07-28 and 2025-11-25, elicitation)."""

from typing import Any

from ...addresses import host_of
from .schemas import Mismatch, Unusable, require_fit

KINDS = frozenset({"string", "number", "integer", "boolean", "array"})
MOST_FIELDS = 200
ACTIONS = ("accept", "decline", "cancel")


def mode_of(params: dict[str, Any]) -> str:
    """The mode of an elicitation; form when it names none."""
    return str(params.get("mode", "form"))[:20]


def require_askable(params: dict[str, Any]) -> None:
    """Raises Unusable for a request that cannot be shown to a person: no message, a schema that is no flat form, or an
    unusable web address.
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


def require_form(schema: Any) -> None:
    """Raises Unusable for a schema that is not a flat object of simple fields."""
    fields = schema.get("properties") if isinstance(schema, dict) and schema.get("type") == "object" else None
    if not isinstance(fields, dict) or len(fields) > MOST_FIELDS:
        raise Unusable("its schema does not describe a form")
    for name, field in fields.items():
        if not isinstance(field, dict) or not isinstance(field.get("type"), str) or field["type"] not in KINDS:
            raise Unusable(f"its field {name[:60]} has a type that a form cannot have")


def require_answer(params: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """The answer in the form in which it may be sent.

    Raises Mismatch for an answer that does not fit, and Unusable for a schema that nothing can be checked against.
    """
    if result.get("action") not in ACTIONS:
        raise Mismatch("the answer is neither accept, decline nor cancel")
    if result["action"] != "accept":
        return {name: value for name, value in result.items() if name != "content"}
    if mode_of(params) == "form":
        require_fit(result.get("content", {}), params["requestedSchema"])
        return {**result, "content": result.get("content", {})}
    return {name: value for name, value in result.items() if name != "content"}
