"""Content blocks prepared for templates (MCP 2026-07-28, ContentBlock). Markup in them is never passed through."""

import base64
import binascii
from typing import Literal

from ..http import loads
from ..wire import ContentBlock, Unchecked
from .markdown import as_html, is_markdown
from .structured import LONGEST_SET_OUT, pretty
from .views import BlockView, LinkView, MarkdownView, MediaView, ResourceView, TextView

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
SOUNDS = frozenset({"audio/mpeg", "audio/wav", "audio/x-wav", "audio/ogg", "audio/webm", "audio/mp4", "audio/flac"})


def _texts(*values: object) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")


def is_base64(data: object) -> bool:
    try:
        return isinstance(data, str) and bool(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        return False


def media(mime: Unchecked, data: Unchecked) -> MediaView | None:
    """An image or audio that browsers can show, as a data: URL; None for other types and invalid base64."""
    kind: Literal["image", "audio"] | None = "image" if mime in PICTURES else "audio" if mime in SOUNDS else None
    return {"kind": kind, "source": f"data:{mime};base64,{data}"} if kind and is_base64(data) else None


def text(value: str, mime: str = "", *, sets_out: bool = True) -> MarkdownView | TextView:
    """A text: rendered if it is Markdown, indented if it is JSON of at most LONGEST_SET_OUT characters, else plain.

    ``sets_out`` is whether JSON is indented.
    """
    plain = mime.partition(";")[0].strip().lower()
    if plain in ("", "text/markdown") and (plain or is_markdown(value)):
        html = as_html(value)
        if html is not None:
            return {"kind": "markdown", "html": html, "text": value}
    if (
        sets_out
        and len(value) <= LONGEST_SET_OUT
        and plain in ("application/json", "")
        and value.lstrip()[:1] in ("{", "[")
    ):
        try:
            return {"kind": "json", "text": pretty(loads(value))}
        except (ValueError, RecursionError):
            pass
    return {"kind": "text" if plain in ("", "text/plain", "text/markdown") else "source", "text": value}


def resource(value: Unchecked) -> ResourceView | TextView:
    """The contents of a resource: text, media or the size of its bytes, with its URI and MIME type."""
    if not isinstance(value, dict):
        return {"kind": "json", "text": pretty(value)}
    mime, uri = _texts(value.get("mimeType"))[:200], _texts(value.get("uri"))
    if isinstance(value.get("text"), str):
        return {"kind": "resource", "uri": uri, "mime": mime, "inner": text(value["text"], mime or "text/plain")}
    shown = media(mime, value.get("blob"))
    if shown:
        return {"kind": "resource", "uri": uri, "mime": mime, "inner": shown}
    size = len(value["blob"]) * 3 // 4 if isinstance(value.get("blob"), str) else 0
    return {
        "kind": "resource",
        "uri": uri,
        "mime": mime,
        "inner": {"kind": "bytes", "size": size, "mime": mime or "application/octet-stream"},
    }


def _link(block: ContentBlock) -> LinkView:
    return {
        "kind": "link",
        "uri": _texts(block.get("uri")),
        "name": _texts(block.get("title"), block.get("name"), "A resource")[:300],
        "about": _texts(block.get("description"))[:2000],
        "mime": _texts(block.get("mimeType"))[:200],
    }


def content(block: Unchecked, *, sets_out: bool = True) -> BlockView:
    """A content block prepared for display; a block of an unknown kind is shown as JSON.

    ``sets_out`` is whether JSON in a text is indented.
    """
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text" and isinstance(block.get("text"), str):
        return text(block["text"], sets_out=sets_out)
    if kind in ("image", "audio"):
        return media(block.get("mimeType"), block.get("data")) or {"kind": "json", "text": pretty(block)}
    if kind == "resource":
        return resource(block.get("resource"))
    if kind == "resource_link":
        return _link(block)
    return {"kind": "json", "text": pretty(block)}
