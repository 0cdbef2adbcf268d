"""Bounds of a JSON text of a stranger, judged from its bytes before it is decoded (RFC 8259 section 9: limits of a
parser).

A text of a few megabytes can hold a million lists, and decoding and walking them takes seconds in which nothing else
runs. Here every step is one pass over the bytes. For a text that is not JSON the counts do not matter: a decoder stops
at its first fault, and up to there they are right.
"""

from typing import Any

DEEPEST = 128
"""Levels of objects and lists."""

MOST_PARTS = 200_000
"""Values and names in one text; an object or a list counts three more, as it costs. A table of 9,000 rows with ten
named columns has as many.
"""

LONGEST_NUMBER = 1_000
"""Digits in a row; a key of 2048 bits, written as an integer, has 617."""

_CONTAINER = 3
_STRUCTURE = b'",:[]{}'
_FIGURES = b"0123456789"
_OTHER = bytes(set(range(256)) - set(_STRUCTURE))
_NEITHER = bytes(set(_OTHER) - set(_FIGURES))
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_DIGITS = bytes.maketrans(_FIGURES, b"0" * 10)
_ENDLESS = b"0" * (LONGEST_NUMBER + 1)


class Excessive(ValueError):
    """The text exceeds a bound; the message says why, as a clause about "it" without a period."""


class Unreadable(Excessive):
    """No reader accepts the text: it is nested too deeply, does not end, or has a number without end."""


class TooManyParts(Excessive):
    """The text may be JSON, but has more parts than anybody would send."""

    def __init__(self, most: int) -> None:
        super().__init__(f"it has too many parts: more than {most} values and names")


def require_bounded(text: bytes, most: int = MOST_PARTS, deepest: int = DEEPEST) -> None:
    """Check a text. Raises TooManyParts or Unreadable."""
    # What is in strings is counted too, at first: few texts need the closer look.
    if _parts(text) > most or _openings(text) > deepest:
        _require_structure(_structure(text, most), most, deepest)
    if len(text) > LONGEST_NUMBER and _has_endless_number(text, most):
        raise Unreadable(f"it has a number without end: more than {LONGEST_NUMBER} digits")


def has_doubled_name(text: bytes, value: Any) -> bool:
    """Return whether an object in the text has a name twice, of which the decoded ``value`` keeps one (RFC 8259 section
    4).
    """
    names = _names(value)
    return text.count(b":") != names and _structure(text, len(text)).count(b":") != names


def is_deep(value: Any, left: int) -> bool:
    """Return whether a decoded value is nested more than ``left`` levels deep."""
    level = [value]
    for _ in range(left):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
        ]
        if not level:
            return False
    return True


def _require_structure(structure: bytes, most: int, deepest: int) -> None:
    brackets = structure.translate(_BRACKETS, b",:")
    if _parts(structure) > most:
        # To say what is wrong with it, the beginning is enough.
        if _reduced(brackets[: 4 * deepest], deepest).count(b"[") > deepest:
            raise Unreadable(f"it is nested more than {deepest} levels deep")
        raise TooManyParts(most)
    if _reduced(brackets, deepest):
        raise Unreadable(f"it is nested more than {deepest} levels deep, or does not end")


def _has_endless_number(text: bytes, most: int) -> bool:
    """Return whether a number has too many digits: reading an integer takes time that grows with their square."""
    if _ENDLESS not in text.translate(_DIGITS):
        return False
    outside = _outside(_unescaped(text).translate(_DIGITS, _NEITHER), most)
    return _ENDLESS in outside


def _parts(text: bytes) -> int:
    return text.count(b",") + text.count(b":") + _CONTAINER * _openings(text)


def _openings(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{")


def _structure(text: bytes, most: int) -> bytes:
    """Return the brackets, colons and commas outside of strings. Raises TooManyParts."""
    return _outside(_unescaped(text).translate(None, _OTHER), most)


def _unescaped(text: bytes) -> bytes:
    """Return the text without escapes, so that every quotation mark begins or ends a string."""
    return text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text


def _outside(text: bytes, most: int) -> bytes:
    """Return what is outside of strings. Raises TooManyParts."""
    marks = text.replace(b'""', b"")
    if marks.count(b'"') > 2 * (most + 1):  # one may be the whole text
        raise TooManyParts(most)
    return b"".join(marks.split(b'"')[::2])


def _reduced(brackets: bytes, levels: int) -> bytes:
    """Remove the innermost pairs of brackets, as often as levels are allowed; return what is left."""
    for _ in range(levels):
        shorter = brackets.replace(b"[]", b"")
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    return brackets


def _names(value: Any) -> int:
    """Return how many names all objects have together."""
    count, level = 0, [value]
    while level:
        below: list[Any] = []
        for each in level:
            if type(each) is dict:
                count += len(each)
                below += each.values()
            elif type(each) is list:
                below += each
        level = below
    return count
