"""A form from a JSON Schema, and the value read back from what a person filled in: no HTTP, no markup.

A schema becomes a tree of nodes (``plan``), a node and the answers become fields to show. ``Answers`` are the inputs of an HTML form by name: the value
of the part at a JSON Pointer is ``arg./POINTER``, how many rows a list has ``size./POINTER``, which alternative of a union was chosen ``pick./POINTER``.
"""

from .editing import edited
from .field import Field
from .nodes import Answers, BadArguments
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
    "plan",
    "refilled",
    "written_as_json",
]
