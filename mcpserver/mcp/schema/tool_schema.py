"""Self-contained JSON Schema 2020-12 of types, and the header parameters that a tool's schema marks (MCP 2026-07-28,
basic: JSON Schema usage).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ..types import Definitions, Node, node_of
from .limits import extensions, parts
from .type_schema import TypeSchemas, Written

Schema = dict[str, Any]
Path = tuple[str, ...]
"""Names of properties, outermost first."""

_DEFINED = "#/$defs/"
_HEADER = "x-mcp-header"
# RFC 9110 section 5.6.2: token.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRIMITIVE = ("string", "integer", "boolean")


def _unsaid(node: Node, value: Any) -> Schema:
    """No ``default`` keyword; for schemas that do not publish defaults."""
    return {}


def schema_of(kind: Any, foreign: Definitions | None = None, default: Written = _unsaid) -> Schema:
    """The self-contained schema of a type: ``$defs`` has all definitions it refers to, including those of ``foreign``
    types.

    The schema of a class is put at the root instead of a reference to it, even if the class refers to itself: revisions
    before 2026-07-28 require an object there. Raises TypeError for a type that has no form in JSON.
    """
    foreign = foreign or Definitions(writes=False)
    made = TypeSchemas(node_of(kind), foreign, default)
    schema, definitions = made.root, {**made.definitions, **foreign.found}
    root = schema.get("$ref", "").removeprefix(_DEFINED)
    if root in definitions:
        schema = {**definitions[root], **{word: value for word, value in schema.items() if word != "$ref"}}
        if f'"{_DEFINED}{root}"' not in msgspec.json.encode(definitions).decode():
            del definitions[root]
    return _typed({**schema, "$defs": definitions} if definitions else dict(schema))


def _typed(schema: Schema) -> Schema:
    """Add ``type`` to enums of only strings or only integers, in place and at any depth.

    Some clients look for it, and a parameter without a type cannot be sent as a header.
    """
    for kind, name in ((str, "string"), (int, "integer")):
        if "type" not in schema and schema.get("enum") and all(type(value) is kind for value in schema["enum"]):
            schema["type"] = name
    for _, part in parts(schema):
        _typed(part)
    return schema


def header_parameters(schema: Schema) -> dict[str, Path]:
    """Header name -> path of its value in the arguments, for properties marked ``x-mcp-header`` (MCP 2026-07-28,
    Streamable HTTP: schema extension).

    Raises TypeError for a mark that would make clients reject the tool.
    """
    marked = dict(_marked(schema, ()))
    for path, each in marked.items():
        _require_header_name(".".join(path), each[_HEADER])
        _require_primitive(".".join(path), each)
    _require_distinct([each[_HEADER] for each in marked.values()])
    return {f"Mcp-Param-{each[_HEADER]}": path for path, each in marked.items()}


def _marked(schema: Schema, path: Path) -> Iterator[tuple[Path, Schema]]:
    """The marked properties, each with its path. Raises TypeError for a mark elsewhere.

    Clients follow ``properties`` only, never a reference, a list or a composition.
    """
    if _HEADER in schema:
        _require_property(path)
        yield path, schema
    properties = schema.get("properties")
    for name, each in properties.items() if isinstance(properties, dict) else ():
        if isinstance(each, dict):
            yield from _marked(each, (*path, name))
    _require_unmarked([part for keyword, part in parts(schema) if keyword != "properties"])
    _require_unmarked(extensions(schema))


def _require_header_name(parameter: str, value: object) -> None:
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise TypeError(f"The {_HEADER} of the parameter {parameter} must be part of a header's name.")


def _require_primitive(parameter: str, schema: Schema) -> None:
    if schema.get("type") not in _PRIMITIVE:
        raise TypeError(
            f"The parameter {parameter} cannot be sent as a header: only strings, integers and booleans can."
        )


def _require_distinct(values: list[str]) -> None:
    if len({value.lower() for value in values}) != len(values):
        raise TypeError(f"Two parameters have the same {_HEADER}.")


def _require_property(path: Path) -> None:
    if not path:
        raise TypeError(f"{_HEADER} may stand at a tool's parameters, not at all of them together.")


def _require_unmarked(schemas: Iterable[Schema]) -> None:
    for schema in schemas:
        if _HEADER in schema:
            raise TypeError(
                f"{_HEADER} may stand at a tool's parameters only, and at properties of those that are objects."
            )
        _require_unmarked(part for _, part in parts(schema))
        _require_unmarked(extensions(schema))
