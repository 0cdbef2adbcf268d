"""What an author writes into ``Annotated[...]``, in the words that msgspec checks.

Descriptions as plain strings, ``msgspec.Meta``, annotated_types and pydantic's ``Field``; the last two are known by what they look like and never imported.
"""

from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from weakref import WeakSet

from msgspec import Meta

from .pydantic_kinds import is_pydantic, stand_in

_CHECKED = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz")
_SAID = ("title", "description", "examples", "extra_json_schema", "extra")
_KNOWN_MODULES = ("annotated_types", "pydantic", "typing_extensions")
_FIELDS = ("__attrs_attrs__", "__struct_fields__", "__total__", "_field_defaults")
_CACHE = "__msgspec_cache__"
_RETOLD: "WeakSet[type]" = WeakSet()
_HARMLESS = ("Strict", "FieldInfo")


def readable(kind: Any) -> Any:
    """The type with all its metadata as msgspec knows it, at any depth that the annotation itself has. Raises TypeError for what nobody would check."""
    if get_origin(kind) is Annotated:
        return _annotated(kind)
    parts = get_args(kind)
    _retell(get_origin(kind) or kind)
    if _only_for_pydantic(kind, parts):
        return stand_in(kind)
    changed = tuple(readable(part) if _is_kind(part) else part for part in parts)
    return kind if _same(changed, parts) else _rebuilt(kind, changed)


def described(kind: Any, description: str | None) -> Any:
    """The type with a description, unless it has its own."""
    own = get_origin(kind) is Annotated and any(isinstance(each, Meta) and each.description for each in kind.__metadata__)
    return kind if own or not description else Annotated[kind, Meta(description=description)]


def _only_for_pydantic(kind: Any, parts: tuple[Any, ...]) -> bool:
    """Its dataclasses, which msgspec would read without their validators, and its models as one of several types, which msgspec refuses."""
    several = _is_union(kind) and not _is_optional(kind) and any(is_pydantic(part) for part in parts)
    return several or (is_pydantic(kind) and is_dataclass(kind))


def _retell(kind: Any) -> None:
    """Have the fields of a class say what they say in msgspec's words: it reads them off the class itself, and nowhere else."""
    if not _has_fields(kind) or kind in _RETOLD:
        return
    _RETOLD.add(kind)
    for owner in kind.__mro__:
        own = getattr(owner, "__annotations__", {})
        hints = get_type_hints(owner, include_extras=True) if own else {}
        own.update({name: readable(hints[name]) for name in own if name in hints})
    if _CACHE in kind.__dict__:  # somebody had msgspec read the class before; it shall look again
        delattr(kind, _CACHE)


def _has_fields(kind: Any) -> bool:
    return isinstance(kind, type) and not is_pydantic(kind) and (is_dataclass(kind) or any(hasattr(kind, mark) for mark in _FIELDS))


def _annotated(kind: Any) -> Any:
    """One Meta for all; rules for an optional value are rules for the value."""
    inner, *metadata = get_args(kind)
    if _needs_pydantic(metadata):
        return stand_in(kind)
    found = {name: value for each in metadata for name, value in _facts(each)}
    rules = {name: found[name] for name in _CHECKED if name in found}
    said = {name: found[name] for name in _SAID if name in found}
    inner = readable(inner)
    inner = _constrained(inner, rules) if rules else inner
    return Annotated[inner, Meta(**said)] if said else inner


def _constrained(kind: Any, rules: dict[str, Any]) -> Any:
    if _is_optional(kind):
        return _union(part if part is type(None) else Annotated[part, Meta(**rules)] for part in get_args(kind))
    return Annotated[kind, Meta(**rules)]


def _facts(metadata: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of each thing that one piece of metadata says."""
    if isinstance(metadata, str):
        yield "description", metadata
    elif isinstance(metadata, Meta) or _module(metadata) in _KNOWN_MODULES:
        yield from ((name, value) for name in (*_CHECKED, *_SAID) if (value := getattr(metadata, name, None)) is not None)
        yield from (("description", text) for text in [getattr(metadata, "documentation", None)] if text)
        yield from (("extra_json_schema", extra) for extra in [getattr(metadata, "json_schema_extra", None)] if isinstance(extra, dict))
        yield from (fact for each in getattr(metadata, "metadata", ()) for fact in _facts(each))


def _needs_pydantic(metadata: list[Any]) -> bool:
    """Whether something in it is a rule that only pydantic can check, such as a validator."""
    foreign = [each for each in metadata if _module(each) in _KNOWN_MODULES]
    return any(type(each).__name__ not in _HARMLESS and not any(_facts(each)) for each in foreign)


def _module(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _is_kind(part: Any) -> bool:
    return isinstance(part, type) or get_origin(part) is not None


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _is_optional(kind: Any) -> bool:
    """One type or None, and no more."""
    parts = get_args(kind)
    return _is_union(kind) and len(parts) == 2 and type(None) in parts


def _same(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    return all(one is other for one, other in zip(first, second, strict=True))


def _rebuilt(kind: Any, parts: tuple[Any, ...]) -> Any:
    origin = get_origin(kind)
    return _union(parts) if _is_union(kind) else origin[parts if len(parts) > 1 else parts[0]]


def _union(kinds: Iterable[Any]) -> Any:
    return reduce(or_, kinds)
