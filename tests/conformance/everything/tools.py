"""Tools that give content of every kind, fail, report progress, log and let go of their stream."""

from typing import Any

from mcpserver import Audio, Context, EmbeddedResource, Image, MCPServer, Text, ToolError

from .samples import PNG, WAV

server = MCPServer("Tools")


# The header scenarios call the first tool of the list, and call it without arguments.
@server.tool
async def test_simple_text() -> str:
    """Give text."""
    return "This is a simple text response for testing."


@server.tool
async def test_image_content() -> Image:
    """Give an image."""
    return Image(PNG)


@server.tool
async def test_audio_content() -> Audio:
    """Give a sound."""
    return Audio(WAV)


@server.tool
async def test_embedded_resource() -> EmbeddedResource:
    """Give a resource with its content."""
    return EmbeddedResource(
        "test://embedded-resource", text="This is an embedded resource content.", mime_type="text/plain"
    )


@server.tool
async def test_multiple_content_types() -> list[Text | Image | EmbeddedResource]:
    """Give text, an image and a resource at once."""
    resource = EmbeddedResource(
        "test://mixed-content-resource", text='{"test":"data","value":123}', mime_type="application/json"
    )
    return [Text("Multiple content types test:"), Image(PNG), resource]


@server.tool
async def test_error_handling() -> str:
    """Fail in a way that the model can read."""
    raise ToolError("This tool intentionally returns an error for testing")


@server.tool
async def test_tool_with_logging(context: Context) -> str:
    """Log three times while it runs."""
    for step in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.info(step)
    return "Tool with logging executed successfully"


@server.tool
async def test_logging_tool(context: Context) -> str:
    """Log once."""
    await context.info("Diagnostic trace logging")
    return "Logging evaluated"


@server.tool
async def test_tool_with_progress(context: Context) -> str:
    """Say three times how far it is."""
    for done in (0, 50, 100):
        await context.progress(done, total=100, message=f"Completed step {done} of 100")
    return str(context.meta.get("progressToken"))


@server.tool
async def test_reconnection(context: Context) -> str:
    """Let go of the connection; the result is there for who comes back."""
    await context.release_stream()
    return "Reconnection test completed successfully."


@server.tool(
    input_schema={
        "type": "object",
        "properties": {
            "region": {"type": "string", "description": "Where to run.", "x-mcp-header": "Region"},
            "priority": {"type": "integer", "x-mcp-header": "Priority"},
        },
        "required": ["region"],
    }
)
async def test_custom_headers(arguments: dict[str, Any]) -> str:
    """Take arguments that gateways can read in headers."""
    return f"Running in {arguments['region']}"


@server.tool(
    input_schema={
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    }
)
async def json_schema_2020_12_tool(arguments: dict[str, Any]) -> str:
    """Take arguments by a schema that was written by hand."""
    return f"Called with {', '.join(sorted(arguments))}"
