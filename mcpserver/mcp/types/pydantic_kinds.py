"""Support for pydantic types. pydantic is optional: it is imported only when one of its types is used."""

import importlib
import re
from copy import copy
from functools import lru_cache
from typing import Any

import msgspec

from .mismatch import steps

Schema = dict[str, Any]


class _Trusting(type):
    """Metaclass that accepts any instance: msgspec checks the type of what a hook read, which pydantic has done."""

    def __instancecheck__(cls, instance: object) -> bool:
        return True


class StandIn(metaclass=_Trusting):
    """Placeholder given to msgspec for a type that only pydantic can read; ``kind`` is that type."""

    kind: Any


def is_pydantic(kind: Any) -> bool:
    """Whether pydantic defined the type: a model, one of its dataclasses, or a type that brings its own rules."""
    return isinstance(kind, type) and (
        hasattr(kind, "__pydantic_validator__") or hasattr(kind, "__get_pydantic_core_schema__")
    )


def is_field(value: object) -> bool:
    """Whether the value was made by ``pydantic.Field(...)``."""
    return type(value).__name__ == "FieldInfo" and type(value).__module__ == "pydantic.fields"


def field_default(value: Any, absent: Any) -> Any:
    """The default of a ``Field(default=...)``, or ``absent`` if it is required or has a factory."""
    return absent if value.is_required() or value.default_factory is not None else value.get_default()


def factory_of(value: Any) -> Any:
    """The ``default_factory`` of a ``Field(...)``, None without one.

    Raises TypeError for a factory that takes the other arguments.
    """
    if value.default_factory is not None and getattr(value, "default_factory_takes_validated_data", False):
        raise TypeError(
            "a default_factory that takes the other arguments cannot be used here: make the default in the function, "
            "with None as the default."
        )
    return value.default_factory


def aliases_of(value: Any) -> list[Any]:
    """The aliases by which a value is read; the serialization alias does not count."""
    return [each for each in (value.validation_alias, value.alias) if each is not None]


def without_names(value: Any) -> Any:
    """A copy of a ``Field(...)`` without default and aliases, which belong to the parameter and not to its type."""
    cleared = copy(value)
    for name in ("alias", "validation_alias", "serialization_alias", "default_factory"):
        setattr(cleared, name, None)
    cleared.default = importlib.import_module("pydantic_core").PydanticUndefined
    cleared._attributes_set = {name: each for name, each in value._attributes_set.items() if name not in _NAMING}
    return cleared


_NAMING = ("default", "default_factory", "alias", "alias_priority", "validation_alias", "serialization_alias")


def stand_in(kind: Any) -> type:
    return _Trusting(getattr(kind, "__name__", "Value"), (StandIn,), {"kind": kind})


def decode(kind: Any, value: Any) -> Any:
    """Read a value of a type that msgspec does not support; used as its ``dec_hook``.

    pydantic validates the value as JSON, in strict mode. Raises ValueError, with the rule and the place, when it does
    not fit.
    """
    if kind is object:
        return value
    try:
        return _adapter(kind).validate_json(msgspec.json.encode(value), strict=True)
    except _pydantic().ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise ValueError(f"{first['msg']} - at `${steps(first['loc'])}`") from error


def encode(value: object) -> Any:
    """Convert a pydantic value to builtins; used as msgspec's ``enc_hook``. Raises TypeError for any other value."""
    kind: Any = type(value)
    if not is_pydantic(kind):
        raise TypeError(f"a value of the type {type(value).__qualname__} cannot be written as JSON")
    return _adapter(kind).dump_python(value, mode="json", by_alias=True, warnings=False)


def dump(kind: Any, value: object) -> Any:
    """The declared fields of a value as builtins for JSON. Raises ValueError when it is not of the type."""
    return _adapter(kind).dump_python(value, mode="json", by_alias=True, warnings="error")


def dump_alike(kind: Any, value: object) -> Any:
    """Like ``dump``, but also accepts an object of another class that has the attributes of the type.

    Raises TypeError when the value does not fit.
    """
    try:
        return dump(kind, value)
    except ValueError:
        pass
    try:
        return dump(kind, _adapter(kind).validate_python(value, from_attributes=True))
    except _pydantic().ValidationError as error:
        reason = error.errors(include_url=False, include_context=False, include_input=False)[0]["msg"]
    except ValueError:
        reason = "a value in it is of another type"
    raise TypeError(
        f"the result does not have the declared type {getattr(_real(kind), '__name__', kind)}: {reason}"
    )  # the message contains nothing of the value


@lru_cache(maxsize=1)
def _generator() -> Any:
    """A pydantic schema generator that names a ``format`` only where values have it.

    RFC 3339 requires an offset in date-time and time, and has no fraction of a second in durations. The formats are
    required of values that are read, and promised for values that are written only where every value of the type fits.
    """
    base: Any = importlib.import_module("pydantic.json_schema").GenerateJsonSchema

    class Generator(base):  # type: ignore[misc]
        def datetime_schema(self, schema: Any) -> Schema:
            return self._offset(schema, super().datetime_schema(schema))

        def time_schema(self, schema: Any) -> Schema:
            return self._offset(schema, super().time_schema(schema))

        def timedelta_schema(self, schema: Any) -> Schema:
            made = super().timedelta_schema(schema)
            return _without_format(made) if self.mode == "serialization" else made

        def _offset(self, schema: Any, made: Schema) -> Schema:
            zone = schema.get("tz_constraint")
            kept = zone != "naive" if self.mode == "validation" else zone is not None and zone != "naive"
            return made if kept else _without_format(made)

    return Generator


def _without_format(schema: Schema) -> Schema:
    return {word: value for word, value in schema.items() if word != "format"}


class Definitions:
    """Schemas of pydantic types, with the definitions they refer to in ``found``, under names unique to each type.

    ``writes`` selects the schemas of values that are sent rather than received.
    """

    def __init__(self, *, writes: bool) -> None:
        self.writes = writes
        self._prefixes: dict[Any, str] = {}
        self.found: Schema = {}
        self.is_used = False

    def schema(self, kind: Any) -> Schema:
        """The schema of a type that msgspec does not support. Raises TypeError when pydantic does not define it."""
        if kind is _real(kind) and not is_pydantic(kind):
            raise TypeError(
                f"The type {getattr(kind, '__qualname__', kind)} has no form in JSON: use a dataclass, a TypedDict or "
                "a builtin type instead."
            )
        self.is_used = True
        mode = "serialization" if self.writes else "validation"
        template = f"#/$defs/{self._prefix(kind)}.{{model}}"
        schema: Schema = _adapter(kind).json_schema(
            mode=mode, by_alias=True, ref_template=template, schema_generator=_generator()
        )
        self.found |= {
            f"{self._prefix(kind)}.{name}": definition for name, definition in schema.pop("$defs", {}).items()
        }
        return schema

    def _prefix(self, kind: Any) -> str:
        if kind not in self._prefixes:
            taken = sum(kind.__name__ == other.__name__ for other in self._prefixes)
            name = re.sub(
                r"[^a-zA-Z0-9.\-_]", "_", kind.__name__
            )  # a reference is a URI, which cannot contain the brackets of Box[int]
            self._prefixes[kind] = f"{name}{taken + 1 if taken else ''}"
        return self._prefixes[kind]


def _real(kind: type) -> Any:
    return kind.kind if issubclass(kind, StandIn) else kind


def _pydantic() -> Any:
    return importlib.import_module("pydantic")


@lru_cache(maxsize=512)
def _adapter(kind: Any) -> Any:
    return _pydantic().TypeAdapter(_real(kind))
