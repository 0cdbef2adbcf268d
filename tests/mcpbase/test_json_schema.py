"""What both programs ask of JSON Schemas (MCP 2026-07-28, basic: JSON Schema usage)."""

from collections.abc import Iterator
from typing import Any

import pytest

from mcpbase.json_schema import DEFAULT_DIALECT, DIALECTS, Expansion, compared_choices, dialect_of, pointed

Part = dict[str, Any]


@pytest.mark.parametrize(
    ("schema", "dialect"),
    [
        ({}, DEFAULT_DIALECT),
        ({"$schema": DEFAULT_DIALECT}, DEFAULT_DIALECT),
        ({"$schema": DEFAULT_DIALECT + "#"}, DEFAULT_DIALECT),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "http://json-schema.org/draft-07/schema"),
    ],
)
def test_dialect_of_a_schema(schema: Part, dialect: str) -> None:
    assert dialect_of(schema) is DIALECTS[dialect]


@pytest.mark.parametrize(
    "said", ["http://json-schema.org/draft-04/schema#", "https://json-schema.org/draft-07/schema", "", 5, None, []]
)
def test_other_dialects_are_not_supported(said: object) -> None:
    assert dialect_of({"$schema": said}) is None


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/m~0n", 8),
        ("/m~01", 9),
        ("/foo/2", None),
        ("/foo/-", None),
        ("/foo/\u0661", None),
        ("/foo/" + "9" * 5000, None),
        ("/foo/0/0", None),
        ("/absent", None),
    ],
)
def test_pointer_leads_to_a_part(pointer: str, found: object) -> None:
    """RFC 6901 sections 4 and 5."""
    assert pointed({"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, "m~1": 9}, pointer) == found


def below(part: Part) -> Iterator[Part]:
    yield from part.get("allOf", ())


def doubling(levels: int) -> Part:
    part: Part = {}
    for _ in range(levels):
        part = {"allOf": [part, part]}
    return part


def test_part_counts_as_often_as_it_can_be_reached() -> None:
    assert Expansion(below, most=100).count(doubling(3)) == 15


def test_count_of_what_doubles_stops_at_once() -> None:
    assert Expansion(below, most=100).count(doubling(100)) == 101


def test_part_that_refers_to_itself_counts_once() -> None:
    part: Part = {"allOf": [{}]}
    part["allOf"].append(part)
    expansion = Expansion(below, most=100)
    assert (expansion.count(part), expansion.is_recursive) == (3, True)


def test_nothing_is_recursive_that_is_only_used_twice() -> None:
    expansion = Expansion(below, most=100)
    expansion.count(doubling(2))
    assert not expansion.is_recursive


def test_choices_that_are_compared_are_counted() -> None:
    assert compared_choices([{"enum": [1, "a", {}, []]}, {"enum": [[1]]}, {}, {"enum": "a"}]) == 3
