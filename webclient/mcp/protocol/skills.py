"""Skills of a server: files are fetched on demand, and used only when they match the server's list (SEP-2640)."""

import base64
import hashlib
from typing import cast

from mcpbase.frontmatter import FrontmatterError, YamlMissing, read_frontmatter

from ...cause_code import CauseCode
from ...errors import FlowError, Untrusted
from ...json_text import JsonObject
from ...wire import ReadResourceResult, Skill, SkillFile


def frontmatter_of(text: str) -> JsonObject:
    """The frontmatter of a skill's text.

    Raises Untrusted when it is missing, no YAML mapping, or too long; FlowError when PyYAML is not installed.
    """
    try:
        found = read_frontmatter(text)
    except YamlMissing:
        raise FlowError("Skills need PyYAML to read their descriptions: pip install mcpserver[skills].") from None
    except FrontmatterError as error:
        raise Untrusted(
            f"The description at the beginning of the skill cannot be read: {error}.", CauseCode.FILE_MISMATCH
        ) from None
    if not found:
        raise Untrusted("The skill does not begin with a description.", CauseCode.FILE_MISMATCH)
    return found


def file_of(result: ReadResourceResult) -> bytes:
    """The bytes of a resources/read result with one file. Raises Untrusted for anything else."""
    contents = result["contents"]
    only = contents[0] if len(contents) == 1 and isinstance(contents[0], dict) else {}
    try:
        if isinstance(only.get("text"), str):
            return str(only["text"]).encode()
        return base64.b64decode(only["blob"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise Untrusted("The response of the server is not the requested file.", CauseCode.FILE_MISMATCH) from None


def _entry(skill: Skill, uri: str) -> SkillFile:
    resources = skill.get("resources")
    for entry in resources if isinstance(resources, list) else ():
        if isinstance(entry, dict) and entry.get("uri") == uri:
            return cast(SkillFile, entry)
    raise Untrusted(f"The skill lists no file {uri[:200]}, so it was not fetched.", CauseCode.FILE_MISMATCH)


def require_listed(skill: Skill, uri: str) -> None:
    """Raises Untrusted for a file that the skill's entry does not name."""
    _entry(skill, uri)


def require_verified(skill: Skill, uri: str, data: bytes) -> None:
    """Check a file's size and digest, and for the manifest its frontmatter, against the skill's entry (SEP-2640,
    integrity and verification).

    Raises Untrusted.
    """
    entry = _entry(skill, uri)
    if "size" in entry and entry["size"] != len(data):
        raise Untrusted(
            "The size of a file of the skill differs from the server's list, so the file was not used.",
            CauseCode.FILE_MISMATCH,
        )
    if entry.get("digest") != f"sha256:{hashlib.sha256(data).hexdigest()}":
        raise Untrusted(
            "The digest of a file of the skill differs from the server's list, so the file was not used.",
            CauseCode.FILE_MISMATCH,
        )
    if uri == skill["uri"] and frontmatter_of(data.decode(errors="replace")) != skill.get("frontmatter"):
        raise Untrusted(
            "The description in the skill differs from the server's list, so the skill was not used.",
            CauseCode.FILE_MISMATCH,
        )
