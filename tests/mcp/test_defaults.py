"""Defaults and names of parameters: honoured, or refused when the tool is written with a sentence that says where
and what to write instead.
"""

import dataclasses
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Optional

import attrs
import msgspec
import pydantic
import pytest
from msgspec import Meta
from pydantic import AliasChoices, AliasPath, Field
from typing_extensions import TypedDict

from mcpserver import MCPServer
from mcpserver.mcp.codec.codec import NO_DEFAULT, Mismatch, arguments_of, codec_of


def taken(kind: Any, default: Any = NO_DEFAULT) -> tuple[dict[str, Any], Any]:
    """What is published of a parameter, and what its function gets when nothing is sent."""
    codec = arguments_of([("a", kind, default)], {})
    return codec.schema, codec.read({})["a"]


@pytest.mark.parametrize(
    "kind",
    [int, str, list[int], Annotated[int, Meta(ge=1)], Decimal, pydantic.PositiveInt, Literal["a"], pydantic.AnyUrl],
)
def test_none_as_the_default_may_also_be_sent(kind: Any) -> None:
    """JSON Schema 2020-12 validation, section 9.2: a default should be valid against its schema."""
    schema, given = taken(kind, None)
    assert given is None
    assert (schema["properties"]["a"]["default"], schema["properties"]["a"]["anyOf"][-1]) == (None, {"type": "null"})
    assert arguments_of([("a", kind, None)], {}).read({"a": None}) == {"a": None}


@pytest.mark.parametrize(
    "kind",
    [Optional[int], int | None, Any, None, Literal["a", None], Annotated[int | None, "One."]],  # noqa: UP045
)
def test_type_that_has_none_stays_as_it_is(kind: Any) -> None:
    plain, optional = (
        arguments_of([("a", kind, default)], {}).schema["properties"]["a"] for default in (NO_DEFAULT, None)
    )
    assert optional == {**plain, "default": None}


@dataclass
class OldStyle:
    count: int = None  # type: ignore[assignment]


class OldStruct(msgspec.Struct):
    count: int = None  # type: ignore[assignment]


@attrs.define
class OldAttrs:
    count: int = None  # type: ignore[assignment]


class OldNamed(NamedTuple):
    count: int = None  # type: ignore[assignment]


@pytest.mark.parametrize("kind", [OldStyle, OldStruct, OldAttrs])
def test_none_as_the_default_of_a_field_may_be_sent_and_leave(kind: Any) -> None:
    codec = codec_of(kind)
    assert codec.read({"count": None}).count is None
    assert codec_of(kind, writes=True).write(codec.read({})) == b'{"count":null}'
    assert codec_of(OldNamed).read([None]).count is None


@pytest.mark.parametrize(
    ("kind", "default", "published", "given"),
    [
        (Annotated[int, Field(default=5)], NO_DEFAULT, 5, 5),
        (Annotated[int, Field(5)], NO_DEFAULT, 5, 5),
        (Annotated[int, Field(default=5)], 7, 7, 7),
        (Annotated[int, Field(ge=1)], 7, 7, 7),
        (int, Field(5, ge=1), 5, 5),
        (int, Field(default=None), None, None),
        (list[int], Field(default=[1]), [1], [1]),
        (int, msgspec.field(default=5), 5, 5),
        (Annotated[int, Field(default=5), pydantic.AfterValidator(abs)], NO_DEFAULT, 5, 5),
    ],
)
def test_default_is_honoured_wherever_it_stands(kind: Any, default: Any, published: Any, given: Any) -> None:
    schema, got = taken(kind, default)
    assert (schema["required"], schema["properties"]["a"]["default"], got) == ([], published, given)


@pytest.mark.parametrize("place", ["default", "annotated", "msgspec"])
def test_factory_makes_a_default_for_every_call_and_is_not_published(place: str) -> None:
    numbers = count(1)
    make = lambda: next(numbers)  # noqa: E731
    field: Any = {"default": Field(default_factory=make), "msgspec": msgspec.field(default_factory=make)}.get(
        place, NO_DEFAULT
    )
    codec = arguments_of(
        [("a", Annotated[int, Field(default_factory=make)] if place == "annotated" else int, field)], {}
    )
    assert (codec.schema["required"], "default" in codec.schema["properties"]["a"]) == ([], False)
    assert [codec.read({})["a"], codec.read({})["a"], codec.read({"a": 7})["a"]] == [1, 2, 7]


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        (Annotated[int, Field(alias="from")], NO_DEFAULT),
        (Annotated[int, Field(validation_alias="from")], NO_DEFAULT),
        (int, Field(alias="from", ge=1)),
        (int, msgspec.field(name="from")),
    ],
)
def test_alias_is_the_name_that_callers_use(kind: Any, default: Any) -> None:
    codec = arguments_of([("a", kind, default)], {"a": "Where from."})
    assert (codec.schema["required"], codec.schema["properties"]["from"]["description"]) == (["from"], "Where from.")
    assert codec.read({"from": 1}) == {"a": 1}
    for wrong in ({"a": 1}, {}, {"from": "x"}):
        with pytest.raises(Mismatch, match=r"`a`|from"):
            codec.read(wrong)


async def test_alias_is_the_name_in_tools_prompts_and_resources() -> None:
    server = MCPServer("aliases")

    @server.tool
    async def travel(start: Annotated[str, Field(alias="from")]) -> str:
        return start

    @server.prompt
    async def plan(
        start: Annotated[Literal["Lviv", "Rivne"], Field(alias="from")],
        end: str = Field(default="Kyiv", description="Where to."),
    ) -> str:
        return f"{start} {end}"

    @server.resource("place://{class}")
    async def place(kind: Annotated[str, Field(alias="class")]) -> str:
        return kind

    async with server.test_client() as client:
        assert (await client.call_tool("travel", {"from": "Lviv"})).text == "Lviv"
        assert (await client.get_prompt("plan", {"from": "Lviv"}))["messages"][0]["content"]["text"] == "Lviv Kyiv"
        assert (await client.request("prompts/list"))["prompts"][0]["arguments"] == [
            {"name": "from", "required": True},
            {"name": "end", "description": "Where to.", "required": False},
        ]
        assert await client.complete("plan", "from", "R") == ["Rivne"]
        assert (await client.read_resource("place://city"))[0]["text"] == "city"


@dataclass
class Aliased:
    a: Annotated[int, Field(alias="b")]


@dataclass
class Defaulted:
    a: Annotated[int, Field(default=5)]


@dataclass
class Confused:
    a: int = Field(default=5)


@dataclass
class Mixed:
    a: int = msgspec.field(default=5)


class AliasedDict(TypedDict):
    a: Annotated[int, Field(alias="b")]


class AliasedStruct(msgspec.Struct):
    a: Annotated[int, Field(alias="b")]


@attrs.define
class Converted:
    a: int = attrs.field(converter=int)


@attrs.define
class TakesSelf:
    a: int
    b: int = attrs.field(default=attrs.Factory(lambda self: self.a, takes_self=True))


@dataclass
class TakesInit:
    a: dataclasses.InitVar[int]


@dataclass
class OutOfRange:
    a: Annotated[int, Meta(ge=1)] = 0


class OldModel(pydantic.BaseModel):
    name: str = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("kind", "default", "words"),
    [
        (int, "five", 'a has the default "five", which its own type refuses'),
        (Annotated[int, Meta(ge=1)], 0, "a has the default 0"),
        (Annotated[int, Field(ge=1, default=0)], NO_DEFAULT, "a has the default 0"),
        (int, dataclasses.field(default=5), "write the default itself"),
        (int, attrs.field(default=5), "write the default itself"),
        (int, Field(validation_alias=AliasChoices("b", "c")), "give one name"),
        (int, Field(validation_alias=AliasPath("b", 0)), "give one name"),
        (int, Field(default_factory=len), "takes the other arguments"),
        (Annotated[int, msgspec.field(name="b")], NO_DEFAULT, "make it the default"),
        (list[Annotated[int, Field(alias="b")]], NO_DEFAULT, "use a pydantic model"),
        (Aliased, NO_DEFAULT, "the field a of Aliased: .* use a pydantic model"),
        (Defaulted, NO_DEFAULT, "the field a of Defaulted: .* write the default itself"),
        (Confused, NO_DEFAULT, "the field a of Confused: .* write the default itself"),
        (Mixed, NO_DEFAULT, "the field a of Mixed: .* write the default itself"),
        (AliasedDict, NO_DEFAULT, "the field a of AliasedDict"),
        (AliasedStruct, NO_DEFAULT, "the field a of AliasedStruct"),
        (Converted, NO_DEFAULT, "the field a of Converted has a converter"),
        (list[Converted | None], NO_DEFAULT, "the field a of Converted has a converter"),
        (TakesSelf, NO_DEFAULT, "takes_self"),
        (TakesInit, NO_DEFAULT, "InitVar"),
        (OutOfRange, NO_DEFAULT, "OutOfRange.a has the default 0"),
        (OldModel, NO_DEFAULT, "name has the default null, .* Say `| None`"),
    ],
)
def test_what_is_not_honoured_is_refused_when_the_tool_is_written(kind: Any, default: Any, words: str) -> None:
    """The sentence names the tool and the parameter or the field, and what to write instead.

    Refused again when it is tried again.
    """
    server = MCPServer("x")

    async def take(a: Any) -> None: ...

    take.__annotations__["a"] = kind
    take.__defaults__ = () if default is NO_DEFAULT else (default,)
    for _ in range(2):
        with pytest.raises(TypeError, match=f"take: .*{words}".replace("|", r"\|")):
            server.tool(take)


@pytest.mark.parametrize(
    "default", [dt.datetime(2026, 7, 28), dt.time(10), dt.timedelta(seconds=0.5), -dt.timedelta(days=1)]
)
def test_default_that_is_not_asked_of_callers_is_given_and_not_published(default: Any) -> None:
    """JSON Schema 2020-12 validation, section 7.3.1: it would break the format beside it."""
    holder = dataclasses.make_dataclass("Holder", [("a", type(default), default)])
    schema, given = taken(type(default), default)
    assert (given, "default" in schema["properties"]["a"], schema["required"]) == (default, False, [])
    assert taken(holder, holder(default))[1] == holder(default)
    assert taken(dt.timedelta, dt.timedelta(hours=1))[0]["properties"]["a"]["default"] == "PT3600S"


async def test_type_without_a_form_is_named_with_its_tool_and_place() -> None:
    async def read(count: int, path: Path) -> None: ...

    async def find() -> Path:
        return Path()

    for function, words in (
        (read, "read: the parameter path: The type Path"),
        (find, "find: the result: The type Path"),
    ):
        with pytest.raises(TypeError, match=words):
            MCPServer("x").tool(function)


def test_two_parameters_cannot_have_one_name() -> None:
    with pytest.raises(TypeError, match="two parameters have the name b"):
        arguments_of([("a", Annotated[int, Field(alias="b")], NO_DEFAULT), ("b", int, NO_DEFAULT)], {})


@attrs.define
class Checked:
    age: int = attrs.field(validator=attrs.validators.ge(0))


def test_validators_of_attrs_are_run() -> None:
    with pytest.raises(Mismatch, match="'age' must be >= 0"):
        codec_of(Checked).read({"age": -1})


def test_converter_may_stand_in_what_leaves() -> None:
    """It has run when the object was made."""
    assert codec_of(Converted, writes=True).write(Converted("7")) == b'{"a":7}'


class Renamed(msgspec.Struct, rename="camel"):
    full_name: str
    nick_name: str = msgspec.field(default="", name="nick")


class Both(pydantic.BaseModel):
    a: int = Field(alias="in")
    b: int = Field(default=2, validation_alias="inside", serialization_alias="outside")


def test_names_of_structs_and_models_are_those_in_json() -> None:
    assert set(codec_of(Renamed).schema["properties"]) == {"fullName", "nick"}
    assert codec_of(Renamed).read({"fullName": "Ada", "nick": "A"}) == Renamed("Ada", "A")
    assert codec_of(Renamed, writes=True).write(Renamed("Ada", "A")) == b'{"fullName":"Ada","nick":"A"}'
    assert set(codec_of(Both).schema["properties"]) == {"in", "inside"}
    assert set(codec_of(Both, writes=True).schema["properties"]) == {"in", "outside"}
    read = codec_of(Both).read({"in": 1, "inside": 3})
    assert codec_of(Both, writes=True).write(read) == b'{"in":1,"outside":3}'


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (Annotated[Decimal, Field(max_digits=3)], "1234"),
        (Annotated[Decimal, Field(decimal_places=1)], "1.23"),
        (Annotated[str, Field(min_length=1), pydantic.StringConstraints(max_length=1)], "ab"),
    ],
)
def test_rules_of_field_are_all_checked(kind: Any, bad: Any) -> None:
    with pytest.raises(Mismatch):
        codec_of(kind).read(bad)
