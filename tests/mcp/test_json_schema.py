"""Schemas written by hand: which are taken, what they hold values to, and that neither they nor a value can make us
work without end.
"""

import time
from typing import Any

import pytest

from mcpserver.mcp.schema.json_schema import MAX_VALUE_DEPTH, SchemaError, compile_schema
from mcpserver.mcp.schema.limits import MAX_DEPTH, MAX_SUBSCHEMAS
from mcpserver.mcp.types.mismatch import Mismatch

D2020 = "https://json-schema.org/draft/2020-12/schema"
D7 = "http://json-schema.org/draft-07/schema"
Schema = dict[str, Any]

PERSON: Schema = {
    "$schema": D2020,
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": {"street": {"type": "string"}}}},
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Z]"},
        "address": {"$ref": "#/$defs/address"},
        "other": {"$ref": "#addressDef"},
        "contact": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "tags": {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}},
    },
    "if": {"properties": {"contact": {"const": "phone"}}, "required": ["contact"]},
    "then": {"required": ["phone"]},
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"name": "Ada", "address": {"street": "x"}},
        {"contact": "phone", "phone": "1"},
        {"contact": "email"},
        {"tags": ["a", 1, 2.0]},
    ],
)
def test_value_that_fits_passes(value: object) -> None:
    """MCP 2026-07-28, basic: JSON Schema usage: 2020-12 must be supported."""
    compile_schema(PERSON).require(value)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"name": 7}, 'name: the value is not of type "string".'),
        ({"name": "ada"}, 'name: the value does not match "^[A-Z]".'),
        ({"address": {"street": 1}}, 'address.street: the value is not of type "string".'),
        ({"other": {"street": 1}}, 'other.street: the value is not of type "string".'),
        ({"contact": "post"}, 'contact: the value is not one of "phone" or "email".'),
        ({"contact": "phone"}, '"phone" is a required property.'),
        ({"tags": ["a", "b"]}, 'tags[1]: the value is not of type "integer".'),
        ({"secret": 1}, "Additional properties are not allowed ('secret' was unexpected)."),
        ([], 'The value is not of type "object".'),
        ({"name": "\ud800"}, "The value has a lone surrogate in a string, which JSON cannot carry."),
    ],
)
def test_value_that_does_not_fit_is_a_sentence(value: object, sentence: str) -> None:
    """MCP 2026-07-28, tools: error handling. The place and the rule, not the value, which may be long or private."""
    with pytest.raises(Mismatch) as caught:
        compile_schema(PERSON).require(value)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("dialect", [None, D2020, D2020 + "#", D7, D7 + "#"])
def test_supported_dialects(dialect: str | None) -> None:
    """Basic: schema dialect: without a $schema it is 2020-12."""
    schema = {"type": "array", "items": {"type": "string"}} | ({} if dialect is None else {"$schema": dialect})
    compile_schema(schema).require(["a"])
    with pytest.raises(Mismatch):
        compile_schema(schema).require([1])


def test_dialect_decides_what_words_mean() -> None:
    """JSON Schema draft-07, validation section 6.4: a list of items is for each place; in 2020-12 it is no schema."""
    tuples = {"items": [{"type": "string"}], "additionalItems": False}
    with pytest.raises(Mismatch):
        compile_schema({"$schema": D7, **tuples}).require(["a", "b"])
    with pytest.raises(SchemaError):
        compile_schema(tuples)


@pytest.mark.parametrize(
    "dialect",
    [
        "http://json-schema.org/draft-04/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://example.com/mine",
        7,
        None,
    ],
)
def test_unsupported_dialect_is_said(dialect: object) -> None:
    """Basic: implementation requirements: an appropriate error indicating the dialect is not supported."""
    with pytest.raises(SchemaError, match="dialect that is not supported"):
        compile_schema({"$schema": dialect})


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "bogus"}, "not valid JSON Schema, at type"),
        ({"properties": {"a": {"minimum": "x"}}}, "not valid JSON Schema, at properties.a.minimum"),
        ({"properties": {"a": {"pattern": "("}}}, "pattern that cannot be used, at properties.a.pattern"),
        ({"pattern": "(a)\\1"}, "without lookaround and backreferences"),
        ({"pattern": "^(?=a)"}, "without lookaround and backreferences"),
        ({"pattern": "(a{1000}){1000}"}, "pattern that cannot be used"),
        ({"$ref": "https://example.com/x.json"}, "Nothing is ever fetched"),
        ({"$ref": "file:///etc/passwd"}, "Nothing is ever fetched"),
        ({"$ref": "other.json"}, "Nothing is ever fetched"),
        ({"$ref": 7}, "Nothing is ever fetched"),
        ({"properties": {"a": {"items": {"$ref": "http://127.0.0.1/x"}}}}, "Nothing is ever fetched"),
        ({"$dynamicRef": "https://example.com/x.json#a"}, "Nothing is ever fetched"),
        (
            {"$schema": D7, "definitions": {"a": {"$ref": "//example.com/x"}}, "$ref": "#/definitions/a"},
            "Nothing is ever fetched",
        ),
        ({"$ref": "#/$defs/absent"}, "which it does not have"),
        ({"$ref": "#absent"}, "which it does not have"),
        ({"$ref": "#/allOf/7", "allOf": [{}]}, "which it does not have"),
        ({"$ref": "#/type/a", "type": "object"}, "which it does not have"),
        ({"$defs": {"a": {"$id": "https://example.com/a"}}}, r"\$id of its own"),
        ({"$defs": {"a": {"$schema": D7}}}, r"\$schema of its own"),
        ({"const": {1: 2}}, "cannot be used"),
        ([], "must be a JSON object"),
        (True, "must be a JSON object"),
    ],
)
def test_schema_that_cannot_be_used_is_refused_when_it_is_written(schema: Any, reason: str) -> None:
    """Basic: schema validation; $ref resolution: unresolved external references are rejected rather than treated as
    permissive.
    """
    with pytest.raises(SchemaError, match=reason):
        compile_schema(schema)


def test_unused_definition_is_looked_at_too() -> None:
    """Basic: $ref resolution: nothing external stays in what we publish."""
    with pytest.raises(SchemaError, match="Nothing is ever fetched"):
        compile_schema({"$defs": {"a": {"$ref": "https://example.com/x"}}})


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}},
        {"$ref": "#/$defs/%61", "$defs": {"a": {"type": "string"}}},
        {"$ref": "#/allOf/0", "allOf": [{"type": "string"}]},
        {"$id": "https://example.com/mine", "$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}},
        {"$dynamicRef": "#a", "$defs": {"a": {"$dynamicAnchor": "a", "type": "string"}}},
    ],
)
def test_reference_within_the_schema_is_followed(schema: Schema) -> None:
    """RFC 6901; JSON Schema 2020-12 core section 8.2."""
    compile_schema(schema).require("a")
    with pytest.raises(Mismatch):
        compile_schema(schema).require(1)


def test_reference_may_be_to_what_admits_anything() -> None:
    """JSON Schema 2020-12 core section 4.3.2: boolean schemas."""
    compile_schema({"$ref": "#/$defs/a", "$defs": {"a": True}}).require(1)


def test_properties_called_like_keywords_are_only_properties() -> None:
    compile_schema(
        {
            "properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}},
            "examples": [{"$ref": "https://example.com"}],
        }
    ).require({"$id": "a"})


def doubling(levels: int) -> Schema:
    """Each level is twice the next: small to write, endless to check."""
    definitions = {f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**definitions, f"d{levels}": {"type": "integer"}}}


def deep(levels: int) -> Schema:
    schema: Schema = {}
    for _ in range(levels):
        schema = {"properties": {"a": schema}}
    return schema


def chain(length: int) -> Schema:
    return {
        "$ref": "#/$defs/d0",
        "$defs": {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(length)} | {f"d{length}": {}},
    }


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (doubling(40), "could take too long"),
        (deep(MAX_DEPTH), "levels deep"),
        (deep(5000), "levels deep"),
        ({"anyOf": [{"const": number} for number in range(MAX_SUBSCHEMAS)]}, "parts"),
        (chain(1900), "too deeply"),
    ],
)
def test_schema_that_asks_for_too_much_is_refused(schema: Schema, reason: str) -> None:
    """Basic: composition-keyword resource use: a maximum depth and a cap on subschemas."""
    with pytest.raises(SchemaError, match=reason):
        compile_schema(schema)


def test_schemas_within_the_bounds_are_taken() -> None:
    compile_schema(doubling(8)).require(1)
    compile_schema(deep((MAX_DEPTH - 1) // 2)).require({"a": {"a": {}}})
    compile_schema(chain(100)).require(1)
    compile_schema({"anyOf": [{"const": number} for number in range(MAX_SUBSCHEMAS - 1)]}).require(1)


TREE: Schema = {
    "type": "object",
    "properties": {"below": {"type": "array", "items": {"$ref": "#"}}, "name": {"type": "string"}},
    "required": ["name"],
}


def test_schema_may_refer_to_itself() -> None:
    compile_schema(TREE).require({"name": "a", "below": [{"name": "b", "below": []}]})
    with pytest.raises(Mismatch, match=r"^The value does not fit the schema\.$"):
        compile_schema(TREE).require({"name": "a", "below": [{"name": 7}]})


@pytest.mark.parametrize("word", ["oneOf", "anyOf", "allOf"])
def test_value_cannot_make_a_recursive_schema_work_without_end(word: str) -> None:
    """Basic: composition-keyword resource use: each level of the value would multiply the work by the number of
    branches.
    """
    branches = [
        {"properties": {"left": {"$ref": "#"}, "kind": {"const": f"k{number}"}}, "required": ["kind"]}
        for number in range(6)
    ]
    schema = compile_schema({word: branches})
    value: Schema = {"kind": "hostile"}
    for _ in range(100):
        value = {"left": value, "kind": "hostile"}
    begun = time.process_time()
    with pytest.raises(Mismatch):
        schema.require(value)
    assert time.process_time() - begun < 10


def test_value_cannot_make_a_pattern_work_without_end() -> None:
    """Regular expressions run in time linear in the value."""
    begun = time.process_time()
    with pytest.raises(Mismatch):
        compile_schema({"pattern": "^(a+)+$"}).require("a" * 1_000_000 + "b")
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_value_that_is_nested_too_deeply_is_refused(wrap: Any) -> None:
    """The validator would end the process."""
    schema = compile_schema({"items": {"$ref": "#"}, "additionalProperties": {"$ref": "#"}})
    value: Any = 1
    for _ in range(MAX_VALUE_DEPTH):
        value = wrap(value)
    schema.require(value)
    with pytest.raises(Mismatch, match="levels deep"):
        schema.require(wrap(value))
    for _ in range(100_000):
        value = wrap(value)
    with pytest.raises(Mismatch, match="levels deep"):
        schema.require(value)
