"""Writers of unions."""

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen
from msgspec import inspect as nodes

from ..types import FIELDED, bare, class_of, encode, has_fields, is_array
from .leaf_writing import LEAVES
from .writer import ARRAYS, Write, apply

_NUMBERS = (nodes.IntType, nodes.FloatType)


@frozen
class Union:
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
    def of(cls, node: nodes.UnionType, writers: Mapping[int, Write | None]) -> "Union":
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
        if isinstance(value, ARRAYS):
            return apply(self.array, value)
        return apply(self.text, value) if self.text is not None or self.object is None else apply(self.object, value)

    def _object(self, value: Any) -> Any:
        if not self.tags:
            return apply(self.object, value)
        if not isinstance(value, Mapping):
            value = msgspec.to_builtins(value, enc_hook=encode)
        write = self.tags.get(value.get(self.tag_field)) if isinstance(value, Mapping) else None
        return apply(write, value)
