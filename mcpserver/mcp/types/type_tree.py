"""Types as msgspec understands them, as a tree of nodes that readers, writers and schemas are made from."""

from collections.abc import Iterator
from typing import Any, get_origin

import attrs
import msgspec
from msgspec import inspect as nodes

Node = nodes.Type
FIELDED = (nodes.DataclassType, nodes.StructType, nodes.TypedDictType, nodes.NamedTupleType)
_HAVE_FIELDS = ("__dataclass_fields__", "__attrs_attrs__", "__struct_fields__", "__pydantic_validator__")


def node_of(kind: Any) -> Node:
    """Raises TypeError for a type that msgspec cannot read."""
    try:
        return nodes.type_info(kind)
    except NotImplementedError as error:
        raise TypeError(
            "A default that is made from the object itself (takes_self) cannot be used for what is read from JSON: "
            f"{kind}"
        ) from error


def bare(node: Node) -> Node:
    """Without descriptions and what else is said about it; ``object`` is as good as Any."""
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
    """The node and all below it, each once and bare, however often types refer to themselves."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        here = bare(waiting.pop())
        if id(here) not in seen:
            seen.add(id(here))
            yield here
            waiting.extend(inner(here))


def class_of(node: Any) -> Any:
    """The class whose instances a node with fields means; of ``Box[int]`` it is Box."""
    return get_origin(node.cls) or node.cls


def is_attrs(node: Any) -> bool:
    """Whether it is a class of attrs, and no dataclass."""
    return isinstance(node, nodes.DataclassType) and attrs.has(class_of(node))


def has_fields(value: object) -> bool:
    """Whether an object says itself which fields it has: of a dataclass, an attrs class, a struct, a pydantic model
    or a named tuple.
    """
    return any(hasattr(type(value), mark) for mark in _HAVE_FIELDS) or (
        isinstance(value, tuple) and hasattr(value, "_fields")
    )


def is_array(node: Node) -> bool:
    """Whether its values are arrays in JSON."""
    tuples = (nodes.CollectionType, nodes.TupleType, nodes.NamedTupleType)
    return isinstance(node, tuples) or (isinstance(node, nodes.StructType) and node.array_like)


UNSET = msgspec.UNSET
CHOICES = "choices"
"""In the metadata of a Literal: its values in the order in which they were written, which msgspec does not keep."""
NODEFAULT = msgspec.NODEFAULT
