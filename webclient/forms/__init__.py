"""Forms made from JSON Schema, and their input read as JSON.

``plan`` turns a schema into nodes, with ``schema`` to read it; ``nodes``, ``structures`` and ``moments`` define the
nodes, ``field`` what a template shows of them; ``editing`` adds and removes rows; ``whole`` converts between a whole
form, the arguments of a tool, and JSON text.

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
