"""What a docstring says about parameters, in Google's style (``Args:``) or Sphinx's (``:param name:``), and what it says besides."""

import inspect
import re
from collections.abc import Sequence
from functools import lru_cache

_HEADING = re.compile(r"(?:Args|Arguments|Parameters|Params):[ \t]*")
_ENTRY = re.compile(r"(\s+)\*{0,2}(\w+)[ \t]*(?:\([^)]*\))?[ \t]*:(?:[ \t]+(.*))?")
_PARAM = re.compile(r":(?:param|parameter|arg|argument|key|keyword)[ \t]+(?:[^:]*[ \t])?\*{0,2}(\w+)[ \t]*:[ \t]*(.*)")
_TYPE = re.compile(r":type[ \t]+\w+[ \t]*:.*")

Lines = Sequence[str]


def descriptions_of(function: object) -> dict[str, str]:
    """Parameter -> what the docstring says about it."""
    return dict(_read(inspect.getdoc(function) or "")[0])


def summary_of(function: object) -> str:
    """The docstring without what it says about parameters."""
    return _read(inspect.getdoc(function) or "")[1]


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    descriptions: dict[str, str] = {}
    kept: list[str] = []
    lines = text.splitlines()
    while lines:
        found, length = _section(lines) or _field(lines) or ({}, 0)
        descriptions |= found
        kept += [] if length else lines[:1]
        lines = lines[max(length, 1) :]
    return tuple(descriptions.items()), re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _section(lines: Lines) -> tuple[dict[str, str], int] | None:
    """A section of Google's at the beginning of the lines, and how many lines it has; None for prose that only looks like one."""
    if not _HEADING.fullmatch(lines[0]):
        return None
    length = 1 + _indented(lines[1:])
    body = [line for line in lines[1:length] if line.strip()]
    first = _ENTRY.fullmatch(body[0]) if body else None
    return None if first is None else (_entries(body, first[1]), length)


def _entries(body: Lines, margin: str) -> dict[str, str]:
    """What stands deeper than the names belongs to the name before it."""
    found: dict[str, list[str]] = {}
    texts: list[str] = []
    for line in body:
        entry = _ENTRY.fullmatch(line)
        if entry is not None and entry[1] == margin:
            texts = found.setdefault(entry[2], [])
            texts.append((entry[3] or "").strip())
        else:
            texts.append(line.strip())
    return {name: " ".join(filter(None, texts)) for name, texts in found.items()}


def _field(lines: Lines) -> tuple[dict[str, str], int] | None:
    """A field of Sphinx's at the beginning of the lines; its text goes on in lines that are indented."""
    length = 1 + _indented(lines[1:], through_blank=False)
    param = _PARAM.fullmatch(lines[0])
    if param is None:
        return ({}, length) if _TYPE.fullmatch(lines[0]) else None
    return {param[1]: " ".join(filter(None, [param[2].strip(), *(line.strip() for line in lines[1:length])]))}, length


def _indented(lines: Lines, *, through_blank: bool = True) -> int:
    """How many lines from here on are indented; blank ones count when more follow."""
    count = 0
    for number, line in enumerate(lines, 1):
        if line.strip() and line[0].isspace():
            count = number
        elif line.strip() or not through_blank:
            break
    return count
