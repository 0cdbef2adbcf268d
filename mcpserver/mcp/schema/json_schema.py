"""Handwritten schemas and validation of values against them (MCP 2026-07-28, basic: JSON Schema usage).

The supported dialects are 2020-12, the default when a schema names none, and draft-07.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema_rs
from attrs import field, frozen

from mcpbase.json_schema import DIALECTS, MOST_WORK, dialect_of

from ..types import Mismatch, steps
from .limits import Extent, SchemaError
from .tool_schema import Schema

__all__ = ["JsonSchema", "SchemaError", "compile_schema"]

MAX_VALUE_DEPTH = 128
_VALUE = "the value"
# Only patterns that run in linear time: with lookaround allowed, one took eight seconds for 100 kB. Limits in bytes.
_PATTERNS = jsonschema_rs.RegexOptions(size_limit=1_000_000, dfa_size_limit=1_000_000)


@frozen
class JsonSchema:
    """A compiled schema.

    ``explains`` is whether errors can be described in bounded time. ``weight`` is an upper bound of the parts of the
    schema that are examined for one value.
    """

    schema: Schema
    _validator: Any = field(repr=False)
    _explains: bool = field(repr=False)
    _weight: int = field(repr=False)

    def fits(self, value: object) -> bool:
        try:
            self.require(value)
        except Mismatch:
            return False
        return True

    def require(self, value: object) -> None:
        """Raises Mismatch for a value that does not fit, or that is too large or too deep to be checked."""
        _require_small(value, MOST_WORK // self._weight)
        try:
            if self._validator.is_valid(value):
                return
            raise self._mismatch(value)
        except UnicodeEncodeError:
            raise Mismatch("The value has a lone surrogate in a string, which JSON cannot carry.") from None

    def _mismatch(self, value: object) -> Mismatch:
        """The error for a value that does not fit, with place and reason.

        For a recursive schema the reason is left out: finding it takes time exponential in the depth of the value.
        """
        if not self._explains:
            return Mismatch("The value does not fit the schema.")
        try:
            self._validator.validate(value)  # stops at the first error: collecting many takes long
        except jsonschema_rs.ValidationError as error:
            where = steps(error.instance_path).removeprefix(".")
            return Mismatch(
                f"{where}: {error.message}." if where else f"{error.message[:1].upper()}{error.message[1:]}."
            )
        return Mismatch("The value does not fit the schema.")


def compile_schema(schema: Mapping[str, Any], *, formats: bool = False) -> JsonSchema:
    """Compile a schema. With ``formats``, values must have the formats that the schema names.

    Raises SchemaError for a schema that is of another dialect, is invalid, exceeds the limits, or refers to something
    outside itself.
    """
    dialect = _dialect(schema)
    extent = Extent(schema)
    try:
        validator = dialect(
            dict(schema), offline=True, validate_formats=formats, pattern_options=_PATTERNS, mask=_VALUE
        )
    except jsonschema_rs.ValidationError as error:
        raise SchemaError(_invalid(error)) from error
    except ValueError as error:
        raise SchemaError(f"The schema cannot be used: {error}.") from error
    return JsonSchema(dict(schema), validator, not extent.is_recursive, extent.weight)


def _dialect(schema: Mapping[str, Any]) -> Any:
    if not isinstance(schema, Mapping):
        raise SchemaError("A schema must be a JSON object.")
    dialect = dialect_of(schema)
    if dialect is None:
        raise SchemaError(
            f"The schema is of a dialect that is not supported: {schema['$schema']!r}. Supported are "
            f"{' and '.join(DIALECTS)}."
        )
    return dialect


def _invalid(error: Any) -> str:
    where = steps(error.instance_path).removeprefix(".")
    if error.message.endswith('is not a "regex"'):
        advice = (
            "it must be a regular expression without lookaround and backreferences, so that checking it takes "
            "bounded time"
        )
        return f"The schema has a pattern that cannot be used, at {where}: {advice}."
    return f"The schema is not valid JSON Schema, at {where or 'its root'}: {error.message}."


def _require_small(value: object, most: int) -> None:
    """Raises Mismatch for a value of more than ``most`` parts or more than MAX_VALUE_DEPTH levels.

    The validator recurses on the native stack, whose overflow raises no exception, and it blocks the event loop while
    it runs.
    """
    level, count = [value], 0
    for _ in range(MAX_VALUE_DEPTH + 1):
        count += len(level)
        if count > most:
            raise Mismatch(
                f"The value has more than {most} parts, so that to hold it against the schema would take too long."
            )
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return
    raise Mismatch(f"The value is nested more than {MAX_VALUE_DEPTH} levels deep.")


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
