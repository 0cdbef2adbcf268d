"""Completion of values that msgspec has read: each object gets its defaults, and shares no mutable ones with other
calls.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from math import isfinite
from operator import is_
from typing import Any

import msgspec
from attrs import define, field, frozen
from msgspec import inspect as nodes

from ..types import (
    FIELDED,
    NODEFAULT,
    Mismatch,
    Node,
    bare,
    class_of,
    is_attrs,
    is_shared_state,
    maker_of,
    reachable,
    steps,
)

Read = Callable[[Any], Any]


def reader_of(node: Node, *, spelled: bool = False) -> Read | None:
    """The function that completes a value of the type, None if there is nothing to complete.

    The function raises Mismatch for a number that is not finite. ``spelled`` is for values read from strings, in which
    floats can be ``nan`` as well.
    """
    complete = _Readers(spelled).of(node)
    return None if complete is None else lambda value: _complete(complete, value)


def require_faithful(node: Node) -> None:
    """Raises TypeError for an attrs class with converters: msgspec runs the validators of attrs, but no converters."""
    for each in reachable(node):
        converted = (
            [name.name for name in class_of(each).__attrs_attrs__ if name.converter is not None]
            if is_attrs(each)
            else []
        )
        if converted:
            raise TypeError(
                f"the field {converted[0]} of {class_of(each).__name__} has a converter, which does not run when it "
                "is read from JSON: "
                "convert in __attrs_post_init__, or use a pydantic model with a validator."
            )


def _complete(complete: Read, value: Any) -> Any:
    try:
        return complete(value)
    except _NotFinite as error:
        where = steps(reversed(error.path)).removeprefix(".")
        raise Mismatch(f"{where}: Expected a finite number." if where else "Expected a finite number.") from None


class _NotFinite(Exception):
    def __init__(self) -> None:
        super().__init__()
        self.path: list[str | int] = []


@define(eq=False)
class _Readers:
    spelled: bool
    _made: dict[int, Read] = field(factory=dict)

    def of(self, node: Node) -> Read | None:
        node = bare(node)
        if not any(self._is_completed(each) for each in reachable(node)):
            return None
        key = id(node)
        if key not in self._made:
            self._made[key] = partial(self._later, key)  # looked up when called, for types that refer to themselves
            self._made[key] = self._make(node)
        return self._made[key]

    def _later(self, key: int, value: Any) -> Any:
        return self._made[key](value)

    def _is_completed(self, node: Any) -> bool:
        if isinstance(node, nodes.DecimalType):
            return True
        if isinstance(node, nodes.FloatType):
            return self.spelled
        return isinstance(node, FIELDED) and bool(_defaults(node))

    def _make(self, node: Any) -> Read:
        if isinstance(node, FIELDED):
            return _fielded(node, {each.name: read for each in node.fields if (read := self.of(each.type))})
        if isinstance(node, nodes.UnionType):
            return _Union([(_class(each), read) for each in map(bare, node.types) if (read := self.of(each))])
        if isinstance(node, nodes.DictType):
            return _Values(self.of(node.value_type))
        if isinstance(node, nodes.TupleType):
            return _Row([self.of(each) for each in node.item_types])
        item = self.of(node.item_type) if isinstance(node, nodes.CollectionType) else None
        return _finite if item is None else _Items(item)


def _finite(value: Any) -> Any:
    if not (value.is_finite() if isinstance(value, Decimal) else isfinite(value)):
        raise _NotFinite
    return value


def _inside(step: str | int, read: Read | None, value: Any) -> Any:
    try:
        return value if read is None else read(value)
    except _NotFinite as error:
        error.path.append(step)
        raise


@frozen
class _Items:
    item: Read

    def __call__(self, value: Any) -> Any:
        item, made = self.item, []
        try:
            for each in value:
                made.append(item(each))  # the length of the list is the index of a failure
        except _NotFinite as error:
            error.path.append(len(made))
            raise
        return value if all(map(is_, made, value)) else type(value)(made)


@frozen
class _Row:
    readers: Sequence[Read | None]

    def __call__(self, value: Any) -> Any:
        return tuple(
            _inside(number, read, each) for number, (read, each) in enumerate(zip(self.readers, value, strict=True))
        )


@frozen
class _Values:
    item: Read | None

    def __call__(self, value: Any) -> Any:
        return {name: _inside("...", self.item, each) for name, each in value.items()}


@frozen
class _Names:
    """Completes a TypedDict; keys that are not required and were not given stay absent."""

    readers: Mapping[str, Read]

    def __call__(self, value: Any) -> Any:
        return {name: _inside(name, self.readers.get(name), each) for name, each in value.items()}


@frozen
class _Union:
    readers: Sequence[tuple[type, Read]]

    def __call__(self, value: Any) -> Any:
        return next((read(value) for kind, read in self.readers if isinstance(value, kind)), value)


@frozen
class _Fielded:
    """Sets the defaults of an object's class on the object itself, copies of mutable ones, and completes its fields.

    ``plain`` are the immutable defaults, for instances with a ``__dict__``; ``shared`` are the mutable ones.
    """

    plain: Sequence[tuple[str, Any]]
    shared: Mapping[str, tuple[Any, Callable[[], Any]]]
    readers: Mapping[str, Read]
    put: Callable[[Any, str, Any], None]

    def __call__(self, value: Any) -> Any:
        if self.plain:
            own = value.__dict__
            for name, default in self.plain:
                if name not in own:
                    own[name] = default
        for name, (default, make) in self.shared.items():
            if getattr(value, name) is default:
                self.put(value, name, make())
        for name, read in self.readers.items():
            given = getattr(value, name)
            made = _inside(name, read, given)
            if made is not given:
                self.put(value, name, made)
        return value


@frozen
class _NamedTuple:
    defaults: Mapping[str, tuple[Any, Callable[[], Any]]]
    readers: Mapping[str, Read]

    def __call__(self, value: Any) -> Any:
        fresh = {name: make() for name, (default, make) in self.defaults.items() if getattr(value, name) is default}
        read = {
            name: _inside(name, read, getattr(value, name)) for name, read in self.readers.items() if name not in fresh
        }
        return value._replace(**fresh, **read)


def _fielded(node: Any, readers: Mapping[str, Read]) -> Read:
    if isinstance(node, nodes.TypedDictType):
        return _Names(readers)
    defaults = _defaults(node)
    shared = {name: (default, maker_of(default)) for name, default in defaults.items() if is_shared_state(default)}
    if isinstance(node, nodes.NamedTupleType):
        return _NamedTuple(shared, readers)
    plain = [(name, default) for name, default in defaults.items() if name not in shared]
    return _Fielded(
        plain,
        shared,
        readers,
        msgspec.structs.force_setattr if isinstance(node, nodes.StructType) else object.__setattr__,
    )


def _defaults(node: Any) -> dict[str, Any]:
    """The defaults to be set on each object.

    msgspec does not set the defaults of a dataclass on its instances, and shares mutable ones between objects.
    """
    plain = isinstance(node, nodes.DataclassType) and not is_attrs(node) and class_of(node).__dictoffset__ != 0
    return {
        each.name: each.default
        for each in node.fields
        if each.default is not NODEFAULT and (plain or is_shared_state(each.default))
    }


def _class(node: Any) -> type:
    """The Python class of the values of a union's member, object if it is none of those completed."""
    if isinstance(node, nodes.TypedDictType | nodes.DictType):
        return dict
    if isinstance(node, FIELDED):
        return class_of(node)  # type: ignore[no-any-return]
    return next((kind for names, kind in _KINDS if isinstance(node, names)), object)


_KINDS: Sequence[tuple[Any, type]] = (
    (nodes.DecimalType, Decimal),
    (nodes.FloatType, float),
    (nodes.ListType, list),
    (nodes.SetType, set),
    (nodes.FrozenSetType, frozenset),
    (nodes.VarTupleType | nodes.TupleType, tuple),
)
