"""Reading of an untrusted JSON Schema (2020-12): local references, merged parts, names."""

from typing import Any

from ..json_text import JsonObject

MOST_STEPS = 20
Open = frozenset[str]


def text_of(schema: JsonObject, name: str, limit: int) -> str:
    value = schema.get(name)
    return value[:limit] if isinstance(value, str) else ""


def label_of(schema: JsonObject, name: str) -> str:
    return text_of(schema, "title", 200) or name[:200]


def _target(reference: str, root: JsonObject) -> Any:
    """The target of a reference within the document (RFC 6901); None for any other, as nothing is fetched."""
    if not reference.startswith("#/"):
        return root if reference == "#" else None
    here: Any = root
    for token in reference[2:].split("/")[:MOST_STEPS]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(here, list):
            here = (
                here[int(name)]
                if name.isascii() and name.isdecimal() and len(name) < 6 and int(name) < len(here)
                else None
            )
        else:
            here = here.get(name) if isinstance(here, dict) else None
    return here


def pointed(schema: Any, root: JsonObject) -> tuple[JsonObject, Open]:
    """The schema with its references resolved, and the set of references that were followed.

    Keywords beside a ``$ref`` are kept and take precedence (2020-12 core, section 8.2.3.1). A reference that cannot
    be resolved or is circular leaves only the description.
    """
    opened: set[str] = set()
    here = schema if isinstance(schema, dict) else {}
    while isinstance(reference := here.get("$ref"), str):
        target = _target(reference, root)
        if reference in opened or len(opened) > MOST_STEPS or not isinstance(target, dict):
            return {"description": text_of(here, "description", 2000)}, frozenset(opened | {reference})
        opened.add(reference)
        here = {**target, **{name: value for name, value in here.items() if name != "$ref"}}
    return here, frozenset(opened)


def merged(schema: JsonObject, root: JsonObject) -> JsonObject:
    """The schema with the schemas of its ``allOf`` merged into it, one level deep, as inheritance is written."""
    parts = schema.get("allOf")
    if not isinstance(parts, list) or len(parts) > MOST_STEPS:
        return schema
    whole = {name: value for name, value in schema.items() if name != "allOf"}
    for part in parts:
        resolved, _ = pointed(part, root)
        properties, required = resolved.get("properties"), resolved.get("required")
        if isinstance(properties, dict) and isinstance(whole.get("properties", {}), dict):
            whole["properties"] = {**properties, **whole.get("properties", {})}
        if isinstance(required, list) and isinstance(whole.get("required", []), list):
            whole["required"] = [*whole.get("required", []), *required]
        whole = {
            **{name: value for name, value in resolved.items() if name not in ("properties", "required", "allOf")},
            **whole,
        }
    return whole


def widened(schema: JsonObject, root: JsonObject) -> JsonObject:
    """The schema with the properties of its alternatives added as optional ones, if it has properties of its own.

    Which of them may be combined is left to the validation against the original schema.
    """
    listed = [each for name in ("oneOf", "anyOf") if isinstance(schema.get(name), list) for each in schema[name]]
    own = schema.get("properties")
    if not listed or not isinstance(own, dict) or not own or len(listed) > MOST_STEPS:
        return schema
    found = [pointed(each, root)[0].get("properties") for each in listed]
    theirs = {name: each for properties in found if isinstance(properties, dict) for name, each in properties.items()}
    return {
        **{name: value for name, value in schema.items() if name not in ("oneOf", "anyOf")},
        "properties": {**theirs, **own},
    }


def without_null(schema: JsonObject) -> JsonObject:
    """The schema without the alternative null, as leaving the value out means the same."""
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), list):
            rest = [each for each in schema[union] if not (isinstance(each, dict) and each.get("type") == "null")]
            outside = {name: value for name, value in schema.items() if name != union}
            if len(rest) == 1 and isinstance(rest[0], dict) and "$ref" not in rest[0]:
                return {**rest[0], **outside}
            return {**outside, union: rest}
    kinds = schema.get("type")
    if isinstance(kinds, list):
        rest = [kind for kind in kinds if kind != "null"]
        return {**schema, "type": rest[0] if len(rest) == 1 else rest}
    return schema


def kinds_of(schema: JsonObject) -> tuple[str, ...]:
    """The types that a schema allows; object when it has no type but properties; empty when it allows any."""
    said = schema.get("type")
    if isinstance(said, str):
        return (said,)
    if isinstance(said, list):
        return tuple(each for each in said if isinstance(each, str))
    return ("object",) if "properties" in schema else ()
