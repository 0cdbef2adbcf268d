"""A form from a schema and back, by value (JSON Schema 2020-12; MCP 2026-07-28, Tools: inputSchema)."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webclient.forms import (
    Answers,
    BadArguments,
    Field,
    arguments_from,
    edited,
    fields_of,
    fresh_answers,
    from_json,
    plan,
    refilled,
)
from webclient.forms.plan import hint_of

ADDRESS = {
    "type": "object",
    "properties": {"street": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9]+$"}},
    "required": ["street"],
}
CARD = {
    "title": "By card",
    "type": "object",
    "properties": {"by": {"const": "card"}, "number": {"type": "string"}},
    "required": ["by", "number"],
}
CASH = {"title": "In cash", "type": "object", "properties": {"by": {"const": "cash"}}, "required": ["by"]}
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["name", "tags", "pay"],
    "properties": {
        "name": {"type": "string", "title": "Your name", "description": "As on the door", "minLength": 2},
        "amount": {"type": "integer", "minimum": 1, "maximum": 9},
        "weight": {"type": "number"},
        "gift": {"type": "boolean"},
        "address": ADDRESS,
        "tags": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"enum": ["S", "M", "L"]}, "uniqueItems": True},
        "colour": {"oneOf": [{"const": "r", "title": "Red"}, {"const": "g", "title": "Green"}]},
        "pay": {"oneOf": [CARD, CASH]},
        "when": {"type": "string", "format": "date-time"},
        "free": {"type": "object"},
        "a/b~c": {"type": "string"},
    },
}
COMPLETE = {
    "name": "Ada",
    "amount": 3,
    "weight": 1.5,
    "gift": True,
    "address": {"street": "Lane 1"},
    "tags": ["a", "b"],
    "sizes": ["S", "L"],
    "colour": "g",
    "pay": {"by": "card", "number": "42"},
    "when": "2026-11-23T10:00:00Z",
    "free": {"any": [1]},
    "a/b~c": "odd",
}


def form(schema: dict[str, Any], answers: Answers) -> dict[str, Field]:
    """The fields at the top, by pointer."""
    return {field.pointer: field for field in fields_of(plan(schema), answers).children}


def one(schema: Any, root: dict[str, Any] | None = None) -> Field:
    """The field of a single property."""
    return form({**(root or {}), "properties": {"x": schema}}, {})["/x"]


def test_everything_filled_in_comes_back() -> None:
    node = plan(ORDER)
    answers = refilled(node, COMPLETE)
    assert "as" not in answers
    assert arguments_from(node, answers) == COMPLETE


def test_kinds_of_inputs_follow_the_schema() -> None:
    kinds = {pointer: field.kind for pointer, field in form(ORDER, {}).items()}
    assert kinds == {
        "/name": "text",
        "/amount": "integer",
        "/weight": "number",
        "/gift": "choice",
        "/address": "group",
        "/tags": "rows",
        "/sizes": "many",
        "/colour": "choice",
        "/pay": "union",
        "/when": "datetime",
        "/free": "json",
        "/a~1b~0c": "text",
    }


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "maxLength": 5000}, "long"),
        ({"type": "string", "format": "email"}, "email"),
        ({"type": "string", "format": "uri"}, "url"),
        ({"type": "string", "writeOnly": True}, "secret"),
        ({"type": ["integer", "null"]}, "integer"),
        ({"oneOf": [{"type": "number"}, {"type": "null"}]}, "number"),
        ({"type": ["string", "integer"]}, "union"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "union"),
        ({"const": 5}, "fixed"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, "json"),
        ({"type": "array"}, "json"),
        ({"enum": []}, "json"),
        (True, "json"),
        (5, "json"),
        ({"$ref": "https://evil.example/schema.json"}, "json"),
        ({"$ref": "#/nowhere"}, "json"),
        ({"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "integer"}}}]}, "group"),
    ],
)
def test_a_part_gets_the_input_that_suits_it(schema: Any, kind: str) -> None:
    assert one(schema).kind == kind


def test_a_reference_within_the_document_is_followed() -> None:
    field = one({"$ref": "#/$defs/place", "title": "Where"}, {"$defs": {"place": ADDRESS}})
    assert (field.kind, field.label, [each.pointer for each in field.children]) == (
        "group",
        "Where",
        ["/x/street", "/x/zip"],
    )


def test_a_schema_that_contains_itself_ends_in_json() -> None:
    tree = {
        "type": "object",
        "properties": {
            "label": {"type": "string"},
            "left": {"$ref": "#"},
            "children": {"type": "array", "items": {"$ref": "#"}},
        },
    }
    fields = form(tree, {"size./children": ("1",)})
    assert fields["/left"].kind == "group"
    assert [each.kind for each in fields["/left"].children] == ["text", "json", "rows"]


def test_a_schema_bomb_is_cut_short() -> None:
    """Ten references in each of ten parts, nine levels deep, would be a milliard of inputs."""
    bomb = {
        f"d{n}": {"type": "object", "properties": {f"p{m}": {"$ref": f"#/$defs/d{n + 1}"} for m in range(10)}}
        for n in range(9)
    }
    field = fields_of(plan({"$ref": "#/$defs/d0", "$defs": bomb}), {})

    def count(each: Field) -> int:
        return 1 + sum(map(count, each.children))

    assert count(field) < 2000


def test_labels_hints_and_options_are_in_words() -> None:
    fields = form(ORDER, {})
    assert (fields["/name"].label, fields["/name"].description, fields["/name"].hint) == (
        "Your name",
        "As on the door",
        "at least 2 characters",
    )
    assert fields["/amount"].hint == "at least 1, at most 9"
    assert fields["/colour"].options == (('"r"', "Red"), ('"g"', "Green"))
    assert fields["/pay"].options == (("0", "By card"), ("1", "In cash"))


def test_titles_of_older_enums_are_shown() -> None:
    """MCP 2025-06-18, elicitation: enumNames."""
    assert one({"type": "string", "enum": ["a", "b"], "enumNames": ["A!", "B!"]}).options == (
        ('"a"', "A!"),
        ('"b"', "B!"),
    )


@pytest.mark.parametrize(
    ("answers", "pointer", "sentence"),
    [
        ({}, "/name", "This field is required."),
        ({"arg./amount": "two"}, "/amount", "Enter a whole number."),
        ({"arg./weight": "NaN"}, "/weight", "Enter a number."),
        ({"arg./weight": "true"}, "/weight", "Enter a number."),
        ({"arg./free": "{"}, "/free", "This is not valid JSON."),
        ({"arg./free": "[" * 100_000}, "/free", "This is not valid JSON."),
        ({"arg./gift": "maybe"}, "/gift", "Choose one of the offered values."),
        ({}, "/pay", "Choose one."),
        ({"pick./pay": "7"}, "/pay", "Choose one."),
        ({"pick./address": "yes"}, "/address/street", "This field is required."),
        ({"arg./name": "x" * 200_001}, "/name", "Enter at most 200,000 characters."),
    ],
)
def test_what_does_not_fit_is_said_beside_its_input(answers: dict[str, str], pointer: str, sentence: str) -> None:
    with pytest.raises(BadArguments) as refused:
        arguments_from(plan(ORDER), {name: (value,) for name, value in answers.items()})
    assert refused.value.problems.get(pointer) == sentence


def test_what_is_left_empty_is_left_out() -> None:
    node = plan(ORDER)
    answers = {"arg./name": ("Ada",), "pick./pay": ("1",), "arg./address/street": ("typed, but not included",)}
    assert arguments_from(node, answers) == {"name": "Ada", "tags": [], "pay": {"by": "cash"}}


def test_alternatives_that_only_narrow_are_nothing_to_choose() -> None:
    node = plan({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]})
    assert fields_of(node, {}).kind == "json"
    assert arguments_from(node, {"arg.": ('{"a": 1}',)}) == {"a": 1}


def test_alternatives_beside_members_add_theirs() -> None:
    alternatives = [
        {"properties": {"phone": {"type": "string"}}, "required": ["phone"]},
        {"properties": {"email": {"type": "string"}}, "required": ["email"]},
    ]
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
        "allOf": [{"anyOf": alternatives}],
    }
    assert [(each.pointer, each.required) for each in fields_of(plan(schema), {}).children] == [
        ("/phone", False),
        ("/email", False),
        ("/name", True),
    ]
    assert arguments_from(plan(schema), {"arg./name": ("Ada",), "arg./email": ("a@example.org",)}) == {
        "name": "Ada",
        "email": "a@example.org",
    }


def moment(kind: str) -> dict[str, Any]:
    return {"type": "object", "properties": {"at": {"type": "string", "format": kind}}}


@pytest.mark.parametrize(
    ("kind", "typed", "offset", "read"),
    [
        ("date-time", "2026-11-23T10:00", "Z", "2026-11-23T10:00:00Z"),
        ("date-time", "2026-11-23T10:00:07", "+02:00", "2026-11-23T10:00:07+02:00"),
        ("date-time", "2026-11-23T10:00", " z ", "2026-11-23T10:00:00Z"),
        ("date-time", "2026-11-23T10:00", None, "2026-11-23T10:00:00Z"),
        ("date-time", "2026-11-23T10:00:00-05:00", "Z", "2026-11-23T10:00:00-05:00"),
        ("date-time", "2026-02-30T10:00", "Z", "2026-02-30T10:00"),
        ("date-time", "next week", "Z", "next week"),
        ("time", "10:00", "+05:30", "10:00:00+05:30"),
        ("time", "10:00:07", "", "10:00:07Z"),
        ("time", "10:00:00+02:00", None, "10:00:00+02:00"),
        ("time", "25:00", "Z", "25:00"),
        ("time", "noon", "Z", "noon"),
    ],
)
def test_a_browsers_field_and_the_offset_beside_it_become_one_of_rfc_3339(
    kind: str, typed: str, offset: str | None, read: str
) -> None:
    """RFC 3339 section 5.6 wants seconds and an offset; what is typed with its own, or is none at all, stays as it
    is, for the schema to judge.
    """
    answers: Answers = {"arg./at": (typed,), **({"zone./at": (offset,)} if offset is not None else {})}
    assert arguments_from(plan(moment(kind)), answers) == {"at": read}


@pytest.mark.parametrize("offset", ["CET", "+2", "+02", "+24:00", "+02:60", "Z+02:00", "x" * 5000])
def test_offset_that_is_none_is_refused(offset: str) -> None:
    with pytest.raises(BadArguments) as refused:
        arguments_from(plan(moment("date-time")), {"arg./at": ("2026-11-23T10:00",), "zone./at": (offset,)})
    assert "is not an offset from UTC. Enter Z for UTC" in refused.value.problems["/at"]


@pytest.mark.parametrize(
    ("kind", "value", "shown", "zone"),
    [
        ("date-time", "2026-11-23T10:00:00Z", "2026-11-23T10:00", "Z"),
        ("date-time", "2026-11-23T10:00:07+02:00", "2026-11-23T10:00:07", "+02:00"),
        ("date-time", "2026-11-23T10:00:00.123456Z", "2026-11-23T10:00:00.123456Z", None),
        ("date-time", "2026-11-23t10:00:00z", "2026-11-23t10:00:00z", None),
        ("date-time", "2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z", None),
        ("date-time", "2026-02-30T10:00:00Z", "2026-02-30T10:00:00Z", None),
        ("date-time", "10:00:00Z", "10:00:00Z", None),
        ("time", "10:00:00+05:30", "10:00", "+05:30"),
        ("time", "10:00:00.5Z", "10:00:00.5Z", None),
    ],
)
def test_value_that_a_browsers_field_would_lose_stays_text(kind: str, value: str, shown: str, zone: str | None) -> None:
    """Earlier arguments and defaults come back as they were, whichever way they are shown."""
    node = plan(moment(kind))
    answers = refilled(node, {"at": value})
    found = form(moment(kind), answers)["/at"]
    assert (found.value, found.zone) == (shown, zone)
    assert arguments_from(node, answers) == {"at": value}


def test_local_time_of_an_earlier_call_is_not_given_an_offset() -> None:
    """No offset was said, and nobody knows which was meant: such a value is shown as the JSON it was."""
    assert arguments_from(
        plan(moment("date-time")), refilled(plan(moment("date-time")), {"at": "2026-11-23T10:00:00"})
    ) == {"at": "2026-11-23T10:00:00"}


def test_offset_moves_up_with_its_row() -> None:
    answers: Answers = {
        "size./at": ("2",),
        "arg./at/0": ("10:00",),
        "zone./at/0": ("Z",),
        "arg./at/1": ("11:00",),
        "zone./at/1": ("+02:00",),
    }
    assert edited(answers, "drop:/at/0") == {"size./at": ("1",), "arg./at/0": ("11:00",), "zone./at/0": ("+02:00",)}


def test_rows_are_added_and_removed_without_losing_the_others() -> None:
    answers: Answers = {
        "size./tags": ("3",),
        "arg./tags/0": ("a",),
        "arg./tags/1": ("b",),
        "arg./tags/2": ("c",),
        "arg./name": ("Ada",),
    }
    fewer = edited(answers, "drop:/tags/1")
    assert fewer == {"size./tags": ("2",), "arg./tags/0": ("a",), "arg./tags/1": ("c",), "arg./name": ("Ada",)}
    assert edited(fewer, "add:/tags") == {**fewer, "size./tags": ("3",)}
    assert edited(answers, "call") is None


def test_rows_have_an_end() -> None:
    answers: Answers = {"size./tags": ("99999",)}
    assert len(form(ORDER, answers)["/tags"].children) == 100


def test_defaults_are_filled_in() -> None:
    schema: dict[str, Any] = {
        "properties": {
            "n": {"type": "integer", "default": 3},
            "deep": {"properties": {"on": {"type": "boolean", "default": False}}},
            "x": {},
        }
    }
    schema["properties"]["none"] = {"type": ["integer", "null"], "default": None}
    node = plan(schema)
    assert arguments_from(node, fresh_answers(schema, node)) == {"n": 3, "deep": {"on": False}}


def test_whoever_writes_json_may() -> None:
    node = plan(ORDER)
    answers: Answers = {"as": ("json",), "json": ('{"name": "Ada", "unknown": 1}',)}
    assert arguments_from(node, answers) == {"name": "Ada", "unknown": 1}
    assert from_json(node, answers)["arg./name"] == ("Ada",)
    for text in ("[1]", "{", "NaN"):
        with pytest.raises(BadArguments):
            arguments_from(node, {"as": ("json",), "json": (text,)})


def test_arguments_that_the_form_cannot_say_come_back_as_json() -> None:
    node = plan(ORDER)
    odd = {"name": "Ada", "tags": [], "pay": {"by": "cash"}, "unknown": 1}
    assert refilled(node, odd)["as"] == ("json",)
    assert arguments_from(node, refilled(node, odd)) == odd


NAMES = st.sampled_from(["a", "b", "a/b", "~", "", "type", "properties"])
WORDS = [
    "type",
    "properties",
    "required",
    "enum",
    "enumNames",
    "anyOf",
    "oneOf",
    "allOf",
    "items",
    "default",
    "title",
    "const",
    "$ref",
    "$defs",
    "format",
]
VALUES = ["string", "boolean", "null", "object", "array", "#", "#/$defs/a", "#/properties/a", "date-time"]
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(VALUES)
    | st.text(max_size=3)
)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | NAMES, inner, max_size=4),
    max_leaves=25,
)
INPUTS = st.dictionaries(
    st.sampled_from(
        ["arg./a", "arg./a/b", "arg./a/0", "size./a", "pick./a", "pick.", "size.", "arg.", "as", "json", "arg./"]
    ),
    st.tuples(st.text(max_size=5) | st.sampled_from(["1", "9", "yes", "0", "json", "{}", "[1]"])),
)


@given(st.dictionaries(st.sampled_from(WORDS), ANYTHING), INPUTS, st.dictionaries(NAMES, ANYTHING))
def test_no_schema_and_no_input_breaks_a_form(
    schema: dict[str, Any], answers: dict[str, tuple[str, ...]], arguments: dict[str, Any]
) -> None:
    node = plan(schema)
    assert isinstance(fields_of(node, answers), Field)
    assert isinstance(fresh_answers(schema, node), dict)
    with suppress(BadArguments):
        assert isinstance(arguments_from(node, answers), dict)
    assert arguments_from(node, refilled(node, arguments)) == arguments


LEAVES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"enum": ["x", 1, None]}, {"type": "number"}, {}]
)
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda each: {"type": "array", "items": each}, inner)
        | st.builds(
            lambda each: {"type": "object", "properties": each, "required": list(each)},
            st.dictionaries(NAMES, inner, max_size=3),
        )
    ),
    max_leaves=8,
)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema of those above."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") == "array":
        return st.lists(fitting(schema["items"]), max_size=3)
    if schema.get("type") == "object":
        return st.fixed_dictionaries({name: fitting(each) for name, each in schema["properties"].items()})
    simple: dict[Any, st.SearchStrategy[Any]] = {
        "string": st.text(),
        "integer": st.integers(-(10**30), 10**30),
        "boolean": st.booleans(),
        "number": st.integers(),
    }
    return simple.get(schema.get("type"), st.booleans() | st.integers())


@given(st.data())
def test_every_value_that_fits_goes_through_its_form_unchanged(data: st.DataObject) -> None:
    inner = data.draw(SCHEMAS)
    schema: dict[str, Any] = {"type": "object", "properties": {"v": inner}, "required": ["v"]}
    value = {"v": data.draw(fitting(inner))}
    node = plan(schema)
    assert arguments_from(node, refilled(node, value)) == value


@pytest.mark.parametrize(
    ("bound", "hint"), [(1, "at least 1 character"), (2, "at least 2 characters"), (0, "at least 0 characters")]
)
def test_hint_agrees_with_its_number(bound: int, hint: str) -> None:
    assert hint_of({"minLength": bound}) == hint
