"""Replacement of lone surrogates in text from others; they cannot be encoded as UTF-8 (RFC 8259 section 8.2)."""

import json
from typing import Any

from mcpbase.json_bounds import require_bounded

MOST_PARTS = 100_000
"""Maximum number of values and names in JSON from another server (see ``json_bounds``)."""


def whole(text: str) -> str:
    """The text with U+FFFD for each lone surrogate."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def header_text(value: str) -> str:
    """Decode a header value or reason phrase from the HTTP library; what is not UTF-8 is read as Latin-1 (RFC 9110
    section 5.5).
    """
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def loads(data: str | bytes) -> Any:
    """Parse untrusted JSON in UTF-8. Bytes and escapes that are no characters become U+FFFD.

    Raises ValueError when it is not JSON or has more than MOST_PARTS parts, and RecursionError when it nests too
    deeply.
    """
    require_bounded(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"), MOST_PARTS)
    text = data if isinstance(data, str) else data.decode("utf-8-sig", "replace")
    value = json.loads(text)
    if "\\ud" not in text.lower() and whole(text) == text:
        return value
    return json.loads(whole(json.dumps(value, ensure_ascii=False)))
