"""Form schemas of types: a dataclass, attrs class, TypedDict, Struct or pydantic model with flat fields (MCP
2026-07-28, client: elicitation).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..schema import FORMATS, WORDS, Schema, SchemaError, require_form_schema
from .codec import codec_of


def form_schema_of(kind: Any) -> Schema:
    """The restricted schema of a type.

    Keywords that forms do not have, such as ``pattern``, are left out; they are still checked when the answer is read.
    The choices of an Enum are titled with the ``label`` of each member, or else with its name.

    Raises SchemaError, naming the field, for a field that forms cannot have, and TypeError for a type that has no form
    in JSON.
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
    """The schema of a field, reduced to the keywords that forms may have.

    Exclusive bounds of integers become inclusive ones.
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
    """The choices of a field in the order in which they were written, with titles if these differ from the values.

    Empty for a field without choices.
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
    """Value -> title of each choice of a type, None without choices.

    The Enum or Literal may be inside a list, an optional type or Annotated.
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
    """The schema of a field with references resolved, and without null: forms have no null, only optional fields."""
    rest = {word: value for word, value in field.items() if word not in ("$ref", "anyOf")}
    options = [option for option in field.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        return _resolved({**options[0], **rest}, root)
    if "$ref" in field:
        return _resolved({**root["$defs"][field["$ref"].removeprefix("#/$defs/")], "title": None, **rest}, root)
    items = {"items": _resolved(field["items"], root)} if isinstance(field.get("items"), dict) else {}
    return {**field, **items}
