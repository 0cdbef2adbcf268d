"""Arguments and results are of the types that the author declared, whatever came."""

import datetime
import enum
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, TypedDict
from uuid import UUID

import attrs
import msgspec
import pytest
from msgspec import Meta

from mcpserver.mcp.codec.codec import NO_DEFAULT, Codec, Mismatch, arguments_of, codec_of


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Line:
    text: str
    count: int = 1


@attrs.frozen
class Page:
    lines: list[Line]
    next: "Page | None" = None


class Place(TypedDict, total=False):
    shelf: int


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Box(msgspec.Struct):
    size: Annotated[int, Meta(ge=1)]


READ: Sequence[tuple[Any, object, object]] = [
    (str, "a", "a"),
    (int, 42, 42),
    (int, 42.0, 42),
    (int, -42.0, -42),
    (int, 10**30, 10**30),
    (float, 42, 42.0),
    (bool, True, True),
    (int | None, None, None),
    (int | str, 7.0, 7),
    (Literal["a", 2], 2.0, 2),
    (Colour, "blue", Colour.BLUE),
    (Level, 2.0, Level.HIGH),
    (datetime.date, "2026-07-28", datetime.date(2026, 7, 28)),
    (datetime.datetime, "2026-07-28T10:00:00Z", datetime.datetime(2026, 7, 28, 10, tzinfo=datetime.UTC)),
    (UUID, "00000000-0000-0000-0000-000000000007", UUID(int=7)),
    (Decimal, "1.10", Decimal("1.10")),
    (bytes, "aGk=", b"hi"),
    (dict[int, str], {"7": "a"}, {7: "a"}),
    (set[int], [1, 1.0], {1}),
    (tuple[int, str], [1.0, "a"], (1, "a")),
    (Line, {"text": "a", "count": 3.0}, Line("a", 3)),
    (Page, {"lines": [{"text": "a"}], "next": {"lines": []}}, Page([Line("a")], Page([]))),
    (Place, {"shelf": 1}, {"shelf": 1}),
    (Place, {}, {}),
    (Point, [1, 2.5], Point(1.0, 2.5)),
    (Box, {"size": 1.0}, Box(1)),
    (Any, {"a": [1.5]}, {"a": [1.5]}),
]


@pytest.mark.parametrize(("kind", "value", "expected"), READ)
def test_value_arrives_as_its_type(kind: Any, value: object, expected: object) -> None:
    """JSON Schema 2020-12 core section 4.2.3: 42.0 is an integer."""
    read = codec_of(kind).read(value)
    assert (type(read), read) == (type(expected), expected)


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (int, 42.5, "Expected `int`, got `float`."),
        (int, True, "Expected `int`, got `bool`."),
        (int, "42", "Expected `int`, got `str`."),
        (int, 1e300, "Expected `int`, got `float`."),
        (int, 2.0**53, "Expected `int`, got `float`."),
        (bool, 1, "Expected `bool`, got `int`."),
        (list[int], [1, 2.5], "[1]: Expected `int`, got `float`."),
        (list[Line], [{"text": "a"}, {"text": 1.0}], "[1].text: Expected `str`, got `int`."),
        (dict[str, int], {"a": "b"}, "[...]: Expected `int`, got `str`."),
        (dict[int, int], {"a": 1}, "Expected `int`, got `str` in a key."),
        (Box, {"size": 0}, "size: Expected `int` >= 1."),
        (Colour, "green", 'Invalid enum value \'green\'. It must be one of "red", "blue".'),
        (list[Colour | None], ["green"], '[0]: Invalid enum value \'green\'. It must be one of "red", "blue".'),
        (dict[str, Colour], {"a": "green"}, '[...]: Invalid enum value \'green\'. It must be one of "red", "blue".'),
        (Literal[1, 2], 3, "Invalid enum value 3. It must be one of 1, 2."),
        (Level, 3, "Invalid enum value 3. It must be one of 1, 2."),
        (tuple[Colour, int], ["green", 1], "[0]: Invalid enum value 'green'."),
        (Page, {}, "The arguments lack the required field `lines`."),
        (datetime.date, "soon", "Invalid RFC3339 encoded date."),
    ],
)
def test_value_of_another_type_is_a_sentence_that_names_place_and_rule(kind: Any, value: object, sentence: str) -> None:
    """MCP 2026-07-28, tools: error handling: what the model can correct."""
    with pytest.raises(Mismatch) as caught:
        codec_of(kind).read(value)
    assert str(caught.value) == sentence


def test_long_lists_of_choices_are_not_repeated() -> None:
    many = enum.Enum("many", {f"m{number}": f"v{number}" for number in range(21)})  # type: ignore[misc]
    with pytest.raises(Mismatch, match=r"^Invalid enum value 'x'\.$"):
        codec_of(many).read("x")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (int, "42", 42),
        (bool, "true", True),
        (float, "1.5", 1.5),
        (str, "42", "42"),
        (int | None, "null", None),
        (Literal[5, 6], "5", 5),
        (Level, "2", Level.HIGH),
        (Colour, "red", Colour.RED),
        (datetime.date, "2026-07-28", datetime.date(2026, 7, 28)),
    ],
)
def test_strings_are_read_as_what_they_spell_where_the_wire_has_only_strings(
    kind: Any, text: str, expected: object
) -> None:
    """MCP 2026-07-28, prompts: arguments are strings."""
    codec = arguments_of([("a", kind, NO_DEFAULT)], {})
    assert codec.read({"a": text}, strict=False) == {"a": expected}


def test_string_that_spells_nothing_of_the_type_is_refused() -> None:
    with pytest.raises(Mismatch, match=r"^a: Expected `int`, got `str`\.$"):
        arguments_of([("a", int, NO_DEFAULT)], {}).read({"a": "many"}, strict=False)


def test_objects_and_lists_are_spelled_as_json_where_the_wire_has_only_strings() -> None:
    codec = arguments_of([("a", list[int] | None, None), ("b", Line, NO_DEFAULT), ("c", str, "")], {})
    assert codec.read({"a": "[1, 2.0]", "b": '{"text": "x"}', "c": "[1]"}, strict=False) == {
        "a": [1, 2],
        "b": Line("x"),
        "c": "[1]",
    }
    assert codec.read({"b": {"text": "x"}}, strict=False)["b"] == Line("x")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"a": "[1"}, "a: Expected JSON of an object or a list."),
        ({"a": "[" * 100_000}, "a: Expected JSON of an object or a list."),
        ({"a": "7"}, "a: Expected `array`, got `int`."),
        ({"a": '["x"]'}, "a[0]: Expected `int`, got `str`."),
        ([], "Expected `object`, got `array`."),
    ],
)
def test_string_that_spells_no_such_object_or_list_is_refused(arguments: object, sentence: str) -> None:
    with pytest.raises(Mismatch) as caught:
        arguments_of([("a", list[int], NO_DEFAULT)], {}).read(arguments, strict=False)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("depth", [400, 600, 950, 50_000])
def test_value_that_does_not_fit_is_refused_however_deep(depth: int) -> None:
    """Also where only the second look, for whole numbers, is too deep for the stack."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    with pytest.raises(Mismatch):
        arguments_of([("a", str, NO_DEFAULT)], {}).read({"a": value})


@pytest.mark.parametrize("strict", [True, False])
def test_value_that_is_nested_too_deeply_is_refused(strict: bool) -> None:
    """The stack does not end here."""
    page: dict[str, Any] = {"lines": []}
    for _ in range(50_000):
        page = {"lines": [], "next": page}
    with pytest.raises(Mismatch, match="nested too deeply"):
        codec_of(Page).read(page, strict=strict)


def taken() -> Codec:
    return arguments_of(
        [
            ("a", int, NO_DEFAULT),
            ("b", Line, Line("x")),
            ("c", list[int], [1]),
            ("d", Any, math),
            ("e", Colour, Colour.RED),
        ],
        {"a": "An a."},
    )


def test_arguments_have_an_object_schema_that_names_all_there_are() -> None:
    """MCP 2026-07-28, schema: Tool.inputSchema; a default that JSON cannot say is not said."""
    schema = taken().schema
    assert (schema["type"], schema["required"], schema["additionalProperties"], "title" in schema) == (
        "object",
        ["a"],
        False,
        False,
    )
    assert schema["properties"] == {
        "a": {"type": "integer", "description": "An a."},
        "b": {"$ref": "#/$defs/Line", "default": {"text": "x", "count": 1}},
        "c": {"type": "array", "items": {"type": "integer"}, "default": [1]},
        "d": {},
        "e": {"$ref": "#/$defs/Colour", "default": "red"},
    }
    assert schema["$defs"]["Colour"] == {"title": "Colour", "type": "string", "enum": ["red", "blue"]}


def test_arguments_that_were_not_sent_have_their_defaults() -> None:
    assert taken().read({"a": 1}) == {"a": 1, "b": Line("x"), "c": [1], "d": math, "e": Colour.RED}
    assert taken().read({"a": 1.0, "c": []})["c"] == []


def test_default_that_one_call_changes_is_whole_for_the_next() -> None:
    codec = taken()
    codec.read({"a": 1})["c"].append(2)
    assert codec.read({"a": 1})["c"] == [1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "The arguments lack the required field `a`."),
        ({"a": 1, "z": 1}, "The arguments contain the unknown field `z`. Known are `a`, `b`, `c`, `d`, `e`."),
        ({"a": 1, "b": {"text": "x", "count": "y"}}, "b.count: Expected `int`, got `str`."),
        ({"a": 1, "e": "green"}, 'e: Invalid enum value \'green\'. It must be one of "red", "blue".'),
        ([1], "Expected `object`, got `array`."),
        (None, "Expected `object`, got `null`."),
    ],
)
def test_arguments_that_do_not_fit_are_named(arguments: object, sentence: str) -> None:
    with pytest.raises(Mismatch) as caught:
        taken().read(arguments)
    assert str(caught.value) == sentence


def test_no_arguments_at_all() -> None:
    codec = arguments_of([], {})
    assert codec.read({}) == {}
    assert codec.schema == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    with pytest.raises(Mismatch, match=r"^The arguments contain the unknown field `a`\.$"):
        codec.read({"a": 1})


@pytest.mark.parametrize(
    ("kind", "value", "encoded"),
    [
        (str, "é", '"é"'),
        (Line, Line("a"), '{"text":"a","count":1}'),
        (Line, {"text": "a"}, '{"text":"a"}'),
        (Page, Page([]), '{"lines":[],"next":null}'),
        (Point, Point(1.0), "[1.0,0.0]"),
        (set[int], {7}, "[7]"),
        (dict[int, float], {1: 0.5}, '{"1":0.5}'),
        (Decimal, Decimal("1.10"), '"1.10"'),
        (bytes, b"hi", '"aGk="'),
        (float, 3, "3"),
        (int, 10**30, "1" + "0" * 30),
        (dict[str, float | None], {"a": None, "b": 1.5}, '{"a":null,"b":1.5}'),
    ],
)
def test_result_is_written_as_its_type(kind: Any, value: object, encoded: str) -> None:
    """MCP 2026-07-28, tools: output schema."""
    assert codec_of(kind).write(value).decode() == encoded


class Ring:
    """Of no form in JSON."""


def circle() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (int, "a", "declared type: Expected `int`, got `str`"),
        (Line, Line(1), "declared type: text: Expected `str`, got `int`"),  # type: ignore[arg-type]
        (Box, Box(0), "declared type: size: Expected `int` >= 1"),
        (float | None, math.nan, "not finite"),
        (Any, {"a": [1, {"b": (math.inf,)}]}, "not finite"),
        (Any, {-math.inf}, "not finite"),
        (Any, [None, Line("a", math.nan)], "not finite"),  # type: ignore[arg-type]
        (Any, "\ud800", "lone surrogate"),
        (Any, circle(), "recursion"),
        (Any, Ring(), "Ring cannot be written as JSON"),
    ],
)
def test_result_that_is_not_of_the_type_or_not_json_is_our_fault(kind: Any, value: object, reason: str) -> None:
    """RFC 8259 section 6: numbers that are not finite have no form; what would become null is not the author's
    value.
    """
    with pytest.raises(TypeError, match=reason):
        codec_of(kind).write(value)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(complex, "complex"), (list[Ring], "Ring"), (Callable[[], int], "Callable"), (dict[str, Ring | None], "Ring")],
)
def test_type_that_json_cannot_say_is_named_when_the_tool_is_written(kind: Any, name: str) -> None:
    with pytest.raises(TypeError, match=f"The type {name} has no form in JSON"):
        codec_of(kind)
    with pytest.raises(TypeError, match=f"The type {name} has no form in JSON"):
        arguments_of([("a", kind, NO_DEFAULT)], {})


def test_two_classes_that_cannot_be_told_apart_are_named() -> None:
    with pytest.raises(TypeError, match=r"Line.*Page"):
        codec_of(Line | Page)


@dataclass
class Shelf:
    """What it holds."""

    pages: Mapping[str, Page] = field(default_factory=dict)


def test_schema_of_a_class_has_its_docstring_and_stands_by_itself() -> None:
    """JSON Schema 2020-12 core section 8.2."""
    schema = codec_of(Shelf).schema
    assert (schema["title"], schema["description"], set(schema["$defs"])) == (
        "Shelf",
        "What it holds.",
        {"Page", "Line"},
    )


@pytest.mark.parametrize("kind", [object, dict[str, object], list[object]])
def test_object_is_as_good_as_any(kind: Any) -> None:
    """Authors who check their types strictly write ``dict[str, object]`` for any JSON object."""
    value = {object: {"a": [1, None]}, dict[str, object]: {"a": {"b": 2.5}}, list[object]: [1, {"a": "b"}]}[kind]
    assert codec_of(kind).read(value) == value
    assert json.loads(codec_of(kind, writes=True).write(value)) == value
    assert not {"$ref", "$defs"} & codec_of(kind).schema.keys()
