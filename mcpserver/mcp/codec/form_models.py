"""Forms from types: a dataclass, an attrs class, a TypedDict, a Struct or a pydantic model of flat fields (MCP
2026-07-28, client: elicitation).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..schema import FORMATS, WORDS, Schema, SchemaError, require_form_schema
from .codec import codec_of


def form_schema_of(kind: Any) -> Schema:
    """The restricted schema of a type.

    What a form cannot show, such as a pattern, is left out of it and still checked when the answer is read.

    An Enum shows the names of its members beside their values, or what they say as their ``label``. Raises SchemaError,
    naming the field, for what cannot be a field at all, TypeError for a type that has no form in JSON.
    """
    schema = codec_of(kind).schema
    if "properties" not in schema:
        raise SchemaError(f"A form is made of a type with fields, not of {getattr(kind, '__name__', kind)}.")
    hints = get_type_hints(kind, include_extras=True)
    fields = {
        name: _field(_resolved(each, schema), hints.get(name)) for name, each in schema.get("properties", {}).items()
    }
    form: Schema = {"type": "object", "properties": fields, "required": list(schema.get("required", ()))}
    require_form_schema(form)
    return form


def _field(schema: Schema, hint: Any) -> Schema:
    if schema.get("type") != "array":
        return _shown({**schema, **_choice(schema, hint, "oneOf")})
    items = schema.get("items", {})
    return _shown({**schema, "items": _choice(items, hint, "anyOf") or items})


def _shown(field: Schema) -> Schema:
    """What a form may say about a field of the type; a rule for whole numbers that excludes its bound is one that
    includes the next.
    """
    words = WORDS.get(field.get("type", ""), frozenset(field))
    if field.get("type") == "integer":
        bounds = {"minimum": ("exclusiveMinimum", 1), "maximum": ("exclusiveMaximum", -1)}
        field = {**{word: field[other] + step for word, (other, step) in bounds.items() if other in field}, **field}
    shown = {word: value for word, value in field.items() if word in words and value is not None}
    return (
        shown
        if shown.get("format", FORMATS[0]) in FORMATS
        else {word: value for word, value in shown.items() if word != "format"}
    )


def _choice(schema: Schema, hint: Any, titled: str) -> Schema:
    """The choices of a field in the order in which they were written, with their titles where these say more than
    the values; empty for no choice.
    """
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    choices = _choices(hint)
    if values is None:
        return {}
    if choices is None or list(map(str, choices)) != list(choices):
        return {"type": "string", "enum": values}
    if all(title.casefold() == value.casefold() for value, title in choices.items()):
        return {"type": "string", "enum": list(choices)}
    shown = [{"const": value, "title": title} for value, title in choices.items()]
    return {"type": "string", "enum": None, titled: shown} if titled == "oneOf" else {titled: shown}


def _choices(hint: Any) -> Mapping[str, str] | None:
    """Value -> title of what a type lets one choose from; the Enum or Literal may stand inside a list, an optional
    or an Annotated.
    """
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {member.value: _title(member) for member in hint}
    if get_origin(hint) is Literal:
        return {value: str(value) for value in get_args(hint)}
    inner = [found for part in get_args(hint) if (found := _choices(part)) is not None]
    return inner[0] if len(inner) == 1 else None


def _title(member: Enum) -> str:
    label = getattr(member, "label", None)
    return label if isinstance(label, str) else member.name.replace("_", " ").capitalize()


def _resolved(field: Schema, root: Schema) -> Schema:
    """Without references and without None: a field that may stay empty is one that is not required."""
    rest = {word: value for word, value in field.items() if word not in ("$ref", "anyOf")}
    options = [option for option in field.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        return _resolved({**options[0], **rest}, root)
    if "$ref" in field:
        return _resolved({**root["$defs"][field["$ref"].removeprefix("#/$defs/")], "title": None, **rest}, root)
    items = {"items": _resolved(field["items"], root)} if isinstance(field.get("items"), dict) else {}
    return {**field, **items}
