"""The results of calls, prepared for display: text, Markdown, structured values, files, MCP apps.

``blocks`` prepares content blocks, ``structured`` shows JSON as tables and pairs, ``markdown`` renders Markdown without
raw HTML, ``views`` types what they make, ``files`` extracts files for download, ``mcp_apps`` limits what the page of
a tool may do.

It may import ``http``, ``storage`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it
to that.
"""

from ..http import loads
from ..json_text import JsonObject
from ..storage import PROMPT, RESOURCE, CallRecord
from ..wire import Unchecked
from .blocks import content, resource
from .files import files_of
from .markdown import as_html
from .mcp_apps import SANDBOX, app_of, may_be_called
from .structured import LONGEST_SET_OUT, pretty, structured
from .views import BlockView, View

__all__ = [
    "SANDBOX",
    "app_of",
    "as_html",
    "blocks",
    "content",
    "files_of",
    "may_be_called",
    "pretty",
    "shown",
    "structured",
]
MOST_BLOCKS, MOST_COMPARED = 200, 4


def _repeats(block: Unchecked, value: object) -> bool:
    """Whether a text block only repeats the structured value, as servers do for older clients."""
    try:
        return bool(loads(block["text"]) == value)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _listed(result: JsonObject, name: str) -> list[Unchecked]:
    values = result.get(name)
    return values[:MOST_BLOCKS] if isinstance(values, list) else []


def _contents(items: list[Unchecked]) -> list[BlockView]:
    """The items prepared for display. JSON in texts is indented up to LONGEST_SET_OUT characters of text in all."""
    left, shown = LONGEST_SET_OUT, list[BlockView]()
    for item in items:
        size = len(item["text"]) if isinstance(item, dict) and isinstance(item.get("text"), str) else 0
        left -= size
        shown.append(content(item, sets_out=left >= 0))
    return shown


def blocks(result: JsonObject) -> list[View]:
    """The blocks to show of a tools/call result, in order, the structured value first."""
    items = _listed(result, "content")
    if "structuredContent" not in result:
        return [*_contents(items)]
    value = result["structuredContent"]
    others = [item for number, item in enumerate(items) if number >= MOST_COMPARED or not _repeats(item, value)]
    return [*structured(value), *_contents(others)]


def messages(result: JsonObject) -> list[View]:
    """The messages of a prompts/get result, each with its role."""
    listed = [each for each in _listed(result, "messages") if isinstance(each, dict)]
    return [
        {"kind": "message", "role": str(each.get("role", ""))[:20], "inner": content(each.get("content"))}
        for each in listed
    ]


def shown(record: CallRecord) -> list[View]:
    """The result of a call prepared for display according to the kind of call; empty without a result."""
    if record.result is None:
        return []
    if record.kind == PROMPT:
        return messages(record.result)
    if record.kind == RESOURCE:
        return [resource(each) for each in _listed(record.result, "contents")]
    return blocks(record.result)
