"""JSON Schema 2020-12 from types, and values checked against the same types (MCP 2026-07-28, basic: JSON Schema usage)."""

from typing import Any

import msgspec

Schema = dict[str, Any]
_REFERENCE = "#/$defs/{name}"


def schema_of(kind: Any) -> Schema:
    """The schema of a type, self-contained: definitions it refers to stand in its own ``$defs``."""
    (schema,), definitions = msgspec.json.schema_components((kind,), ref_template=_REFERENCE)
    root = schema.get("$ref", "").removeprefix("#/$defs/")
    if root in definitions and _REFERENCE.format(name=root) not in msgspec.json.encode(definitions).decode():
        schema = definitions.pop(root)
    return {**schema, "$defs": definitions} if definitions else dict(schema)


def header_parameters(schema: Schema) -> dict[str, str]:
    """Header name -> parameter of those marked ``x-mcp-header`` (MCP 2026-07-28, Streamable HTTP: custom headers)."""
    properties = schema.get("properties", {})
    return {f"Mcp-Param-{marked['x-mcp-header']}": name for name, marked in properties.items() if "x-mcp-header" in marked}


def plain_reason(error: msgspec.ValidationError) -> str:
    """A validation error as a sentence: which argument, which rule."""
    rule, _, path = str(error).partition(" - at `$")
    argument = path.removesuffix("`").removeprefix(".")
    rule = rule.replace("Object ", "The arguments are ").replace("are missing", "lack the").replace("are contains", "contain the")
    return f"{argument}: {rule}." if argument else f"{rule}."
