"""Reduction of values to the fields of their declared type, before msgspec writes them.

A writer is made once for each declared type. It returns the same object when msgspec writes that correctly, so that
the ordinary case costs little more than a type check.
"""

from functools import partial
from typing import Any

from attrs import define, field
from msgspec import inspect as nodes

from ..types import FIELDED, Node, bare, inner, reachable
from .array_writing import Items, Row
from .foreign_writing import foreign_writer
from .leaf_writing import LEAVES
from .object_writing import Values, fielded_writer
from .union_writing import Union
from .writer import Write


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
            return fielded_writer(node, [self.of(each) for each in inner(node)])
        if isinstance(node, nodes.UnionType):
            return Union.of(node, {id(bare(each)): self.of(each) for each in node.types})
        if isinstance(node, nodes.DictType):
            return Values(self.of(node.value_type))
        if isinstance(node, nodes.TupleType):
            return Row([self.of(each) for each in node.item_types])
        if isinstance(node, nodes.CollectionType):
            return Items(self.of(node.item_type), isinstance(node, nodes.SetType | nodes.FrozenSetType))
        return foreign_writer(node.cls) if isinstance(node, nodes.CustomType) else LEAVES[type(node)]
