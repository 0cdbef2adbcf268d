"""Secrets that came where none belong, in a path, a client id, an error's text: unreadable before a log keeps them.

Known by their shape: the prefixes of what is minted here, signed and encrypted JWTs, credentials behind the name of
their scheme or parameter, and long stretches that look drawn by lot. Takes linear time.
"""

import re
from itertools import pairwise
from urllib.parse import quote, unquote

MASK = "***"
MOST = 1000
"""Characters of one value that are shown."""

_LEAST_READ = 2000
"""Characters of a value that are read at least, so that a long client id is recognized as a whole."""
_MAC = 22
"""Characters at the end of a client id that has the registration in it; the log shows only them."""
_WINDOW = 20
"""Characters of a stretch that are looked at together; 120 random bits."""
_NAMES = r"(?:[a-z_]{0,20}(?:token|secret|password|assertion|verifier)|(?:[Xx]-)?[Aa]pi[_-]?[Kk]ey)"
_SUSPECT = re.compile(
    r"(?P<client>client_[0-9a-f]{32}(?![A-Za-z0-9_-]))"
    rf"|(?P<described>client\.(?:[A-Za-z0-9_-]{{20,}}\.)?[A-Za-z0-9_-]{{{_MAC}}}(?![A-Za-z0-9_-]))"
    r"|(?P<prefix>(?:code|refresh|secret|initial_access|invitation|management|session|request|device)_)[A-Za-z0-9_-]{32,}"
    r"|(?P<jwt>eyJ)[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}"
    r"|(?P<scheme>\b(?:[Bb]earer|DPoP|[Bb]asic)(?:[+\s]|%20)+)[A-Za-z0-9._~+/=-]{16,}"
    rf"|(?P<field>\b(?:code|state|{_NAMES})(?:=|%3D)[\"']?)[^&\s\"']{{8,}}"
    rf"|(?P<member>\b{_NAMES}[\"']\s{{0,4}}:\s{{0,4}}[\"'])[^&\s\"']{{8,}}"
    r"|(?P<stretch>[A-Za-z0-9_-]{20,})"
)
_LOWER = re.compile(r"[a-z0-9]{24,}|[A-Z0-9]{24,}")
_HEX_NAME = re.compile(r"[0-9a-f]{24,32}")
_CASES = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))


def masked(text: str, *, most: int | None = MOST, foreign: bool = False) -> str:
    """Return the text without what looks like a secret, cut after ``most`` characters.

    A client id that has the registration in it (``client.`` and two parts) is shortened to its last part.
    ``foreign`` is for texts in which keys of other servers may stand: UUIDs and other long stretches of digits and
    letters are masked as well, which here are ids that an operator searches for.
    """
    read = text if most is None else text[: max(8 * most, _LEAST_READ)]
    whole = _SUSPECT.sub(_replace_foreign if foreign else _replace, read)
    return whole if most is None or len(whole) <= most else f"{whole[:most]}... ({len(text)} characters)"


def masked_path(path: str) -> str:
    """A path as it stands in a request line; encoded or not, a secret is none in the log."""
    shown = masked(path)
    if "%" not in path:
        return shown
    plain = unquote(path)
    return shown if masked(plain, most=None) == plain else masked(quote(masked(plain), safe="/*"))


def _replace(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind == "client" or (kind == "stretch" and not _looks_drawn(found[0])):
        return found[0]
    if kind == "described":
        return f"client.{found[0][-_MAC:]}"
    return ("" if kind == "stretch" else found[kind or 0]) + MASK


def _replace_foreign(found: re.Match[str]) -> str:
    return MASK if found.lastgroup == "stretch" and _may_be_a_key(found[0]) else _replace(found)


def _may_be_a_key(stretch: str) -> bool:
    """Whether a stretch has letters of both cases and digits, or is long and has several digits."""
    if len(stretch) >= 24 and all(case.search(stretch) for case in _CASES):
        return True
    return len(stretch) >= 32 and sum(map(str.isdigit, stretch)) >= 6


def _looks_drawn(stretch: str) -> bool:
    """Whether letters of both cases and digits change as often as chance has it; or one case and digits, where that
    is long.
    """
    starts = range(0, max(1, len(stretch) - _WINDOW + 1), 5)
    if any(_is_mixed(stretch[start : start + _WINDOW]) for start in starts):
        return True
    return any(
        not _HEX_NAME.fullmatch(run) and sum(map(str.isdigit, run)) >= 4 and _changes(run) >= len(run) // 4
        for run in _LOWER.findall(stretch)
    )


def _is_mixed(window: str) -> bool:
    kinds = {_kind(character) for character in window}
    return {"a", "A", "1"} <= kinds and _changes(window) >= 9


def _changes(text: str) -> int:
    return sum(_kind(one) != _kind(next_) for one, next_ in pairwise(text))


def _kind(character: str) -> str:
    return "a" if character.islower() else "A" if character.isupper() else "1" if character.isdigit() else "-"
