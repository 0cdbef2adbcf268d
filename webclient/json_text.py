"""JSON objects, and JSON output with finite numbers only (RFC 8259 section 6).

Numbers beyond the range of a double stay numbers.
"""

import hashlib
import json
import math
from typing import Any

JsonObject = dict[str, Any]
"""A JSON object whose members are defined elsewhere, such as a JSON Schema, or that nobody has checked yet."""

HUGE = "1e999"
"""JSON number that readers with IEEE 754 doubles take as infinity. Servers send such numbers, and Python would write
them as Infinity, which is not JSON.
"""


def json_text(value: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """The value as JSON text. NaN, which JSON cannot represent, becomes null."""
    try:
        return json.dumps(value, ensure_ascii=ascii_only, indent=indent, allow_nan=False)
    except ValueError:
        mark = hashlib.sha256(json.dumps(value).encode()).hexdigest()
    text = json.dumps(_marked(value, mark), ensure_ascii=ascii_only, indent=indent)
    return text.replace(f'"-{mark}"', f"-{HUGE}").replace(f'"{mark}"', HUGE)


def _marked(value: Any, mark: str) -> Any:
    if isinstance(value, dict):
        return {name: _marked(each, mark) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(each, mark) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else f"{'-' if value < 0 else ''}{mark}"
    return value
