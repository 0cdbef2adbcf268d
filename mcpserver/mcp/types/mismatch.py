"""A value that is not of the type it has to be, said in a sentence that names the place and the rule."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

_AT = re.compile(r" - at (?:`(key)` in )?`\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_LONGEST_LIST = 20


class Mismatch(Exception):
    """``str()`` is for the model or the person who sent the value."""


def mismatch(error: msgspec.ValidationError, schema: Mapping[str, Any]) -> Mismatch:
    """What msgspec found, as ``argument: rule.``"""
    rule, path = _parted(str(error))
    where = path.removeprefix(".")
    rule = rule.replace("Object missing", "The arguments lack the").replace(
        "Object contains", "The arguments contain the"
    )
    return Mismatch((f"{where}: {rule}." if where else f"{rule}.") + _advice(rule, _at(schema, path)))


def _parted(text: str) -> tuple[str, str]:
    """The rule and the path; what a hook found has a path of its own before the path to what it was asked about."""
    path = ""
    while found := _AT.search(text):
        text, path = text[: found.start()] + (" in a key" if found[1] else ""), path + found[2]
    return text, path


def _advice(rule: str, schema: Mapping[str, Any]) -> str:
    """What would be right, where a rule says only what is wrong."""
    if rule.startswith("Invalid enum value"):
        return _listed("It must be one of", [msgspec.json.encode(value).decode() for value in schema.get("enum", ())])
    if "unknown field" in rule:
        return _listed("Known are", [f"`{name}`" for name in schema.get("properties", ())])
    return ""


def _listed(words: str, values: list[str]) -> str:
    return f" {words} {', '.join(values)}." if 0 < len(values) <= _LONGEST_LIST else ""


def _at(schema: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The schema of what stands at a path, empty when several may."""
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
    """References followed, and ``None`` left aside."""
    branches = [branch for branch in here.get("anyOf", ()) if branch.get("type") != "null"]
    if len(branches) == 1:
        here = branches[0]
    name = here.get("$ref", "").removeprefix("#/$defs/")
    return root.get("$defs", {}).get(name, {}) if name else here


def steps(location: Iterable[object]) -> str:
    """A place inside a value as a path: ``.lines[0].price``."""
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in location)
