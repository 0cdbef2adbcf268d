"""What a tool gave back, as something to look at: text, images, links, and structured values as tables."""

import base64
import binascii
import json
from typing import Any

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
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


def _is_picture(block: dict[str, Any]) -> bool:
    try:
        return block.get("mimeType") in PICTURES and bool(base64.b64decode(block.get("data", ""), validate=True))
    except (binascii.Error, TypeError, ValueError):
        return False


def content(block: Any) -> dict[str, Any]:
    """One content block. Nothing in it is ever markup."""
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text" and isinstance(block.get("text"), str):
        return {"kind": "text", "text": block["text"]}
    if kind == "image" and _is_picture(block):
        return {"kind": "image", "source": f"data:{block['mimeType']};base64,{block['data']}"}
    if kind == "resource_link":
        return {"kind": "text", "text": f"{block.get('title') or block.get('name') or 'A resource'}: {block.get('uri')}"}
    return {"kind": "json", "text": pretty(block)}


def _repeats(block: Any, value: Any) -> bool:
    """Whether a text block only says the structured value again, as servers do for old clients."""
    try:
        return bool(json.loads(block["text"]) == value)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def blocks(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything to show of a tools/call result, in order."""
    listed = result.get("content")
    items = listed if isinstance(listed, list) else []
    if "structuredContent" not in result:
        return [content(item) for item in items]
    value = result["structuredContent"]
    return [*structured(value), *(content(item) for item in items if not _repeats(item, value))]
