"""URI templates that can be read backwards: which variables an address stands for (RFC 6570, levels 1 and 2)."""

import re
from urllib.parse import unquote

from attrs import field, frozen

_VARIABLE = re.compile(r"\{(\+?)([A-Za-z_][A-Za-z0-9_]*)(\*?)\}")


@frozen
class UriTemplate:
    """``{name}`` stands for one segment, ``{+path}`` or ``{path*}`` for what may hold slashes."""

    text: str
    variables: tuple[str, ...] = field(init=False)
    _pattern: re.Pattern[str] = field(init=False, repr=False, eq=False)

    @variables.default
    def _find_variables(self) -> tuple[str, ...]:
        """Raises ValueError for an expression that cannot be read backwards."""
        if re.search(r"[{}]", _VARIABLE.sub("", self.text)):
            raise ValueError(f"The URI template {self.text} has an expression other than {{name}}, {{+path}} or {{path*}}.")
        names = tuple(match[2] for match in _VARIABLE.finditer(self.text))
        if len(set(names)) != len(names):
            raise ValueError(f"A variable stands twice in the URI template {self.text}.")
        return names

    @_pattern.default
    def _compile(self) -> re.Pattern[str]:
        pattern, end = "", 0
        for match in _VARIABLE.finditer(self.text):
            pattern += re.escape(self.text[end : match.start()]) + (f"(?P<{match[2]}>.+)" if match[1] or match[3] else f"(?P<{match[2]}>[^/?#]+)")
            end = match.end()
        return re.compile(pattern + re.escape(self.text[end:]))

    def read(self, uri: str) -> dict[str, str] | None:
        """The variables' values, percent-decoded; None when the address is not of this kind."""
        match = self._pattern.fullmatch(uri)
        return None if match is None else {name: unquote(value) for name, value in match.groupdict().items()}
