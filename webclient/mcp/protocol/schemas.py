"""Validation of values against schemas from a server (MCP 2026-07-28, basic: JSON Schema usage).

The dialects are 2020-12, the default, and draft-07. Nothing is ever fetched: references lead to parts of the schema
itself, by any name that it gives them ($id, $anchor). The time of a check is bounded: so is the number of parts, with
references followed and each counted as often as it can be reached; patterns run in linear time or, when they look
around, in a bounded number of steps.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import jsonschema_rs

from mcpbase.json_bounds import is_deep
from mcpbase.json_schema import DEFINING, MOST_WORK, REFERENCES, Expansion, compared_choices, dialect_of, pointed

from ...json_text import JsonObject
from ...wire import Unchecked

DEEPEST, MOST_PARTS = 64, 20_000
SIMPLE, MOST_MATCHED, MOST_MATCHED_HARD = 50_000, 40_000, 2_000
"""Limits for patterns: bytes of a compiled pattern that counts as simple; characters, times the number of patterns in
the schema, that are matched when all are simple, and otherwise.
"""
VALUES = frozenset({"enum", "const", "default", "examples"})
LARGEST_PATTERN = 1_000_000
MOST_STEPS, MOST_STEPS_AT_ONCE, FEWEST_STEPS = 4_000_000, 10_000, 100
"""Limits for patterns that look around or back, which take more than linear time: steps for all values and patterns
together, and the maximum and minimum for one value and one pattern.
"""


class Unusable(ValueError):
    """A schema that values cannot be checked against; the message says why."""


class Mismatch(ValueError):
    """A value that does not fit its schema.

    ``path`` leads to the part that does not fit; ``reason`` says why, without the path.
    """

    def __init__(self, reason: str, path: tuple[str | int, ...] = ()) -> None:
        where = "/".join(map(str, path))
        super().__init__(f"at {where[:200]}: {reason}" if where else reason)
        self.reason = reason
        self.path = path


class _Extent:
    """The cost of checking against a schema, and whether the schema refers to itself."""

    def __init__(self, root: JsonObject) -> None:
        self._root = root
        self._named: dict[str, JsonObject] = {}
        self._anchors: dict[tuple[str, str], JsonObject] = {}
        self._bases: dict[int, str] = {}
        placed = list(_placed(root))
        for part, base in placed:
            self._place(part, base)
        parts = [part for part, _ in placed]
        self.patterns = sum(("pattern" in part) + len(_inside(part.get("patternProperties"))) for part in parts)
        expansion = Expansion(self._below, most=MOST_PARTS)
        cost = expansion.count(root)
        self.circular = expansion.is_recursive
        if cost > MOST_PARTS:
            raise Unusable("it has too many parts")
        self.weight = cost + compared_choices(parts)

    def _place(self, part: JsonObject, base: str) -> None:
        """Register the names of a part: an $id names a part, an anchor a part within the one with the $id (JSON Schema
        2020-12 core, section 8.2).
        """
        self._bases[id(part)] = base
        if part is self._root or _own_name(part):
            if base in self._named:
                raise Unusable(f"two parts of it have the same name, {base[:200]}")
            self._named[base] = part
        anchors = [part.get(name) for name in ("$anchor", "$dynamicAnchor")]
        older = part.get("$id")
        anchors += [older[1:]] if isinstance(older, str) and older.startswith("#") else []
        self._anchors.update({(base, anchor): part for anchor in anchors if isinstance(anchor, str)})

    def _below(self, part: JsonObject) -> Iterator[JsonObject]:
        yield from _inner(part, VALUES | DEFINING)
        yield from self._referred(part)

    def _referred(self, part: JsonObject) -> Iterator[JsonObject]:
        for name in REFERENCES:
            if isinstance(part.get(name), str):
                target = self._target(part[name], self._bases.get(id(part), self._bases[id(self._root)]))
                if isinstance(target, dict):
                    yield target

    def _target(self, reference: str, base: str) -> Unchecked:
        address, _, encoded = reference.partition("#")
        base = _joined(base, address) if address else base
        if base not in self._named:
            raise Unusable(f"it refers to {reference[:200]}, and other documents are not fetched")
        fragment, whole = unquote(encoded), self._named[base]
        found = (
            pointed(whole, fragment)
            if fragment.startswith("/")
            else self._anchors.get((base, fragment))
            if fragment
            else whole
        )
        if found is None:
            raise Unusable(f"it refers to {reference[:200]}, which does not exist in it")
        return found


def _inner(part: JsonObject, without: frozenset[str] = VALUES) -> Iterator[JsonObject]:
    """The objects directly inside a part, which may be schemas, without those under keywords in ``without``."""
    waiting = [value for name, value in part.items() if name not in without]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            waiting += value


def _inside(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _own_name(part: JsonObject) -> str:
    """The part's ``$id``; empty when it has none, or one of draft-07 that is only an anchor."""
    named = part.get("$id")
    return named if isinstance(named, str) and not named.startswith("#") else ""


def _joined(base: str, reference: str) -> str:
    """Resolve a reference against a base, without the fragment (RFC 3986 section 5). Raises Unusable."""
    try:
        return urldefrag(urljoin(base, reference)).url
    except ValueError:
        raise Unusable(f"it contains an invalid address, {reference[:200]}") from None


def _placed(schema: JsonObject) -> Iterator[tuple[JsonObject, str]]:
    """Each part of the schema with the base address of its references."""
    waiting = [(schema, "")]
    while waiting:
        part, base = waiting.pop()
        if _own_name(part):
            base = _joined(base, _own_name(part))
        yield part, base
        waiting += [(each, base) for each in _inner(part)]


def _dialect(schema: JsonObject) -> Any:
    dialect = dialect_of(schema)
    if dialect is None:
        raise Unusable(f"it uses a dialect that is not supported, {str(schema['$schema'])[:200]}")
    return dialect


def _measured(schema: JsonObject) -> _Extent:
    if is_deep(schema, DEEPEST):
        raise Unusable("it is nested too deeply")
    try:
        return _Extent(schema)
    except RecursionError:
        raise Unusable("it is nested too deeply") from None


def _compiled(schema: JsonObject, size: int, steps: int) -> Any:
    """Compile a validator. ``size`` bounds each compiled pattern, in bytes, and ``steps`` each match of patterns that
    look around or back; without such patterns, matching takes linear time.
    """
    linear = jsonschema_rs.RegexOptions(size_limit=size, dfa_size_limit=1_000_000)
    try:
        return _built(schema, linear)
    except Unusable:
        if steps < FEWEST_STEPS:
            raise
        return _built(
            schema, jsonschema_rs.FancyRegexOptions(backtrack_limit=steps, size_limit=size, dfa_size_limit=1_000_000)
        )


def _built(schema: JsonObject, patterns: Any) -> Any:
    try:
        return _dialect(schema)(
            schema, offline=True, validate_formats=False, pattern_options=patterns, mask="the value"
        )
    except jsonschema_rs.ValidationError as error:
        raise Unusable(f"it is not a valid JSON Schema: {error.message[:300]}") from None
    except ValueError as error:
        raise Unusable(f"it cannot be used: {str(error)[:300]}") from None


def _validator(value: object, schema: JsonObject, extent: _Extent) -> Any:
    """Compile a validator for the value. Raises Unusable when the check would take too long."""
    values, characters = _size(value)
    if values * extent.weight > MOST_WORK:
        raise Unusable("checking so large a value against it would take too long")
    matched = characters * extent.patterns
    if matched <= MOST_MATCHED_HARD:
        return _compiled(
            schema, LARGEST_PATTERN, min(MOST_STEPS_AT_ONCE, MOST_STEPS // max(1, values * extent.patterns))
        )
    if matched > MOST_MATCHED:
        raise Unusable("checking so much text against its patterns would take too long")
    return _compiled(schema, SIMPLE, 0)


def _size(value: object) -> tuple[int, int]:
    """The number of values and of characters in a value, member names included."""
    values, characters, waiting = 0, 0, [value]
    while waiting:
        each = waiting.pop()
        values += 1
        if isinstance(each, dict):
            waiting += each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            characters += len(each)
    return values, characters


def require_fit(value: object, schema: JsonObject) -> None:
    """Raises Mismatch for a value that does not fit the schema, Unusable for a schema that it cannot be checked
    against.
    """
    _dialect(schema)
    extent = _measured(schema)
    if is_deep(value, 2 * DEEPEST):
        raise Mismatch("it is nested too deeply")
    validator = _validator(value, schema, extent)
    if validator.is_valid(value):
        return
    if extent.circular:
        # Finding the reason in a schema that refers to itself takes time exponential in the depth of the value.
        raise Mismatch("it does not fit the schema")
    raise _mismatch(validator, value)


def _mismatch(validator: Any, value: object) -> Mismatch:
    """The first mismatch; collecting all can take a minute when many values each list all their alternatives."""
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded):
            raise Unusable("checking a text against one of its patterns would take too long") from None
        return Mismatch(error.message[:300], tuple(error.instance_path))
    return Mismatch("it does not fit the schema")
