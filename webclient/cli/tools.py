"""``webclient tools URL``: lists the tools of a server."""

import click

from ..json_text import JsonObject, json_text
from ..mcp.protocol import Listing
from ..wire import Tool
from .server import Target, carried_out, forget, server_options
from .terminal import line, safe, say, width, wrapped


@click.command()
@server_options
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON, as the server sent it.")
@click.option("--forget", "forgets", is_flag=True, help="Delete the stored tokens of this server, and do nothing else.")
def tools(target: Target, as_json: bool, forgets: bool) -> None:
    """List the tools of the server at URL."""
    if forgets:
        carried_out(forget(target))
        say(f"Deleted what was stored for {line(target.url)}.")
        return
    listing = carried_out(listed(target))
    if as_json:
        say(json_text(listing.items, indent=2, ascii_only=True))
        return
    for tool in listing.items:
        say(described(tool, width()))
    for left_out in listing.set_aside:
        say(safe(left_out), err=True)
    if not listing.items:
        say("This server offers no tools.")


async def listed(target: Target) -> Listing[Tool]:
    async with target.connect() as client:
        return await client.list_tools()


def properties(tool: Tool) -> dict[str, JsonObject]:
    """The schemas of a tool's parameters by name, as far as the input schema lists them."""
    found = tool["inputSchema"].get("properties")
    return (
        {str(name): schema if isinstance(schema, dict) else {} for name, schema in found.items()}
        if isinstance(found, dict)
        else {}
    )


def required(tool: Tool) -> list[str]:
    found = tool["inputSchema"].get("required")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def kind(schema: JsonObject) -> str:
    named = schema.get("type", "")
    return " or ".join(str(each) for each in named) if isinstance(named, list) else str(named)


def described(tool: Tool, columns: int) -> str:
    """The name, description and parameters of a tool as text for the terminal."""
    lines = [click.style(line(tool["name"]), bold=True)]
    if tool.get("description"):
        lines.append(wrapped(tool["description"], "  ", columns))
    for name, schema in properties(tool).items():
        words = ", ".join(filter(None, [kind(schema), "required" if name in required(tool) else ""]))
        about = str(schema.get("description") or "")
        lines.append(wrapped(f"{name}{f' ({words})' if words else ''}{': ' + about if about else ''}", "    ", columns))
    return "\n".join([*lines, ""])
