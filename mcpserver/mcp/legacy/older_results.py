"""Results in the format of a session's revision, since clients may reject members that it does not define
(2025-06-18 and before, schema).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from ..protocol import Result

_LISTS = {
    "tools/list": "tools",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
    "prompts/list": "prompts",
}
_SINCE = {
    "icons": "2025-11-25",
    "websiteUrl": "2025-11-25",
    "title": "2025-06-18",
    "outputSchema": "2025-06-18",
    "_meta": "2025-06-18",
    "annotations": "2025-03-26",
}
"""Members of list entries and the first revision that has them; resources had ``annotations`` before."""


def declared_in(revision: str, capabilities: Mapping[str, Any]) -> Mapping[str, Any]:
    """The declared capabilities without those that the revision does not have.

    URL mode and tools in sampling came with 2025-11-25. Forms came with 2025-06-18, but are kept for a client of
    2025-03-26 that declares them.
    """
    if revision >= "2025-11-25":
        return capabilities
    return {name: {} if name in ("elicitation", "sampling") else value for name, value in capabilities.items()}


def result_in(revision: str, method: str, result: Result) -> Result:
    """The result without members and kinds of content that the revision does not have."""
    if revision >= "2025-11-25":
        return result
    if method in _LISTS:
        return {**result, _LISTS[method]: [_listed(revision, method, each) for each in _plain(result[_LISTS[method]])]}
    if method == "tools/call":
        return {**result, "content": [_block(revision, block) for block in result["content"]]}
    if method == "prompts/get":
        return {
            **result,
            "messages": [{**each, "content": _block(revision, each["content"])} for each in result["messages"]],
        }
    return result


def _plain(listed: Any) -> list[Result]:
    """Decode a list, which catalogs may keep as encoded JSON in the format of the newest revisions."""
    plain: list[Result] = msgspec.json.decode(listed) if isinstance(listed, msgspec.Raw) else listed
    return plain


def _known_in(revision: str, described: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if revision >= _SINCE.get(name, "")}


def _listed(revision: str, method: str, described: Mapping[str, Any]) -> Result:
    kept = _known_in(revision, described)
    if "annotations" in described and method != "tools/list":
        kept["annotations"] = described["annotations"]
    if method == "prompts/list" and "arguments" in kept:
        kept["arguments"] = [_known_in(revision, each) for each in kept["arguments"]]
    return kept


def _block(revision: str, block: Mapping[str, Any]) -> Result:
    """A content block, rewritten as text where the revision does not have its kind, so that nothing is lost."""
    if block["type"] == "resource_link" and revision < "2025-06-18":
        return {"type": "text", "text": f"{block['name']}: {block['uri']}"}
    if block["type"] == "audio" and revision < "2025-03-26":
        return {"type": "text", "text": f"Audio ({block['mimeType']}), which this protocol revision cannot carry."}
    return {name: value for name, value in block.items() if name != "icons"}
