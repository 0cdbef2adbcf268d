"""Writing of pydantic values: reduced to the declared fields, and checked against the published schema."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from ..schema import JsonSchema, Schema, SchemaError, compile_schema, schema_of
from ..types import Definitions, Mismatch, decode, dump, dump_alike, encode


def foreign_writer(kind: Any) -> Callable[[Any], Any]:
    """The writer of a pydantic type, which writes only the declared fields.

    It accepts instances of the type or a subclass, objects with the same attributes, and dicts that fit either the
    published schema or what the type reads. The writer raises TypeError for other values.
    """

    def write(value: Any) -> Any:
        if isinstance(value, msgspec.Raw):
            value = msgspec.json.decode(value)
        if not isinstance(value, Mapping):
            return dump_alike(kind, value)
        plain = msgspec.to_builtins(value, enc_hook=encode, str_keys=True) if isinstance(value, dict) else dict(value)
        return plain if _fits(_closed(kind), plain) else _read_and_dumped(kind, plain)

    return write


def published_only(kind: Any, value: object) -> object:
    """Check a written value against the published schema of its type, with formats; used as msgspec's ``dec_hook``.

    Raises ValueError when it does not fit. Returns an empty instance, which is not used.
    """
    try:
        _published(kind).require(value)
    except Mismatch as error:
        raise ValueError(str(error).removesuffix(".")) from error
    return kind.__new__(kind)


def _read_and_dumped(kind: Any, value: Any) -> Any:
    """Read the value as the type, then dump it. Raises TypeError when it does not fit."""
    try:
        return dump(kind, decode(kind, value))
    except ValueError as error:
        raise TypeError(f"the result does not have the declared type: {error}") from error


def _fits(schema: JsonSchema | None, value: object) -> bool:
    return schema is not None and schema.fits(value)


@lru_cache(maxsize=512)
def _published(kind: Any) -> JsonSchema:
    return compile_schema(schema_of(kind, Definitions(writes=True)), formats=True)


@lru_cache(maxsize=512)
def _closed(kind: Any) -> JsonSchema | None:
    """The published schema with undeclared properties forbidden.

    None for a schema with ``allOf``, in which properties cannot be closed, and for one that cannot be compiled.
    """
    schema = schema_of(kind, Definitions(writes=True))
    try:
        return None if "allOf" in str(schema) else compile_schema(_without_more(schema), formats=True)
    except SchemaError:
        return None


def _without_more(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_more(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed: Schema = {
        word: each if word in ("default", "examples", "const", "enum") else _without_more(each)
        for word, each in schema.items()
    }
    return (
        {"additionalProperties": False, **closed}
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
        else closed
    )
