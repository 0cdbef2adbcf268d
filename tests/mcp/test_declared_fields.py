"""Only what a type declares leaves, in the text and in the structured value: a subclass, a look-alike or a bigger
dict brings no more along.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, NotRequired, TypeVar

import attrs
import msgspec
import pydantic
import pytest
from typing_extensions import TypedDict

from mcpserver import Image, MCPServer, Message, Text, ToolResult
from mcpserver.mcp.codec.codec import codec_of
from mcpserver.mcp.codec.writing import writer_of
from mcpserver.mcp.types.type_tree import node_of
from mcpserver.testing import Failure

T = TypeVar("T")
PIN = "1815"


@dataclass
class Person:
    name: str


@dataclass
class Account(Person):
    pin: str = PIN


@dataclass(slots=True)
class SlottedPerson:
    name: str


@dataclass(slots=True)
class SlottedAccount(SlottedPerson):
    pin: str = PIN


@attrs.define
class AttrsPerson:
    name: str


@attrs.define
class AttrsAccount(AttrsPerson):
    pin: str = PIN


@attrs.define(slots=False)
class OpenPerson:
    name: str


@attrs.define(slots=False)
class OpenAccount(OpenPerson):
    pin: str = PIN


class StructPerson(msgspec.Struct):
    name: str


class StructAccount(StructPerson):
    pin: str = PIN


class Tagged(msgspec.Struct, tag=True):
    name: str


class TaggedAccount(Tagged, tag=True):
    pin: str = PIN


class Square(msgspec.Struct, tag=True):
    side: int


class Row(msgspec.Struct, array_like=True):
    name: str


class RowAccount(Row):
    pin: str = PIN


class Renamed(msgspec.Struct, rename="camel"):
    full_name: str


class RenamedAccount(Renamed):
    pin: str = PIN


class Model(pydantic.BaseModel):
    name: str


class ModelAccount(Model):
    pin: str = PIN


@pydantic.dataclasses.dataclass
class PydanticPerson:
    name: str


@pydantic.dataclasses.dataclass
class PydanticAccount(PydanticPerson):
    pin: str = PIN


class Typed(TypedDict):
    name: str
    nick: NotRequired[str]


class Named(NamedTuple):
    name: str


class NamedAccount(NamedTuple):
    name: str
    pin: str = PIN


@dataclass
class Node:
    person: Person
    below: "list[Node]" = field(default_factory=list)


@dataclass
class Box(Generic[T]):
    value: T


class GenericModel(pydantic.BaseModel, Generic[T]):
    value: T


@dataclass
class Holder:
    person: Person | None = None
    model: Model | None = None
    people: dict[str, Person] = field(default_factory=dict)
    pair: tuple[int, Person] | None = None


class ModelHolder(pydantic.BaseModel):
    inner: Model | None = None
    plain: Person | None = None
    typed: Typed | None = None
    many: list[Model] = []


class Lookalike(pydantic.BaseModel):
    name: str = "Ada"
    pin: str = PIN


class WithLock(Person):
    """Has what no JSON could say, and does not declare it."""

    def __init__(self) -> None:
        super().__init__("Ada")
        self.lock = object()


FULL = {"name": "Ada", "pin": PIN}
LEAN = {"name": "Ada"}
CASES: list[tuple[Any, Any, Any]] = [
    (Person, Account("Ada"), LEAN),
    (SlottedPerson, SlottedAccount("Ada"), LEAN),
    (AttrsPerson, AttrsAccount("Ada"), LEAN),
    (OpenPerson, OpenAccount("Ada"), LEAN),
    (StructPerson, StructAccount("Ada"), LEAN),
    (Tagged, TaggedAccount("Ada"), {"type": "Tagged", "name": "Ada"}),
    (Tagged | Square, TaggedAccount("Ada"), {"type": "Tagged", "name": "Ada"}),
    (Tagged | Square, {"type": "Tagged", **FULL}, {"type": "Tagged", "name": "Ada"}),
    (Renamed, RenamedAccount("Ada"), {"fullName": "Ada"}),
    (Row, RowAccount("Ada"), ["Ada"]),
    (Row, ["Ada", PIN], ["Ada"]),
    (Model, ModelAccount(name="Ada"), LEAN),
    (PydanticPerson, PydanticAccount("Ada"), LEAN),
    (Typed, FULL, LEAN),
    (Named, NamedAccount("Ada"), ["Ada"]),
    (Person, FULL, LEAN),
    (Person, MappingProxyType(FULL), LEAN),
    (Person, msgspec.Raw(b'{"name": "Ada", "pin": "1815"}'), LEAN),
    (Person, Lookalike(), LEAN),
    (Person, AttrsAccount("Ada"), LEAN),
    (Person, WithLock(), LEAN),
    (AttrsPerson, Lookalike(), LEAN),
    (StructPerson, Account("Ada"), LEAN),
    (Typed, Account("Ada"), LEAN),
    (Model, Lookalike(), LEAN),
    (Model, FULL, LEAN),
    (Model, Account("Ada"), LEAN),
    (Person | None, Account("Ada"), LEAN),
    (Person | str, Account("Ada"), LEAN),
    (Person | list[Person], [Account("Ada")], [LEAN]),
    (Model | None, ModelAccount(name="Ada"), LEAN),
    (Model | int, ModelAccount(name="Ada"), LEAN),
    (list[Person], [Account("Ada"), Person("Bob")], [LEAN, {"name": "Bob"}]),
    (list[Model], [ModelAccount(name="Ada")], [LEAN]),
    (tuple[Person, ...], (Account("Ada"),), [LEAN]),
    (tuple[int, Person], (1, Account("Ada")), [1, LEAN]),
    (dict[str, Person], {"a": Account("Ada")}, {"a": LEAN}),
    (dict[str, Person], Box(Account("Ada")), {"value": LEAN}),
    (dict[str, list[Person | None]], {"a": [None, Account("Ada")]}, {"a": [None, LEAN]}),
    (GenericModel[Model], GenericModel[Model](value=ModelAccount(name="Ada")), {"value": LEAN}),
    (Box[Person], Box(Account("Ada")), {"value": LEAN}),
    (Box[list[Typed]], Box([FULL]), {"value": [LEAN]}),
    (Node, Node(Account("Ada"), [Node(Account("Ada"))]), {"person": LEAN, "below": [{"person": LEAN, "below": []}]}),
    (
        Holder,
        Holder(Account("Ada"), ModelAccount(name="Ada"), {"a": Account("Ada")}, (1, Account("Ada"))),
        {"person": LEAN, "model": LEAN, "people": {"a": LEAN}, "pair": [1, LEAN]},
    ),
    (
        ModelHolder,
        ModelHolder.model_construct(
            inner=ModelAccount(name="Ada"), plain=Account("Ada"), typed=FULL, many=[ModelAccount(name="Ada")]
        ),
        {"inner": LEAN, "plain": LEAN, "typed": LEAN, "many": [LEAN]},
    ),
    (ModelHolder, {"inner": FULL, "many": [FULL]}, {"inner": LEAN, "plain": None, "typed": None, "many": [LEAN]}),
]


def serving(kind: Any, value: Any) -> MCPServer:
    server = MCPServer("people")

    async def me() -> Any:
        return value

    me.__annotations__["return"] = kind
    server.tool(me)
    server.tool(task=True, name="later")(me)
    server.resource("people://me", name="me")(me)
    return server


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-06-18"])
@pytest.mark.parametrize(("kind", "value", "expected"), CASES)
async def test_fields_that_were_not_declared_stay_here(kind: Any, value: Any, expected: Any, revision: str) -> None:
    """MCP 2026-07-28, tools: structured content, and the same as text; a secret of a subclass is in neither."""
    async with serving(kind, value).test_client(revision=revision) as client:
        answer = await client.call_tool("me")
        resource = (await client.read_resource("people://me"))[0]["text"]
    assert not answer.is_error, answer.text
    assert (
        answer.structured == expected if revision >= "2026" else answer.structured in (expected, {"result": expected})
    )
    assert msgspec.json.decode(answer.text) == msgspec.json.decode(resource) == expected


async def test_result_of_a_task_is_what_was_declared() -> None:
    """SEP-2663: the result of a task is that of the tool."""
    async with serving(Person, Account("Ada")).test_client() as client:
        client.capabilities["extensions"] = {"io.modelcontextprotocol/tasks": {}}
        answer = await client.call_tool("later")
    assert (answer.structured, PIN in answer.text) == (LEAN, False)


async def test_schema_of_the_author_does_not_open_the_type() -> None:
    """MCP 2026-07-28, tools: output schema; what it allows besides is still not declared by the type."""
    server = MCPServer("people")

    @server.tool(output_schema={"type": "object"})
    async def me() -> Person:
        return Account("Ada")

    async with server.test_client() as client:
        answer = await client.call_tool("me")
    assert (answer.structured, PIN in answer.text) == (LEAN, False)


async def test_full_result_is_held_to_the_type_as_well() -> None:
    server = MCPServer("people")

    @server.tool
    async def me() -> ToolResult | Person:
        return Account("Ada")

    @server.tool
    async def both() -> list[str | Person]:
        return ["Here:", Account("Ada")]

    @server.tool
    async def mixed() -> list[Image | Person]:
        return [Image(b""), Account("Ada")]

    async with server.test_client() as client:
        assert (await client.call_tool("me")).text == '{"name":"Ada"}'
        assert (await client.call_tool("both")).structured == ["Here:", LEAN]
        assert [block.get("text") for block in (await client.call_tool("mixed")).content] == [None, '{"name":"Ada"}']


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (int, "seven"),
        (str, 7),
        (str, Account("Ada")),
        (None, Account("Ada")),
        (None, "text"),
        (Image, Account("Ada")),
        (list[Image], [Account("Ada")]),
        (Person, "Ada"),
        (Person, 7),
        (Person, {"pin": PIN}),
        (Person, object()),
        (Person, [Account("Ada")]),
        (Person | None, "Ada"),
        (list[Person], Account("Ada")),
        (Model, "Ada"),
        (Model, {"pin": PIN}),
        (Model, object()),
        (Typed, {"nick": "x"}),
        (Named, ["Ada", PIN]),
        (tuple[int, int], (1, 2, 3)),
        (dict[str, int], {"a": Account("Ada")}),
    ],
)
async def test_value_of_another_type_does_not_leave(kind: Any, value: Any, caplog: pytest.LogCaptureFixture) -> None:
    """OWASP ASVS 16.5.1: the caller learns that it failed, whoever runs the server learns why."""
    async with serving(kind, value).test_client() as client:
        answer = await client.call_tool("me")
        if value != "text":
            with pytest.raises(Failure):
                await client.read_resource("people://me")
    assert (answer.is_error, PIN in answer.text) == (True, False)
    assert "declared type" in caplog.text or "cannot be written as JSON" in caplog.text


async def test_prompt_gives_messages_only() -> None:
    """MCP 2026-07-28, prompts: what else a message of a subclass has is no part of it."""

    @attrs.frozen
    class Marked(Text):
        pin: str = PIN

    server = MCPServer("people")

    @server.prompt
    async def ask() -> list[Message]:
        return [Message("user", Marked("Hello"))]

    async with server.test_client() as client:
        assert (await client.get_prompt("ask"))["messages"] == [
            {"role": "user", "content": {"type": "text", "text": "Hello"}}
        ]


async def test_default_that_is_published_has_declared_fields_only() -> None:
    server = MCPServer("people")

    @server.tool
    async def greet(person: Person = Account("Ada"), box: Mapping[str, Person] = {"a": Account("Ada")}) -> str:  # noqa: B008
        return person.name

    async with server.test_client() as client:
        (tool,) = await client.list_tools()
    assert PIN not in str(tool)
    assert tool["inputSchema"]["properties"]["person"]["default"] == LEAN


def test_value_that_leaves_as_it_is_is_not_copied() -> None:
    """The ordinary case costs a look at its type."""
    value = Node(Person("Ada"), [Node(Person("Bob"))])
    write = writer_of(node_of(Node))
    assert write is not None
    assert write(value) is value
    assert writer_of(node_of(dict[str, list[int]])) is None


def test_chain_of_a_type_that_refers_to_itself_takes_linear_time() -> None:
    """A subclass at the far end has every object before it written anew, once."""
    chain = Node(Account("Ada"))
    for _ in range(60):
        chain = Node(Person("Bob"), [chain])
    assert PIN not in codec_of(Node, writes=True).write(chain).decode()
