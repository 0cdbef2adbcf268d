"""The nodes of a form from a JSON Schema.

A part that no simple input fits becomes an input for JSON text. Nothing is fetched, and recursion is bounded.
"""

from collections.abc import Iterator
from typing import Any

from attrs import define, evolve, field, frozen

from ..json_text import JsonObject
from .moments import LOCAL, Moment
from .nodes import About, Choice, Fixed, Leaf, Many, Node, written
from .schema import Open, kinds_of, label_of, merged, pointed, text_of, widened, without_null
from .structures import Group, Rows, Union

MOST_PARTS, DEEPEST, MOST_OPTIONS, MOST_VARIANTS = 400, 6, 200, 20
LONG_NAMES = frozenset({"text", "body", "content", "message", "markdown", "code", "sql", "prompt"})
FORMATS = {
    "email": "email",
    "uri": "url",
    "date": "date",
    "time": "time",
    "date-time": "datetime",
    "password": "secret",
}
FITTING: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}
SIMPLE = ("string", "integer", "number", "boolean", "object", "array")


@frozen
class Place:
    """A position in the schema: its name, whether it is required, the references followed above it, and its depth."""

    name: str
    required: bool
    opened: frozenset[str] = frozenset()
    depth: int = 0

    def inside(self, name: str, *, required: bool, opened: Open) -> "Place":
        return Place(name, required, self.opened | opened, self.depth + 1)


@define
class Plan:
    """A walk over the schema ``root``. ``parts`` counts the nodes made so far."""

    root: JsonObject
    parts: int = field(default=0)

    def node(self, schema: Any, place: Place) -> Node:
        self.parts += 1
        resolved, opened = pointed(schema, self.root)
        plain = widened(without_null(merged(resolved, self.root)), self.root)
        about = About(label_of(plain, place.name), place.required, text_of(plain, "description", 2000), hint_of(plain))
        if opened & place.opened or self.parts > MOST_PARTS or place.depth > DEEPEST:
            return Leaf(about, "json")
        here = evolve(place, opened=place.opened | opened)
        return self._fixed(plain, about) or self._union(plain, about, here) or self._of_kind(plain, about, here)

    def _fixed(self, schema: JsonObject, about: About) -> Node | None:
        """The node of a const or of an enum, titled or not; None for another schema."""
        if "const" in schema:
            return Fixed(about, schema["const"])
        options = options_of(schema)
        return Choice(about, options) if options else None

    def _union(self, schema: JsonObject, about: About, place: Place) -> Node | None:
        alternatives = list(_alternatives(schema))
        if len(alternatives) < 2:
            return None
        if len(alternatives) > MOST_VARIANTS or not any(self._has_shape(each) for each in alternatives):
            return Leaf(about, "json")
        nodes: list[Node] = []
        for number, each in enumerate(alternatives, 1):
            kind = kinds_of(each)
            name = (
                label_of(each, "")
                or _discriminator(each, self.root)
                or (kind[0] if len(kind) == 1 else f"Alternative {number}")
            )
            node = self.node(each, Place(name, True, place.opened, place.depth + 1))
            nodes.append((Leaf(node.about, "json") if isinstance(node, Union) else node).renamed(name))
        return Union(about, tuple(nodes), _Fits(tuple(self._resolved(each) for each in alternatives)))

    def _has_shape(self, schema: JsonObject) -> bool:
        """Whether an alternative has a shape of its own, rather than only restricting the schema around it."""
        resolved = self._resolved(schema)
        return (
            "properties" in resolved
            or "const" in resolved
            or "enum" in resolved
            or kinds_of(resolved) not in ((), ("object",))
        )

    def _resolved(self, schema: JsonObject) -> JsonObject:
        return merged(pointed(schema, self.root)[0], self.root)

    def _of_kind(self, schema: JsonObject, about: About, place: Place) -> Node:
        kinds = kinds_of(schema)
        kind = kinds[0] if len(kinds) == 1 else ""
        if kind == "object":
            return self._group(schema, about, place)
        if kind == "array":
            return self._list(schema, about, place)
        if kind == "boolean":
            return Choice(about, (("true", "Yes"), ("false", "No")))
        if kind == "string":
            named = text_kind(place.name, schema)
            return Moment(about, named) if named in LOCAL else Leaf(about, named)
        return Leaf(about, kind if kind in ("integer", "number") else "json")

    def _group(self, schema: JsonObject, about: About, place: Place) -> Node:
        properties = schema.get("properties")
        if not isinstance(properties, dict) or (
            not properties and (place.depth or schema.get("additionalProperties") is not False)
        ):
            return (
                Leaf(about, "json")
                if place.depth or not isinstance(properties, dict | None)
                else self._free(schema, about)
            )
        wanted = schema.get("required")
        required = {each for each in wanted if isinstance(each, str)} if isinstance(wanted, list) else set()
        members = (
            (name, self.node(each, place.inside(name, required=name in required, opened=frozenset())))
            for name, each in properties.items()
        )
        return Group(about, tuple(members))

    def _free(self, schema: JsonObject, about: About) -> Node:
        """The node of a root object without named properties: JSON if others are allowed explicitly, else a group."""
        open_ended = (
            isinstance(schema.get("additionalProperties"), dict)
            or schema.get("additionalProperties") is True
            or "patternProperties" in schema
        )
        return Leaf(about, "json") if open_ended else Group(about, ())

    def _list(self, schema: JsonObject, about: About, place: Place) -> Node:
        items = schema.get("items")
        if not isinstance(items, dict) or "prefixItems" in schema:
            return Leaf(about, "json")
        resolved, _ = pointed(items, self.root)
        options = options_of(merged(resolved, self.root))
        if options and (schema.get("uniqueItems") is True or len(options) <= MOST_VARIANTS):
            return Many(about, options)
        return Rows(about, self.node(items, place.inside(place.name, required=True, opened=frozenset())))


@frozen
class _Fits:
    """Returns the index of the alternative that a value belongs to, or None.

    It is the first of the value's type whose const members agree and whose required members the value has.
    """

    alternatives: tuple[JsonObject, ...]

    def __call__(self, value: Any) -> int | None:
        return next((number for number, each in enumerate(self.alternatives) if _fits(each, value)), None)


def _fits(schema: JsonObject, value: Any) -> bool:
    if "const" in schema:
        return bool(schema["const"] == value)
    if isinstance(schema.get("enum"), list):
        return value in schema["enum"]
    kinds = kinds_of(schema)
    if kinds and not any(
        isinstance(value, FITTING.get(kind, ())) and (kind == "boolean") == isinstance(value, bool) for kind in kinds
    ):
        return False
    properties, wanted = schema.get("properties"), schema.get("required")
    if not isinstance(value, dict) or not isinstance(properties, dict):
        return True
    fixed = {name: each["const"] for name, each in properties.items() if isinstance(each, dict) and "const" in each}
    missing = (
        [name for name in wanted if isinstance(name, str) and name not in value] if isinstance(wanted, list) else []
    )
    return not missing and all(value.get(name, each) == each for name, each in fixed.items())


def _alternatives(schema: JsonObject) -> Iterator[JsonObject]:
    """The alternatives of a schema, from oneOf, anyOf, or a list of types."""
    for name in ("oneOf", "anyOf"):
        if isinstance(schema.get(name), list):
            common = {
                key: value for key, value in schema.items() if key not in (name, "title", "description", "default")
            }
            yield from (
                {**common, **each} if "properties" not in each else each
                for each in schema[name]
                if isinstance(each, dict)
            )
            return
    kinds = schema.get("type")
    if isinstance(kinds, list):
        yield from ({**schema, "type": kind, "title": kind} for kind in kinds if kind in SIMPLE)


def _discriminator(schema: JsonObject, root: JsonObject) -> str:
    """The name of an alternative: its title, else the first const of a member that is a string; empty without one."""
    resolved, _ = pointed(schema, root)
    properties = resolved.get("properties")
    fixed = (
        (each.get("const") for each in properties.values() if isinstance(each, dict))
        if isinstance(properties, dict)
        else ()
    )
    return label_of(resolved, "") or next((value[:100] for value in fixed if isinstance(value, str)), "")


def options_of(schema: JsonObject) -> tuple[tuple[str, str], ...]:
    """The values to choose from as pairs of JSON text and label; empty when the schema is no choice.

    They come from an enum, or from alternatives that are titled constants (MCP 2026-07-28, elicitation).
    """
    for name in ("oneOf", "anyOf"):
        alternatives = schema.get(name)
        if (
            isinstance(alternatives, list)
            and alternatives
            and all(isinstance(each, dict) and "const" in each for each in alternatives)
        ):
            return tuple(
                (written(each["const"]), label_of(each, _said(each["const"]))) for each in alternatives[:MOST_OPTIONS]
            )
    values = schema.get("enum")
    if not isinstance(values, list) or not values:
        return ()
    names = schema.get("enumNames")
    labels = names if isinstance(names, list) and len(names) == len(values) else values
    return tuple(
        dict.fromkeys(
            (written(value), _said(label))
            for value, label in zip(values[:MOST_OPTIONS], labels[:MOST_OPTIONS], strict=True)
        )
    )


def _said(value: Any) -> str:
    return (value if isinstance(value, str) else written(value))[:300]


def text_kind(name: str, schema: JsonObject) -> str:
    chosen = FORMATS.get(schema["format"]) if isinstance(schema.get("format"), str) else None
    if chosen or schema.get("writeOnly") is True:
        return chosen or "secret"
    longest = schema.get("maxLength", 10_000 if name in LONG_NAMES else 200)
    return "long" if isinstance(longest, int) and longest > 200 else "text"


BOUNDS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
    ("multipleOf", "a multiple of {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {}"),
    ("maxItems", "at most {}"),
    ("pattern", "like {}"),
)


def _agreeing(words: str, bound: object) -> str:
    return words.removesuffix("s") if bound == 1 and words.endswith(" characters") else words


def hint_of(schema: JsonObject) -> str:
    """The bounds of a value in words."""
    found = (
        _agreeing(words.format(str(schema[name])[:100]), schema[name])
        for name, words in BOUNDS
        if isinstance(schema.get(name), int | float | str) and schema[name] is not True
    )
    return ", ".join(found)


def plan(schema: JsonObject) -> Node:
    """The node of the form for a whole value. Its label is the schema's title, else empty."""
    return Plan(schema).node(schema, Place("", required=True))
