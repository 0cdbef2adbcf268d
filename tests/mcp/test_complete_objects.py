"""What is read is a whole object: its defaults are in it, and they are its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import Any, Generic, NamedTuple, NotRequired, TypedDict, TypeVar

import attrs
import msgspec
import pydantic
import pytest

from mcpserver import MCPServer
from mcpserver.mcp.codec.codec import NO_DEFAULT, Mismatch, arguments_of, codec_of

T = TypeVar("T")


@dataclass
class Note:
    text: str
    colour: str = "yellow"
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    text: str
    colour: str = "yellow"


@dataclass
class Bigger(Note):
    size: int = 1


@dataclass
class Own:
    """Puts something of its own in, too."""

    text: str = "a"
    shout: str = ""

    def __post_init__(self) -> None:
        self.shout = self.text.upper()


@dataclass(slots=True)
class Slotted:
    text: str
    colour: str = "yellow"


@attrs.define
class Attrs:
    text: str
    colour: str = "yellow"


@attrs.frozen(slots=False)
class OpenAttrs:
    text: str
    colour: str = "yellow"


class Struct(msgspec.Struct):
    text: str
    colour: str = "yellow"


class Model(pydantic.BaseModel):
    text: str
    colour: str = "yellow"


class Named(NamedTuple):
    text: str
    colour: str = "yellow"


class Typed(TypedDict):
    text: str
    colour: NotRequired[str]


@dataclass
class Box(Generic[T]):
    value: T
    closed: bool = True


@dataclass
class Tree:
    name: str = "root"
    below: "list[Tree]" = field(default_factory=list)
    notes: dict[str, Note] = field(default_factory=dict)
    pair: tuple[int, Note] | None = None
    one: Note | None = None


class Holder(TypedDict):
    note: Note


WHOLE = {"text": "a", "colour": "yellow"}
NOTE = {**WHOLE, "tags": []}


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        (Note, {"text": "a"}, NOTE),
        (Frozen, {"text": "a"}, WHOLE),
        (Bigger, {"text": "a"}, {**NOTE, "size": 1}),
        (Own, {}, {"text": "a", "shout": "A"}),
        (Slotted, {"text": "a"}, WHOLE),
        (Attrs, {"text": "a"}, WHOLE),
        (OpenAttrs, {"text": "a"}, WHOLE),
        (Struct, {"text": "a"}, WHOLE),
        (Model, {"text": "a"}, WHOLE),
        (dict[str, Named], {"a": ["a"]}, {"a": ["a", "yellow"]}),
        (Typed, {"text": "a"}, {"text": "a"}),
        (Holder, {"note": {"text": "a"}}, {"note": NOTE}),
        (Box[Note], {"value": {"text": "a"}}, {"value": NOTE, "closed": True}),
        (list[Note], [{"text": "a"}], [NOTE]),
        (tuple[Note, ...], [{"text": "a"}], [NOTE]),
        (tuple[int, Note], [1, {"text": "a"}], [1, NOTE]),
        (dict[str, list[Note | None]], {"a": [None, {"text": "a"}]}, {"a": [None, NOTE]}),
        (frozenset[Frozen], [{"text": "a"}], [WHOLE]),
        (Note | None, {"text": "a"}, NOTE),
        (Note | str, {"text": "a"}, NOTE),
        (Note | list[Note], [{"text": "a"}], [NOTE]),
        (
            Tree,
            {"below": [{"one": {"text": "a"}}], "notes": {"a": {"text": "a"}}, "pair": [1, {"text": "a"}]},
            {
                "name": "root",
                "below": [{"name": "root", "below": [], "notes": {}, "pair": None, "one": NOTE}],
                "notes": {"a": NOTE},
                "pair": [1, NOTE],
                "one": None,
            },
        ),
    ],
)
async def test_answer_has_the_defaults_that_the_caller_did_not_send(kind: Any, sent: Any, expected: Any) -> None:
    server = MCPServer("notes")

    async def keep(value: Any) -> Any:
        return value

    async def anything(value: Any) -> Any:
        return value

    keep.__annotations__ |= {"value": kind, "return": kind}
    anything.__annotations__ |= {"value": kind}
    server.tool(keep)
    server.tool(anything)
    async with server.test_client() as client:
        assert (await client.call_tool("keep", value=sent)).structured == expected
        assert msgspec.json.decode((await client.call_tool("anything", value=sent)).text) == expected


@pytest.mark.parametrize("kind", [Note, Frozen, OpenAttrs, Model])
def test_object_has_its_defaults_in_itself(kind: Any) -> None:
    """``vars()``, pickles and copies are whole, too."""
    assert {"text": "a", "colour": "yellow"}.items() <= vars(codec_of(kind).read({"text": "a"})).items()
    assert vars(codec_of(kind).read({"text": "a"}, strict=False))["colour"] == "yellow"


def test_object_that_lacks_a_default_of_its_class_is_sent_whole() -> None:
    """However it was made; its class has the value."""
    assert (
        codec_of(Note, writes=True).write(msgspec.convert({"text": "a"}, Note))
        == b'{"text":"a","colour":"yellow","tags":[]}'
    )


@pytest.mark.parametrize("depth", [100, 250, 900, 50_000])
def test_object_that_is_nested_too_deeply_is_refused_and_no_other(depth: int) -> None:
    """Values have at most 128 levels where they are checked; the stack ends nowhere without a sentence."""
    tree: dict[str, Any] = {}
    for _ in range(depth):
        tree = {"below": [tree]}
    try:
        assert codec_of(Tree, writes=True).write(codec_of(Tree).read(tree)).count(b"root") == depth + 1
    except (Mismatch, TypeError):
        if depth <= 128:
            raise


# What one call changes in a default.


@attrs.define
class Shelf:
    notes: list[str] = attrs.field(default=[])
    first: Note = Note("first")  # noqa: RUF009


@attrs.frozen
class Sealed:
    notes: list[str] = attrs.field(default=[])


@dataclass(eq=False)
class Mutable:
    items: list[str] = field(default_factory=list)


@dataclass
class Keeper:
    inner: Mutable = Mutable()  # noqa: RUF009


class Kept(msgspec.Struct):
    inner: Mutable = Mutable()


class Line(NamedTuple):
    inner: Mutable = Mutable()


class Deep(pydantic.BaseModel):
    items: list[list[str]] = [[]]


def shelf(value: Shelf) -> list[str]:
    return value.notes


def keeper(value: Any) -> list[str]:
    return value.inner.items  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kind", "default", "part"),
    [
        (list[list[str]], [[]], lambda value: value[0]),
        (dict[str, list[str]], {"a": []}, lambda value: value["a"]),
        (tuple[list[str]], ([],), lambda value: value[0]),
        (Note, Note("a"), lambda value: value.tags),
        (Shelf, Shelf(), shelf),
        (Model | None, Model(text="a"), lambda value: value.__dict__.setdefault("tags", [])),
        (Struct, Struct("a"), None),
        (list[Note], [Note("a")], lambda value: value[0].tags),
        (Deep, NO_DEFAULT, lambda value: value.items[0]),
        (Shelf, NO_DEFAULT, shelf),
        (Shelf, NO_DEFAULT, lambda value: value.first.tags),
        (Sealed, NO_DEFAULT, lambda value: value.notes),
        (Keeper, NO_DEFAULT, keeper),
        (Kept, NO_DEFAULT, keeper),
        (list[Keeper], NO_DEFAULT, lambda value: value[0].inner.items),
    ],
)
def test_default_that_one_call_changes_is_whole_for_the_next(
    kind: Any, default: Any, part: Callable[[Any], list[Any]] | None
) -> None:
    codec = arguments_of([("a", kind, default)], {})
    sent: dict[str, Any] = {} if default is not NO_DEFAULT else {"a": [{}] if kind == list[Keeper] else {}}
    first = codec.read(sent)["a"]
    if part is None:
        first.text = "changed"
        assert codec.read(sent)["a"].text == "a"
        return
    part(first).append("changed")
    assert part(codec.read(sent)["a"]) == []
    assert part(codec.read(sent, strict=False)["a"]) == []


def test_default_of_a_named_tuple_is_new_each_time() -> None:
    codec = codec_of(Line)
    codec.read([]).inner.items.append("changed")
    assert codec.read([]).inner.items == []


def test_default_that_is_known_by_being_itself_stays_itself() -> None:
    """A marker for what was not sent is compared by identity."""
    marker: Any = object()
    assert arguments_of([("a", Any, marker), ("b", Decimal, Decimal(1))], {}).read({})["a"] is marker


def test_default_that_cannot_be_copied_is_refused_when_the_tool_is_written() -> None:
    with pytest.raises(TypeError, match=r"the parameter a: its default, a dict, cannot be copied for every call"):
        arguments_of([("a", dict[str, Any], {"lock": Lock()})], {})
