"""Forms made from JSON Schema, and their input read back as JSON.

``plan`` turns a schema (``schema``) into nodes; ``nodes``, ``structures`` and ``field`` are what a page shows;
``editing`` adds and removes items; ``whole`` is the form that takes one JSON text, for schemas that have no fields.

It may import ``mcp.protocol`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to
that.
"""

from .editing import edited
from .field import Field
from .nodes import Answers, BadArguments, parsed
from .plan import plan
from .whole import arguments_from, as_json, checked, fields_of, fresh_answers, from_json, refilled, written_as_json

__all__ = [
    "Answers",
    "BadArguments",
    "Field",
    "arguments_from",
    "as_json",
    "checked",
    "edited",
    "fields_of",
    "fresh_answers",
    "from_json",
    "parsed",
    "plan",
    "refilled",
    "written_as_json",
]
