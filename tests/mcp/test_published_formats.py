"""What is published is kept: whatever leaves fits the schema with all its formats, and comes back as the same value.

JSON Schema 2020-12 validation, section 7.3.1; RFC 3339 section 5.6: date-time and time have an offset; appendix A:
durations have neither signs nor fractions.
"""

import datetime as dt
import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import jsonschema_rs
import msgspec
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Meta
from pydantic import Field
from typing_extensions import TypedDict

from mcpserver import MCPServer
from mcpserver.mcp.codec.codec import NO_DEFAULT, Mismatch, arguments_of, codec_of

MANY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Colour = enum.Enum("Colour", {"RED": "red", "BLUE": "blue"})
Level = enum.IntEnum("Level", {"LOW": 0, "HIGH": 1})
NOON = dt.datetime(2026, 7, 28, 12)
Aware = Annotated[dt.datetime, Meta(tz=True)]
Naive = Annotated[dt.datetime, Meta(tz=False)]
TEXT = st.text(st.characters(codec="utf-8"), max_size=5)


@dataclass
class Event:
    at: dt.datetime
    clock: dt.time
    lasts: dt.timedelta
    on: dt.date


@attrs.frozen
class AttrsEvent:
    at: dt.datetime
    clock: dt.time
    lasts: dt.timedelta
    on: dt.date


class StructEvent(msgspec.Struct):
    at: dt.datetime
    clock: dt.time
    lasts: dt.timedelta
    on: dt.date


class ModelEvent(pydantic.BaseModel):
    at: dt.datetime
    clock: dt.time
    lasts: dt.timedelta
    on: dt.date


class TypedEvent(TypedDict):
    at: dt.datetime
    clock: dt.time
    lasts: dt.timedelta
    on: dt.date


class NamedEvent(NamedTuple):
    at: dt.datetime
    clock: dt.time
    lasts: dt.timedelta
    on: dt.date


class Exact(pydantic.BaseModel):
    aware: pydantic.AwareDatetime
    naive: pydantic.NaiveDatetime
    price: Decimal
    id: UUID
    amount: float | None = None
    when: dt.datetime | dt.timedelta | None = None


@dataclass
class Tree:
    value: Decimal
    below: "list[Tree]"


class ModelTree(pydantic.BaseModel):
    below: "list[ModelTree]" = []


@dataclass
class Both:
    model: ModelEvent | None
    many: dict[str, list[Event | None]]


ZONES = [dt.UTC, dt.timezone(dt.timedelta(hours=-3, minutes=-30)), dt.timezone(dt.timedelta(hours=23, minutes=59))]
INSTANTS = st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29), timezones=st.sampled_from([None, *ZONES]))
AWARE = st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29), timezones=st.sampled_from(ZONES))
BENT = [dt.timezone(dt.timedelta(seconds=1)), dt.timezone(-dt.timedelta(hours=23, seconds=7))]
ODD = st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29), timezones=st.sampled_from(BENT))
CLOCKS = st.times(timezones=st.sampled_from([None, dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=30))]))
DURATIONS = st.timedeltas() | st.sampled_from([dt.timedelta(seconds=0.5), dt.timedelta(seconds=-1), dt.timedelta(0)])
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
MEMBERS: dict[str, Any] = {"at": INSTANTS, "clock": CLOCKS, "lasts": DURATIONS, "on": st.dates()}
EVENTS = st.builds(Event, **MEMBERS)
# pydantic counts durations in microseconds of 64 bits.
MODELS = st.builds(ModelEvent, **{**MEMBERS, "lasts": st.timedeltas(dt.timedelta(days=-1000), dt.timedelta(days=1000))})
TREES = st.recursive(
    st.builds(Tree, DECIMALS, st.just([])),
    lambda inner: st.builds(Tree, DECIMALS, st.lists(inner, max_size=2)),
    max_leaves=4,
)

KINDS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (dt.datetime, INSTANTS),
    (list[dt.datetime], st.lists(ODD, max_size=2)),
    (Aware, AWARE),
    (Naive, st.datetimes()),
    (dt.date, st.dates()),
    (dt.time, CLOCKS),
    (dt.timedelta, DURATIONS),
    (dt.datetime | None, INSTANTS | st.none()),
    (list[dt.timedelta], st.lists(DURATIONS, max_size=3)),
    (Decimal, DECIMALS),
    (Decimal | None, DECIMALS | st.none()),
    (dict[str, Decimal], st.dictionaries(TEXT, DECIMALS, max_size=3)),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (int, st.integers()),
    (bool, st.booleans()),
    (str, TEXT),
    (UUID, st.uuids()),
    (bytes, st.binary(max_size=9)),
    (Annotated[bytes, Meta(min_length=2, max_length=4)], st.binary(min_size=2, max_size=4)),
    (Colour, st.sampled_from(list(Colour))),
    (Level, st.sampled_from(list(Level))),
    (Literal["b", "a", 1, None], st.sampled_from(["a", "b", 1, None])),
    (set[int], st.sets(st.integers(), max_size=4)),
    (frozenset[dt.date], st.frozensets(st.dates(), max_size=4)),
    (set[UUID], st.sets(st.uuids(), max_size=3)),
    (tuple[int, Decimal], st.tuples(st.integers(), DECIMALS)),
    (tuple[dt.time, ...], st.lists(CLOCKS, max_size=3).map(tuple)),
    (
        Any,
        st.recursive(
            st.none() | st.booleans() | st.integers() | TEXT,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        ),
    ),
    (Event, EVENTS),
    (AttrsEvent, st.builds(AttrsEvent, **MEMBERS)),
    (StructEvent, st.builds(StructEvent, **MEMBERS)),
    (NamedEvent, st.builds(NamedEvent, **MEMBERS)),
    (TypedEvent, st.fixed_dictionaries(MEMBERS)),
    (ModelEvent, MODELS),
    (Exact, st.builds(Exact, aware=AWARE, naive=st.datetimes(), price=DECIMALS, when=INSTANTS | st.none())),
    (
        Both,
        st.builds(
            Both, st.none() | MODELS, st.dictionaries(TEXT, st.lists(st.none() | EVENTS, max_size=2), max_size=2)
        ),
    ),
    (Tree, TREES),
    (pydantic.AnyUrl, st.sampled_from([pydantic.AnyUrl("https://a.example/ü?q=1"), pydantic.AnyUrl("file:///a b")])),
    (pydantic.IPvAnyAddress, st.ip_addresses()),
]


def checker(schema: Mapping[str, Any]) -> Any:
    """With formats asserted, as the official TypeScript client does."""
    return jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)


@pytest.mark.parametrize(("kind", "values"), KINDS, ids=lambda each: str(each)[:40])
def test_what_leaves_fits_what_is_published_and_comes_back(kind: Any, values: st.SearchStrategy[Any]) -> None:
    """MCP 2026-07-28, tools: structured results MUST conform to the output schema."""
    codec = codec_of(kind, writes=True)
    reading = codec_of(kind)
    published = checker(codec.schema)

    @MANY
    @given(values)
    def agree(value: Any) -> None:
        written = msgspec.json.decode(codec.write(value))
        published.validate(written)
        assert reading.read(written) == value

    agree()


@pytest.mark.parametrize("kind", [Event, AttrsEvent, StructEvent, TypedEvent, ModelEvent])
def test_formats_are_asked_for_and_promised_by_one_rule(kind: Any) -> None:
    """Whoever sends is asked for a date-time, a time and a duration; what leaves may be without an offset, or have a
    fraction.
    """
    asked, promised = (codec_of(kind, writes=writes).schema["properties"] for writes in (False, True))
    assert {name: each.get("format") for name, each in asked.items()} == {
        "at": "date-time",
        "clock": "time",
        "lasts": "duration",
        "on": "date",
    }
    assert {name: each.get("format") for name, each in promised.items()} == {
        "at": None,
        "clock": None,
        "lasts": None,
        "on": "date",
    }


@pytest.mark.parametrize(
    ("kind", "asked", "promised"),
    [
        (dt.datetime, "date-time", None),
        (Aware, "date-time", "date-time"),
        (Naive, None, None),
        (pydantic.AwareDatetime, "date-time", "date-time"),
        (pydantic.NaiveDatetime, None, None),
        (Annotated[dt.time, Meta(tz=True)], "time", "time"),
        (Annotated[dt.time, Meta(tz=False)], None, None),
        (dt.timedelta, "duration", None),
        (UUID, "uuid", "uuid"),
        (Decimal, None, None),
    ],
)
def test_format_is_promised_where_the_type_promises_it(kind: Any, asked: str | None, promised: str | None) -> None:
    holder: Any = (
        pydantic.create_model("Holder", a=(kind, ...))
        if kind in (pydantic.AwareDatetime, pydantic.NaiveDatetime)
        else make_dataclass("Holder", [("a", kind)])
    )
    assert [codec_of(holder, writes=writes).schema["properties"]["a"].get("format") for writes in (False, True)] == [
        asked,
        promised,
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Aware, dt.datetime(2026, 7, 28)),
        (Naive, dt.datetime(2026, 7, 28, tzinfo=dt.UTC)),
        (Annotated[dt.time, Meta(tz=True)], dt.time(10)),
        (dt.time, dt.time(10, tzinfo=dt.timezone(dt.timedelta(seconds=1)))),
        (Decimal, Decimal("NaN")),
        (Decimal, Decimal("Infinity")),
        (Decimal, "NaN"),
        (Decimal, math.nan),
        (Decimal | None, Decimal("sNaN")),
        (list[Decimal], [Decimal(1), Decimal("-Infinity")]),
        (Tree, Tree(Decimal("NaN"), [])),
        (float, math.nan),
        (float | None, -math.inf),
        (
            Exact,
            Exact.model_construct(
                aware=dt.datetime(2026, 7, 28), naive=dt.datetime(2026, 7, 28), price=Decimal(1), id=UUID(int=7)
            ),
        ),
        (
            Exact,
            Exact.model_construct(
                aware=dt.datetime(2026, 7, 28, tzinfo=dt.UTC),
                naive=dt.datetime(2026, 7, 28),
                price=Decimal(1),
                id=UUID(int=7),
                amount=math.nan,
            ),
        ),
    ],
)
def test_value_that_would_break_what_is_published_does_not_leave(kind: Any, value: Any) -> None:
    with pytest.raises(TypeError):
        codec_of(kind, writes=True).write(value)


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (
            dt.datetime,
            dt.datetime(1800, 7, 28, 10, tzinfo=dt.timezone(dt.timedelta(minutes=19, seconds=32))),
            "1800-07-28T09:40:28Z",
        ),
        (dt.datetime, dt.datetime(2026, 7, 28, 10, tzinfo=ZoneInfo("Europe/Kyiv")), "2026-07-28T10:00:00+03:00"),
        (dt.datetime, "2026-07-28 10:00:00z", "2026-07-28T10:00:00Z"),
        (UUID, "00000000000000000000000000000007", "00000000-0000-0000-0000-000000000007"),
        (Decimal, 1.5, "1.5"),
        (Decimal, 3, "3"),
        (Decimal | None, 3, "3"),
        (int | Decimal, 3, 3),
        (set[int], [1, 1, 2], [1, 2]),
        (dt.timedelta, dt.timedelta(seconds=-0.5), "-PT0.5S"),
    ],
)
def test_value_leaves_in_the_form_of_its_type(kind: Any, value: Any, written: Any) -> None:
    """RFC 3339 section 5.6: an offset has whole minutes."""
    assert msgspec.json.decode(codec_of(kind, writes=True).write(value)) == written


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        (dt.datetime, "2026-07-28T10:00:00.000Z", dt.datetime(2026, 7, 28, 10, tzinfo=dt.UTC)),
        (dt.datetime, "2026-07-28T10:00:00+02:00", dt.datetime(2026, 7, 28, 8, tzinfo=dt.UTC)),
        (dt.datetime, "2026-07-28T10:00:00", dt.datetime(2026, 7, 28, 10)),
        (dt.time, "10:00:00Z", dt.time(10, tzinfo=dt.UTC)),
        (dt.time, "10:00:00", dt.time(10)),
        (dt.timedelta, "P1DT2H", dt.timedelta(days=1, hours=2)),
        (dt.timedelta, "PT0.5S", dt.timedelta(seconds=0.5)),
        (Decimal, "1.10", Decimal("1.10")),
        (Decimal, 1.5, Decimal("1.5")),
        (Decimal, "1E+3", Decimal(1000)),
    ],
)
def test_what_clients_send_is_read(kind: Any, sent: Any, read: Any) -> None:
    """JavaScript's ``toISOString`` and Python's ``isoformat``, with and without an offset."""
    assert arguments_of([("a", kind, NO_DEFAULT)], {}).read({"a": sent}) == {"a": read}


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "nan"])
@pytest.mark.parametrize(
    "kind",
    [
        Decimal,
        Decimal | None,
        list[Decimal],
        dict[str, Decimal],
        Tree,
        Annotated[Decimal, Field(description="A price.")],
    ],
)
def test_number_that_is_none_is_not_read(kind: Any, text: str) -> None:
    sent: Any = {list[Decimal]: [text], dict[str, Decimal]: {"x": text}, Tree: {"value": text, "below": []}}.get(
        kind, text
    )
    codec = arguments_of([("a", kind, NO_DEFAULT)], {})
    with pytest.raises(Mismatch, match=r"^a[^:]*: Expected a finite number\.$"):
        codec.read({"a": sent})
    assert not checker(codec.schema).is_valid({"a": sent})


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity"])
def test_string_that_spells_no_finite_number_is_not_read(text: str) -> None:
    """MCP 2026-07-28, prompts: arguments are strings."""
    codec = arguments_of([("a", float | None, None), ("b", list[float], [])], {})
    for sent in ({"a": text}, {"b": f'["{text}"]'}):
        with pytest.raises(Mismatch, match="Expected a finite number"):
            codec.read(sent, strict=False)


@pytest.mark.parametrize("text", ["P1Y", "P1M", "P2W", "1:00", ""])
def test_duration_without_a_fixed_length_is_neither_asked_for_nor_read(text: str) -> None:
    codec = arguments_of([("a", dt.timedelta, NO_DEFAULT)], {})
    assert not checker(codec.schema).is_valid({"a": text})
    with pytest.raises(Mismatch, match=r"^a: "):
        codec.read({"a": text})


@pytest.mark.parametrize("objects_only", [True, False])
@pytest.mark.parametrize("kind", [Tree, ModelTree])
def test_object_that_refers_to_itself_is_an_object(kind: Any, objects_only: bool) -> None:
    """MCP 2025-11-25, schema: Tool.outputSchema has the type object at its root."""
    server = MCPServer("trees")

    async def grow(tree: Any) -> Any: ...

    grow.__annotations__ |= {"tree": kind, "return": kind}
    server.tool(grow)
    tool = server.catalogs.tools.find("grow")
    assert tool is not None
    shown = tool.definition(objects_only=objects_only)
    assert (
        shown["outputSchema"]["type"],
        "below" in shown["outputSchema"]["properties"],
        shown["inputSchema"]["type"],
    ) == ("object", True, "object")
    checker(shown["outputSchema"])
    checker(shown["inputSchema"])


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25", "2025-06-18"])
async def test_result_that_refers_to_itself_is_not_wrapped(revision: str) -> None:
    server = MCPServer("trees")

    @server.tool
    async def grow() -> Tree:
        return Tree(Decimal(1), [Tree(Decimal(2), [])])

    async with server.test_client(revision=revision) as client:
        assert (await client.call_tool("grow")).structured == {"value": "1", "below": [{"value": "2", "below": []}]}


@pytest.mark.parametrize(
    "published",
    [
        {"kind": list[int], "schema": {"type": "array", "items": {"type": "integer"}}},
        {"kind": tuple[()], "schema": {"type": "array", "minItems": 0, "maxItems": 0}},
        {
            "kind": dict[Literal["b", "a"], Any],
            "schema": {"type": "object", "propertyNames": {"enum": ["b", "a"], "type": "string"}},
        },
        {
            "kind": dict[Annotated[str, Meta(min_length=1)], Any],
            "schema": {"type": "object", "propertyNames": {"minLength": 1}},
        },
        {"kind": Literal["b", "a"], "schema": {"enum": ["b", "a"], "type": "string"}},
    ],
    ids=lambda each: str(each["kind"]),
)
def test_schema_is_the_same_whichever_version_reads_the_types(published: dict[str, Any]) -> None:
    """msgspec 0.22 and 0.23 say these differently themselves."""
    assert codec_of(published["kind"]).schema == published["schema"]
