"""Structured values as tables, lists and pairs."""

from ..json_text import JsonObject, json_text
from ..wire import Unchecked
from .views import EmptyView, ItemsView, PairsView, StructuredView, TableView

MOST_ROWS, MOST_COLUMNS, MOST_TABLES, MOST_PAIRS = 200, 50, 20, 1000
"""The limits of tables, lists and pairs.

A table shows its first MOST_ROWS rows. Other values beyond the limits are shown as JSON, as their tables could have
millions of cells.
"""
LONGEST_SET_OUT = 128 * 1024
"""The most characters of JSON that are indented, which takes twenty times as long as writing it on one line."""


def pretty(value: object) -> str:
    """The value as indented JSON; on one line when it has more than LONGEST_SET_OUT characters."""
    plain = json_text(value)
    return plain if len(plain) > LONGEST_SET_OUT else json_text(value, indent=2)


def cell(value: Unchecked) -> str:
    """The text of a value in a table, a list or a pair."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _plain_items(value):
        return ", ".join(cell(each) for each in value)
    return value if isinstance(value, str) else json_text(value)


def _plain_items(value: object) -> bool:
    """Whether the value is a list of 1 to MOST_ROWS items, none of which is a list or an object."""
    return (
        isinstance(value, list)
        and 0 < len(value) <= MOST_ROWS
        and not any(isinstance(each, dict | list) for each in value)
    )


def _table(rows: list[JsonObject], name: str) -> TableView:
    columns = list(dict.fromkeys(key for row in rows[:MOST_ROWS] for key in row))
    return {
        "kind": "table",
        "name": name,
        "columns": columns,
        "rows": [[cell(row.get(column)) for column in columns] for row in rows[:MOST_ROWS]],
    }


def _rows(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return False
    return len({key for row in value[:MOST_ROWS] for key in row}) <= MOST_COLUMNS


def structured(value: Unchecked) -> list[StructuredView]:
    """The blocks that show a structured value.

    Lists of objects become tables, lists of plain values lists, and the other members of an object pairs before them.
    Anything else becomes JSON.
    """
    if isinstance(value, list) and _rows(value):
        return [_listed(value, "")]
    if _plain_items(value):
        return [_items(value, "")]
    if not isinstance(value, dict) or not value:
        return [{"kind": "json", "text": pretty(value)}]
    tabular = {key for key, each in value.items() if _rows(each) or _plain_items(each)}
    if len(tabular) > MOST_TABLES or len(value) > MOST_PAIRS:
        return [{"kind": "json", "text": pretty(value)}]
    pairs = [(key, cell(each)) for key, each in value.items() if key not in tabular]
    tables: list[StructuredView] = [
        _items(value[key], key) if _plain_items(value[key]) else _listed(value[key], key)
        for key in value
        if key in tabular
    ]
    return [PairsView(kind="pairs", pairs=pairs), *tables] if pairs else tables


def _items(values: list[Unchecked], name: str) -> ItemsView:
    return {"kind": "items", "name": name, "items": [cell(each) for each in values]}


def _listed(rows: list[JsonObject], name: str) -> TableView | EmptyView:
    return _table(rows, name) if rows else {"kind": "empty", "name": name}
