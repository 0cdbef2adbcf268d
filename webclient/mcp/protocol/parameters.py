"""Tool parameters mirrored into headers (MCP 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters")."""

import base64
import re
from collections.abc import Iterator

from ...json_text import JsonObject
from ...wire import Unchecked

TCHAR = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
PLAIN = re.compile(r"[\x20-\x7e\t]*")
KINDS = frozenset({"string", "integer", "boolean"})
SAFE_INTEGER = 2**53 - 1
NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"})
"""Keywords whose value maps names to schemas."""
VALUES = frozenset({"const", "default", "dependentRequired", "enum", "examples", "required", "type", "$vocabulary"})
"""Keywords whose values are never schemas, even if they look like them."""


class InvalidTool(ValueError):
    """A tool that breaks the rules and must not be offered."""


def header_value(value: str) -> str:
    """The value in the form for a header: plain where that is safe, else in the Base64 sentinel."""
    plain = (
        PLAIN.fullmatch(value)
        and value == value.strip()
        and not (value.startswith("=?base64?") and value.endswith("?="))
    )
    return value if plain else f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def _annotated(
    schema: JsonObject, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Unchecked, Unchecked]]:
    """The path, header name and type of each annotation that is reachable through ``properties``."""
    properties = schema.get("properties")
    for name, each in properties.items() if isinstance(properties, dict) else ():
        if isinstance(each, dict):
            if "x-mcp-header" in each:
                yield (*path, name), each["x-mcp-header"], each.get("type")
            yield from _annotated(each, (*path, name))


def _count(schema: object) -> int:
    """The number of annotations in the schema, reachable or not, including those under unknown keywords, which may
    contain schemas.

    Values that look like schemas are skipped, and a property may have the annotation's name.
    """
    if isinstance(schema, list):
        return sum(_count(each) for each in schema)
    if not isinstance(schema, dict):
        return 0
    inside = 0
    for keyword, value in schema.items():
        if keyword in NAMED and isinstance(value, dict):
            inside += sum(_count(each) for each in value.values())
        elif keyword not in VALUES and keyword != "x-mcp-header":
            inside += _count(value)
    return inside + ("x-mcp-header" in schema)


def mirrored(schema: JsonObject) -> dict[tuple[str, ...], str]:
    """The header name for each mirrored property path. Raises InvalidTool."""
    found = list(_annotated(schema))
    names = [name for _, name, _ in found]
    if not all(isinstance(name, str) and TCHAR.fullmatch(name) for name in names):
        raise InvalidTool("it requires a header with a name that is not allowed")
    if len({name.lower() for name in names}) != len(names):
        raise InvalidTool("it requires the same header twice")
    if not all(isinstance(kind, str) and kind in KINDS for _, _, kind in found) or _count(schema) != len(found):
        raise InvalidTool("it requires a header from a parameter that cannot be sent as a header")
    return {path: f"Mcp-Param-{name}" for path, name, _ in found}


def _at(arguments: object, path: tuple[str, ...]) -> object:
    for name in path:
        arguments = arguments.get(name) if isinstance(arguments, dict) else None
    return arguments


def parameter_headers(schema: JsonObject, arguments: JsonObject) -> dict[str, str]:
    """The ``Mcp-Param-`` headers of a call; a parameter that is absent, null, or no string, integer or boolean has
    none.

    Raises InvalidTool.
    """
    headers = {}
    for path, name in mirrored(schema).items():
        value = _at(arguments, path)
        if isinstance(value, bool):
            headers[name] = "true" if value else "false"
        elif isinstance(value, str) or (isinstance(value, int) and abs(value) <= SAFE_INTEGER):
            headers[name] = header_value(str(value))
    return headers
