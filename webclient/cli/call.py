"""``webclient call URL TOOL key=value key:=json``: calls one tool."""

from collections.abc import Sequence

import click

from ..errors import FlowError
from ..forms import parsed
from ..json_text import JsonObject, json_text
from ..wire import CallToolResult, ContentBlock, Tool, content_of
from .server import Target, carried_out, server_options
from .terminal import line, safe, say
from .tools import kind, properties, required

TOOL_FAILED = 3


class BadArgument(click.UsageError):
    """Raised with one sentence about an argument that does not fit."""


@click.command()
@server_options
@click.argument("tool")
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE | KEY:=JSON]...")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, as the server sent it.")
def call(target: Target, tool: str, arguments: tuple[str, ...], as_json: bool) -> None:
    """Call TOOL of the server at URL.

    KEY=VALUE passes text, or a number or yes or no where the tool requires one. KEY:=JSON passes any JSON value. The
    exit status is 3 when the tool itself reports a failure.
    """
    result = carried_out(called(target, tool, arguments))
    say(json_text(result, indent=2, ascii_only=True) if as_json else shown(result))
    if result.get("isError") is True:
        raise click.exceptions.Exit(TOOL_FAILED)


async def called(target: Target, name: str, arguments: Sequence[str]) -> CallToolResult:
    async with target.connect() as client:
        listing = await client.list_tools()
        tool = next((each for each in listing.items if each["name"] == name), None)
        if tool is None:
            offered = ", ".join(line(each["name"]) for each in listing.items[:20])
            raise FlowError(f"The server has no tool named {name}. It has: {offered or 'none'}.")
        return await client.call_tool(tool, read_arguments(tool, arguments))


def read_arguments(tool: Tool, given: Sequence[str]) -> JsonObject:
    """The tool's arguments from KEY=VALUE and KEY:=JSON.

    Only names and simple types are checked here; the rest of the schema is left to the server. Raises BadArgument.
    """
    values = dict(_pair(tool, each) for each in given)
    missing = [name for name in required(tool) if name not in values]
    if missing:
        raise BadArgument(f"{line(tool['name'])} also needs: {', '.join(map(line, missing))}.")
    return values


def _pair(tool: Tool, text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name.rstrip(":"):
        raise BadArgument(f"{text!r} is neither KEY=VALUE nor KEY:=JSON.")
    plain, known = name.removesuffix(":"), properties(tool)
    if plain not in known and tool["inputSchema"].get("additionalProperties") is False:
        raise BadArgument(
            f"{line(tool['name'])} has no parameter {plain}. It has: {', '.join(map(line, known)) or 'none'}."
        )
    return (
        (plain, _json(plain, value))
        if name.endswith(":")
        else (plain, _typed(plain, value, kind(known.get(plain, {}))))
    )


def _json(name: str, value: str) -> object:
    try:
        return parsed(value)
    except ValueError:
        raise BadArgument(
            f"The value after {name}:= is not JSON. Text needs quotes there; {name}=... takes text without quotes."
        ) from None


def _typed(name: str, value: str, wanted: str) -> object:
    """The value as the type ``wanted``; text unless that is integer, number or boolean. Raises BadArgument."""
    if wanted not in ("integer", "number", "boolean"):
        return value
    try:
        read = parsed(value) if value not in ("yes", "no") else value == "yes"
    except ValueError:
        read = None
    fits = (
        isinstance(read, bool) if wanted == "boolean" else isinstance(read, int | float) and not isinstance(read, bool)
    )
    if not fits or (wanted == "integer" and isinstance(read, float)):
        raise BadArgument(
            f"{name} must be {('yes or no' if wanted == 'boolean' else f'a number ({wanted})')}, not {value!r}."
        )
    return read


def shown(result: CallToolResult) -> str:
    """The content of a result as text; the structured value when there is no content."""
    blocks = [_block(each) for each in content_of(result)]
    structured = result.get("structuredContent")
    if structured is not None and not any(blocks):
        blocks.append(safe(json_text(structured, indent=2)))
    return "\n".join(blocks) or "The tool returned nothing."


def _block(block: ContentBlock) -> str:
    named = str(block.get("type", ""))
    if named == "text":
        return safe(str(block.get("text", "")))
    if named in ("image", "audio"):
        return (
            f"[{named}: {line(str(block.get('mimeType', '')))}, {len(str(block.get('data', '')))} characters of "
            "base64; --json has it]"
        )
    resource = block.get("resource")
    if isinstance(resource, dict):
        return (
            safe(str(resource["text"])) if "text" in resource else f"[resource: {line(str(resource.get('uri', '')))}]"
        )
    return f"[{line(named)}: {line(str(block.get('uri', block.get('name', ''))))}]"
