"""Limits on the work that a schema can cause when values are checked (MCP 2026-07-28, basic: composition-keyword
resource use).

References must stay within the schema. Following each of them, and counting a part as often as it can be reached, gives
an upper bound of the work for one value; a part that refers to itself counts once, because the validator caches its
results for such a part.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import unquote

from mcpbase.json_bounds import is_deep
from mcpbase.json_schema import DEFINING, REFERENCES, Expansion, compared_choices, pointed

MAX_DEPTH = 48
"""Levels of JSON. Clients such as our web client accept messages of 64 levels, some of which a list of tools uses."""
MAX_SUBSCHEMAS = 2000
MAX_EXPANSION = 20_000

# Keywords of JSON Schema 2020-12 core section 10 and 11, and their counterparts in draft-07.
_ONE = (
    *("not", "if", "then", "else", "items", "additionalItems", "contains", "additionalProperties"),
    *("propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
_LIST = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_MAP = ("properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions")
_PLAIN = ("const", "default", "dependentRequired", "enum", "examples", "required", "type", "$vocabulary")
"""Keywords whose content is a value or names, never a schema."""
_ANCHORS = ("$anchor", "$dynamicAnchor")


class SchemaError(TypeError):
    """Raised for a schema that cannot be used; the message tells its author why."""


class Extent:
    """The measured size of a schema. Raises SchemaError when it exceeds the limits or refers to something outside it.

    ``weight`` is how many of its parts may be examined for one value; the choices of an enum that are objects or lists
    are compared one by one and count each.
    """

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._anchors: dict[str, Mapping[str, Any]] = {}
        self.is_recursive = False
        self.weight = 1
        self._measure()

    def _measure(self) -> None:
        try:
            if is_deep(self._root, MAX_DEPTH):
                raise SchemaError(f"The schema is nested more than {MAX_DEPTH} levels deep.")
            schemas = list(islice(self._walk(self._root), MAX_SUBSCHEMAS + 1))
            self._anchors = {str(schema[name]): schema for schema in schemas for name in _ANCHORS if name in schema}
            referred = sum(len(list(self._referred(schema))) for schema in schemas)
            for each in (each for schema in schemas for each in extensions(schema)):
                list(self._referred(each))  # some clients follow anything that looks like a reference
            expansion = Expansion(self._below, most=MAX_EXPANSION)
            cost = expansion.count(self._root) if referred else len(schemas)
            self.is_recursive = expansion.is_recursive
            self.weight = cost + compared_choices(schemas)
        except RecursionError:
            raise SchemaError("The schema is nested too deeply.") from None
        if len(schemas) > MAX_SUBSCHEMAS:
            raise SchemaError(f"The schema has more than {MAX_SUBSCHEMAS} parts.")
        if cost > MAX_EXPANSION:
            raise SchemaError(
                f"The schema, with its references followed, has more than {MAX_EXPANSION} parts: checking a value "
                "could take too long."
            )

    def _walk(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        if schema is not self._root and "$id" in schema:
            raise SchemaError(
                "A part of the schema has an $id of its own, which would give references another meaning; use $defs "
                "and $anchor instead."
            )
        if schema is not self._root and "$schema" in schema:
            raise SchemaError(
                "A part of the schema has a $schema of its own: one schema has one dialect, said at its root."
            )
        yield schema
        for _, part in parts(schema):
            yield from self._walk(part)

    def _below(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield from (part for keyword, part in parts(schema) if keyword not in DEFINING)
        yield from self._referred(schema)

    def _referred(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        for keyword in REFERENCES:
            if keyword in schema:
                target = self._target(schema[keyword])
                if isinstance(target, Mapping):
                    yield target

    def _target(self, reference: object) -> object:
        if not isinstance(reference, str) or not (reference.startswith("#") or reference == ""):
            raise SchemaError(
                f"The schema refers to {reference!r}, which is not a part of it. Nothing is ever fetched: put it into "
                "$defs and refer to it with #."
            )
        fragment = unquote(reference[1:])
        found = (
            pointed(self._root, fragment)
            if fragment.startswith("/")
            else self._anchors.get(fragment)
            if fragment
            else self._root
        )
        if found is None:
            raise SchemaError(f"The schema refers to {reference!r}, which it does not have.")
        return found


def parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schemas directly inside a schema, each with its keyword."""
    for keyword, value in schema.items():
        if keyword in _ONE and isinstance(value, dict):
            yield keyword, value
        elif keyword in _LIST and isinstance(value, list):
            yield from ((keyword, each) for each in value if isinstance(each, dict))
        elif keyword in _MAP and isinstance(value, Mapping):
            yield from ((keyword, each) for each in value.values() if isinstance(each, dict))


def extensions(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects under keywords that JSON Schema does not define, at any depth."""
    waiting = [value for keyword, value in schema.items() if keyword not in (*_ONE, *_LIST, *_MAP, *_PLAIN)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
