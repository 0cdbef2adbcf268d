"""Types that pydantic reads and writes, for authors who have it; we never require it, and import it only when a type of its kind is seen."""

import importlib
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
    return isinstance(kind, type) and (hasattr(kind, "__pydantic_validator__") or hasattr(kind, "__get_pydantic_core_schema__"))


def is_field(value: object) -> bool:
    """Whether it is what ``pydantic.Field(...)`` gives."""
    return type(value).__name__ == "FieldInfo" and type(value).__module__ == "pydantic.fields"


def field_default(value: Any, absent: Any) -> Any:
    return absent if value.is_required() else value.get_default(call_default_factory=True)


def stand_in(kind: Any) -> type:
    return _Trusting(getattr(kind, "__name__", "Value"), (StandIn,), {"kind": kind})


def decode(kind: Any, value: Any) -> Any:
    """msgspec's hook for types it does not know: the value must be JSON of the type. Raises ValueError with the rule and the place."""
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


class Definitions:
    """Schemas of pydantic types, and what they refer to under names of their own; ``writes`` is for values that leave."""

    def __init__(self, *, writes: bool) -> None:
        self._mode = "serialization" if writes else "validation"
        self._prefixes: dict[Any, str] = {}
        self.found: Schema = {}
        self.is_used = False

    def schema(self, kind: Any) -> Schema:
        """msgspec's hook for the schema of a type it does not know. Raises TypeError for one that is not pydantic's either."""
        if kind is _real(kind) and not is_pydantic(kind):
            raise TypeError(f"The type {getattr(kind, '__qualname__', kind)} has no form in JSON: use a dataclass, a TypedDict or a builtin type instead.")
        self.is_used = True
        schema: Schema = _adapter(kind).json_schema(mode=self._mode, by_alias=True, ref_template=f"#/$defs/{self._prefix(kind)}.{{model}}")
        self.found |= {f"{self._prefix(kind)}.{name}": definition for name, definition in schema.pop("$defs", {}).items()}
        return schema

    def _prefix(self, kind: Any) -> str:
        if kind not in self._prefixes:
            taken = sum(kind.__name__ == other.__name__ for other in self._prefixes)
            self._prefixes[kind] = f"{kind.__name__}{taken + 1 if taken else ''}"
        return self._prefixes[kind]


def _real(kind: type) -> Any:
    return kind.kind if issubclass(kind, StandIn) else kind


def _pydantic() -> Any:
    return importlib.import_module("pydantic")


@lru_cache(maxsize=512)
def _adapter(kind: Any) -> Any:
    return _pydantic().TypeAdapter(_real(kind))
