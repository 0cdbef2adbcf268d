"""What both programs ask of JSON Schemas: their dialects, references within them, and how much work a check is.

The dialects are 2020-12, which is meant when a schema does not say, and draft-07 (MCP 2026-07-28, basic: JSON Schema
usage). Which schemas a program accepts beyond that is its own: the service is stricter with its author than the web
client is with servers of others.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jsonschema_rs

DEFAULT_DIALECT = "https://json-schema.org/draft/2020-12/schema"
DIALECTS: Mapping[str, Any] = {
    DEFAULT_DIALECT: jsonschema_rs.Draft202012Validator,
    "http://json-schema.org/draft-07/schema": jsonschema_rs.Draft7Validator,
}
"""The class that makes validators, by the value of ``$schema`` without a trailing ``#``."""

REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
DEFINING = frozenset({"$defs", "definitions"})
"""Keywords whose parts count where they are referred to."""

MOST_WORK = 20_000_000
"""Parts of the schema, references followed, for each value within the value: 0.3 seconds at most."""


def dialect_of(schema: Mapping[str, Any]) -> Any:
    """Return the class that makes validators for the schema; None when its dialect is not supported."""
    said = schema.get("$schema", DEFAULT_DIALECT)
    return DIALECTS.get(said.removesuffix("#")) if isinstance(said, str) else None


def pointed(root: Any, pointer: str) -> Any:
    """Return what a JSON Pointer points to (RFC 6901); None when there is nothing."""
    here = root
    for token in pointer.removeprefix("/").split("/"):
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(here, Mapping):
            here = here.get(name)
        elif isinstance(here, list) and name.isascii() and name.isdigit() and int(name[:6]) < len(here):
            here = here[int(name)]
        else:
            return None
    return here


def compared_choices(parts: Iterable[Mapping[str, Any]]) -> int:
    """Return how many choices of enums are objects or lists: a validator compares them one by one, others it looks
    up.
    """
    choices = (part.get("enum") for part in parts)
    return sum(isinstance(choice, dict | list) for listed in choices if isinstance(listed, list) for choice in listed)


class Expansion:
    """How many parts of a schema may be looked at for one value: each counts as often as it can be reached.

    ``below`` yields the parts directly within a part, and those that it refers to. Beyond ``most`` the count stops.
    A part that refers to itself counts once, for validators remember what they found about it.
    """

    def __init__(self, below: Callable[[Any], Iterable[Any]], *, most: int) -> None:
        self._below = below
        self._most = most
        self._counts: dict[int, int] = {}
        self._open: set[int] = set()
        self.is_recursive = False

    def count(self, part: Any) -> int:
        """Return the count for a part, at most one more than ``most``. Raises RecursionError for a deep schema."""
        if id(part) in self._open:
            self.is_recursive = True
            return 1
        if id(part) not in self._counts:
            self._open.add(id(part))
            self._counts[id(part)] = min(self._most + 1, 1 + sum(map(self.count, self._below(part))))
            self._open.discard(id(part))
        return self._counts[id(part)]
