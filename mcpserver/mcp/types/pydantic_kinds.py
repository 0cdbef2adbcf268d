"""Types that pydantic reads and writes, for authors who have it; we never require it, and import it only when a type
of its kind is seen.
"""

import importlib
import re
from copy import copy
from functools import lru_cache
from typing import Any

import msgspec

from .mismatch import steps

Schema = dict[str, Any]


class _Trusting(type):
    """msgspec asks whether what was read is of the type; pydantic has made sure of that."""

    def __instancecheck__(cls, instance: object) -> bool:
        return True


class StandIn(metaclass=_Trusting):
    """What msgspec sees instead of a type that only pydantic can read; ``kind`` is that type."""

    kind: Any


def is_pydantic(kind: Any) -> bool:
    """Whether pydantic defined the type: a model, one of its dataclasses, or a type that brings its own rules."""
    return isinstance(kind, type) and (
        hasattr(kind, "__pydantic_validator__") or hasattr(kind, "__get_pydantic_core_schema__")
    )


def is_field(value: object) -> bool:
    """Whether it is what ``pydantic.Field(...)`` gives."""
    return type(value).__name__ == "FieldInfo" and type(value).__module__ == "pydantic.fields"


def field_default(value: Any, absent: Any) -> Any:
    """What ``Field(default=...)`` gives when nothing is sent; a factory is none."""
    return absent if value.is_required() or value.default_factory is not None else value.get_default()


def factory_of(value: Any) -> Any:
    """What makes a default for every call, None for no such thing.

    Raises TypeError for one that looks at other arguments.
    """
    if value.default_factory is not None and getattr(value, "default_factory_takes_validated_data", False):
        raise TypeError(
            "a default_factory that takes the other arguments cannot be used here: make the default in the function, "
            "with None as the default."
        )
    return value.default_factory


def aliases_of(value: Any) -> list[Any]:
    """The names by which a value is read; that by which it would be written means nothing for what is read."""
    return [each for each in (value.validation_alias, value.alias) if each is not None]


def without_names(value: Any) -> Any:
    """The same ``Field(...)`` without default and aliases, which belong to a parameter and not to its type."""
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
    """msgspec's hook for types it does not know: the value must be JSON of the type.

    Raises ValueError with the rule and the place.
    """
    if kind is object:
        return value
    try:
        return _adapter(kind).validate_json(msgspec.json.encode(value), strict=True)
    except _pydantic().ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise ValueError(f"{first['msg']} - at `${steps(first['loc'])}`") from error


def encode(value: object) -> Any:
    """msgspec's hook for values it does not know. Raises TypeError for one that is not pydantic's."""
    kind: Any = type(value)
    if not is_pydantic(kind):
        raise TypeError(f"a value of the type {type(value).__qualname__} cannot be written as JSON")
    return _adapter(kind).dump_python(value, mode="json", by_alias=True, warnings=False)


def dump(kind: Any, value: object) -> Any:
    """What the type declares of a value, for JSON. Raises ValueError for one that is not of the type."""
    return _adapter(kind).dump_python(value, mode="json", by_alias=True, warnings="error")


def dump_alike(kind: Any, value: object) -> Any:
    """The same of an object of another class that has the attributes of the type. Raises TypeError."""
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
    )  # and shows nothing of the value


@lru_cache(maxsize=1)
def _generator() -> Any:
    """pydantic's schemas with formats that are kept: RFC 3339 wants an offset in dates with times and in times, and
    knows no fraction of a second in durations.

    They are asked for in what is read, and promised in what is written only where every value of the type fits.
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
    """Schemas of pydantic types, and what they refer to under names of their own; ``writes`` is for values that
    leave.
    """

    def __init__(self, *, writes: bool) -> None:
        self.writes = writes
        self._prefixes: dict[Any, str] = {}
        self.found: Schema = {}
        self.is_used = False

    def schema(self, kind: Any) -> Schema:
        """msgspec's hook for the schema of a type it does not know.

        Raises TypeError for one that is not pydantic's either.
        """
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
            )  # a reference is a URI, in which the brackets of Box[int] may not stand
            self._prefixes[kind] = f"{name}{taken + 1 if taken else ''}"
        return self._prefixes[kind]


def _real(kind: type) -> Any:
    return kind.kind if issubclass(kind, StandIn) else kind


def _pydantic() -> Any:
    return importlib.import_module("pydantic")


@lru_cache(maxsize=512)
def _adapter(kind: Any) -> Any:
    return _pydantic().TypeAdapter(_real(kind))
