"""Checks of names that authors choose.

Clients pass them on to other programs, where one invalid name can make the whole server unusable.
"""

import re

LONGEST = 128
"""Maximum number of characters of a name (MCP 2026-07-28, tools: tool names)."""

_TOOL = re.compile(r"[A-Za-z0-9_.-]{1,128}")
# RFC 6749 section 3.3: scope-token.
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
LAMBDA = "<lambda>"


def require_tool_name(name: str) -> None:
    """Raises ValueError for an invalid name of a tool (MCP 2026-07-28, tools: tool names)."""
    _require_own(name, "tool")
    if not _TOOL.fullmatch(name):
        raise ValueError(
            f"{_shown(name)} cannot be the name of a tool: that is 1 to {LONGEST} of the characters A-Z, a-z, 0-9, _, "
            "- and . (name= gives another)."
        )


def require_prompt_name(name: str) -> None:
    """Raises ValueError for an invalid name of a prompt."""
    _require_own(name, "prompt")
    require_name(name, "prompt")


def require_name(name: str, noun: str) -> None:
    """Raises ValueError for a name that is empty, too long, not printable, or has spaces around it."""
    if not 1 <= len(name) <= LONGEST or not name.isprintable() or name != name.strip():
        raise ValueError(
            f"{_shown(name)} cannot be the name of a {noun}: that is 1 to {LONGEST} printable characters, without "
            "spaces around them."
        )


def require_scopes(scopes: str) -> None:
    """Raises ValueError for an invalid scope in a space-separated list."""
    for scope in scopes.split(" "):
        if not _SCOPE.fullmatch(scope):
            raise ValueError(
                f"{_shown(scope)} cannot be a scope: that is printable ASCII without spaces, quotes and backslashes; "
                "several have one space between."
            )


def _require_own(name: str, noun: str) -> None:
    if name == LAMBDA:
        raise ValueError(f"A lambda has no name: give the {noun} one with name=.")


def _shown(name: str) -> str:
    return ascii(name if len(name) <= LONGEST else name[:LONGEST] + "...")
