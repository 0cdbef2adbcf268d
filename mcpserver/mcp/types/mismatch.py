"""The error for a value that does not fit its type, with a message that names the place and the rule."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

_AT = re.compile(r" - at (?:`(key)` in )?`\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_LONGEST_LIST = 20


class Mismatch(Exception):
    """Raised for a value that does not fit; the message is written for the model or the person who sent it."""


def mismatch(error: msgspec.ValidationError, schema: Mapping[str, Any]) -> Mismatch:
    """Convert a validation error of msgspec; the message has the form ``argument: rule.``"""
    rule, path = _parted(str(error))
    where = path.removeprefix(".")
    rule = rule.replace("Object missing", "The arguments lack the").replace(
        "Object contains", "The arguments contain the"
    )
    return Mismatch((f"{where}: {rule}." if where else f"{rule}.") + _advice(rule, _at(schema, path)))


def _parted(text: str) -> tuple[str, str]:
    """Split an error message into rule and path.

    An error raised in a hook has a path of its own, in front of the path to the value that the hook was given.
    """
    path = ""
    while found := _AT.search(text):
        text, path = text[: found.start()] + (" in a key" if found[1] else ""), path + found[2]
    return text, path


def _advice(rule: str, schema: Mapping[str, Any]) -> str:
    """The allowed values or names, for rules that state only what is wrong; empty for other rules."""
    if rule.startswith("Invalid enum value"):
        return _listed("It must be one of", [msgspec.json.encode(value).decode() for value in schema.get("enum", ())])
    if "unknown field" in rule:
        return _listed("Known are", [f"`{name}`" for name in schema.get("properties", ())])
    return ""


def _listed(words: str, values: list[str]) -> str:
    return f" {words} {', '.join(values)}." if 0 < len(values) <= _LONGEST_LIST else ""


def _at(schema: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The schema at a path, empty when it is ambiguous or unknown."""
    here = resolved(schema, schema)
    for step in _STEP.finditer(path):
        here = resolved(_below(here, step[1]), schema)
    return here


def _below(here: Mapping[str, Any], name: str | None) -> Mapping[str, Any]:
    below = (
        here.get("properties", {}).get(name, {})
        if name is not None
        else here.get("items", here.get("additionalProperties"))
    )
    return below if isinstance(below, Mapping) else {}


def resolved(here: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with its reference followed; ``anyOf`` of one schema and null is reduced to that schema."""
    branches = [branch for branch in here.get("anyOf", ()) if branch.get("type") != "null"]
    if len(branches) == 1:
        here = branches[0]
    name = here.get("$ref", "").removeprefix("#/$defs/")
    return root.get("$defs", {}).get(name, {}) if name else here


def steps(location: Iterable[object]) -> str:
    """Format a location inside a value as a path: ``.lines[0].price``."""
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in location)
