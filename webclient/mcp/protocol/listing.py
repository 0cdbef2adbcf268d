"""Paginated lists (MCP 2026-07-28, pagination)."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, NamedTuple, TypeVar

from mcpbase.json_bounds import is_deep

from ...json_text import JsonObject
from ...trace import Notes
from ...wire import Unchecked
from .results import Misshapen
from .tools import read_tools

DEEPEST, MOST_TOLD = 32, 5
NAMES = {
    "tools": "tool",
    "resources": "resource",
    "resourceTemplates": "resource template",
    "prompts": "prompt",
    "skills": "skill",
}


Item = TypeVar("Item")


class Listing(NamedTuple, Generic[Item]):
    """The items of a list, and one line for each that had to be left out."""

    items: list[Item]
    set_aside: list[str]


def listed(result: JsonObject, name: str) -> Unchecked:
    """The member ``name``, which should be a list.

    Null is replaced by an empty list in the result: Go writes null for a slice without elements.
    """
    if name in result and result[name] is None:
        result[name] = []
    return result.get(name)


def page_reader(name: str, params: Mapping[str, object]) -> Callable[[Notes, JsonObject], None]:
    """A reader that writes a page's items into the trace. It raises Misshapen for a page without a list."""

    def read(notes: Notes, page: JsonObject) -> None:
        items = listed(page, name)
        if not isinstance(items, list):
            raise Misshapen(f"The server's list of {NAMES[name]}s is not a list.")
        notes.receives(
            {
                name: ", ".join(
                    str(item.get("name") or item.get("uri"))[:100] for item in items[:100] if isinstance(item, dict)
                )
            }
        )
        notes.meaning = (
            f"The server offers {len(items)} {NAMES[name]}{'' if len(items) == 1 else 's'}.{_left_out(name, items)}"
        )
        if isinstance(page.get("nextCursor"), str) and page["nextCursor"] == params.get("cursor"):
            notes.meaning += " It names this same page as the next one, so the list ends here."

    return read


def _left_out(name: str, items: list[Unchecked]) -> str:
    """A sentence for the trace on tools that cannot be offered, and why; empty for other lists."""
    _, lines = read_tools(items) if name == "tools" else ([], [])
    more = f" And {len(lines) - MOST_TOLD:,} more." if len(lines) > MOST_TOLD else ""
    return f" {' '.join(lines[:MOST_TOLD])}{more}" if lines else ""


async def all_pages(
    name: str, ask: Callable[[JsonObject], Awaitable[JsonObject]], most_pages: int, most_items: int
) -> Listing[Unchecked]:
    """All pages in order, without items that appeared on an earlier page.

    A cursor is any string, including the empty one. The list ends at a repeated cursor and at a page without new items,
    which would loop forever, and after ``most_pages`` pages or ``most_items`` items.
    """
    values: list[Unchecked] = []
    seen: set[str] = set()
    cursors: set[str] = set()
    params: JsonObject = {}
    for _ in range(most_pages):
        page = await ask(params)
        new = _unseen(page[name], seen)
        values += new
        cursor = page.get("nextCursor")
        if not isinstance(cursor, str) or (page[name] and not new):
            return Listing(values[:most_items], _overflow(name, len(values) - most_items))
        if cursor in cursors or len(values) > most_items:
            break
        cursors.add(cursor)
        params = {"cursor": cursor}
    return Listing(values[:most_items], [f"The list of {NAMES[name]}s does not end, so only its beginning is shown."])


def _unseen(items: list[Unchecked], seen: set[str]) -> list[Unchecked]:
    """The items that are not in ``seen``, to which all items are added."""
    marks = [json.dumps(item, sort_keys=True) for item in items]
    new = [item for item, mark in zip(items, marks, strict=True) if mark not in seen]
    seen.update(marks)
    return new


def _overflow(name: str, more: int) -> list[str]:
    return [f"{more:,} more {NAMES[name]}s are left out."] if more > 0 else []


def presentable(listing: Listing[Unchecked], name: str, key: str) -> Listing[Unchecked]:
    """The listing with only objects that have a non-empty string under ``key`` and do not nest too deeply; a line
    counts the others.
    """
    good = [
        item
        for item in listing.items
        if isinstance(item, dict) and isinstance(item.get(key), str) and item[key] and not is_deep(item, DEEPEST)
    ]
    bad = len(listing.items) - len(good)
    lines = (
        [f"{bad} {NAMES[name]}{'' if bad == 1 else 's'} without a name, or nested too deeply, left out."] if bad else []
    )
    return Listing(good, [*listing.set_aside, *lines])
