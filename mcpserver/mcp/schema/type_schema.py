"""JSON Schema 2020-12 of types, generated from msgspec's type nodes; independent of the version of msgspec.

A format is required of values that are read, and promised for values that are written only where every value of the
type has it: RFC 3339 section 5.6 requires an offset in date-time and time, its appendix A allows neither signs nor
fractions in durations (JSON Schema 2020-12 validation, section 7.3.1).
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import inspect as nodes

from ..types import CHOICES, FIELDED, NODEFAULT, Definitions, Node, bare, class_of, inner, is_attrs

Schema = dict[str, Any]
REFERENCE = "#/$defs/{name}"
DECIMAL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
# Years and months have no fixed length: of the units in RFC 3339 appendix A, timedelta supports days and smaller ones.
DURATION = "^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$"
_LENGTHS = {
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
    "string": ("minLength", "maxLength"),
}
_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_SHOWN_FACTORIES = (list, dict, set, bytearray)
_ARRAYS = (nodes.ListType, nodes.SetType, nodes.FrozenSetType, nodes.VarTupleType, nodes.TupleType)
_NAMED = (*FIELDED, nodes.EnumType)

Written = Callable[[Node, Any], Schema]
"""Makes the keyword ``default`` with a value of the node as JSON; empty for a value that JSON cannot represent."""


class TypeSchemas:
    """Schemas of one type and all types it refers to.

    ``root`` is the schema of the type, ``definitions`` has that of each class once, under a unique name.
    """

    def __init__(self, root: Node, foreign: Definitions, default: Written) -> None:
        self._foreign = foreign
        self._default = default
        self._names = _names(_classes(root))
        self.root = self._of(root)
        self.definitions = {name: self._full(node) for node, name in self._names.values()}

    def _of(self, node: Any) -> Schema:
        """The schema of a node with its metadata; a reference to the definition for a class."""
        said: Schema = {}
        choices: Any = ()
        while isinstance(node, nodes.Metadata):
            said, choices, node = (
                {**(node.extra_json_schema or {}), **said},
                (node.extra or {}).get(CHOICES, choices),
                node.type,
            )
        if isinstance(node, nodes.LiteralType):
            return {**said, **_chosen(choices or node.values)}
        if isinstance(node, _NAMED):
            return {**said, "$ref": REFERENCE.format(name=self._names[node.cls][1])}
        return {**self._full(node), **said} if isinstance(node, nodes.CustomType) else {**said, **self._full(node)}

    def _full(self, node: Any) -> Schema:
        if isinstance(node, nodes.EnumType):
            return {
                **_titled(node.cls, node.cls),
                **_chosen(dict.fromkeys(member.value for member in node.cls.__members__.values())),
            }
        if isinstance(node, FIELDED):
            return {**_titled(node.cls, class_of(node)), **self._fields(node)}
        if isinstance(node, nodes.CustomType):
            return {} if node.cls is object else self._foreign.schema(node.cls)
        made: dict[Any, Callable[[Any], Schema]] = {
            nodes.UnionType: self._union,
            nodes.DictType: self._object,
            **dict.fromkeys(_ARRAYS, self._array),
        }
        return made.get(type(node), self._scalar)(node)

    def _scalar(self, node: Any) -> Schema:
        if isinstance(node, nodes.IntType | nodes.FloatType):
            rules = {word: value for name, word in _BOUNDS.items() if (value := getattr(node, name)) is not None}
            return {"type": "integer" if isinstance(node, nodes.IntType) else "number", **rules}
        if isinstance(node, nodes.StrType):
            return {
                "type": "string",
                **_lengths("string", node),
                **({"pattern": node.pattern} if node.pattern is not None else {}),
            }
        if isinstance(node, nodes.BytesType | nodes.ByteArrayType | nodes.MemoryViewType):
            lengths = {word: 4 * ((length + 2) // 3) for word, length in _lengths("string", node).items()}
            return {"type": "string", "contentEncoding": "base64", **lengths}
        if isinstance(node, nodes.DateTimeType | nodes.TimeType):
            kept = node.tz is not False if not self._foreign.writes else node.tz is True
            return {
                "type": "string",
                **({"format": "time" if isinstance(node, nodes.TimeType) else "date-time"} if kept else {}),
            }
        if isinstance(node, nodes.TimeDeltaType):
            return {"type": "string", **({} if self._foreign.writes else {"format": "duration", "pattern": DURATION})}
        return dict(_SIMPLE.get(type(node), {}))

    def _array(self, node: Any) -> Schema:
        if isinstance(node, nodes.TupleType):
            size = len(node.item_types)
            items = {"prefixItems": [self._of(each) for each in node.item_types], "items": False} if size else {}
            return {"type": "array", "minItems": size, "maxItems": size, **items}
        items = {} if isinstance(node.item_type, nodes.AnyType) else {"items": self._of(node.item_type)}
        distinct = {"uniqueItems": True} if isinstance(node, nodes.SetType | nodes.FrozenSetType) else {}
        return {"type": "array", **items, **_lengths("array", node), **distinct}

    def _object(self, node: nodes.DictType) -> Schema:
        values = (
            {} if isinstance(node.value_type, nodes.AnyType) else {"additionalProperties": self._of(node.value_type)}
        )
        rules = (
            {word: value for word, value in self._of(node.key_type).items() if word != "type"}
            if _is_text(node.key_type)
            else {}
        )
        return {"type": "object", **({"propertyNames": rules} if rules else {}), **values, **_lengths("object", node)}

    def _union(self, node: nodes.UnionType) -> Schema:
        """The schema of a union: other members first, then structs (with a discriminator if several), then null."""
        kinds = {index: bare(each) for index, each in enumerate(node.types)}
        tagged = [index for index, each in kinds.items() if isinstance(each, nodes.StructType) and not each.array_like]
        nothing = [index for index, each in kinds.items() if isinstance(each, nodes.NoneType)]
        others = [index for index in kinds if index not in (*tagged, *nothing)]
        structs: list[Any] = [kinds[index] for index in tagged]
        options = {index: self._of(node.types[index]) for index in kinds}
        if len(tagged) < 2:
            return {"anyOf": [options[index] for index in (*others, *tagged, *nothing)]}
        mapping = {each.tag: REFERENCE.format(name=self._names[each.cls][1]) for each in structs}
        several = {
            "anyOf": [options[index] for index in tagged],
            "discriminator": {"propertyName": structs[0].tag_field, "mapping": mapping},
        }
        if not others and not nothing:
            return several
        return {"anyOf": [*(options[index] for index in others), several, *(options[index] for index in nothing)]}

    def _fields(self, node: Any) -> Schema:
        hidden = self._foreign.writes and is_attrs(node)
        shown = [each for each in node.fields if not (hidden and each.name.startswith("_"))]
        properties = {each.encode_name: self._field(node, each) for each in shown}
        required = [each.encode_name for each in shown if each.required]
        if isinstance(node, nodes.StructType) and node.tag_field is not None:
            properties, required = {node.tag_field: {"enum": [node.tag]}, **properties}, [node.tag_field, *required]
        closed = isinstance(node, nodes.StructType) and node.forbid_unknown_fields
        if isinstance(node, nodes.NamedTupleType) or (isinstance(node, nodes.StructType) and node.array_like):
            bounds = {
                "minItems": len(required),
                **({"maxItems": len(properties)} if closed or isinstance(node, nodes.NamedTupleType) else {}),
            }
            return {"type": "array", **({"prefixItems": list(properties.values())} if properties else {}), **bounds}
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            **({"additionalProperties": False} if closed else {}),
        }

    def _field(self, node: Any, each: nodes.Field) -> Schema:
        """The schema of one field, with its default.

        The factory of an empty container, which msgspec makes of ``[]``, counts as a default in a struct; the results
        of other factories are not published.
        """
        default = each.default
        if isinstance(node, nodes.StructType) and each.default_factory in _SHOWN_FACTORIES:
            default = each.default_factory()
        return {**self._of(each.type), **({} if default is NODEFAULT else self._default(each.type, default))}


def _is_text(node: Node) -> bool:
    """Whether every value of the node is a string, as names in a JSON object are."""
    each: Any = bare(node)
    if isinstance(each, nodes.LiteralType):
        return all(isinstance(value, str) for value in each.values)
    if isinstance(each, nodes.EnumType):
        return all(isinstance(member.value, str) for member in each.cls)
    return isinstance(each, nodes.StrType)


def _classes(root: Node) -> dict[Any, Any]:
    """Class -> its node, in order of appearance."""
    found: dict[Any, Any] = {}
    waiting = [root]
    while waiting:
        node: Any = bare(waiting.pop(0))
        if isinstance(node, _NAMED):
            if node.cls in found:
                continue
            found[node.cls] = node
        waiting = [*inner(node), *waiting]
    return found


def _names(classes: Mapping[Any, Any]) -> dict[Any, tuple[Any, str]]:
    """Class -> its node and its unique name.

    Classes of the same name are qualified with their module, and numbered if that is the same as well.
    """
    short = {kind: _name(kind) for kind in classes}
    wanted = {
        kind: name if list(short.values()).count(name) == 1 else _plain(f"{kind.__module__}.{kind.__qualname__}")
        for kind, name in short.items()
    }
    names: dict[Any, tuple[Any, str]] = {}
    taken: set[str] = set()
    for kind, name in wanted.items():
        own, number = name, 2
        while own in taken:
            own, number = f"{name}_{number}", number + 1
        taken.add(own)
        names[kind] = classes[kind], own
    return names


def _name(kind: Any) -> str:
    return _plain(_title(kind))


def _title(kind: Any) -> str:
    if not hasattr(kind, "__origin__"):
        return str(kind.__name__)
    arguments = (each.__name__ if isinstance(each, type) else repr(each) for each in kind.__args__)
    return f"{kind.__origin__.__name__}[{', '.join(arguments)}]"


def _plain(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9.\-_]", "_", name)


def _titled(kind: Any, real: Any) -> Schema:
    """The title of a class, and its docstring as description unless Python generated it."""
    text = inspect.cleandoc(real.__doc__ or "") if isinstance(real.__doc__, str) else ""
    made_up = text == "An enumeration." or (text.startswith(f"{real.__name__}(") and text.endswith(")"))
    return {"title": _title(kind), **({"description": text} if text and not made_up else {})}


def _chosen(values: Any) -> Schema:
    return {"enum": list(values)}


def _lengths(kind: str, node: Any) -> Schema:
    least, most = _LENGTHS[kind]
    return {word: value for word, value in ((most, node.max_length), (least, node.min_length)) if value is not None}


_SIMPLE: Mapping[type, Schema] = {
    nodes.NoneType: {"type": "null"},
    nodes.BoolType: {"type": "boolean"},
    nodes.DateType: {"type": "string", "format": "date"},
    nodes.UUIDType: {"type": "string", "format": "uuid"},
    nodes.DecimalType: {"type": "string", "pattern": DECIMAL},
}
"""Schemas of node types without parameters; for those not listed, such as Any, the schema is empty."""
