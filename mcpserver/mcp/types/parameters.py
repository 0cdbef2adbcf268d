"""A parameter of a handler as a caller sees it: its name in JSON, its type converted for msgspec, and its default.

``msgspec.field``, pydantic's ``Field(...)`` as the default or in ``Annotated``, and None as the default of any type are
supported; other forms are refused.
"""

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, Union, get_args, get_origin

import attrs
import msgspec

from .constraints import admits_none, described, readable
from .default_values import maker_of
from .pydantic_kinds import aliases_of, factory_of, field_default, is_field, without_names

NO_DEFAULT: Any = object()
"""The default of an argument that must be given."""


@attrs.frozen
class Parameter:
    """One parameter of a handler.

    ``shown`` is its name in JSON. ``factory`` makes the default for each call; ``default`` is NO_DEFAULT when the
    argument is required, or when only the author's own factory determines the default.
    """

    name: str
    shown: str
    kind: Any
    default: Any
    factory: Callable[[], Any] | None

    @property
    def field(self) -> tuple[Any, ...]:
        """The field definition for ``msgspec.defstruct``; defaults are made anew for each call."""
        name = None if self.shown == self.name else self.shown
        return (
            self.name,
            self.kind,
            msgspec.field(name=name)
            if self.factory is None
            else msgspec.field(default_factory=self.factory, name=name),
        )


def parameter_of(name: str, kind: Any, default: Any, description: str | None) -> Parameter:
    """Build a Parameter. Raises TypeError, naming the parameter, for settings that would otherwise be ignored."""
    try:
        return _parameter(name, kind, default, description)
    except TypeError as error:
        raise TypeError(f"the parameter {name}: {error}") from error


def shown_name(name: str, kind: Any, default: Any) -> str:
    """The name in JSON: that from ``Field(alias=...)`` or ``msgspec.field(name=...)``, else the parameter's own.

    Raises TypeError for an alias that is not a single string.
    """
    for each in (*_metadata(kind), default):
        if is_field(each):
            name = _alias(each, name)
    return _of_struct(default, name)[0] if isinstance(default, _STRUCT_FIELD) else name


def _parameter(name: str, kind: Any, default: Any, description: str | None) -> Parameter:
    _require_plain(default)
    fields = [each for each in (*_metadata(kind), default) if is_field(each)]
    shown, factory = shown_name(name, kind, default), None
    kind = _with(kind, [without_names(each) for each in fields])
    for each in fields:
        factory = factory_of(each) or factory
        if is_field(default) or default is NO_DEFAULT:
            default = field_default(each, NO_DEFAULT if is_field(default) else default)
    if isinstance(default, _STRUCT_FIELD):
        _, factory, default = _of_struct(default, name)
    if default is None and not admits_none(kind):
        kind = Union[kind, None]  # noqa: UP007 - of any kind of type, also one that knows no |
    if default is not NO_DEFAULT:
        factory = maker_of(default)
    return Parameter(name, shown, described(readable(kind), description), default, factory)


_STRUCT_FIELD: Any = type(msgspec.field())


def _of_struct(field: Any, name: str) -> tuple[str, Callable[[], Any] | None, Any]:
    absent = msgspec.NODEFAULT
    return (
        name if field.name is None else field.name,
        None if field.default_factory is absent else field.default_factory,
        NO_DEFAULT if field.default is absent else field.default,
    )


def _require_plain(default: Any) -> None:
    if isinstance(default, dataclasses.Field) or type(default).__name__ == "_CountingAttr":
        raise TypeError(
            "field(...) of dataclasses and attrs is for classes: write the default itself, or pydantic's Field or "
            "msgspec.field."
        )


def _alias(field: Any, name: str) -> str:
    found = aliases_of(field)
    if any(not isinstance(each, str) for each in found):
        raise TypeError(
            "a validation_alias of several names or a path cannot be published as one argument: give one name, as a "
            "string."
        )
    return found[0] if found else name


def _metadata(kind: Any) -> tuple[Any, ...]:
    return kind.__metadata__ if get_origin(kind) is Annotated else ()


def _with(kind: Any, fields: list[Any]) -> Any:
    """The type with the metadata of the given fields, in which names and defaults have been cleared."""
    if not fields:
        return kind
    inner = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    others = [each for each in _metadata(kind) if not is_field(each)]
    return Annotated[(inner, *others, *fields)]
