"""Values of a declared type, read from JSON and written to it (MCP 2026-07-28, server: tools: input and output
schema).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from attrs import field, frozen

from mcpbase.json_bounds import require_bounded

from ..schema import DURATION, Schema, SchemaError, compile_schema, parts, schema_of
from ..types import (
    NO_DEFAULT,
    Definitions,
    Mismatch,
    Node,
    Parameter,
    decode,
    mismatch,
    node_of,
    parameter_of,
    readable,
    resolved,
    with_whole_numbers,
    write_json,
)
from .foreign_writing import published_only
from .reading import reader_of, require_faithful
from .writing import writer_of

__all__ = ["NO_DEFAULT", "Codec", "Mismatch", "arguments_of", "codec_of"]


@frozen
class Codec:
    """Reads and writes values of one type.

    ``schema`` is the published schema; ``read`` and ``write`` check values against the same type. ``is_foreign`` is
    whether the type has parts that msgspec reads and writes through our hooks.
    """

    schema: Schema
    _kind: Any = field(repr=False)
    _decoder: "msgspec.json.Decoder[Any]" = field(repr=False)
    _is_foreign: bool = field(repr=False)
    _node: Node = field(repr=False)
    _write: Callable[[Any], Any] | None = field(repr=False)
    _complete: Callable[[Any], Any] | None = field(repr=False)
    _complete_spelled: Callable[[Any], Any] | None = field(repr=False)

    def read(self, value: object, *, strict: bool = True) -> Any:
        """A value of the type with its defaults filled in. Raises Mismatch when ``value`` does not fit.

        ``strict=False`` also parses strings as the type demands, such as ``"42"`` for an integer.
        """
        complete = self._complete if strict else self._complete_spelled
        read = self._read(value, strict=strict)
        try:
            return read if complete is None else complete(read)
        except RecursionError:
            raise Mismatch("The value is nested too deeply.") from None

    def _read(self, value: object, *, strict: bool) -> Any:
        if strict and not self._is_foreign:
            try:
                return msgspec.convert(value, self._kind)
            except (msgspec.ValidationError, RecursionError):
                pass
        return self._read_again(value, strict=strict)

    def write(self, value: Any) -> bytes:
        """The declared parts of the value, as JSON.

        Raises TypeError for a value that is not of the type, or that JSON cannot represent.
        """
        encoded = self._encoded(value)
        try:
            self._decoder.decode(encoded)
        except msgspec.ValidationError as error:
            raise TypeError(f"the result does not have the declared type: {mismatch(error, self.schema)}") from error
        return encoded

    def _encoded(self, value: Any) -> bytes:
        try:
            return write_json(value if self._write is None else self._write(value))
        except RecursionError as error:
            raise TypeError(f"the value cannot be written as JSON: {error}") from error

    def _read_again(self, value: object, *, strict: bool) -> Any:
        """Read with the slower options, which few values need. Raises Mismatch."""
        try:
            return self._read_with_whole_numbers(value, strict=strict)
        except RecursionError:
            raise Mismatch("The value is nested too deeply.") from None

    def _read_with_whole_numbers(self, value: object, *, strict: bool) -> Any:
        """Read, and if that fails, try again with 42.0 as 42. Raises Mismatch, RecursionError."""
        try:
            return self._convert(value, strict=strict)
        except msgspec.ValidationError as error:
            whole = with_whole_numbers(value)
            if whole is value:
                raise mismatch(error, self.schema) from error
        try:
            return self._convert(whole, strict=strict)
        except msgspec.ValidationError as error:
            raise mismatch(error, self.schema) from error

    def _convert(self, value: object, *, strict: bool) -> Any:
        return msgspec.convert(value, self._kind, strict=strict, str_keys=True, dec_hook=decode)


@frozen
class Arguments(Codec):
    """Reads an object into the arguments of a function, by name.

    ``spelled`` are the arguments that are objects or lists: with ``strict=False``, strings for them are parsed as JSON.
    """

    _spelled: frozenset[str] = field(repr=False)

    def read(self, value: object, *, strict: bool = True) -> dict[str, Any]:
        return msgspec.structs.asdict(super().read(value if strict else self._parsed(value), strict=strict))

    def _parsed(self, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {
            name: _parsed(name, text) if name in self._spelled and isinstance(text, str) else text
            for name, text in value.items()
        }


def codec_of(kind: Any, *, writes: bool = False) -> Codec:
    """The codec of a type; ``writes`` if its values are sent rather than received.

    Raises TypeError, naming the type, when it has no form in JSON.
    """
    return Codec(*_parts_of(kind, writes=writes))


def arguments_of(fields: Sequence[tuple[str, Any, Any]], descriptions: Mapping[str, str]) -> Codec:
    """The codec that reads a caller's arguments into a dict.

    Each of ``fields`` is the name, type and default (or NO_DEFAULT) of a parameter. Unknown names are refused.

    Raises TypeError, naming the parameter, when its type has no form in JSON, or when its default does not fit.
    """
    parameters = [parameter_of(*each, descriptions.get(each[0])) for each in fields]
    _require_distinct([each.shown for each in parameters])
    struct = msgspec.defstruct(
        "Arguments", [each.field for each in parameters], kw_only=True, forbid_unknown_fields=True
    )
    try:
        schema, *rest = _parts_of(struct, writes=False)
    except TypeError:
        _require_types(parameters)
        raise
    schema = _closed(schema, parameters)
    try:
        _require_fitting(schema)
    except TypeError as error:
        raise TypeError(f"the parameter {error}") from error
    spelled = frozenset(
        name for name, each in schema["properties"].items() if resolved(each, schema).get("type") in ("object", "array")
    )
    return Arguments(schema, *rest, spelled)  # type: ignore[call-arg]  # mypy does not count what is starred


def _parts_of(kind: Any, *, writes: bool) -> tuple[Any, ...]:
    known = readable(kind)
    foreign = Definitions(writes=writes)
    schema = schema_of(known, foreign, _default)
    _require_fitting(schema)
    node = node_of(known)
    if not writes:
        require_faithful(node)
    decoder = msgspec.json.Decoder(known, dec_hook=published_only if writes else decode)
    return (
        schema,
        known,
        decoder,
        foreign.is_used,
        node,
        writer_of(node),
        reader_of(node),
        reader_of(node, spelled=True),
    )


def _parsed(name: str, text: str) -> object:
    try:
        require_bounded(text.encode())
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Mismatch(f"{name}: Expected JSON of an object or a list.") from None


def _closed(schema: Schema, parameters: Sequence[Parameter]) -> Schema:
    """The schema without the title of our generated struct, and with the defaults that JSON can represent."""
    defaults = {
        each.shown: _default(node_of(each.kind), each.default) for each in parameters if each.default is not NO_DEFAULT
    }
    properties = {name: {**each, **defaults.get(name, {})} for name, each in schema["properties"].items()}
    return {**{name: each for name, each in schema.items() if name != "title"}, "properties": properties}


def _default(node: Node, value: Any) -> Schema:
    """The keyword ``default`` with the declared parts of a value; empty if JSON cannot represent it."""
    write = writer_of(node)
    try:
        return {"default": msgspec.json.decode(write_json(value if write is None else write(value)))}
    except TypeError:
        return {}


def _require_types(parameters: Sequence[Parameter]) -> None:
    """Raises TypeError, naming the first parameter whose type has no form in JSON."""
    for each in parameters:
        try:
            codec_of(each.kind)
        except TypeError as error:
            raise TypeError(f"the parameter {each.name}: {error}") from error


def _require_distinct(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TypeError(f"two parameters have the name {', '.join(twice)}: give each an alias of its own.")


def _require_fitting(schema: Schema) -> None:
    """Raises TypeError for a default that the schema itself refuses (JSON Schema 2020-12 validation, section 9.2).

    A default that only lacks the required format is removed from the schema.
    """
    _require_defaults(schema, schema.get("$defs", {}), schema.get("title", ""))


def _require_defaults(schema: Schema, definitions: Mapping[str, Any], where: str) -> None:
    if "default" in schema:
        _require_default(schema, definitions, where)
    for keyword, part in parts(schema):
        for name in (
            [name for name, each in schema[keyword].items() if each is part]
            if keyword in ("properties", "$defs")
            else [""]
        ):
            _require_defaults(part, definitions, name if keyword == "$defs" else f"{where}.{name}".strip("."))


def _require_default(schema: Schema, definitions: Mapping[str, Any], where: str) -> None:
    whole = _without_duration({**schema, "$defs": definitions} if definitions else schema)
    try:
        compile_schema(whole).require(schema["default"])
        if not compile_schema({**schema, "$defs": definitions} if definitions else schema, formats=True).fits(
            schema["default"]
        ):
            del schema["default"]  # such as a date-time without an offset: valid for the function, but not for callers
    except SchemaError:
        return  # the schema cannot be checked in bounded time
    except Mismatch as error:
        shown = msgspec.json.encode(schema["default"]).decode()
        advice = "Say `| None` in its type." if schema["default"] is None else "Give another default, or another type."
        raise TypeError(f"{where} has the default {shown}, which its own type refuses: {error} {advice}") from error


def _without_duration(schema: Any) -> Any:
    """The schema without the pattern for durations, so that defaults may have a sign or a fraction, unlike callers'
    values.
    """
    if isinstance(schema, list):
        return [_without_duration(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {word: _without_duration(each) for word, each in schema.items() if (word, each) != ("pattern", DURATION)}
