"""Extraction of a server's error message from the body of its answer."""

import html
import re
from http import HTTPStatus
from typing import Any

from .unicode import loads

MEMBERS = ("error_description", "message", "detail", "error", "errors", "title")
LONGEST, MOST_READ = 200, 4000
PHRASES = frozenset(re.sub(r"[^a-z ]", "", status.phrase.lower()) for status in HTTPStatus)
TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,500})", re.IGNORECASE)


def complaint(body: str | bytes, kind: str = "") -> str:
    """The error message in the body, as one line of about LONGEST characters; empty when there is none.

    From JSON it takes the first of MEMBERS with a text; ``kind`` is the media type: plain text is used as it is, and
    HTML by its title.
    """
    try:
        document = loads(body)
    except (ValueError, RecursionError):
        return _plain(body) if kind == "text/plain" else _title(body) if kind == "text/html" else ""
    said = [_sentence(document.get(name)) for name in MEMBERS] if isinstance(document, dict) else [_sentence(document)]
    return next((each for each in said if each), "")


def says_something(told: str) -> bool:
    """Whether the text says more than the name of an HTTP status, which is shown beside it anyway."""
    return bool(told) and re.sub(r"[^a-z ]", "", told.lower()).strip() not in PHRASES


def _plain(body: str | bytes) -> str:
    text = body if isinstance(body, str) else body[:MOST_READ].decode("utf-8", "replace")
    return one_line(text)


def _title(body: str | bytes) -> str:
    found = TITLE.search(body if isinstance(body, str) else body[:MOST_READ].decode("utf-8", "replace"))
    return one_line(html.unescape(found[1])) if found else ""


def _sentence(value: Any) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = next(
            (
                value[name]
                for name in ("message", "msg", "detail", "error_description")
                if isinstance(value.get(name), str)
            ),
            "",
        )
    return one_line(value) if isinstance(value, str) else ""


def one_line(text: str) -> str:
    """The text with whitespace collapsed, cut to about LONGEST characters at a word boundary, since half a word may be
    half a secret.
    """
    whole = " ".join(text.split())
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST].rpartition(' ')[0] or whole[:LONGEST]} …"
