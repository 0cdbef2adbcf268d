"""Types as JSON Schema, and what may be mirrored into headers."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from attrs import frozen
from msgspec import Meta

from mcpserver import MCPServer
from mcpserver.mcp.protocol.wire import ToolDefinition
from mcpserver.mcp.schema.tool_schema import header_parameters, schema_of


@frozen
class Note:
    text: Annotated[str, Meta(description="What it says")]


@frozen
class NoteBook:
    """Its name begins like another's."""

    notes: list[Note]
    inner: NoteBook | None = None


@frozen
class Arguments:
    """Named like the type that a tool's parameters become."""

    value: int


@frozen
class ArgumentsAndMore:
    value: int


def test_schema_of_a_value_type_stands_by_itself() -> None:
    """JSON Schema 2020-12 core section 8.2: nothing is referred to that is not there."""
    schema = schema_of(Note)
    assert schema["type"] == "object"
    assert schema["properties"] == {"text": {"type": "string", "description": "What it says"}}
    assert "$defs" not in schema


def test_schema_brings_the_definitions_that_it_refers_to() -> None:
    schema = schema_of(list[Note])
    assert schema == {"type": "array", "items": {"$ref": "#/$defs/Note"}, "$defs": schema["$defs"]}
    assert set(schema["$defs"]) == {"Note"}


def test_recursive_type_is_an_object_at_its_root_and_keeps_its_own_definition() -> None:
    """MCP 2025-11-25, schema: Tool.outputSchema has type object at its root; a bare reference says nothing there."""
    schema = schema_of(NoteBook)
    assert (schema["type"], set(schema["properties"]), set(schema["$defs"])) == (
        "object",
        {"notes", "inner"},
        {"Note", "NoteBook"},
    )
    assert schema == {**schema["$defs"]["NoteBook"], "$defs": schema["$defs"]}


def definition(server: MCPServer) -> ToolDefinition:
    tool = server.catalogs.tools.find("take")
    assert tool is not None
    return tool.definition(objects_only=False)


def test_input_schema_is_an_object_also_when_a_type_is_called_nearly_like_it() -> None:
    server = MCPServer("x")

    @server.tool()
    async def take(only: ArgumentsAndMore) -> None: ...

    schema = definition(server)["inputSchema"]
    assert (schema["type"], set(schema["$defs"])) == ("object", {"ArgumentsAndMore"})


def test_input_schema_is_an_object_whatever_the_argument_types_are_called() -> None:
    """MCP 2026-07-28, schema: Tool.inputSchema has type object at its root."""
    server = MCPServer("x")

    @server.tool()
    async def take(first: Arguments, second: ArgumentsAndMore) -> None: ...

    schema = definition(server)["inputSchema"]
    assert (schema["type"], schema["required"], schema["additionalProperties"]) == (
        "object",
        ["first", "second"],
        False,
    )
    assert {each["$ref"].removeprefix("#/$defs/") for each in schema["properties"].values()} == set(schema["$defs"])


def test_marked_parameters_have_headers() -> None:
    """MCP 2026-07-28, Streamable HTTP: custom headers from tool parameters."""
    schema = {"properties": {"region": {"type": "string", "x-mcp-header": "Region"}, "query": {"type": "string"}}}
    assert header_parameters(schema) == {"Mcp-Param-Region": ("region",)}
    assert header_parameters({"type": "object"}) == {}


def test_marks_of_nested_properties_have_the_path_to_their_value() -> None:
    """MCP 2026-07-28, Streamable HTTP: schema extension: nested object properties are permitted as long as every
    step is a properties key.
    """
    place = {
        "type": "object",
        "properties": {
            "shelf": {"type": "integer", "x-mcp-header": "Shelf"},
            "properties": {"type": "string", "x-mcp-header": "P"},
        },
    }
    schema = {"type": "object", "properties": {"place": place}}
    assert header_parameters(schema) == {"Mcp-Param-Shelf": ("place", "shelf"), "Mcp-Param-P": ("place", "properties")}


def test_what_only_looks_like_a_mark_is_none() -> None:
    """A parameter of that name, and values that an author gives as examples."""
    schema = {
        "type": "object",
        "properties": {"x-mcp-header": {"type": "number", "default": {"x-mcp-header": 1}}, "b": True},
    }
    assert header_parameters(schema) == {}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"type": "string", "x-mcp-header": ""}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "A b"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "A\r\nB"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": 7}}},
        {"properties": {"a": {"type": "number", "x-mcp-header": "A"}}},
        {"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}], "x-mcp-header": "A"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "A"}, "b": {"type": "string", "x-mcp-header": "a"}}},
        {
            "properties": {"a": {"$ref": "#/$defs/A"}},
            "$defs": {"A": {"properties": {"b": {"type": "string", "x-mcp-header": "B"}}}},
        },
        {"properties": {"a": {"type": "array", "items": {"type": "string", "x-mcp-header": "A"}}}},
        {"properties": {"a": {"type": "array", "prefixItems": [{"type": "string", "x-mcp-header": "A"}]}}},
        {"properties": {"a": {"oneOf": [{"type": "string", "x-mcp-header": "A"}, {"type": "integer"}]}}},
        {"properties": {"a": {"type": "object", "properties": {"b": {"type": "object", "x-mcp-header": "A"}}}}},
        {"properties": {"a": {"type": "string"}}, "if": {"properties": {"a": {"type": "string", "x-mcp-header": "A"}}}},
        {"additionalProperties": {"type": "string", "x-mcp-header": "A"}},
        {"not": {"not": {"type": "string", "x-mcp-header": "A"}}},
        {"type": "string", "x-mcp-header": "A"},
    ],
)
def test_mark_that_makes_clients_drop_the_tool_is_refused_when_the_tool_is_written(schema: dict[str, Any]) -> None:
    """MCP 2026-07-28, tools: constraints on x-mcp-header values."""
    with pytest.raises(TypeError):
        header_parameters(schema)


def test_any_schema_is_json() -> None:
    msgspec.json.encode(schema_of(dict[str, NoteBook | int | None]))
