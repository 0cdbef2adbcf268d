"""Schemas and types as callers meet them: through tools, prompts and questions, on every revision that has them."""

import enum
import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from mcpserver import Context, MCPServer
from mcpserver.mcp.protocol.versions import MODERN_VERSION
from mcpserver.mcp.schema.json_schema import SchemaError

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}
NUMBER: dict[str, Any] = {"type": "object", "properties": {"x": {"type": ["number", "null"]}}}


class Colour(enum.Enum):
    RED = "#f00"
    GREEN = "#0f0"


@dataclass
class Wish:
    colour: Colour = Colour.GREEN
    wrapped: bool = True


@dataclass
class Wishes:
    colours: list[Colour] = field(default_factory=list)


def build() -> MCPServer:
    server = MCPServer("schemas")

    @server.tool(input_schema=SCHEMA)
    async def take(arguments: dict[str, Any]) -> str:
        return str(arguments["count"])

    @server.tool(output_schema=NUMBER)
    async def give(kind: str) -> Any:
        return {"x": {"good": 1, "wrong": "x", "none": None, "endless": math.nan}[kind]}

    @server.tool
    async def loose() -> dict[str, Any]:
        return {"x": math.inf}

    @server.tool
    async def wish(context: Context) -> str:
        answer = await context.elicit(Wish, "Which?")
        return f"{answer.colour.name} {answer.wrapped}"

    @server.tool
    async def wishes(context: Context) -> str:
        return str(len((await context.elicit(Wishes, "Which ones?")).colours))

    @server.prompt
    async def pick(numbers: list[int], colour: Colour) -> str:
        return f"{sum(numbers)} {colour.name}"

    return server


async def test_arguments_are_held_against_the_schema_of_the_author() -> None:
    """MCP 2026-07-28, tools: servers must validate all tool inputs."""
    async with build().test_client() as client:
        assert (await client.call_tool("take", {"count": 3})).text == "3"
        refused = await client.call_tool("take", {"count": "3"})
        assert (refused.is_error, refused.text) == (True, 'count: the value is not of type "integer".')


@pytest.mark.parametrize(("kind", "is_error"), [("good", False), ("none", False), ("wrong", True), ("endless", True)])
async def test_result_is_held_against_the_schema_of_the_author(kind: str, is_error: bool) -> None:
    """MCP 2026-07-28, tools: output schema; a number that is not finite does not leave as null."""
    async with build().test_client() as client:
        assert (await client.call_tool("give", {"kind": kind})).is_error is is_error


async def test_number_that_is_not_finite_does_not_become_null() -> None:
    """RFC 8259 section 6."""
    async with build().test_client() as client:
        assert (await client.call_tool("loose")).is_error


@pytest.mark.parametrize("schema", [{}, {"type": "array"}, {"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}])
def test_input_schema_must_be_of_an_object(schema: dict[str, Any]) -> None:
    """MCP 2026-07-28, schema: Tool.inputSchema."""
    with pytest.raises(SchemaError, match="at its root"):

        @MCPServer("x").tool(input_schema=schema)
        async def take(arguments: dict[str, Any]) -> None: ...


async def test_arguments_of_a_prompt_are_read_from_strings() -> None:
    """MCP 2026-07-28, prompts: arguments are strings."""
    async with build().test_client() as client:
        prompt = await client.get_prompt("pick", {"numbers": "[1, 2]", "colour": "#f00"})
    assert prompt["messages"][0]["content"]["text"] == "3 RED"


@pytest.mark.parametrize(
    ("revision", "colour"),
    [
        (
            MODERN_VERSION,
            {
                "type": "string",
                "oneOf": [{"const": "#f00", "title": "Red"}, {"const": "#0f0", "title": "Green"}],
                "default": "#0f0",
            },
        ),
        (
            "2025-11-25",
            {
                "type": "string",
                "oneOf": [{"const": "#f00", "title": "Red"}, {"const": "#0f0", "title": "Green"}],
                "default": "#0f0",
            },
        ),
        ("2025-06-18", {"type": "string", "enum": ["#f00", "#0f0"], "enumNames": ["Red", "Green"]}),
    ],
)
async def test_form_is_asked_in_the_words_of_the_revision(revision: str, colour: dict[str, Any]) -> None:
    """MCP 2025-06-18, schema: EnumSchema; 2025-11-25, client: elicitation: requested schema."""
    asked: list[dict[str, Any]] = []

    def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params["requestedSchema"]["properties"])
        return {"action": "accept", "content": {"colour": "#f00"}}

    async with build().test_client(revision=revision, answers=answer) as client:
        assert (await client.call_tool("wish")).text == "RED True"
    assert asked == [{"colour": colour, "wrapped": {"type": "boolean", "default": True}}]


async def test_form_that_an_earlier_client_cannot_show_is_said_to_the_model() -> None:
    """MCP 2025-06-18, schema: PrimitiveSchemaDefinition has no arrays."""
    async with build().test_client(
        revision="2025-06-18", answers={"elicitation/create": {"action": "accept", "content": {}}}
    ) as client:
        refused = await client.call_tool("wishes")
    assert (refused.is_error, "colours" in refused.text, "cannot show" in refused.text) == (True, True, True)
    async with build().test_client(
        answers={"elicitation/create": {"action": "accept", "content": {"colours": ["#f00", "#0f0"]}}}
    ) as client:
        assert (await client.call_tool("wishes")).text == "2"


async def test_questions_without_a_form_pass_to_an_earlier_client_as_they_are() -> None:
    """MCP 2025-06-18, client: roots."""
    server = MCPServer("asking")

    @server.tool
    async def folders(context: Context) -> str:
        return str([root.uri for root in await context.roots()])

    async with server.test_client(
        revision="2025-06-18", answers={"roots/list": {"roots": [{"uri": "file:///a"}]}}
    ) as client:
        assert (await client.call_tool("folders")).text == "['file:///a']"
