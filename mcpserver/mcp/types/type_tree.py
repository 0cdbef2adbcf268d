"""Types as trees of msgspec's type nodes, from which readers, writers and schemas are built."""

from collections.abc import Iterator
from typing import Any, get_origin

import attrs
import msgspec
from msgspec import inspect as nodes

Node = nodes.Type
FIELDED = (nodes.DataclassType, nodes.StructType, nodes.TypedDictType, nodes.NamedTupleType)
_HAVE_FIELDS = ("__dataclass_fields__", "__attrs_attrs__", "__struct_fields__", "__pydantic_validator__")


def node_of(kind: Any) -> Node:
    """The node of a type. Raises TypeError for a type that msgspec cannot read."""
    try:
        return nodes.type_info(kind)
    except NotImplementedError as error:
        raise TypeError(
            "A default that is made from the object itself (takes_self) cannot be used for what is read from JSON: "
            f"{kind}"
        ) from error


def bare(node: Node) -> Node:
    """The node without its metadata, such as descriptions; ``object`` becomes Any."""
    while isinstance(node, nodes.Metadata):
        node = node.type
    return nodes.AnyType() if isinstance(node, nodes.CustomType) and node.cls is object else node


def inner(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside a bare node."""
    if isinstance(node, FIELDED):
        return tuple(each.type for each in node.fields)
    if isinstance(node, nodes.CollectionType):
        return (node.item_type,)
    if isinstance(node, nodes.DictType):
        return (node.key_type, node.value_type)
    if isinstance(node, nodes.TupleType):
        return node.item_types
    return node.types if isinstance(node, nodes.UnionType) else ()


def reachable(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, bare, each once; recursive types are handled."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        here = bare(waiting.pop())
        if id(here) not in seen:
            seen.add(id(here))
            yield here
            waiting.extend(inner(here))


def class_of(node: Any) -> Any:
    """The class of a node with fields, without type arguments: Box for ``Box[int]``."""
    return get_origin(node.cls) or node.cls


def is_attrs(node: Any) -> bool:
    """Whether the node is of an attrs class, not of a dataclass."""
    return isinstance(node, nodes.DataclassType) and attrs.has(class_of(node))


def has_fields(value: object) -> bool:
    """Whether an object has declared fields: a dataclass, attrs class, struct, pydantic model or named tuple."""
    return any(hasattr(type(value), mark) for mark in _HAVE_FIELDS) or (
        isinstance(value, tuple) and hasattr(value, "_fields")
    )


def is_array(node: Node) -> bool:
    """Whether values of the node are arrays in JSON."""
    tuples = (nodes.CollectionType, nodes.TupleType, nodes.NamedTupleType)
    return isinstance(node, tuples) or (isinstance(node, nodes.StructType) and node.array_like)


UNSET = msgspec.UNSET
CHOICES = "choices"
"""Metadata key for the values of a Literal in the order they were written, which msgspec does not keep."""
NODEFAULT = msgspec.NODEFAULT
