"""Values held against schemas that a server wrote (MCP 2026-07-28, basic: JSON Schema usage).

The dialects are 2020-12, which is meant when a schema does not say, and draft-07. Nothing is ever fetched, and no schema makes a check take long: its parts,
with references followed and each counted as often as it can be reached, are bounded, and patterns run in linear time.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from .messages import is_deep

DEFAULT = "https://json-schema.org/draft/2020-12/schema"
DIALECTS: dict[str, Any] = {
    DEFAULT: jsonschema_rs.Draft202012Validator,
    "http://json-schema.org/draft-07/schema": jsonschema_rs.Draft7Validator,
}
DEEPEST, MOST_PARTS = 64, 20_000
VALUES = frozenset({"enum", "const", "default", "examples"})
DEFINING = frozenset({"$defs", "definitions"})
"""What stands there counts where it is referred to."""
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
PATTERNS = jsonschema_rs.RegexOptions(size_limit=1_000_000, dfa_size_limit=1_000_000)


class Unusable(ValueError):
    """A schema that nothing can be checked against, and why."""


class Mismatch(ValueError):
    """A value that does not fit its schema. ``path`` leads to the part that does not; ``reason`` says why without it."""

    def __init__(self, reason: str, path: tuple[str | int, ...] = ()) -> None:
        where = "/".join(map(str, path))
        super().__init__(f"at {where[:200]}: {reason}" if where else reason)
        self.reason = reason
        self.path = path


class _Extent:
    """How much there is to check, and whether the schema goes in circles."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._costs: dict[int, int] = {}
        self._open: set[int] = set()
        self._anchors = {part[name]: part for part in _parts(root) for name in ("$anchor", "$dynamicAnchor") if isinstance(part.get(name), str)}
        self.circular = False
        if self._cost(root) > MOST_PARTS:
            raise Unusable("it has too many parts")

    def _cost(self, part: dict[str, Any]) -> int:
        if id(part) in self._open:
            self.circular = True
            return 1
        if id(part) not in self._costs:
            self._open.add(id(part))
            self._costs[id(part)] = min(MOST_PARTS + 1, 1 + sum(self._cost(each) for each in (*_inner(part, VALUES | DEFINING), *self._referred(part))))
            self._open.discard(id(part))
        return self._costs[id(part)]

    def _referred(self, part: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for name in REFERENCES:
            if isinstance(part.get(name), str):
                target = self._target(part[name])
                if isinstance(target, dict):
                    yield target

    def _target(self, reference: str) -> Any:
        if not reference.startswith("#"):
            raise Unusable(f"it refers to {reference[:200]}, and nothing is fetched")
        fragment = unquote(reference[1:])
        found = _pointed(self._root, fragment) if fragment.startswith("/") else self._anchors.get(fragment) if fragment else self._root
        if found is None:
            raise Unusable(f"it refers to {reference[:200]}, which it does not have")
        return found


def _inner(part: dict[str, Any], without: frozenset[str] = VALUES) -> Iterator[dict[str, Any]]:
    """The objects directly inside, which may be schemas; what is only a value is left out."""
    waiting = [value for name, value in part.items() if name not in without]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            waiting += value


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += _inner(part)


def _pointed(root: Any, pointer: str) -> Any:
    """RFC 6901: what a JSON Pointer points to, None for nothing."""
    here = root
    for token in pointer.removeprefix("/").split("/"):
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict):
            here = here.get(name)
        elif isinstance(here, list) and name.isascii() and name.isdigit() and int(name[:6]) < len(here):
            here = here[int(name)]
        else:
            return None
    return here


def _compiled(schema: dict[str, Any]) -> tuple[Any, bool]:
    said = schema.get("$schema", DEFAULT)
    dialect = DIALECTS.get(said.removesuffix("#")) if isinstance(said, str) else None
    if dialect is None:
        raise Unusable(f"it is of a dialect that is not supported, {str(said)[:200]}")
    if is_deep(schema, DEEPEST):
        raise Unusable("it is nested too deeply")
    try:
        extent = _Extent(schema)
        return dialect(schema, offline=True, validate_formats=False, pattern_options=PATTERNS, mask="the value"), extent.circular
    except jsonschema_rs.ValidationError as error:
        raise Unusable(f"it is no valid JSON Schema: {error.message[:300]}") from None
    except RecursionError:
        raise Unusable("it is nested too deeply") from None
    except Unusable:
        raise
    except ValueError as error:
        raise Unusable(f"it cannot be used: {str(error)[:300]}") from None


def require_fit(value: Any, schema: dict[str, Any]) -> None:
    """Raises Mismatch for a value that does not fit, Unusable for a schema that cannot say."""
    validator, circular = _compiled(schema)
    if is_deep(value, 2 * DEEPEST):
        raise Mismatch("it is nested too deeply")
    if validator.is_valid(value):
        return
    if circular:
        # To collect reasons from a schema that refers to itself takes time exponential in the depth of the value.
        raise Mismatch("it does not fit the schema")
    error = next(validator.iter_errors(value))
    raise Mismatch(error.message[:300], tuple(error.instance_path))
