"""The result of a call as text for a model: text and data up to a limit, images and files only by their type."""

from ..json_text import JsonObject
from ..results import pretty
from ..storage import CallRecord
from .chat import LONGEST_OUTCOME

CUT = "\n(The rest was omitted because it is too long.)"


def outcome_of(record: CallRecord) -> str:
    """The outcome of a call for the model, never empty and at most LONGEST_OUTCOME characters."""
    if record.result is None:
        return f"The call failed: {record.problem}"
    text = "\n\n".join(_said(record.result)) or "The tool returned nothing."
    if record.failed:
        text = (
            f"The tool reported a failure: {record.problem or text}"
            if record.problem
            else f"The tool reported a failure: {text}"
        )
    return text if len(text) <= LONGEST_OUTCOME else text[: LONGEST_OUTCOME - len(CUT)] + CUT


def _said(result: JsonObject) -> list[str]:
    listed = result.get("content")
    blocks = [_words(block) for block in listed if isinstance(block, dict)] if isinstance(listed, list) else []
    if "structuredContent" in result and not any(
        block.get("type") == "text" for block in listed or () if isinstance(block, dict)
    ):
        return [pretty(result["structuredContent"]), *blocks]
    return blocks


def _words(block: JsonObject) -> str:
    kind = block.get("type")
    if kind == "text":
        return str(block.get("text", ""))
    if kind == "resource_link":
        return f"(a resource: {block.get('uri')})"
    if kind == "resource" and isinstance(inner := block.get("resource"), dict):
        return str(inner["text"]) if isinstance(inner.get("text"), str) else f"(a file: {inner.get('uri')})"
    return f"({kind} of type {block.get('mimeType')}, which the person sees)"
