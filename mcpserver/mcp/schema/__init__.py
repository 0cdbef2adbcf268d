"""JSON Schema: generation from types, compilation, and limits.

``type_schema`` generates the schemas of a type and its definitions, ``tool_schema`` combines them into one
self-contained schema and finds header parameters, ``forms`` checks schemas of elicitation forms. ``json_schema``
compiles a handwritten schema, ``limits`` bounds its size.

It may import ``mcp.types`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to
that.
"""

from .forms import FORMATS, WORDS, require_form_schema, without_blanks
from .json_schema import JsonSchema, compile_schema
from .limits import SchemaError, parts
from .tool_schema import Schema, header_parameters, schema_of
from .type_schema import DURATION

__all__ = [
    "DURATION",
    "FORMATS",
    "WORDS",
    "JsonSchema",
    "Schema",
    "SchemaError",
    "compile_schema",
    "header_parameters",
    "parts",
    "require_form_schema",
    "schema_of",
    "without_blanks",
]
