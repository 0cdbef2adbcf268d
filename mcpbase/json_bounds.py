"""How much structure a JSON text of a stranger may have, told from its bytes before anything is made of it (RFC 8259 section 9: limits of a parser).

A text of a few megabytes can hold a million lists: to make them, and to walk through them, takes seconds in which nothing else runs. Here every step is one
pass over the bytes. What is found for a text that is no JSON does not matter: a decoder stops at its first fault, and up to there the count is right.
"""

from typing import Any

DEEPEST = 128
"""Levels of objects and lists."""

MOST_PARTS = 200_000
"""Of one text: its values and names; an object or a list counts three times more, as it costs. A table of 9,000 rows with ten named columns has as many."""

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
    """More than anything here reads; the text says why, as a sentence about "it" without its period."""


class Unreadable(Excessive):
    """What no reader takes: JSON that is nested too deeply or does not end, a number without end."""


class TooManyParts(Excessive):
    """It may be JSON, but has more to it than anybody would send."""

    def __init__(self, most: int) -> None:
        super().__init__(f"it has too many parts: more than {most} values and names")


def require_bounded(text: bytes, most: int = MOST_PARTS, deepest: int = DEEPEST) -> None:
    """Raises TooManyParts or Unreadable."""
    # What is in strings is counted too, at first: few texts need the closer look.
    if _parts(text) > most or _openings(text) > deepest:
        _require_structure(_structure(text, most), most, deepest)
    if len(text) > LONGEST_NUMBER and _has_endless_number(text, most):
        raise Unreadable(f"it has a number without end: more than {LONGEST_NUMBER} digits")


def has_doubled_name(text: bytes, value: Any) -> bool:
    """Whether ``value``, which was decoded from the text, lost a name that stands twice in the same object (RFC 8259 section 4)."""
    names = _names(value)
    return text.count(b":") != names and _structure(text, len(text)).count(b":") != names


def is_deep(value: Any, left: int) -> bool:
    """Whether a value that was decoded nests further than ``left`` levels."""
    level = [value]
    for _ in range(left):
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())]
        if not level:
            return False
    return True


def _require_structure(structure: bytes, most: int, deepest: int) -> None:
    brackets = structure.translate(_BRACKETS, b",:")
    if _parts(structure) > most:
        # To say what is wrong with it, the beginning is enough.
        if _reduced(brackets[: 4 * deepest], deepest).count(b"[") > deepest:
            raise Unreadable(f"it nests more than {deepest} levels deep")
        raise TooManyParts(most)
    if _reduced(brackets, deepest):
        raise Unreadable(f"it nests more than {deepest} levels deep, or does not end")


def _has_endless_number(text: bytes, most: int) -> bool:
    """To read an integer takes time that grows with the square of its digits."""
    if _ENDLESS not in text.translate(_DIGITS):
        return False
    outside = _outside(_unescaped(text).translate(_DIGITS, _NEITHER), most)
    return _ENDLESS in outside


def _parts(text: bytes) -> int:
    return text.count(b",") + text.count(b":") + _CONTAINER * _openings(text)


def _openings(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{")


def _structure(text: bytes, most: int) -> bytes:
    """The text's brackets, colons and commas outside of its strings. Raises TooManyParts."""
    return _outside(_unescaped(text).translate(None, _OTHER), most)


def _unescaped(text: bytes) -> bytes:
    """Every quotation mark that is left begins or ends a string."""
    return text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text


def _outside(text: bytes, most: int) -> bytes:
    """What is not in strings. Raises TooManyParts."""
    marks = text.replace(b'""', b"")
    if marks.count(b'"') > 2 * (most + 1):  # one may be the whole text
        raise TooManyParts(most)
    return b"".join(marks.split(b'"')[::2])


def _reduced(brackets: bytes, levels: int) -> bytes:
    """What is left when the innermost pairs are taken away, as often as there are levels."""
    for _ in range(levels):
        shorter = brackets.replace(b"[]", b"")
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    return brackets


def _names(value: Any) -> int:
    """How many names the objects have, at all depths together."""
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
