"""Structured values as tables and pairs."""

import json
from typing import Any

MOST_ROWS = 200


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def cell(value: Any) -> str:
    """One value in a table."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _table(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    columns = list(dict.fromkeys(key for row in rows[:MOST_ROWS] for key in row))
    return {"kind": "table", "name": name, "columns": columns, "rows": [[cell(row.get(column)) for column in columns] for row in rows[:MOST_ROWS]]}


def _rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def structured(value: Any) -> list[dict[str, Any]]:
    """Lists of objects as tables, the rest of an object as pairs before them, anything else as JSON."""
    if isinstance(value, list) and _rows(value):
        return [_listed(value, "")]
    if not isinstance(value, dict) or not value:
        return [{"kind": "json", "text": pretty(value)}]
    pairs = [(key, cell(each)) for key, each in value.items() if not _rows(each)]
    tables = [_listed(each, key) for key, each in value.items() if _rows(each)]
    return [{"kind": "pairs", "pairs": pairs}, *tables] if pairs else tables


def _listed(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return _table(rows, name) if rows else {"kind": "empty", "name": name}
