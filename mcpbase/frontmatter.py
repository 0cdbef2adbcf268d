"""YAML frontmatter of a document, read as YAML 1.2: dates stay text, yes and no are words.

The result is JSON: names are texts, and every value has a form in JSON. Aliases are refused: a few lines of them can
expand to more than memory holds.
"""

import math
import re
from functools import cache
from typing import Any

from .json_bounds import is_deep

LONGEST, DEEPEST = 64 * 1024, 16
"""Characters; levels of mappings and lists."""
_FRONTMATTER = re.compile(r"\ufeff?---\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_BOOL, _INT = re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), re.compile(r"[-+]?(?:0|[1-9][0-9]{0,300})$")
_OTHERWISE = ("timestamp", "bool", "int", "value", "merge")
"""Implicit types of YAML 1.1 that YAML 1.2 does not have."""


class FrontmatterError(ValueError):
    """The frontmatter cannot be read; the message is a clause that says why."""


class YamlMissing(FrontmatterError):
    """PyYAML is not installed."""

    def __init__(self) -> None:
        super().__init__("skills need PyYAML: pip install mcpserver[skills]")


def read_frontmatter(text: str) -> dict[str, Any]:
    """Return the members; empty when there is no frontmatter.

    Raises FrontmatterError for what is not YAML, not a mapping, too long, too deep or not JSON, and YamlMissing.
    """
    match = _FRONTMATTER.match(text[:LONGEST])
    if match is None and len(text) > LONGEST and _FRONTMATTER.match(text):
        raise FrontmatterError(f"the frontmatter has more than {LONGEST} characters")
    found = _read(match[1]) if match else {}
    if not isinstance(found, dict):
        raise FrontmatterError("the frontmatter must have names and values")
    if is_deep(found, DEEPEST):
        raise FrontmatterError(f"the frontmatter is nested more than {DEEPEST} levels deep")
    _require_json(found)
    return found


def _read(text: str) -> Any:
    try:
        import yaml  # noqa: PLC0415 - only for those who have skills
    except ImportError:
        raise YamlMissing from None
    try:
        return yaml.load(text, _loader())  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise FrontmatterError(f"the frontmatter is not YAML: {error}") from error
    except RecursionError:
        raise FrontmatterError(f"the frontmatter is nested more than {DEEPEST} levels deep") from None


@cache
def _loader() -> Any:
    import yaml  # noqa: PLC0415

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases are not read")
            return super().compose_node(parent, index)

    known = yaml.SafeLoader.yaml_implicit_resolvers.items()
    Loader.yaml_implicit_resolvers = {
        first: [each for each in found if each[0].rpartition(":")[2] not in _OTHERWISE] for first, found in known
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, list("tTfF"))
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
    return Loader


def _require_json(value: Any) -> None:
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise FrontmatterError("a name in the frontmatter is no text: put it in quotation marks")
        for each in value.values():
            _require_json(each)
    elif isinstance(value, list):
        for each in value:
            _require_json(each)
    elif isinstance(value, str):
        _require_unicode(value)
    elif not (value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))):
        raise FrontmatterError("a value in the frontmatter is nothing that JSON can say")


def _require_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FrontmatterError("the frontmatter has half a character in it (a lone surrogate)") from None
