"""JSON Schema 2020-12 from types, and values checked against the same types (MCP 2026-07-28, basic: JSON Schema usage)."""

import re
from typing import Any

import msgspec

from .pydantic_kinds import Definitions

Schema = dict[str, Any]

_REFERENCE = "#/$defs/{name}"
_HEADER = "x-mcp-header"
# RFC 9110 section 5.6.2: token.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRIMITIVE = ("string", "integer", "boolean")


def schema_of(kind: Any, foreign: Definitions | None = None) -> Schema:
    """The schema of a type, self-contained: definitions it refers to stand in its own ``$defs``, those of ``foreign`` types among them.

    Raises TypeError for a type that has no form in JSON.
    """
    foreign = foreign or Definitions(writes=False)
    (schema,), definitions = msgspec.json.schema_components((kind,), schema_hook=foreign.schema, ref_template=_REFERENCE)
    definitions = {**definitions, **foreign.found}
    root = schema.get("$ref", "").removeprefix("#/$defs/")
    if root in definitions and f'"{_REFERENCE.format(name=root)}"' not in msgspec.json.encode(definitions).decode():
        schema = definitions.pop(root)
    return {**schema, "$defs": definitions} if definitions else dict(schema)


def header_parameters(schema: Schema) -> dict[str, str]:
    """Header name -> parameter of those marked ``x-mcp-header`` (MCP 2026-07-28, Streamable HTTP: custom headers).

    Raises TypeError for a mark that makes clients leave the tool out.
    """
    marked = {name: each for name, each in schema.get("properties", {}).items() if _HEADER in each}
    for name, each in marked.items():
        _require_header_name(name, each[_HEADER])
        _require_primitive(name, each)
    _require_distinct([each[_HEADER] for each in marked.values()])
    _require_unmarked(schema.get("$defs", {}))
    return {f"Mcp-Param-{each[_HEADER]}": name for name, each in marked.items()}


def _require_header_name(parameter: str, value: object) -> None:
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise TypeError(f"The {_HEADER} of the parameter {parameter} must be part of a header's name.")


def _require_primitive(parameter: str, schema: Schema) -> None:
    if schema.get("type") not in _PRIMITIVE:
        raise TypeError(f"The parameter {parameter} cannot be sent as a header: only str, int and bool can.")


def _require_distinct(values: list[str]) -> None:
    if len({value.lower() for value in values}) != len(values):
        raise TypeError(f"Two parameters have the same {_HEADER}.")


def _require_unmarked(definitions: Schema) -> None:
    """Clients follow properties only, never a reference."""
    if f'"{_HEADER}"' in msgspec.json.encode(definitions).decode():
        raise TypeError(f"{_HEADER} may stand at a tool's own parameters only.")
