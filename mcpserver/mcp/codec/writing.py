"""Reduction of values to the fields of their declared type, before msgspec writes them.

A writer is made once for each declared type. It returns the same object when msgspec writes that correctly, so that
the ordinary case costs little more than a type check.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import is_
from typing import Any

import msgspec
from attrs import define, field, frozen
from msgspec import inspect as nodes

from ..types import (
    FIELDED,
    NODEFAULT,
    UNSET,
    Node,
    bare,
    class_of,
    encode,
    has_fields,
    inner,
    is_array,
    is_attrs,
    reachable,
)
from .foreign_writing import foreign_writer
from .leaf_writing import LEAVES

Write = Callable[[Any], Any]
_ABSENT: Any = object()
_ARRAYS = (list, tuple, set, frozenset)
_NUMBERS = (nodes.IntType, nodes.FloatType)


def writer_of(node: Node) -> Write | None:
    """The writer of a type, None if msgspec writes its values correctly as they are."""
    return _Writers().of(node)


@define(eq=False)
class _Writers:
    _made: dict[int, Write] = field(factory=dict)

    def of(self, node: Node) -> Write | None:
        node = bare(node)
        if not any(
            isinstance(each, (*FIELDED, nodes.SetType, nodes.FrozenSetType, nodes.CustomType, *LEAVES))
            for each in reachable(node)
        ):
            return None
        key = id(node)
        if key not in self._made:
            self._made[key] = partial(self._later, key)  # looked up when called, for types that refer to themselves
            self._made[key] = self._make(node)
        return self._made[key]

    def _later(self, key: int, value: Any) -> Any:
        return self._made[key](value)

    def _make(self, node: Any) -> Write:
        if isinstance(node, FIELDED):
            return _fielded(node, [self.of(each) for each in inner(node)])
        if isinstance(node, nodes.UnionType):
            return _Union.of(node, {id(bare(each)): self.of(each) for each in node.types})
        if isinstance(node, nodes.DictType):
            return _Values(self.of(node.value_type))
        if isinstance(node, nodes.TupleType):
            return _Row([self.of(each) for each in node.item_types])
        if isinstance(node, nodes.CollectionType):
            return _Items(self.of(node.item_type), isinstance(node, nodes.SetType | nodes.FrozenSetType))
        return foreign_writer(node.cls) if isinstance(node, nodes.CustomType) else LEAVES[type(node)]


@frozen
class _Items:
    """Writes a list or a set.

    ``distinct`` is for sets: elements that are equal once reduced to what is declared are written once.
    """

    item: Write | None
    distinct: bool

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, _ARRAYS):
            return _again(self, value)
        written = value if self.item is None else [self.item(each) for each in value]
        if all(map(is_, written, value)):
            written = value
        if not self.distinct or isinstance(written, set | frozenset):
            return written
        return [
            msgspec.Raw(each) for each in dict.fromkeys(msgspec.json.encode(each, enc_hook=encode) for each in written)
        ]


@frozen
class _Row:
    """Writes a tuple with a type for each position."""

    writers: Sequence[Write | None]

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, _ARRAYS):
            return _again(self, value)
        if len(value) != len(self.writers):
            return value  # reading the result refuses it
        written = [_written(each, item) for each, item in zip(self.writers, value, strict=True)]
        return value if all(map(is_, written, value)) else written


@frozen
class _Values:
    """Writes a mapping with arbitrary keys."""

    item: Write | None

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return _again(self, value)
        written = dict(value) if self.item is None else {name: self.item(each) for name, each in value.items()}
        return value if isinstance(value, dict) and all(map(is_, written.values(), value.values())) else written


@frozen
class _Member:
    """A field: its name in Python, its name in JSON (``shown``), the writer of its values, and its default."""

    name: str
    shown: str
    write: Write | None
    default: Any = NODEFAULT


@frozen
class _Fielded:
    """Writes the fields of the declared class from an instance of it or of a subclass, a similar object, or a dict.

    ``tag`` is the field that identifies the class in JSON. ``array`` is whether the object is written as an array.
    ``fallible`` are the fields with a default on the class, which msgspec leaves out when the instance lacks them.
    ``nested`` is whether any field has a writer.
    """

    kind: Any
    members: Sequence[_Member]
    tag: Mapping[str, Any]
    array: bool
    leaves_out_defaults: bool
    fallible: frozenset[str]
    nested: bool

    def __call__(self, value: Any) -> Any:
        if type(value) is self.kind:
            return value if not self.nested and self._is_whole(value) else self._own(value)
        if isinstance(value, Mapping):
            return (
                value
                if self.array
                else self._built(self._written([value.get(member.shown, _ABSENT) for member in self.members]))
            )
        if self.array and isinstance(value, list | tuple) and not hasattr(value, "_fields"):
            return self._positions(value)
        if not isinstance(value, self.kind) and not has_fields(value):
            return _again(self, value)
        return self._built(self._written(self._found(value)))

    def _own(self, value: Any) -> Any:
        """Write an instance of exactly the declared class: unchanged unless a field changes or is missing in it."""
        found = self._found(value)
        written = self._written(found)
        return value if all(map(is_, written, found)) and self._is_whole(value) else self._built(written)

    def _is_whole(self, value: Any) -> bool:
        if self.fallible:
            own = value.__dict__
            for name in self.fallible:
                if name not in own:
                    return False
        return True

    def _found(self, value: Any) -> list[Any]:
        return [getattr(value, member.name, _ABSENT) for member in self.members]

    def _written(self, found: list[Any]) -> list[Any]:
        pairs = zip(self.members, found, strict=False)
        return [
            each if member.write is None or each is _ABSENT or each is UNSET else member.write(each)
            for member, each in pairs
        ]

    def _built(self, written: list[Any]) -> Any:
        if self.array:
            return [*self.tag.values(), *(each for each in written if each is not _ABSENT)]
        pairs = zip(self.members, written, strict=True)
        return {**self.tag, **{member.shown: each for member, each in pairs if not self._is_left_out(member, each)}}

    def _is_left_out(self, member: _Member, value: Any) -> bool:
        return (
            value is _ABSENT
            or value is UNSET
            or (self.leaves_out_defaults and member.default is not NODEFAULT and bool(value == member.default))
        )

    def _positions(self, value: Sequence[Any]) -> list[Any]:
        """Write a list or tuple of fields by position.

        Items after the last field are dropped for a struct, and kept for a named tuple, so that reading refuses them.
        """
        ahead = len(self.tag)
        beyond = value[ahead + len(self.members) :] if issubclass(self.kind, tuple) else ()
        return [*value[:ahead], *self._written(list(value[ahead : ahead + len(self.members)])), *beyond]


@frozen
class _TypedDict:
    members: Mapping[str, Write | None]

    def __call__(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            written = {name: _written(self.members[name], each) for name, each in value.items() if name in self.members}
            same = (
                isinstance(value, dict)
                and len(written) == len(value)
                and all(map(is_, written.values(), value.values()))
            )
            return value if same else written
        if has_fields(value):
            return {
                name: _written(write, each)
                for name, write in self.members.items()
                if (each := getattr(value, name, _ABSENT)) is not _ABSENT
            }
        return _again(self, value)


@frozen
class _Union:
    """Writes a value as a member of a union, chosen by class, else by kind in JSON (object, array or text).

    Of each kind, msgspec allows one member in a union, or several structs with tags.
    """

    classes: Mapping[Any, Write]
    tags: Mapping[Any, Write]
    tag_field: str | None
    object: Write | None
    array: Write | None
    text: Write | None

    @classmethod
    def of(cls, node: nodes.UnionType, writers: Mapping[int, Write | None]) -> "_Union":
        types: list[Any] = [bare(each) for each in node.types]
        made = [(each, writers[id(each)]) for each in types]
        leaves = [
            write
            for each, write in made
            if type(each) in LEAVES and not any(isinstance(other, _NUMBERS) for other in types)
        ]
        objects = [
            write
            for each, write in made
            if isinstance(each, (*FIELDED, nodes.DictType, nodes.CustomType)) and not is_array(each)
        ]
        tagged = {
            each.tag: write
            for each, write in made
            if isinstance(each, nodes.StructType) and each.tag is not None and write
        }
        return cls(
            {
                class_of(each): write
                for each, write in made
                if isinstance(each, FIELDED) and not isinstance(each, nodes.TypedDictType) and write
            },
            tagged if len(tagged) > 1 else {},
            next(
                (each.tag_field for each in types if isinstance(each, nodes.StructType) and each.tag is not None), None
            ),
            objects[0] if len(objects) == 1 else None,
            next((write for each, write in made if is_array(each)), None),
            leaves[0] if leaves else None,
        )

    def __call__(self, value: Any) -> Any:
        if value is None:
            return None
        for each in type(value).__mro__:
            if each in self.classes:
                return self.classes[each](value)
        if isinstance(value, Mapping) or (has_fields(value) and not isinstance(value, tuple)):
            return self._object(value)
        if isinstance(value, _ARRAYS):
            return _written(self.array, value)
        return (
            _written(self.text, value) if self.text is not None or self.object is None else _written(self.object, value)
        )

    def _object(self, value: Any) -> Any:
        if not self.tags:
            return _written(self.object, value)
        if not isinstance(value, Mapping):
            value = msgspec.to_builtins(value, enc_hook=encode)
        write = self.tags.get(value.get(self.tag_field)) if isinstance(value, Mapping) else None
        return _written(write, value)


def _fielded(node: Any, writers: Sequence[Write | None]) -> Write:
    """The writer of a class with fields; names of attrs fields that begin with an underscore are left out, as msgspec
    does.
    """
    private = is_attrs(node)
    pairs = [
        (each, write)
        for each, write in zip(node.fields, writers, strict=True)
        if not (private and each.name.startswith("_"))
    ]
    if isinstance(node, nodes.TypedDictType):
        return _TypedDict({each.name: write for each, write in pairs})
    kind = class_of(node)
    members = [_Member(each.name, each.encode_name, write, each.default) for each, write in pairs]
    tagged = isinstance(node, nodes.StructType) and node.tag is not None
    plain = isinstance(node, nodes.DataclassType) and not private and kind.__dictoffset__ != 0
    return _Fielded(
        kind,
        members,
        {node.tag_field: node.tag} if tagged else {},
        is_array(node),
        isinstance(node, nodes.StructType) and kind.__struct_config__.omit_defaults,
        frozenset(each.name for each in members if each.default is not NODEFAULT) if plain else frozenset(),
        any(each.write is not None for each in members),
    )


def _written(write: Write | None, value: Any) -> Any:
    return value if write is None else write(value)


def _again(write: Write, value: Any) -> Any:
    """Write a value of another shape than its type: convert it to builtins, so that undeclared parts are removed.

    A result that is no object or array is the value itself; reading the result refuses what does not fit.
    """
    plain = (
        msgspec.to_builtins(value, enc_hook=encode)
        if not isinstance(value, msgspec.Raw)
        else msgspec.json.decode(value)
    )
    return write(plain) if isinstance(plain, dict | list) else value
