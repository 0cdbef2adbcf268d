"""A tool's arguments as a form: fields to show, arguments to send, and JSON text as an alternative."""

from functools import reduce
from typing import Any

from ..json_text import JsonObject, json_text
from ..mcp.protocol import Mismatch, Unusable, require_fit
from .field import Field, joined
from .nodes import LEFT, Answers, BadArguments, Node, Reading, parsed

JSON, MODE = "json", "as"


def as_json(answers: Answers) -> bool:
    """Whether the arguments are written as one JSON text instead of in fields."""
    return answers.get(MODE, ("",))[0] == JSON


def fields_of(node: Node, answers: Answers, problems: dict[str, str] | None = None) -> Field:
    """The form to show, with the answers so far and the problems by JSON Pointer."""
    return node.show("", Reading(answers, dict(problems or {})))


def arguments_from(node: Node, answers: Answers) -> JsonObject:
    """The arguments that the answers stand for. Raises BadArguments."""
    if as_json(answers):
        return _object(answers.get(JSON, ("",))[0])
    reading = Reading(answers)
    value = node.read("", reading)
    if reading.problems:
        raise BadArguments(reading.problems)
    return _require_object({} if value is LEFT else value)


def _object(text: str) -> JsonObject:
    try:
        return _require_object(parsed(text) if text.strip() else {})
    except BadArguments:
        raise
    except ValueError as error:
        raise BadArguments({"": str(error)}) from None


def _require_object(value: Any) -> JsonObject:
    if not isinstance(value, dict):
        raise BadArguments({"": "The arguments must be a JSON object."})
    return value


def checked(arguments: JsonObject, schema: JsonObject) -> JsonObject:
    """The arguments, validated against the whole schema.

    Raises BadArguments. With a schema that cannot be used nothing is checked, and validation is left to the server.
    """
    try:
        require_fit(arguments, schema)
    except Mismatch as error:
        raise BadArguments({pointer_of(error.path): f"The schema says: {error.reason}."}) from None
    except Unusable:
        pass
    return arguments


def pointer_of(path: tuple[str | int, ...]) -> str:
    return reduce(joined, path, "")


def refilled(node: Node, arguments: JsonObject) -> Answers:
    """The answers that stand for these arguments; as JSON text when the fields cannot express them."""
    answers = node.fill("", arguments)
    reading = Reading(answers)
    if node.read("", reading) == arguments and not reading.problems:
        return answers
    return _as_json(arguments)


def written_as_json(node: Node, answers: Answers) -> Answers:
    """The answers converted to JSON text for further editing; values that do not fit are left out."""
    value = node.read("", Reading(answers))
    return _as_json(value if isinstance(value, dict) else {})


def _as_json(arguments: JsonObject) -> Answers:
    return {MODE: (JSON,), JSON: (json_text(arguments, indent=2),)}


def from_json(node: Node, answers: Answers) -> Answers:
    """The answers converted from JSON text to fields, as far as the fields can express it. Raises BadArguments."""
    return node.fill("", _object(answers.get(JSON, ("",))[0]))


def fresh_answers(schema: JsonObject, node: Node) -> Answers:
    """The initial answers of a form, from the defaults of its schema."""
    value = defaults_of(schema)
    return {} if value is LEFT else node.fill("", value)


def defaults_of(schema: Any, deepest: int = 6) -> Any:
    """The value made of the defaults in a schema, down to ``deepest`` levels.

    LEFT when there are none, or when the default is null, as leaving the value out means the same.
    """
    if not isinstance(schema, dict):
        return LEFT
    if "default" in schema:
        return LEFT if schema["default"] is None else schema["default"]
    properties = schema.get("properties")
    if not isinstance(properties, dict) or deepest == 0:
        return LEFT
    values = {name: defaults_of(each, deepest - 1) for name, each in properties.items()}
    given = {name: value for name, value in values.items() if value is not LEFT}
    return given or LEFT
