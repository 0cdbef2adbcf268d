"""What each revision before 2025-11-25 is spared, and what stands in its place (their schemas)."""

from typing import Any

import msgspec
import pytest

from mcpserver.mcp.legacy.older_results import declared_in, result_in

LINK = {"type": "resource_link", "uri": "memo://one", "name": "memo", "icons": []}
AUDIO = {"type": "audio", "data": "", "mimeType": "audio/wav"}
TOOL = {"name": "t", "title": "T", "icons": [], "outputSchema": {}, "inputSchema": {}, "annotations": {}, "_meta": {}}


@pytest.mark.parametrize(
    ("revision", "members"),
    [
        ("2025-11-25", set(TOOL)),
        ("2025-06-18", {"name", "title", "outputSchema", "inputSchema", "annotations", "_meta"}),
        ("2025-03-26", {"name", "inputSchema", "annotations"}),
        ("2024-11-05", {"name", "inputSchema"}),
    ],
)
def test_tool_has_the_members_of_its_revision(revision: str, members: set[str]) -> None:
    (tool,) = msgspec.json.decode(
        msgspec.json.encode(
            result_in(revision, "tools/list", {"tools": msgspec.Raw(msgspec.json.encode([TOOL]))})["tools"]
        )
    )
    assert set(tool) == members


def test_resources_had_annotations_from_the_beginning_and_arguments_no_titles() -> None:
    listed = result_in(
        "2024-11-05",
        "resources/list",
        {"resources": [{"uri": "x:y", "name": "y", "annotations": {"priority": 1}}], "nextCursor": "n"},
    )
    assert listed == {"resources": [{"uri": "x:y", "name": "y", "annotations": {"priority": 1}}], "nextCursor": "n"}
    (prompt,) = result_in(
        "2025-03-26", "prompts/list", {"prompts": [{"name": "p", "arguments": [{"name": "a", "title": "A"}]}]}
    )["prompts"]
    assert prompt["arguments"] == [{"name": "a"}]


@pytest.mark.parametrize(
    ("revision", "kinds"),
    [
        ("2025-11-25", ["resource_link", "audio"]),
        ("2025-06-18", ["resource_link", "audio"]),
        ("2025-03-26", ["text", "audio"]),
        ("2024-11-05", ["text", "text"]),
    ],
)
def test_content_that_came_later_is_said_in_text(revision: str, kinds: list[str]) -> None:
    result = result_in(revision, "tools/call", {"content": [LINK, AUDIO], "isError": False})
    assert [block["type"] for block in result["content"]] == kinds
    messages = result_in(revision, "prompts/get", {"messages": [{"role": "user", "content": LINK}]})["messages"]
    assert (messages[0]["content"]["type"], messages[0]["role"]) == (kinds[0], "user")


def test_other_results_are_left_alone() -> None:
    assert result_in("2025-03-26", "resources/read", {"contents": [{"icons": 1}]}) == {"contents": [{"icons": 1}]}


@pytest.mark.parametrize(
    ("revision", "known"),
    [
        ("2025-11-25", {"elicitation": {"url": {}}, "sampling": {"tools": {}}, "roots": {"listChanged": True}}),
        ("2025-06-18", {"elicitation": {}, "sampling": {}, "roots": {"listChanged": True}}),
        ("2025-03-26", {"elicitation": {}, "sampling": {}, "roots": {"listChanged": True}}),
    ],
)
def test_client_can_do_what_its_revision_has(revision: str, known: dict[str, Any]) -> None:
    """A question that the revision does not know is never sent: it is refused with -32021."""
    declared = {"elicitation": {"url": {}}, "sampling": {"tools": {}}, "roots": {"listChanged": True}}
    assert declared_in(revision, declared) == known
