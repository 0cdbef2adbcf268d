"""The files in a result: images, audio and resources, under safe names."""

import base64
import binascii
import mimetypes
import re
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from ..json_text import JsonObject
from ..storage import CallRecord
from ..wire import Unchecked

MOST_FILES, LONGEST_NAME = 100, 80
NAME = re.compile(r"[^A-Za-z0-9._-]+")


@frozen
class File:
    """A file in a result. ``mime`` is the type that the server states, which is not trusted."""

    name: str
    mime: str
    data: bytes = field(repr=False)


def safe_name(wished: str, mime: str, number: int) -> str:
    """A file name of letters, digits, dots, dashes and underscores, never empty and never beginning with a dot.

    Without an extension it gets that of ``mime``, else ``.bin``; ``number`` makes the name when nothing else does.
    """
    last = unquote(wished[-4000:]).replace("\\", "/").rpartition("/")[2]
    plain = NAME.sub("-", last).strip(".-")[-LONGEST_NAME:].strip(".-")
    if plain and "." in plain:
        return plain
    return (plain or f"file-{number}") + (mimetypes.guess_extension(mime.partition(";")[0].strip().lower()) or ".bin")


def _path(uri: object) -> str:
    try:
        parts = urlsplit(uri) if isinstance(uri, str) else None
    except ValueError:
        return ""
    return (parts.path or parts.netloc) if parts else ""


def _bytes(text: object, blob: object) -> bytes | None:
    if isinstance(text, str):
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(blob, validate=True) if isinstance(blob, str) else None
    except (binascii.Error, ValueError):
        return None


def _found(block: Unchecked) -> tuple[str, Unchecked, Unchecked, Unchecked]:
    """The name, MIME type, text and base64 data of a content block, unchecked."""
    if not isinstance(block, dict):
        return "", "", None, None
    if block.get("type") in ("image", "audio"):
        return "", block.get("mimeType"), None, block.get("data")
    inner = block.get("resource") if block.get("type") == "resource" else block if "type" not in block else None
    if not isinstance(inner, dict):
        return "", "", None, None
    return _path(inner.get("uri")), inner.get("mimeType"), inner.get("text"), inner.get("blob")


def _blocks(result: JsonObject) -> list[Unchecked]:
    """The first MOST_FILES content blocks of the result of a tool, a resource or a prompt."""
    listed = [each for name in ("content", "contents") if isinstance(result.get(name), list) for each in result[name]]
    said = result["messages"] if isinstance(result.get("messages"), list) else []
    return [*listed, *(each.get("content") for each in said if isinstance(each, dict))][:MOST_FILES]


def files_of(record: CallRecord) -> list[File]:
    """The files in the result of a call, in its order."""
    files: list[File] = []
    for block in _blocks(record.result or {}):
        wished, mime, text, blob = _found(block)
        data, kind = _bytes(text, blob), mime[:200] if isinstance(mime, str) else ""
        if data is not None:
            files.append(
                File(safe_name(wished, kind or ("text/plain" if text is not None else ""), len(files) + 1), kind, data)
            )
    return files
