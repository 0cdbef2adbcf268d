"""What is published is what is accepted: the schema of a type and the reading of it say the same about any value, and
neither ever fails in another way.

Left out on purpose: integers written as floats beyond 2^53, such as 1e300, which may not be the number that was meant,
and are refused when read.
"""

import enum
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

import annotated_types
import attrs
import msgspec
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Meta

from mcpserver.mcp.codec.codec import NO_DEFAULT, Mismatch, arguments_of, codec_of
from mcpserver.mcp.schema.json_schema import JsonSchema, compile_schema

Colour = enum.Enum("Colour", {"RED": "a", "BLUE": "b"})
Level = enum.IntEnum("Level", {"LOW": 0, "HIGH": 1})


@dataclass
class Line:
    a: Annotated[str, Meta(max_length=2)]
    b: int = 0


@attrs.frozen
class Page:
    a: list[Line]
    b: "Page | None" = None


class Typed(TypedDict):
    a: Annotated[int, annotated_types.Ge(0), "Not negative."]
    b: NotRequired[bool | None]


class Named(NamedTuple):
    x: int
    y: str = ""


class Model(pydantic.BaseModel):
    a: int = pydantic.Field(ge=0)
    b: list[str] | None = None


@dataclass
class Holder:
    a: Model | None = None
    b: dict[str, Annotated[float, Meta(le=1)]] = field(default_factory=dict)


KINDS: list[Any] = [
    *(
        str,
        int,
        float,
        bool,
        None,
        Any,
        int | None,
        int | str,
        float | str | None,
        list[int],
        dict[str, bool],
        tuple[int, str],
    ),
    *(
        Literal["a", 1],
        Literal["a", None],
        Colour,
        Level,
        Colour | None,
        Line,
        Page,
        Typed,
        Named,
        Model,
        Holder,
        list[Line | None],
        Model | str,
    ),
]
NAMES = st.sampled_from(["a", "b", "x", ""])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.integers()
    | st.sampled_from([0.0, 1.0, -1.0, 0.5, 1e10])
    | NAMES
    | st.text(max_size=3)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def fits(schema: JsonSchema, value: object) -> bool:
    try:
        schema.require(value)
    except Mismatch:
        return False
    return True


def reads(codec: Any, value: object) -> bool:
    try:
        codec.read(value)
    except Mismatch:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_type_reads_what_its_schema_admits(kind: Any) -> None:
    """MCP 2026-07-28, tools: input schema."""
    codec = codec_of(kind)
    schema = compile_schema(codec.schema)

    @MANY
    @given(VALUES)
    def agree(value: object) -> None:
        assert reads(codec, value) == fits(schema, value)

    agree()


def test_what_is_in_a_set_twice_counts_once() -> None:
    """Where reading is more lenient than the schema, which asks for unique items."""
    assert codec_of(set[str]).read(["a", "a"]) == {"a"}


@MANY
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_arguments_are_read_as_their_schema_admits(value: dict[str, Any]) -> None:
    assert reads(ARGUMENTS, value) == fits(PUBLISHED, value)


@MANY
@given(st.dictionaries(NAMES, st.text(max_size=5), max_size=4))
def test_strings_are_read_or_refused(value: dict[str, str]) -> None:
    """MCP 2026-07-28, prompts: any string may be sent, none is a fault of ours."""
    with suppress(Mismatch):
        ARGUMENTS.read(value, strict=False)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_was_read_can_be_written_and_fits_the_schema(kind: Any) -> None:
    """MCP 2026-07-28, tools: output schema."""
    reading, writing = codec_of(kind), codec_of(kind, writes=True)
    schema = compile_schema(writing.schema)

    @MANY
    @given(VALUES)
    def agree(value: object) -> None:
        try:
            read = reading.read(value)
        except Mismatch:
            return
        assert fits(schema, msgspec.json.decode(writing.write(read)))

    agree()


ARGUMENTS = arguments_of(
    [("a", int, NO_DEFAULT), ("b", Page | None, None), ("x", Annotated[str, Meta(max_length=1)], "x")], {}
)
PUBLISHED = compile_schema(ARGUMENTS.schema)
