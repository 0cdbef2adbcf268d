"""Restricted schemas for elicitation forms: flat objects with simple fields (MCP 2026-07-28 and 2025-11-25, client:
elicitation: requested schema).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..types import resolved
from .limits import SchemaError

FORMATS = ("email", "uri", "date", "date-time")
_ABOUT = frozenset({"type", "title", "description", "default"})
WORDS: Mapping[str, frozenset[str]] = {
    "string": _ABOUT | {"minLength", "maxLength", "format", "enum", "oneOf", "enumNames"},
    "number": _ABOUT | {"minimum", "maximum"},
    "integer": _ABOUT | {"minimum", "maximum"},
    "boolean": _ABOUT,
    "array": _ABOUT | {"minItems", "maxItems", "items"},
}
"""The type of a field -> the keywords that its schema may have."""
_ROOT = frozenset({"$schema", "type", "title", "description", "properties", "required", "additionalProperties"})
_DEFAULTS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
}


def require_form_schema(schema: Mapping[str, Any]) -> None:
    """Require that a schema is one that forms may have. Raises SchemaError, naming the field, otherwise."""
    if (
        not isinstance(schema, Mapping)
        or schema.get("type") != "object"
        or not isinstance(schema.get("properties"), Mapping)
    ):
        raise SchemaError("The schema of a form needs the type object and properties.")
    _require_words("The schema of a form", schema, _ROOT)
    for name, field in schema["properties"].items():
        _require_field(f"The field {name} of the form", field)
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(
        isinstance(name, str) and name in schema["properties"] for name in required
    ):
        raise SchemaError("A form may require only fields that it has.")


def without_blanks(content: object, schema: Mapping[str, Any]) -> object:
    """The answer without optional fields that were left blank: browsers send "" for these, which is not a valid date,
    number or choice.

    Fields whose schema admits an empty string are kept. ``schema`` may contain references.
    """
    if not isinstance(content, Mapping):
        return content
    fields, required = schema.get("properties", {}), schema.get("required", ())
    blank = {name for name, value in content.items() if value == "" and name in fields and name not in required}
    left = {name for name in blank if not _may_be_empty(resolved(fields[name], schema))}
    return {name: value for name, value in content.items() if name not in left} if left else content


def _may_be_empty(field: Mapping[str, Any]) -> bool:
    choices = field.get("enum", [each.get("const") for each in field["oneOf"]] if "oneOf" in field else None)
    if choices is not None:
        return "" in choices
    if field.get("type", "string") != "string" or "const" in field:
        return False
    return (
        "format" not in field
        and not field.get("minLength")
        and ("pattern" not in field or bool(re.search(field["pattern"], "")))
    )


def _require_field(field_name: str, field: Any) -> None:
    kind = field.get("type") if isinstance(field, Mapping) else None
    if not isinstance(kind, str) or kind not in WORDS:
        raise SchemaError(
            f"{field_name} must be a string, a number, an integer, a boolean or an array of choices: forms do not nest."
        )
    _require_words(field_name, field, WORDS[kind])
    if "format" in field and field["format"] not in FORMATS:
        raise SchemaError(f"{field_name} may have one of the formats {', '.join(FORMATS)}.")
    choices = _choices(field_name, field)
    if "default" in field:
        _require_default(field_name, field["default"], kind, choices)


def _require_words(what: str, schema: Mapping[str, Any], words: frozenset[str]) -> None:
    if extra := sorted(set(schema) - words):
        raise SchemaError(f"{what} may not have {', '.join(extra)}.")


def _choices(field_name: str, field: Mapping[str, Any]) -> list[str] | None:
    """The values to choose from, None for a field without choices. Raises SchemaError when they are malformed."""
    if field["type"] == "array":
        items = field.get("items")
        return _listed(field_name, items if isinstance(items, Mapping) else {}, "anyOf")
    if "enumNames" in field and len(field["enumNames"]) != len(field.get("enum", ())):
        raise SchemaError(f"{field_name} must have a name for each choice in enumNames.")
    return _listed(field_name, field, "oneOf") if "enum" in field or "oneOf" in field else None


def _listed(field_name: str, schema: Mapping[str, Any], titled: str) -> list[str]:
    if "enum" in schema:
        values = schema["enum"] if schema.get("type") == "string" else None
    else:
        values = [each.get("const") if _is_titled(each) else None for each in _list(schema.get(titled))]
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise SchemaError(
            f"{field_name} needs its choices: strings in enum, or in {titled} each with its const and its title."
        )
    return values


def _is_titled(choice: object) -> bool:
    return isinstance(choice, Mapping) and set(choice) == {"const", "title"} and isinstance(choice["title"], str)


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _require_default(field_name: str, default: object, kind: str, choices: list[str] | None) -> None:
    fits = isinstance(default, _DEFAULTS[kind]) and (kind == "boolean" or not isinstance(default, bool))
    chosen = default if isinstance(default, list) else [default]
    if not fits or (choices is not None and not all(each in choices for each in chosen)):
        raise SchemaError(f"{field_name} has a default that could not be its value.")
