"""Tools: plain functions, their schemas, and what one call of them may bring about."""

import asyncio
import logging
import threading
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import pytest
from attrs import frozen
from msgspec import Meta

from mcpserver import Context, MCPServer, ToolError, User

from .desk import ADA, Desk, text_of


@frozen
class Point:
    """Somewhere."""

    x: float
    y: float = 0.0


@pytest.fixture
def server() -> MCPServer:
    return MCPServer("tools")


@pytest.fixture
def desk(server: MCPServer) -> Desk:
    return Desk(server)


def shown(server: MCPServer, name: str, *, objects_only: bool = False) -> Mapping[str, Any]:
    """A tool as it is listed."""
    tool = server.catalogs.tools.find(name)
    assert tool is not None
    return tool.definition(objects_only=objects_only)


def test_tool_is_described_by_its_function(server: MCPServer) -> None:
    """MCP 2026-07-28, tools: data types."""

    @server.tool(title="Add up", read_only=True, destructive=False, idempotent=True, open_world=False)
    async def add(a: int, b: Annotated[int, Meta(ge=0, description="Never less than nothing")] = 1) -> str:
        """Add two numbers."""
        return str(a + b)

    assert shown(server, "add") == {
        "name": "add",
        "title": "Add up",
        "description": "Add two numbers.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "a": {"type": "integer"},
                "b": {"type": "integer", "minimum": 0, "description": "Never less than nothing", "default": 1},
            },
            "required": ["a"],
            "additionalProperties": False,
        },
        "annotations": {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False},
    }


def test_tool_without_parameters_takes_the_empty_object_only(server: MCPServer) -> None:
    """MCP 2026-07-28, tools: tool with no parameters."""

    @server.tool(name="now")
    async def current_time() -> None: ...

    schema = shown(server, "now")["inputSchema"]
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    assert not schema.get("properties")


def test_person_and_context_are_injected_and_never_shown(server: MCPServer) -> None:
    @server.tool()
    async def greet(word: str, user: User, context: Context, again: User | None = None) -> None: ...

    assert set(shown(server, "greet")["inputSchema"]["properties"]) == {"word"}


async def test_tool_receives_the_caller_and_nobody_can_send_one(server: MCPServer, desk: Desk) -> None:
    """MCP 2026-07-28, basic: authorization; who is calling comes from the token of this request, whatever the
    arguments say.
    """

    @server.tool()
    async def greet(user: User, same: User | None = None) -> str:
        assert same is user
        return f"Hello {user.name}"

    assert text_of(await desk.call("greet")) == "Hello Ada"
    forged: dict[str, Any] = {
        "id": "bob",
        "username": "bob",
        "name": "Bob",
        "email": None,
        "scopes": [],
        "client_id": "c",
        "grant_id": "g",
    }
    for parameter in ("user", "same"):
        assert parameter in await desk.error("greet", **{parameter: forged})


async def test_context_knows_the_request(server: MCPServer, desk: Desk) -> None:
    @server.tool()
    async def about(context: Context) -> dict[str, Any]:
        return {"revision": context.revision, "user": context.user == ADA, "trace": context.meta.get("traceparent")}

    result = await desk.call("about", meta={"traceparent": "00-a-b-01"})
    assert result["structuredContent"] == {"revision": "2026-07-28", "user": True, "trace": "00-a-b-01"}


async def test_plain_function_runs_in_a_thread(server: MCPServer, desk: Desk) -> None:
    @server.tool()
    def where() -> bool:
        return threading.current_thread() is threading.main_thread()

    assert (await desk.call("where"))["structuredContent"] is False


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "The arguments lack the required field `point`."),
        ({"point": {"x": 1}, "z": 1}, "The arguments contain the unknown field `z`."),
        ({"point": {"x": "far"}}, "point.x: Expected `float`, got `str`."),
        ({"point": {"x": 1}, "colour": "mauve"}, "colour: Invalid enum value 'mauve'."),
        ({"point": {"x": 1}, "tags": ["a", ""]}, "tags[1]: Expected `str` of length >= 1."),
        ({"point": {"x": 1}, "counts": {"one": 1}}, "counts"),
    ],
)
async def test_wrong_argument_is_a_sentence_for_the_model(
    server: MCPServer, desk: Desk, arguments: dict[str, Any], sentence: str
) -> None:
    """MCP 2026-07-28, tools, error handling: input validation errors are tool errors, so that the model corrects
    itself.
    """

    @server.tool()
    async def paint(
        point: Point,
        colour: Literal["red", "blue"] = "red",
        tags: tuple[Annotated[str, Meta(min_length=1)], ...] = (),
        counts: dict[int, int] | None = None,
    ) -> None: ...

    assert sentence in await desk.error("paint", **arguments)


async def test_arguments_arrive_as_their_types(server: MCPServer, desk: Desk) -> None:
    @server.tool()
    async def paint(point: Point, *, counts: dict[int, str]) -> str:
        assert isinstance(point, Point)
        return f"{point.x} {counts}"

    assert text_of(await desk.call("paint", point={"x": 1}, counts={"2": "two"})) == "1.0 {2: 'two'}"


@pytest.mark.parametrize(
    ("value", "text"),
    [("words", "words"), (None, ""), ({"a": [1]}, '{"a":[1]}'), (7, "7"), ("name \udcff", "name ?")],
    ids=["str", "none", "object", "int", "surrogate"],
)
async def test_result_without_a_schema_is_text(server: MCPServer, desk: Desk, value: object, text: str) -> None:
    """MCP 2026-07-28, tools: text content."""

    @server.tool()
    async def give() -> Any:
        return value

    result = await desk.call("give")
    assert (text_of(result), result["isError"]) == (text, False)
    assert "structuredContent" not in result
    assert "outputSchema" not in shown(server, "give")


async def test_typed_result_is_structured_and_also_text(server: MCPServer, desk: Desk) -> None:
    """MCP 2026-07-28, tools: structured content; the serialized JSON in a text block for clients that know no
    better.
    """

    @server.tool()
    async def place() -> Point:
        return Point(1.0, 2.0)

    assert shown(server, "place")["outputSchema"]["required"] == ["x"]
    result = await desk.call("place")
    assert result["structuredContent"] == {"x": 1.0, "y": 2.0} == msgspec.json.decode(text_of(result))


async def test_structured_result_may_be_any_json_value(server: MCPServer, desk: Desk) -> None:
    """MCP 2026-07-28, tools: structured content, any JSON value."""

    @server.tool()
    async def places() -> list[Point]:
        return [Point(1.0)]

    assert shown(server, "places")["outputSchema"]["type"] == "array"
    assert (await desk.call("places"))["structuredContent"] == [{"x": 1.0, "y": 0.0}]


async def test_earlier_revisions_get_objects_only(server: MCPServer, desk: Desk) -> None:
    """MCP 2025-11-25, tools: structured content is a JSON object, and the schema says so."""

    @server.tool()
    async def places() -> list[Point]:
        return [Point(1.0)]

    schema = shown(server, "places", objects_only=True)["outputSchema"]
    assert (schema["type"], schema["required"]) == ("object", ["result"])
    assert schema["properties"]["result"]["items"]["$ref"].removeprefix("#/$defs/") in schema["$defs"]
    result = await desk.ask_earlier("tools/call", name="places", arguments={})
    assert result["structuredContent"] == {"result": [{"x": 1.0, "y": 0.0}]}


async def test_object_result_is_the_same_in_every_revision(server: MCPServer, desk: Desk) -> None:
    @server.tool()
    async def count() -> int:
        return 3

    @server.tool()
    async def place() -> Point:
        return Point(1.0)

    assert shown(server, "place") == shown(server, "place", objects_only=True)
    assert (await desk.ask_earlier("tools/call", name="place", arguments={}))["structuredContent"] == {
        "x": 1.0,
        "y": 0.0,
    }
    assert shown(server, "count", objects_only=True)["outputSchema"] == {
        "type": "object",
        "properties": {"result": {"type": "integer"}},
        "required": ["result"],
    }


async def test_tool_error_reaches_the_model(server: MCPServer, desk: Desk) -> None:
    """MCP 2026-07-28, tools: tool execution errors."""

    @server.tool()
    async def fail() -> Point:
        raise ToolError("The departure must lie in the future.")

    assert await desk.error("fail") == "The departure must lie in the future."


@pytest.mark.parametrize(
    "fault", [RuntimeError("secret"), msgspec.ValidationError("secret"), KeyError("secret"), RecursionError("secret")]
)
async def test_fault_is_a_reference_whose_story_is_in_the_log(
    server: MCPServer, desk: Desk, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    """OWASP ASVS 16.5.1: generic to the caller, whole to the operator; a tool's own reading of other data is no
    fault of the arguments.
    """

    @server.tool()
    async def fail() -> str:
        raise fault

    with caplog.at_level(logging.ERROR):
        sentence = await desk.error("fail")
    assert "secret" not in sentence
    reference = sentence.split("reference ")[1].split()[0]
    assert reference in caplog.text
    assert "secret" in caplog.text


@pytest.mark.parametrize("value", [{"x": "far"}, float("nan"), object(), "x"], ids=["shape", "nan", "object", "type"])
async def test_result_that_breaks_its_own_schema_is_our_fault(
    server: MCPServer, desk: Desk, caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    """MCP 2026-07-28, tools: structured results MUST conform to the output schema."""

    @server.tool()
    async def place() -> Point | float:
        return value  # type: ignore[no-any-return]

    assert "reference" in await desk.error("place")
    assert "fault" in caplog.text


async def test_cancelled_call_is_cancelled(server: MCPServer, desk: Desk) -> None:
    """MCP 2026-07-28, cancellation: no tool error is made of it."""
    begun = asyncio.Event()

    @server.tool()
    async def wait() -> str:
        begun.set()
        await asyncio.Event().wait()
        return ""

    call = asyncio.create_task(desk.call("wait"))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


def test_parameter_without_a_type_is_refused(server: MCPServer) -> None:
    with pytest.raises(TypeError, match="word of say needs a type"):

        @server.tool()
        async def say(word) -> None: ...  # type: ignore[no-untyped-def]


def test_parameters_that_cannot_be_named_are_refused(server: MCPServer) -> None:
    with pytest.raises(TypeError, match="cannot be given by its name"):

        @server.tool()
        async def positional(word: str, /) -> None: ...

    with pytest.raises(TypeError, match="cannot be given by its name"):

        @server.tool()
        async def variadic(*words: str) -> None: ...


def test_two_tools_cannot_share_a_name(server: MCPServer) -> None:
    """MCP 2026-07-28, tools: tool names."""

    @server.tool()
    async def say() -> None: ...

    with pytest.raises(ValueError, match="say"):
        server.tool(name="say")(say)
