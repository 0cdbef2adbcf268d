"""Writers of objects: mappings, TypedDicts and classes with fields."""

from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any

from attrs import frozen
from msgspec import inspect as nodes

from ..types import NODEFAULT, UNSET, class_of, has_fields, is_array, is_attrs
from .writer import ABSENT, Write, apply, write_plain


def fielded_writer(node: Any, writers: Sequence[Write | None]) -> Write:
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


@frozen
class Values:
    """Writes a mapping with arbitrary keys."""

    item: Write | None

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return write_plain(self, value)
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
                else self._built(self._written([value.get(member.shown, ABSENT) for member in self.members]))
            )
        if self.array and isinstance(value, list | tuple) and not hasattr(value, "_fields"):
            return self._positions(value)
        if not isinstance(value, self.kind) and not has_fields(value):
            return write_plain(self, value)
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
        return [getattr(value, member.name, ABSENT) for member in self.members]

    def _written(self, found: list[Any]) -> list[Any]:
        pairs = zip(self.members, found, strict=False)
        return [
            each if member.write is None or each is ABSENT or each is UNSET else member.write(each)
            for member, each in pairs
        ]

    def _built(self, written: list[Any]) -> Any:
        if self.array:
            return [*self.tag.values(), *(each for each in written if each is not ABSENT)]
        pairs = zip(self.members, written, strict=True)
        return {**self.tag, **{member.shown: each for member, each in pairs if not self._is_left_out(member, each)}}

    def _is_left_out(self, member: _Member, value: Any) -> bool:
        return (
            value is ABSENT
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
            written = {name: apply(self.members[name], each) for name, each in value.items() if name in self.members}
            same = (
                isinstance(value, dict)
                and len(written) == len(value)
                and all(map(is_, written.values(), value.values()))
            )
            return value if same else written
        if has_fields(value):
            return {
                name: apply(write, each)
                for name, write in self.members.items()
                if (each := getattr(value, name, ABSENT)) is not ABSENT
            }
        return write_plain(self, value)
