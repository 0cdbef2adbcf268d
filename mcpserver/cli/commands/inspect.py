"""``mcpserver inspect``: what a server would list, without serving it."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

import click
import msgspec

from ...mcp import Server
from ...mcp.features import Entry
from ..console import as_json, described_server, table

Definition = Mapping[str, Any]


@click.command("inspect")
@click.argument("app")
@as_json
def command(app: str, as_json: bool) -> None:
    """Show the tools, resources and prompts of APP.

    APP is module:attribute or path.py:attribute, and names an MCPServer or an application with pages, which is opened
    with an empty database in memory. The list includes resource templates, and everything that only some callers can
    see.
    """
    with redirect_stdout(sys.stderr):  # keeps output of the module apart from the list
        server = described_server(app)
    click.echo(written_lists(server) if as_json else _page(server))


def written_lists(server: Server) -> str:
    """What the server lists, as JSON that people can read too."""
    return msgspec.json.format(msgspec.json.encode(_lists(server)), indent=2).decode()


def _lists(server: Server) -> dict[str, list[Definition]]:
    """Return the lists of the server, with the names that the protocol uses."""
    catalogs: dict[str, Iterable[Entry]] = {
        "tools": server.catalogs.tools,
        "resources": server.catalogs.resources,
        "resourceTemplates": server.catalogs.templates,
        "prompts": server.catalogs.prompts,
    }
    return {name: [entry.definition(objects_only=False) for entry in entries] for name, entries in catalogs.items()}


def _page(server: Server) -> str:
    lists = _lists(server)
    parts = [
        _part(
            "Tool",
            "Parameters",
            (
                (each["name"], _parameters(each["inputSchema"]), entry)
                for each, entry in zip(lists["tools"], server.catalogs.tools, strict=True)
            ),
        ),
        _part(
            "Resource",
            "Type",
            (
                (each["uri"], each.get("mimeType", "-"), entry)
                for each, entry in zip(lists["resources"], server.catalogs.resources, strict=True)
            ),
        ),
        _part(
            "Template",
            "Type",
            (
                (each["uriTemplate"], each.get("mimeType", "-"), entry)
                for each, entry in zip(lists["resourceTemplates"], server.catalogs.templates, strict=True)
            ),
        ),
        _part(
            "Prompt",
            "Arguments",
            (
                (each["name"], _arguments(each), entry)
                for each, entry in zip(lists["prompts"], server.catalogs.prompts, strict=True)
            ),
        ),
    ]
    return "\n\n".join([f"{server.info['name']} {server.info['version']}", *filter(None, parts)]) + (
        "" if any(parts) else "\n\nIt offers nothing yet."
    )


def _part(first: str, second: str, rows: Iterable[tuple[str, str, Entry]]) -> str:
    lines: list[Sequence[str]] = [(name, details, _access(entry)) for name, details, entry in rows]
    return table([(first, second, "Scope"), *lines]) if lines else ""


def _access(entry: Entry) -> str:
    access = entry.access
    words = [access.scope or ("public" if access.public else "-")]
    return " ".join(words + (["(some people only)"] if access.visible is not None else []))


def _parameters(schema: Definition) -> str:
    """Return the parameters as in a signature; optional ones have a question mark."""
    required = schema.get("required", ())
    shown = (
        f"{name}{'' if name in required else '?'}: {_kind(part)}" for name, part in schema.get("properties", {}).items()
    )
    return ", ".join(shown) or "-"


def _kind(schema: object) -> str:
    """Return one word for a schema. --json prints the whole schema."""
    if not isinstance(schema, Mapping):
        return "any"
    if "enum" in schema:
        return "|".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return "|".join(_kind(each) for each in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kind = schema.get("type", "any")
    return "|".join(kind) if isinstance(kind, list) else str(kind)


def _arguments(prompt: Definition) -> str:
    return (
        ", ".join(f"{each['name']}{'' if each.get('required') else '?'}" for each in prompt.get("arguments", ())) or "-"
    )
