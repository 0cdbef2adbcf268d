"""A form for a tool, made from its JSON Schema, and the arguments read back from it."""

import json
import math
from collections.abc import Mapping
from typing import Any

from attrs import frozen

PREFIX = "arg."
RAW = "raw"
LONG_NAMES = frozenset({"text", "body", "content", "message", "markdown", "code", "sql", "prompt"})


@frozen
class Field:
    """One input. ``kind``: text, long, integer, number, boolean, choice or json. ``options`` as JSON texts with their labels."""

    name: str
    label: str
    kind: str
    required: bool
    description: str = ""
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""

    @property
    def input(self) -> str:
        return PREFIX + self.name


class BadArguments(ValueError):
    """``problems`` maps field names to one sentence each."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("Some of the values do not fit.")
        self.problems = problems


def _plain(schema: Any) -> dict[str, Any]:
    """The schema without the alternative ``null``, which an empty input says as well."""
    if not isinstance(schema, dict):
        return {}
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), list):
            rest = [each for each in schema[union] if not (isinstance(each, dict) and each.get("type") == "null")]
            if len(rest) == 1 and isinstance(rest[0], dict):
                return {**rest[0], **{name: value for name, value in schema.items() if name != union}}
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        return {**schema, "type": kinds[0]} if len(kinds) == 1 else {name: value for name, value in schema.items() if name != "type"}
    return schema


def _kind(name: str, schema: dict[str, Any]) -> str:
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return "choice"
    kind = schema.get("type")
    if kind == "string":
        longest = schema.get("maxLength", 10_000 if name in LONG_NAMES else 200)
        return "long" if isinstance(longest, int) and longest > 200 else "text"
    return str(kind) if kind in ("integer", "number", "boolean") else "json"


def _default(schema: dict[str, Any], kind: str) -> str:
    value = schema.get("default")
    if value is None:
        return ""
    return value if isinstance(value, str) and kind in ("text", "long") else json.dumps(value, ensure_ascii=False)


def _options(schema: dict[str, Any], kind: str) -> tuple[tuple[str, str], ...]:
    if kind == "boolean":
        return (("true", "Yes"), ("false", "No"))
    values = schema["enum"][:200] if kind == "choice" else []
    return tuple((json.dumps(value), value if isinstance(value, str) else json.dumps(value)) for value in values)


def _field(name: str, schema: Any, *, required: bool) -> Field:
    plain = _plain(schema)
    kind = _kind(name, plain)
    title, description = plain.get("title"), plain.get("description")
    return Field(
        name=name,
        label=title if isinstance(title, str) and title else name,
        kind=kind,
        required=required,
        description=description if isinstance(description, str) else "",
        options=_options(plain, kind),
        value=_default(plain, kind),
    )


def is_plain(schema: dict[str, Any]) -> bool:
    """Whether the schema is a list of properties, each of which can have an input."""
    properties = schema.get("properties", {})
    return isinstance(properties, dict) and len(properties) <= 100 and not any(key in schema for key in ("anyOf", "oneOf", "allOf", "$ref"))


def fields_of(schema: dict[str, Any]) -> list[Field]:
    """The inputs for a tool's schema; a schema that is no plain list of properties gets one input for the arguments as JSON."""
    if not is_plain(schema):
        return [Field(RAW, "Arguments as JSON", "json", required=True, value="{}")]
    wanted = schema.get("required")
    required = wanted if isinstance(wanted, list) else []
    return [_field(name, each, required=name in required) for name, each in schema.get("properties", {}).items()]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("This is not valid JSON.") from None


def _read(field: Field, text: str) -> Any:
    """One value. Raises ValueError with a sentence for the person."""
    if field.kind in ("text", "long"):
        return text
    if field.kind == "integer":
        if not text.strip().lstrip("+-").isdecimal() or len(text) > 40:
            raise ValueError("This must be a whole number.")
        return int(text)
    if field.kind == "number":
        value = _json(text.strip()) if len(text) < 100 else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError("This must be a number.")
        return value
    if field.options and text not in dict(field.options):
        raise ValueError("Choose one of the values offered.")
    return _json(text)


def arguments_from(schema: dict[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """The arguments a person filled in; an empty optional input is left out. Raises BadArguments."""
    arguments: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in fields_of(schema):
        text = form.get(field.input, "").replace("\r\n", "\n")
        try:
            if text.strip():
                arguments[field.name] = _read(field, text)
            elif field.required:
                problems[field.name] = "This is needed."
        except ValueError as error:
            problems[field.name] = str(error)
    if problems:
        raise BadArguments(problems)
    return arguments if is_plain(schema) else _object(arguments[RAW])


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadArguments({RAW: "The arguments must be a JSON object."})
    return value
