"""The YAML before the text of a document, as YAML 1.2 reads it, so that everybody reads the same: dates stay text, yes and no are words."""

import re
from typing import Any

_FRONTMATTER = re.compile(r"\ufeff?---\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_BOOL, _INT = re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), re.compile(r"[-+]?(?:0|[1-9][0-9]*)$")
_OTHERWISE = ("timestamp", "bool", "int", "value", "merge")
"""What YAML 1.1 reads into plain words."""


def read_frontmatter(text: str) -> dict[str, Any]:
    """Empty when there is none. Raises ValueError for what is not YAML, or no mapping, or when PyYAML is not installed."""
    try:
        import yaml  # noqa: PLC0415 - only servers with skills need it
    except ImportError:
        raise ValueError("skills need PyYAML: pip install mcpserver[skills].") from None

    class Loader(yaml.SafeLoader):
        pass

    known = yaml.SafeLoader.yaml_implicit_resolvers.items()
    Loader.yaml_implicit_resolvers = {first: [each for each in found if each[0].rpartition(":")[2] not in _OTHERWISE] for first, found in known}
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, list("tTfF"))
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
    match = _FRONTMATTER.match(text)
    try:
        found = yaml.load(match[1], Loader) if match else {}  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(f"the frontmatter is not YAML: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("the frontmatter must have names and values")
    return found
