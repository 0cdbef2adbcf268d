"""Forms that a person fills in: what they may ask, and how a type becomes one (MCP 2026-07-28, client: elicitation)."""

import datetime
import enum
from dataclasses import dataclass, field, make_dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import attrs
import msgspec
import pydantic
import pytest
from msgspec import Meta

from mcpserver.mcp.codec.codec import Mismatch, codec_of
from mcpserver.mcp.codec.form_models import form_schema_of
from mcpserver.mcp.interaction import questions
from mcpserver.mcp.legacy.older_forms import older_form_schema
from mcpserver.mcp.schema.forms import require_form_schema
from mcpserver.mcp.schema.limits import SchemaError

Schema = dict[str, Any]


def form(**fields: Any) -> Schema:
    return {"type": "object", "properties": fields}


TITLED = [{"const": "#f00", "title": "Red"}, {"const": "#0f0", "title": "Green"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "string"},
        {
            "type": "string",
            "title": "Name",
            "description": "Yours.",
            "minLength": 3,
            "maxLength": 50,
            "format": "email",
            "default": "a@b.example",
        },
        *({"type": "string", "format": name} for name in ("uri", "date", "date-time")),
        {"type": "number", "minimum": 0, "maximum": 100, "default": 50},
        {"type": "number", "default": 95.5},
        {"type": "integer", "default": 30},
        {"type": "boolean", "default": True},
        {"type": "string", "enum": ["a", "b"], "default": "a"},
        {"type": "string", "oneOf": TITLED, "default": "#0f0"},
        {"type": "string", "enum": ["a", "b"], "enumNames": ["A", "B"]},
        {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {"type": "string", "enum": ["a", "b"]},
            "default": ["a", "b"],
        },
        {"type": "array", "items": {"anyOf": TITLED}, "default": []},
    ],
)
def test_field_that_a_form_may_have(fields: Schema) -> None:
    """Requested schema: the primitive types and the enums."""
    require_form_schema(form(a=fields))


@pytest.mark.parametrize(
    "fields",
    [
        True,
        {},
        {"type": "object", "properties": {}},
        {"type": "null"},
        {"type": ["string", "null"]},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array"},
        {"type": "array", "items": {"type": "object"}},
        {"type": "array", "items": {"type": "string", "enum": []}},
        {"type": "array", "items": {"anyOf": [{"const": "a"}]}},
        {"type": "string", "pattern": "^a"},
        {"type": "string", "format": "uuid"},
        {"type": "string", "enum": [1, 2]},
        {"type": "string", "enum": "ab"},
        {"type": "string", "oneOf": [{"const": "a", "title": 7}]},
        {"type": "string", "oneOf": [{"const": 7, "title": "a"}]},
        {"type": "string", "oneOf": "ab"},
        {"type": "string", "enum": ["a", "b"], "enumNames": ["A"]},
        {"type": "integer", "enum": [1]},
        {"type": "integer", "multipleOf": 2},
        {"$ref": "#/$defs/a"},
        {"type": "string", "default": 7},
        {"type": "integer", "default": True},
        {"type": "integer", "default": 1.5},
        {"type": "boolean", "default": 1},
        {"type": "string", "enum": ["a"], "default": "b"},
        {"type": "array", "items": {"type": "string", "enum": ["a"]}, "default": ["b"]},
        {"type": "array", "items": {"type": "string", "enum": ["a"]}, "default": "a"},
    ],
)
def test_field_that_a_form_may_not_have_is_named(fields: object) -> None:
    """Requested schema: nested structures and other features are intentionally not supported."""
    with pytest.raises(SchemaError, match="The field a of the form"):
        require_form_schema(form(a=fields))


@pytest.mark.parametrize(
    "schema",
    [
        {},
        [],
        {"type": "string"},
        {"type": "object"},
        {"type": "object", "properties": []},
        {"type": "object", "properties": {}, "required": ["a"]},
        {"type": "object", "properties": {}, "required": "a"},
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": [["a"]]},
        {"type": "object", "properties": {}, "$defs": {}},
        {"type": "object", "properties": {}, "allOf": []},
    ],
)
def test_schema_that_is_no_form_is_refused(schema: Any) -> None:
    with pytest.raises(SchemaError):
        require_form_schema(schema)


def test_choices_in_the_words_of_the_revision_that_first_had_forms() -> None:
    """MCP 2025-06-18, schema: EnumSchema has enumNames; only booleans have defaults."""
    newer = form(
        a={"type": "string", "oneOf": TITLED, "default": "#0f0"},
        b={"type": "string", "enum": ["a"], "default": "a"},
        c={"type": "boolean", "default": True},
        d={"type": "integer", "minimum": 1, "default": 2},
    )
    assert older_form_schema(newer) == form(
        a={"type": "string", "enum": ["#f00", "#0f0"], "enumNames": ["Red", "Green"]},
        b={"type": "string", "enum": ["a"]},
        c={"type": "boolean", "default": True},
        d={"type": "integer", "minimum": 1},
    )


def test_several_choices_at_once_cannot_be_asked_of_earlier_clients() -> None:
    """MCP 2025-06-18, schema: PrimitiveSchemaDefinition has no arrays."""
    with pytest.raises(SchemaError, match="tags"):
        older_form_schema(form(tags={"type": "array", "items": {"type": "string", "enum": ["a"]}}))


class Colour(enum.Enum):
    DARK_RED = "#f00"
    GREEN = "#0f0"


class Size(enum.StrEnum):
    SMALL = "small"
    LARGE = "large"


class Place(enum.Enum):
    HOME = "h"
    WORK = "w"

    @property
    def label(self) -> str:
        return f"At {self.name.lower()}"


COLOURS = [{"const": "#f00", "title": "Dark red"}, {"const": "#0f0", "title": "Green"}]


@dataclass
class Order:
    name: Annotated[str, "Whom it is for.", Meta(min_length=1, pattern="^[A-Z]")]
    colour: Colour
    size: Literal["small", "large", "huge"]
    count: Annotated[int, Meta(gt=0, lt=10, multiple_of=1)] = 1
    colours: list[Colour] = field(default_factory=list)
    sizes: set[Literal["small", "large"]] = field(default_factory=set)
    due: datetime.date | None = None
    fitting: Size | None = Size.SMALL
    place: Place = Place.HOME
    gift: bool = False
    price: Annotated[float, Meta(gt=0)] = 1.5
    only: Literal["this"] = "this"


def test_form_of_a_type() -> None:
    """Requested schema: choices in the order in which they were written, titles where they say more than the values."""
    schema = form_schema_of(Order)
    assert (schema["type"], schema["required"]) == ("object", ["name", "colour", "size"])
    assert schema["properties"] == {
        "name": {"type": "string", "minLength": 1, "description": "Whom it is for."},
        "colour": {"type": "string", "oneOf": COLOURS},
        "size": {"type": "string", "enum": ["small", "large", "huge"]},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 1},
        "colours": {"type": "array", "items": {"anyOf": COLOURS}},
        "sizes": {"type": "array", "items": {"type": "string", "enum": ["small", "large"]}},
        "due": {"type": "string", "format": "date"},
        "fitting": {"type": "string", "enum": ["small", "large"], "default": "small"},
        "place": {
            "type": "string",
            "oneOf": [{"const": "h", "title": "At home"}, {"const": "w", "title": "At work"}],
            "default": "h",
        },
        "gift": {"type": "boolean", "default": False},
        "price": {"type": "number", "default": 1.5},
        "only": {"type": "string", "enum": ["this"], "default": "this"},
    }


def test_answer_to_a_form_is_read_as_the_type() -> None:
    order = codec_of(Order).read(
        {"name": "Ada", "colour": "#0f0", "size": "huge", "count": 3.0, "colours": ["#f00"], "due": "2026-07-28"}
    )
    assert (order.colour, order.count, order.colours, order.due) == (
        Colour.GREEN,
        3,
        [Colour.DARK_RED],
        datetime.date(2026, 7, 28),
    )


class Typed(TypedDict):
    mail: Annotated[str, Meta(extra_json_schema={"format": "email"})]
    sure: NotRequired[bool]


class Structured(msgspec.Struct):
    when: datetime.datetime
    mark: msgspec.Raw | None = None


class Modelled(pydantic.BaseModel):
    colour: Colour = pydantic.Field(description="Which?")
    home: pydantic.HttpUrl | None = None
    sizes: list[Literal["a", "b"]] = pydantic.Field(default=[], max_length=1)
    only: Literal["this"] = "this"
    count: int = pydantic.Field(1, ge=0)


@attrs.frozen
class Empty:
    """Nothing to say, but yes or no."""


def test_form_of_a_typed_dict() -> None:
    assert form_schema_of(Typed) == {
        "type": "object",
        "properties": {"mail": {"type": "string", "format": "email"}, "sure": {"type": "boolean"}},
        "required": ["mail"],
    }


def test_form_of_a_model_of_pydantic() -> None:
    fields = form_schema_of(Modelled)["properties"]
    assert fields["colour"] == {"type": "string", "oneOf": COLOURS, "description": "Which?"}
    assert (fields["home"]["format"], fields["home"]["type"]) == ("uri", "string")
    assert fields["sizes"] == {
        "type": "array",
        "title": "Sizes",
        "items": {"type": "string", "enum": ["a", "b"]},
        "maxItems": 1,
        "default": [],
    }
    assert fields["only"]["enum"] == ["this"]
    assert (fields["count"]["minimum"], fields["count"]["default"]) == (0, 1)


def test_form_without_fields() -> None:
    assert form_schema_of(Empty) == {"type": "object", "properties": {}, "required": []}


@pytest.mark.parametrize(
    "kind",
    [dict[str, int], list[Any], Literal[1, 2], Order, list[str], Any, int | str, Annotated[int, "x"] | Literal["a"]],
)
def test_field_that_cannot_be_shown_is_named(kind: Any) -> None:
    with pytest.raises(SchemaError, match="The field wrong of the form"):
        form_schema_of(make_dataclass("Asked", [("wrong", kind)]))


@pytest.mark.parametrize("kind", [int, list[int], dict[str, int], Literal["a"]])
def test_form_needs_fields(kind: Any) -> None:
    with pytest.raises(SchemaError, match="a type with fields"):
        form_schema_of(kind)


def test_type_without_a_form_in_json_is_named() -> None:
    with pytest.raises(TypeError, match="complex"):
        form_schema_of(make_dataclass("Asked", [("wrong", complex)]))


@dataclass
class Trip:
    where: str
    day: datetime.date | None = None
    seats: int = 1
    price: float | None = None
    size: Literal["small", "large"] | None = None
    note: str = "none"
    code: Annotated[str, Meta(min_length=2)] = "AA"
    sure: bool = False


def read(kind: Any, content: Any) -> Any:
    return questions.form(kind, "?").read({"action": "accept", "content": content})


def test_optional_field_that_was_left_empty_was_not_given() -> None:
    """Client: elicitation: a browser sends "" for an input that nobody filled in, which is no date and no number; a
    text may well be empty.
    """
    empty = dict.fromkeys(("day", "seats", "price", "size", "note", "code", "sure"), "")
    assert read(Trip, {"where": "Kyiv", **empty}) == Trip("Kyiv", note="")
    assert read(Trip, {"where": "Kyiv", "day": "2026-01-02", "seats": 2}) == Trip("Kyiv", datetime.date(2026, 1, 2), 2)
    assert read(Trip, {"where": ""}) == Trip("")


@pytest.mark.parametrize(
    "content", [{"where": "Kyiv", "seats": " "}, {"where": "Kyiv", "day": "soon"}, {"day": ""}, "", None]
)
def test_what_is_not_empty_must_fit_and_what_is_required_must_be_there(content: Any) -> None:
    with pytest.raises(Mismatch):
        read(Trip, content)


def test_fields_left_empty_in_a_form_of_ones_own_schema() -> None:
    fields = {
        "mail": {"type": "string", "format": "email"},
        "choice": {"type": "string", "oneOf": [{"const": "a", "title": "A"}]},
        "none": {"type": "string", "enum": ["", "a"]},
        "many": {"type": "array", "items": {"type": "string", "enum": ["a"]}},
        "count": {"type": "integer"},
        "needed": {"type": "string"},
    }
    schema = {"type": "object", "properties": fields, "required": ["needed"]}
    assert read(schema, dict.fromkeys(fields, "")) == {"none": "", "needed": ""}
