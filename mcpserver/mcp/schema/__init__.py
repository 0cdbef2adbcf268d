"""JSON Schema: written from types, compiled, and bounded.

``type_schema`` writes the schema of a type, ``tool_schema`` that of a tool's arguments and its header parameters,
``forms`` that of a form for elicitation. ``json_schema`` compiles a schema, ``limits`` bounds one that others
wrote.

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
