"""Reversible URI templates, which extract variables from a URI (RFC 6570, levels 1 and 2, and form-style queries of
level 3).
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from attrs import field, frozen

LONGEST_URI = 4096
"""Maximum number of characters of a URI that is matched: matching several variables takes quadratic time."""
MOST_DECODINGS = 4

_VARIABLE = re.compile(r"\{(\+?)([A-Za-z_][A-Za-z0-9_]*)(\*?)\}")
_QUERY = re.compile(r"\{([?&])([A-Za-z_][A-Za-z0-9_]*(?:,[A-Za-z_][A-Za-z0-9_]*)*)\}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DRIVE = re.compile(r"[A-Za-z]:")


@frozen
class UriTemplate:
    """A URI template: ``{name}`` matches one segment, ``{+path}`` or ``{path*}`` a value that may contain slashes, and
    ``{?a,b}`` at the end optional query parameters.

    However often a value is percent-encoded, a segment never contains slashes, backslashes or control characters and is
    never a dot segment, and any other value is a relative path that does not lead out of its start (MCP 2026-07-28,
    server: resources: security considerations). Variables named in ``unchecked`` are exempt and take any value.
    """

    text: str
    unchecked: frozenset[str] = frozenset()
    segments: tuple[str, ...] = field(init=False)
    paths: tuple[str, ...] = field(init=False)
    queries: tuple[str, ...] = field(init=False)
    _pattern: re.Pattern[str] = field(init=False, repr=False, eq=False)

    @segments.default
    def _find_segments(self) -> tuple[str, ...]:
        return tuple(match[2] for match in _VARIABLE.finditer(self.text) if not _holds_slashes(match))

    @paths.default
    def _find_paths(self) -> tuple[str, ...]:
        return tuple(match[2] for match in _VARIABLE.finditer(self.text) if _holds_slashes(match))

    @queries.default
    def _find_queries(self) -> tuple[str, ...]:
        query = _QUERY.search(self.text)
        return tuple(query[2].split(",")) if query else ()

    @_pattern.default
    def _compile(self) -> re.Pattern[str]:
        """The pattern of matching URIs. Raises ValueError for an expression that cannot be reversed."""
        self._require_readable()
        query = _QUERY.search(self.text)
        text, pattern, end = self.text[: query.start()] if query else self.text, "", 0
        rest = "[^?#]+" if query else ".+"
        for match in _VARIABLE.finditer(text):
            pattern += (
                re.escape(text[end : match.start()]) + f"(?P<{match[2]}>{rest if _holds_slashes(match) else '[^/?#]+'})"
            )
            end = match.end()
        return re.compile(
            pattern + re.escape(text[end:]) + (rf"(?:{re.escape(query[1])}(?P<_query>[^#]*))?" if query else "")
        )

    def _require_readable(self) -> None:
        """Raises ValueError for unsupported expressions, repeated variables and unknown names in ``unchecked``."""
        if re.search(r"[{}]", _VARIABLE.sub("", _QUERY.sub("", self.text))):
            raise ValueError(
                f"The URI template {self.text} has an expression other than {{name}}, {{+path}}, {{path*}}, or "
                f"{{?a,b}} at its end."
            )
        names = [*self.segments, *self.paths, *self.queries]
        if len(set(names)) != len(names) or "_query" in names:
            raise ValueError(f"A variable stands twice in the URI template {self.text}.")
        if self.unchecked - set(names):
            raise ValueError(
                f"The URI template {self.text} has no variable {', '.join(sorted(self.unchecked - set(names)))} to "
                "leave unchecked."
            )

    @property
    def variables(self) -> tuple[str, ...]:
        return (*self.segments, *self.paths, *self.queries)

    def read(self, uri: str) -> dict[str, str] | None:
        """The values of the variables, percent-decoded; query variables that the URI does not have are left out.

        None when the URI does not match the template, or has a value that is not admitted.
        """
        match = self._pattern.fullmatch(uri) if len(uri) <= LONGEST_URI else None
        if match is None:
            return None
        found = match.groupdict()
        encoded = _pairs(found.pop("_query", None) or "", self.queries)
        if encoded is None:
            return None
        try:
            values = {name: unquote(value, errors="strict") for name, value in {**found, **encoded}.items()}
        except UnicodeDecodeError:
            return None
        return values if all(self.admits(name, value) for name, value in values.items()) else None

    def admits(self, name: str, value: str) -> bool:
        """Whether a variable may have this value, also when it is decoded further, up to MOST_DECODINGS times."""
        if name in self.unchecked:
            return True
        fits = _is_segment if name in self.segments else _stays_inside
        return len(value) <= LONGEST_URI and all(map(fits, _decodings(value)))


def _holds_slashes(variable: "re.Match[str]") -> bool:
    return bool(variable[1] or variable[3])


def _pairs(query: str, names: tuple[str, ...]) -> dict[str, str] | None:
    """The parameters of a query, still encoded (reverse of RFC 6570 section 3.2.8).

    None when a parameter is repeated or not among the names.
    """
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    found = {unquote(name): value for name, _, value in pairs}
    return found if len(found) == len(pairs) and set(found) <= set(names) else None


def _decodings(value: str) -> Iterator[str]:
    """The value, and the results of decoding it once to MOST_DECODINGS times more."""
    yield value
    for _ in range(MOST_DECODINGS):
        value = unquote(value)
        yield value


def _is_segment(value: str) -> bool:
    return not ("/" in value or "\\" in value or _CONTROL.search(value) or _is_dots(value))


def _stays_inside(value: str) -> bool:
    """Whether the value is a relative path without dot segments, on POSIX and on Windows."""
    if value.startswith("/") or "\\" in value or _DRIVE.match(value) or _CONTROL.search(value):
        return False
    return not any(map(_is_dots, value.split("/")))


def _is_dots(segment: str) -> bool:
    """Whether it is a dot segment; trailing blanks do not count, because some systems ignore them in names."""
    return segment.rstrip() in (".", "..")
