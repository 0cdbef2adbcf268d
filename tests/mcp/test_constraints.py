"""What authors write into ``Annotated`` is checked, or refused when nobody would check it."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, NamedTuple, NotRequired, Optional, TypedDict, TypeVar

import annotated_types
import attrs
import msgspec
import pydantic
import pytest
from msgspec import Meta
from typing_extensions import Doc

from mcpserver.mcp.codec.codec import NO_DEFAULT, Mismatch, arguments_of, codec_of


def shown(kind: Any, description: str = "") -> dict[str, Any]:
    """The schema of a parameter of that type."""
    properties: dict[str, Any] = arguments_of(
        [("a", kind, NO_DEFAULT)], {"a": description} if description else {}
    ).schema["properties"]["a"]
    return properties


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (Annotated[int, "How many."], {"type": "integer", "description": "How many."}),
        (Annotated[int, Doc("How many.")], {"type": "integer", "description": "How many."}),
        (
            Annotated[int, Meta(ge=1), Meta(le=3), "How many."],
            {"type": "integer", "minimum": 1, "maximum": 3, "description": "How many."},
        ),
        (
            Annotated[int, Meta(ge=1, title="N", examples=[2])],
            {"type": "integer", "minimum": 1, "title": "N", "examples": [2]},
        ),
        (
            Annotated[int, annotated_types.Gt(1), annotated_types.Lt(9)],
            {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 9},
        ),
        (
            Annotated[int, annotated_types.Interval(ge=1, le=9), annotated_types.MultipleOf(2)],
            {"type": "integer", "minimum": 1, "maximum": 9, "multipleOf": 2},
        ),
        (Annotated[str, annotated_types.Len(1, 3)], {"type": "string", "minLength": 1, "maxLength": 3}),
        (
            Annotated[list[int], annotated_types.MinLen(1)],
            {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        ),
        (
            Annotated[str, pydantic.Field(pattern="^a", max_length=3, description="An a.")],
            {"type": "string", "pattern": "^a", "maxLength": 3, "description": "An a."},
        ),
        (
            Annotated[str, pydantic.Field(title="A", examples=["a"], json_schema_extra={"x-a": 1})],
            {"type": "string", "title": "A", "examples": ["a"], "x-a": 1},
        ),
        (Annotated[str, pydantic.StringConstraints(min_length=2)], {"type": "string", "minLength": 2}),
        (Annotated[int, pydantic.Strict(), pydantic.Field(ge=1)], {"type": "integer", "minimum": 1}),
        (
            Annotated[int | None, annotated_types.Ge(1), "One or none."],
            {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "description": "One or none."},
        ),
        (
            Optional[Annotated[int, annotated_types.Ge(1)]],  # noqa: UP045
            {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        ),
        (list[Annotated[str, "A word."]], {"type": "array", "items": {"type": "string", "description": "A word."}}),
        (
            dict[str, Annotated[int, annotated_types.Ge(1)]],
            {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
        ),
        (Annotated[int, object(), 7], {"type": "integer"}),
    ],
)
def test_metadata_reaches_the_schema(kind: Any, schema: dict[str, Any]) -> None:
    """JSON Schema 2020-12 validation, section 6 and 9."""
    assert shown(kind) == schema


Size = Annotated[int, annotated_types.Ge(1), "How large."]
T = TypeVar("T")


@dataclass
class Base:
    size: Size


@dataclass
class Derived(Base):
    again: "list[Derived]" = field(default_factory=list)


@attrs.frozen
class Frozen:
    size: Size


class Typed(TypedDict):
    size: NotRequired[Size]


class Named(NamedTuple):
    size: Size


class Structured(msgspec.Struct):
    size: Size


@dataclass
class Sized(Generic[T]):
    value: T
    size: Size = 1


@pytest.mark.parametrize(
    ("kind", "value", "place"),
    [
        (Base, {"size": 0}, "size"),
        (Derived, {"size": 1, "again": [{"size": 1}, {"size": 0}]}, "again[1].size"),
        (Frozen | None, {"size": 0}, "size"),
        (list[Typed], [{}, {"size": 0}], "[1].size"),
        (Named, [0], "[0]"),
        (dict[str, Structured], {"a": {"size": 0}}, "[...].size"),
        (Sized[str], {"value": "a", "size": 0}, "size"),
    ],
)
def test_metadata_of_fields_is_checked_in_classes_of_every_kind(kind: Any, value: object, place: str) -> None:
    schema = str(codec_of(kind).schema)
    assert "'minimum': 1" in schema
    assert "How large." in schema
    with pytest.raises(Mismatch) as caught:
        codec_of(kind).read(value)
    assert str(caught.value) == f"{place}: Expected `int` >= 1."


@dataclass
class Known:
    size: Size


def test_class_that_msgspec_has_read_before_is_checked_all_the_same() -> None:
    msgspec.convert({"size": 0}, Known)
    with pytest.raises(Mismatch):
        codec_of(Known).read({"size": 0})


def test_own_description_goes_before_the_docstring() -> None:
    assert shown(Annotated[int, "Own."], "From the docstring.") == {"type": "integer", "description": "Own."}
    assert shown(Annotated[int, Meta(ge=1)], "From the docstring.") == {
        "type": "integer",
        "minimum": 1,
        "description": "From the docstring.",
    }
    assert shown(int, "From the docstring.") == {"type": "integer", "description": "From the docstring."}


@pytest.mark.parametrize(
    ("kind", "good", "bad", "sentence"),
    [
        (Annotated[int, annotated_types.Ge(1)], 1, 0, "Expected `int` >= 1."),
        (list[Annotated[int, annotated_types.Ge(1)]], [1], [1, 0], "[1]: Expected `int` >= 1."),
        (Annotated[int | None, annotated_types.Ge(1)], None, 0, "Expected `int` >= 1."),
        (Annotated[str, pydantic.Field(max_length=2)], "ab", "abc", "Expected `str` of length <= 2."),
        (Annotated[float, annotated_types.MultipleOf(0.5)], 1.5, 1.2, "Expected `float` that's a multiple of 0.5."),
        (
            Annotated[int, pydantic.Field(ge=-3), pydantic.AfterValidator(abs)],
            -3,
            -4,
            "Input should be greater than or equal to -3.",
        ),
        (Annotated[str, annotated_types.Predicate(str.islower)], "a", "A", "Predicate 'islower' failed."),
    ],
)
def test_metadata_is_checked(kind: Any, good: object, bad: object, sentence: str) -> None:
    codec_of(kind).read(good)
    with pytest.raises(Mismatch) as caught:
        codec_of(kind).read(bad)
    assert str(caught.value).replace("str.", "") == sentence


def test_validator_of_pydantic_makes_the_value() -> None:
    """What only pydantic can check is read by pydantic."""
    assert codec_of(Annotated[int, pydantic.AfterValidator(abs)]).read(-3) == 3


@pytest.mark.parametrize(
    ("default", "required", "given"),
    [
        (pydantic.Field(ge=1, description="N."), ["a"], None),
        (pydantic.Field(2, ge=1), [], 2),
        (pydantic.Field(default_factory=lambda: 3), [], 3),
    ],
)
def test_field_of_pydantic_may_stand_as_the_default(default: Any, required: list[str], given: int | None) -> None:
    codec = arguments_of([("a", int, default)], {})
    assert codec.schema["required"] == required
    if given is not None:
        assert codec.read({}) == {"a": given}


def test_rule_that_does_not_suit_its_type_is_refused_when_the_tool_is_written() -> None:
    with pytest.raises(TypeError, match="numeric"):
        codec_of(Annotated[str, annotated_types.Ge(1)])
