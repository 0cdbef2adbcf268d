"""How much JSON of a foreign server is read: told from its bytes, before a million lists are made of a few megabytes (RFC 8259 section 9).

Every step is one pass over the bytes. For what is no JSON the counts mean nothing, but then the decoder stops where it stops being JSON.
"""

MOST_PARTS, DEEPEST = 100_000, 500
"""Commas, colons and opening brackets, these three times; levels."""
LONGEST_NUMBER = 1000
"""Digits: to read an integer takes time that grows with their square."""
DROPPED = bytes(byte for byte in range(256) if byte not in b'",:[]{}0123456789')
MARKS = bytes.maketrans(b"{}123456789", b"[]" + b"0" * 9)


class Excessive(ValueError):
    """JSON, perhaps, but more of it than anything here can use."""


def require_bounded(text: bytes, most: int = MOST_PARTS) -> None:
    """Raises Excessive."""
    if _parts(text) <= most and _openings(text) <= DEEPEST and len(text) <= LONGEST_NUMBER:
        return
    outside = _without_strings(text, most)
    if _parts(outside) > most:
        raise Excessive("it has too many parts")
    if b"0" * (LONGEST_NUMBER + 1) in outside:
        raise Excessive("it has a number without end")
    if _openings(outside) > DEEPEST:
        _require_shallow(outside.translate(None, b",:0"))


def _parts(text: bytes) -> int:
    return text.count(b",") + text.count(b":") + 3 * _openings(text)


def _openings(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{")


def _without_strings(text: bytes, most: int) -> bytes:
    """Its punctuation and digits."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = text.translate(MARKS, DROPPED).replace(b'""', b"")
    if marks.count(b'"') > 2 * (most + 1):  # one may be the whole text
        raise Excessive("it has too many parts")
    return b"".join(marks.split(b'"')[::2])


def _require_shallow(brackets: bytes) -> None:
    for _ in range(DEEPEST):
        inner = len(brackets)
        brackets = brackets.replace(b"[]", b"")
        if len(brackets) == inner:
            break
    if brackets:
        raise Excessive("it nests too deeply")
