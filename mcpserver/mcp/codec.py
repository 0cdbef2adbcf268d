"""Values of a declared type, read from JSON and written to it (MCP 2026-07-28, server: tools: input and output schema)."""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import lru_cache, partial
from typing import Annotated, Any

import msgspec
from attrs import field, frozen

from ..json_bounds import require_bounded
from .constraints import described, readable
from .json_schema import JsonSchema, compile_schema
from .json_values import with_whole_numbers, write_json
from .mismatch import Mismatch, mismatch, resolved
from .pydantic_kinds import Definitions, decode, field_default, is_field
from .schema import Schema, schema_of

__all__ = ["NO_DEFAULT", "Codec", "Mismatch", "arguments_of", "codec_of"]

NO_DEFAULT: Any = object()
"""The default of an argument that must be given."""

_SIMPLE = (str, int, bool, type(None))
_CONTAINERS = (list, dict, set, bytearray)


@frozen
class Codec:
    """``schema`` is what the wire is told; ``read`` and ``write`` hold values against the same type.

    ``is_foreign`` is whether the type has parts that msgspec needs our hooks for.
    """

    schema: Schema
    _kind: Any = field(repr=False)
    _decoder: "msgspec.json.Decoder[Any]" = field(repr=False)
    _is_foreign: bool = field(repr=False)

    def read(self, value: object, *, strict: bool = True) -> Any:
        """A value of the type. ``strict=False`` reads strings as what they spell. Raises Mismatch."""
        if strict and not self._is_foreign:
            try:
                return msgspec.convert(value, self._kind)
            except (msgspec.ValidationError, RecursionError):
                pass
        return self._read_again(value, strict=strict)

    def write(self, value: Any) -> bytes:
        """The value as JSON. Raises TypeError for one that is not of the type, or that JSON cannot say."""
        encoded = write_json(value)
        try:
            self._decoder.decode(encoded)
        except msgspec.ValidationError as error:
            raise TypeError(f"the result does not have the declared type: {mismatch(error, self.schema)}") from error
        return encoded

    def _read_again(self, value: object, *, strict: bool) -> Any:
        """With the options that cost time, which few values need. Raises Mismatch."""
        try:
            return self._read_with_whole_numbers(value, strict=strict)
        except RecursionError:
            raise Mismatch("The value is nested too deeply.") from None

    def _read_with_whole_numbers(self, value: object, *, strict: bool) -> Any:
        """A second look at 42.0 where an integer is asked for. Raises Mismatch, RecursionError."""
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
    """Reads an object into the arguments of a function, by name. ``spelled`` are those that strings can only be as JSON: objects and lists."""

    _spelled: frozenset[str] = field(repr=False)

    def read(self, value: object, *, strict: bool = True) -> dict[str, Any]:
        if strict and not self._is_foreign:
            try:
                return msgspec.structs.asdict(msgspec.convert(value, self._kind))
            except (msgspec.ValidationError, RecursionError):
                pass
        return msgspec.structs.asdict(self._read_again(value if strict else self._parsed(value), strict=strict))

    def _parsed(self, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {name: _parsed(name, text) if name in self._spelled and isinstance(text, str) else text for name, text in value.items()}


def codec_of(kind: Any, *, writes: bool = False) -> Codec:
    """``writes`` is for a type whose values leave. Raises TypeError, naming the type, when it has no form in JSON."""
    known = readable(kind)
    foreign = Definitions(writes=writes)
    schema = schema_of(known, foreign)
    return Codec(schema, known, msgspec.json.Decoder(known, dec_hook=_written if writes else decode), foreign.is_used)


def arguments_of(fields: Sequence[tuple[str, Any, Any]], descriptions: Mapping[str, str]) -> Codec:
    """Reads what a caller sends for parameters, each a name, a type and a default or NO_DEFAULT, into a dict. Unknown names are refused.

    Raises TypeError, naming the type, when one has no form in JSON.
    """
    parameters = [_parameter(*each, descriptions) for each in fields]
    codec = codec_of(msgspec.defstruct("Arguments", [_field(*each) for each in parameters], kw_only=True, forbid_unknown_fields=True))
    defaults = {name: default for name, _, default in parameters if default is not NO_DEFAULT}
    spelled = frozenset(name for name, each in codec.schema["properties"].items() if resolved(each, codec.schema).get("type") in ("object", "array"))
    return Arguments(_closed(codec.schema, defaults), codec._kind, codec._decoder, codec._is_foreign, spelled)


def _written(kind: Any, value: object) -> object:
    """msgspec's hook for what was written of a foreign type: it fits what is published, which need not be what the type reads. Raises ValueError."""
    try:
        _published(kind).require(value)
    except Mismatch as error:
        raise ValueError(str(error).removesuffix(".")) from error
    return kind.__new__(kind)


@lru_cache(maxsize=512)
def _published(kind: Any) -> JsonSchema:
    return compile_schema(schema_of(kind, Definitions(writes=True)))


def _parsed(name: str, text: str) -> object:
    try:
        require_bounded(text.encode())
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Mismatch(f"{name}: Expected JSON of an object or a list.") from None


def _parameter(name: str, kind: Any, default: Any, descriptions: Mapping[str, str]) -> tuple[str, Any, Any]:
    """Its type as msgspec knows it; what pydantic's ``Field(...)`` says as a default belongs to the type."""
    if is_field(default):
        kind, default = Annotated[kind, default], field_default(default, NO_DEFAULT)
    return name, described(readable(kind), descriptions.get(name)), default


def _field(name: str, kind: Any, default: Any) -> tuple[Any, ...]:
    """Containers are copied for every call: what one call puts into them is not the next one's."""
    if default is NO_DEFAULT:
        return name, kind
    if isinstance(default, _CONTAINERS):
        return name, kind, msgspec.field(default_factory=partial(copy, default))
    return name, kind, default if isinstance(default, _SIMPLE) else msgspec.field(default_factory=lambda: default)


def _closed(schema: Schema, defaults: Mapping[str, Any]) -> Schema:
    """Without the name of our type, and with the defaults that JSON can say."""
    properties = {name: each if name not in defaults else {**each, **_default(defaults[name])} for name, each in schema["properties"].items()}
    return {**{name: each for name, each in schema.items() if name != "title"}, "properties": properties}


def _default(value: Any) -> Schema:
    try:
        return {"default": msgspec.json.decode(write_json(value))}
    except TypeError:
        return {}
