"""Conversion of the metadata in ``Annotated[...]`` into ``msgspec.Meta``.

Accepts descriptions as plain strings, ``msgspec.Meta``, annotated_types and pydantic's ``Field``; the last two are
recognized by module and class name and never imported.
"""

from collections.abc import Iterable, Iterator
from dataclasses import InitVar, is_dataclass
from functools import reduce
from operator import or_
from types import UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from weakref import WeakSet

import msgspec
from msgspec import Meta

from .pydantic_kinds import aliases_of, is_field, is_pydantic, stand_in
from .type_tree import CHOICES, NODEFAULT

_CHECKED = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz")
_SAID = ("title", "description", "examples", "extra_json_schema", "extra")
_KNOWN_MODULES = ("annotated_types", "pydantic", "typing_extensions")
_FIELDS = ("__attrs_attrs__", "__struct_fields__", "__total__", "_field_defaults")
_CACHE = "__msgspec_cache__"
_RETOLD: "WeakSet[type]" = WeakSet()
_HARMLESS = ("Strict",)


def readable(kind: Any) -> Any:
    """The type with all its metadata converted for msgspec, at every depth of the annotation.

    Raises TypeError for metadata that would not be checked.
    """
    if get_origin(kind) is Annotated:
        return _annotated(kind)
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return Annotated[kind, Meta(extra={CHOICES: parts})]
    _retell(get_origin(kind) or kind)
    if _only_for_pydantic(kind, parts):
        return stand_in(kind)
    changed = tuple(readable(part) if _is_kind(part) else part for part in parts)
    return kind if _same(changed, parts) else _rebuilt(kind, changed)


def described(kind: Any, description: str | None) -> Any:
    """The type with the description added, unless it has one already."""
    own = get_origin(kind) is Annotated and any(
        isinstance(each, Meta) and each.description for each in kind.__metadata__
    )
    return kind if own or not description else Annotated[kind, Meta(description=description)]


def admits_none(kind: Any) -> bool:
    """Whether the annotation itself allows None."""
    if kind in (Any, None, type(None)) or isinstance(kind, TypeVar):
        return True
    kind = getattr(kind, "__supertype__", getattr(kind, "__value__", kind))  # of NewType, and of ``type X = ...``
    if get_origin(kind) is Annotated:
        return admits_none(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return None in get_args(kind)
    return _is_union(kind) and any(admits_none(part) for part in get_args(kind))


def _only_for_pydantic(kind: Any, parts: tuple[Any, ...]) -> bool:
    """Whether only pydantic can read the type.

    True for pydantic dataclasses, which msgspec would read without their validators; for its types whose values are
    instances of another class; and for unions that have a model among several types, which msgspec refuses.
    """
    several = _is_union(kind) and not _is_optional(kind) and any(is_pydantic(part) for part in parts)
    return several or (is_pydantic(kind) and (is_dataclass(kind) or not hasattr(kind, "__pydantic_validator__")))


def _retell(kind: Any) -> None:
    """Rewrite the annotations of a class with fields for msgspec, in place: msgspec reads them only from the class."""
    if not _has_fields(kind) or kind in _RETOLD:
        return
    _RETOLD.add(kind)  # before its fields, which may refer to the class itself
    try:
        for owner in kind.__mro__:
            own = getattr(owner, "__annotations__", {})
            hints = get_type_hints(owner, include_extras=True) if own else {}
            own.update({name: _field(kind, name, hints[name]) for name in own if name in hints})
    except BaseException:
        _RETOLD.discard(kind)
        raise
    if _CACHE in kind.__dict__:  # msgspec has read the class before; make it read the new annotations
        delattr(kind, _CACHE)


def _field(kind: Any, name: str, hint: Any) -> Any:
    """The annotation of one field for msgspec; a default of None makes the type optional.

    Raises TypeError, naming the field, for a default made with pydantic's or msgspec's ``field(...)``, which has no
    effect in the class, and for metadata that would not be checked.
    """
    try:
        default = _default_of(kind, name)
        if is_field(default) or isinstance(default, type(msgspec.field())):
            raise TypeError(
                f"{type(default).__module__.partition('.')[0]}'s field(...) means nothing here: write the default "
                "itself."
            )
        return readable(Union[hint, None] if default is None and not _admits_nothing(hint) else hint)  # noqa: UP007
    except TypeError as error:
        raise TypeError(f"the field {name} of {kind.__name__}: {error}") from error


def _admits_nothing(hint: Any) -> bool:
    """Whether None must not be added to the hint: it allows None already, or is a qualifier such as NotRequired, which
    must stay outermost.
    """
    return admits_none(hint) or get_origin(hint) in (Required, NotRequired, ClassVar, InitVar, Final)


def _default_of(kind: Any, name: str) -> Any:
    """The default of a field of a class, NODEFAULT if it has none."""
    if is_dataclass(kind):
        return kind.__dataclass_fields__[name].default if name in kind.__dataclass_fields__ else NODEFAULT
    if hasattr(kind, "__attrs_attrs__"):
        return next((each.default for each in kind.__attrs_attrs__ if each.name == name), NODEFAULT)
    if hasattr(kind, "__struct_fields__"):
        named = kind.__struct_fields__[len(kind.__struct_fields__) - len(kind.__struct_defaults__) :]
        return dict(zip(named, kind.__struct_defaults__, strict=True)).get(name, NODEFAULT)
    return getattr(kind, "_field_defaults", {}).get(name, NODEFAULT)


def _has_fields(kind: Any) -> bool:
    return (
        isinstance(kind, type)
        and not is_pydantic(kind)
        and (is_dataclass(kind) or any(hasattr(kind, mark) for mark in _FIELDS))
    )


def _annotated(kind: Any) -> Any:
    """The type with all its metadata merged and converted to Meta; constraints of an optional type apply to the value.

    Raises TypeError for a default or an alias in the metadata.
    """
    inner, *metadata = get_args(kind)
    _require_nameless(metadata)
    if _needs_pydantic(metadata):
        return stand_in(kind)
    found = {name: value for each in metadata for name, value in _facts(each)}
    rules = {name: found[name] for name in _CHECKED if name in found}
    said = {name: found[name] for name in _SAID if name in found}
    inner = readable(inner)
    inner = _constrained(inner, rules) if rules else inner
    return Annotated[inner, Meta(**said)] if said else inner


def _require_nameless(metadata: list[Any]) -> None:
    """Raises TypeError for names and defaults, which only handler parameters and fields of pydantic models may have."""
    for each in metadata:
        if is_field(each) and (aliases_of(each) or each.serialization_alias or not each.is_required()):
            raise TypeError(
                "a default or an alias in pydantic's Field(...) means nothing here: write the default itself, or use "
                "a pydantic model."
            )
        if isinstance(each, type(msgspec.field())):
            raise TypeError("msgspec.field(...) means nothing in Annotated: make it the default.")


def _constrained(kind: Any, rules: dict[str, Any]) -> Any:
    if _is_optional(kind):
        return _union(part if part is type(None) else Annotated[part, Meta(**rules)] for part in get_args(kind))
    return Annotated[kind, Meta(**rules)]


def _facts(metadata: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of each constraint or description in one piece of metadata."""
    if isinstance(metadata, str):
        yield "description", metadata
    elif isinstance(metadata, Meta) or _module(metadata) in _KNOWN_MODULES:
        yield from (
            (name, value) for name in (*_CHECKED, *_SAID) if (value := getattr(metadata, name, None)) is not None
        )
        yield from (("description", text) for text in [getattr(metadata, "documentation", None)] if text)
        yield from (
            ("extra_json_schema", extra)
            for extra in [getattr(metadata, "json_schema_extra", None)]
            if isinstance(extra, dict)
        )
        yield from (
            ("extra_json_schema", {"deprecated": True}) for said in [getattr(metadata, "deprecated", None)] if said
        )
        yield from (fact for each in getattr(metadata, "metadata", ()) for fact in _facts(each))


def _needs_pydantic(metadata: Iterable[Any]) -> bool:
    """Whether the metadata has a rule that only pydantic can check, such as a validator."""
    return any(_is_pydantics_own(each) for each in metadata if _module(each) in _KNOWN_MODULES)


def _is_pydantics_own(each: Any) -> bool:
    if is_field(each):
        computed = (
            callable(each.json_schema_extra) or each.discriminator is not None or each.field_title_generator is not None
        )
        return computed or _needs_pydantic(each.metadata)
    return type(each).__name__ not in _HARMLESS and not any(_facts(each))


def _module(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _is_kind(part: Any) -> bool:
    return isinstance(part, type) or get_origin(part) is not None


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _is_optional(kind: Any) -> bool:
    """Whether it is a union of exactly one type and None."""
    parts = get_args(kind)
    return _is_union(kind) and len(parts) == 2 and type(None) in parts


def _same(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    return all(one is other for one, other in zip(first, second, strict=True))


def _rebuilt(kind: Any, parts: tuple[Any, ...]) -> Any:
    origin = get_origin(kind)
    return _union(parts) if _is_union(kind) else origin[parts if len(parts) > 1 else parts[0]]


def _union(kinds: Iterable[Any]) -> Any:
    return reduce(or_, kinds)
