"""Models of pydantic are arguments and results like any other type, for those who have it."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pydantic
import pytest

from mcpserver.mcp.codec.codec import NO_DEFAULT, Mismatch, arguments_of, codec_of


class Line(pydantic.BaseModel):
    text: str = pydantic.Field(min_length=1)
    count: int = 1
    due: date | None = None


class Tree(pydantic.BaseModel):
    name: str
    below: "list[Tree]" = []


class Circle(pydantic.BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(pydantic.BaseModel):
    kind: Literal["square"]
    side: float


class Renamed(pydantic.BaseModel):
    inner: int = pydantic.Field(serialization_alias="outer")

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return 2 * self.inner


@pydantic.dataclasses.dataclass
class Marked:
    size: int = pydantic.Field(ge=1)


@dataclass
class Note:
    lines: list[Line]
    first: Line | None = None


Shape = Annotated[Circle | Square, pydantic.Field(discriminator="kind")]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Line, {"text": "a", "count": 2.0, "due": "2026-07-28"}, Line(text="a", count=2, due=date(2026, 7, 28))),
        (list[Line], [{"text": "a"}], [Line(text="a")]),
        (Line | None, None, None),
        (dict[str, Line], {"a": {"text": "a"}}, {"a": Line(text="a")}),
        (Note, {"lines": [{"text": "a"}], "first": {"text": "b"}}, Note([Line(text="a")], Line(text="b"))),
        (Tree, {"name": "a", "below": [{"name": "b"}]}, Tree(name="a", below=[Tree(name="b")])),
        (Circle | Square, {"kind": "square", "side": 1}, Square(kind="square", side=1.0)),
        (Circle | Square | None, None, None),
        (Line | str, "a", "a"),
        (Shape, {"kind": "circle", "radius": 1.5}, Circle(kind="circle", radius=1.5)),
        (list[Circle | Square], [{"kind": "square", "side": 1}], [Square(kind="square", side=1.0)]),
        (Marked, {"size": 1}, Marked(size=1)),
        (pydantic.AnyUrl, "https://a.example/", pydantic.AnyUrl("https://a.example/")),
    ],
)
def test_value_arrives_as_its_model(kind: Any, value: object, expected: object) -> None:
    assert codec_of(kind).read(value) == expected
    assert arguments_of([("a", kind, NO_DEFAULT)], {}).read({"a": value}) == {"a": expected}


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (Line, {"text": ""}, "text: String should have at least 1 character."),
        (Line, {"text": "a", "count": "2"}, "count: Input should be a valid integer."),
        (list[Line], [{"text": "a"}, {}], "[1].text: Field required."),
        (Note, {"lines": [{"text": "a", "count": 1.5}]}, "lines[0].count: Input should be a valid integer."),
        (Tree, {"name": "a", "below": [{"name": 1}]}, "below[0].name: Input should be a valid string."),
        (Marked, {"size": 0}, "size: Input should be greater than or equal to 1."),
        (Line, 7, "Input should be an object."),
    ],
)
def test_value_that_does_not_fit_a_model_is_a_sentence(kind: Any, value: object, sentence: str) -> None:
    """The path goes through our types and the model's alike."""
    with pytest.raises(Mismatch) as caught:
        codec_of(kind).read(value)
    assert str(caught.value) == sentence


def test_schema_has_all_that_models_refer_to() -> None:
    """JSON Schema 2020-12 core section 8.2: nothing is referred to that is not there, nor mistaken for another of
    its name.
    """
    schema = arguments_of(
        [("a", Tree, NO_DEFAULT), ("b", Note, NO_DEFAULT), ("c", Circle | Square, NO_DEFAULT), ("d", Line | str, "x")],
        {},
    ).schema
    referred = set(_references(schema))
    assert referred == {f"#/$defs/{name}" for name in schema["$defs"]}
    assert {"Note", "Tree.Tree", "Value.Circle", "Value.Square", "Value2.Line"} == set(schema["$defs"])


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [each for inner in value.values() for each in _references(inner)]
    return [each for inner in value for each in _references(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("kind", "value", "encoded"),
    [
        (Line, Line(text="a", due=date(2026, 7, 28)), b'{"text":"a","count":1,"due":"2026-07-28"}'),
        (Note, Note([Line(text="a")]), b'{"lines":[{"text":"a","count":1,"due":null}],"first":null}'),
        (Circle | Square, Circle(kind="circle", radius=1), b'{"kind":"circle","radius":1.0}'),
        (Line, {"text": "a"}, b'{"text":"a"}'),
        (Renamed, Renamed(inner=1), b'{"outer":1,"twice":2}'),
        (list[Renamed], [Renamed(inner=1)], b'[{"outer":1,"twice":2}]'),
    ],
)
def test_result_is_written_as_its_model_says(kind: Any, value: object, encoded: bytes) -> None:
    assert codec_of(kind, writes=True).write(value) == encoded


def test_schema_of_a_result_is_that_of_what_is_written() -> None:
    assert set(codec_of(Renamed, writes=True).schema["properties"]) == {"outer", "twice"}


UNCHECKED = Line.model_construct(text="a", count="b")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Line, {"count": 1}),
        (Line, {"text": "a", "count": "b"}),
        (Line, UNCHECKED),
        (Line | str, UNCHECKED),
        (Note, Note([UNCHECKED])),
        (Renamed, {"outer": "a", "twice": 1}),
    ],
)
def test_result_that_is_not_the_model_is_our_fault(kind: Any, value: object) -> None:
    """MCP 2026-07-28, tools: output schema."""
    with pytest.raises(TypeError, match="declared type"):
        codec_of(kind, writes=True).write(value)


def test_pydantic_is_not_imported_for_those_who_do_not_use_it() -> None:
    script = "import sys, mcpserver.mcp.codec.codec as c; c.codec_of(list[int]); sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
