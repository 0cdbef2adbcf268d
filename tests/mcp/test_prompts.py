"""Prompts and completion (MCP 2026-07-28, server: prompts; utilities: completion)."""

from enum import Enum
from typing import Any, Literal

import pytest

from mcpserver import Audio, Context, EmbeddedResource, Image, MCPServer, Message, ResourceLink, Text, ToolError
from mcpserver.mcp.protocol.errors import InternalError, InvalidParams

from .desk import Desk


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@pytest.fixture
def server() -> MCPServer:
    server = MCPServer("prompts")

    @server.prompt(title="Review", meta={"example.com/a": 1})
    async def review(
        code: str, language: Literal["python", "pytorch", "rust"] = "python", times: int = 1, size: Size = Size.SMALL
    ) -> list[Message | str]:
        """Look at code."""
        return [
            Message("user", f"Review this {language} {times} times, {size.value}: {code}"),
            Message("assistant", "Gladly."),
            "Go on.",
        ]

    @server.prompt
    def rich() -> list[Any]:
        return [Image(b"i"), Audio(b"a"), EmbeddedResource("r://1", text="t"), ResourceLink("r://2", "two"), Text("x")]

    @server.prompt
    async def broken(how: str) -> Any:
        if how == "tool":
            raise ToolError("Not today.")
        return 7

    @server.completion("review", "code")
    async def codes(value: str, others: dict[str, str], context: Context) -> list[str]:
        return [f"{value}{number} {others.get('language', '?')}" for number in range(250)]

    @server.resource("city://{country}/{name}")
    async def city(country: Literal["ua", "us", "de"], name: str) -> str:
        return name

    return server


async def text(server: MCPServer, **arguments: Any) -> str:
    result = await Desk(server).ask("prompts/get", name="review", arguments=arguments)
    return str(result["messages"][0]["content"]["text"])


async def test_prompt_is_listed_with_its_arguments(server: MCPServer) -> None:
    """Data types: prompt."""
    (shown, *_) = (await Desk(server).ask("prompts/list"))["prompts"]
    assert {name: value for name, value in shown.items() if name != "arguments"} == {
        "name": "review",
        "title": "Review",
        "description": "Look at code.",
        "_meta": {"example.com/a": 1},
    }
    assert [(each["name"], each["required"]) for each in shown["arguments"]] == [
        ("code", True),
        ("language", False),
        ("times", False),
        ("size", False),
    ]


async def test_arguments_are_strings_that_are_read_as_what_they_stand_for(server: MCPServer) -> None:
    assert await text(server, code="x", times="3", size="large") == "Review this python 3 times, large: x"


async def test_messages_keep_their_roles_and_text_is_the_users(server: MCPServer) -> None:
    result = await Desk(server).ask("prompts/get", name="review", arguments={"code": "x"})
    assert [message["role"] for message in result["messages"]] == ["user", "assistant", "user"]
    assert result["description"] == "Look at code."


async def test_every_kind_of_content_can_be_said(server: MCPServer) -> None:
    """Prompt message: content types."""
    result = await Desk(server).ask("prompts/get", name="rich")
    assert [message["content"]["type"] for message in result["messages"]] == [
        "image",
        "audio",
        "resource",
        "resource_link",
        "text",
    ]


@pytest.mark.parametrize(
    "params",
    [
        {"name": "nothing"},
        {"name": 7},
        {},
        {"name": "review"},
        {"name": "review", "arguments": {"code": "x", "other": "y"}},
        {"name": "review", "arguments": {"code": "x", "language": "cobol"}},
        {"name": "review", "arguments": {"code": "x", "times": "many"}},
        {"name": "review", "arguments": []},
        {"name": "broken", "arguments": {"how": "tool"}},
    ],
)
async def test_what_does_not_fit_is_invalid(server: MCPServer, params: dict[str, Any]) -> None:
    """Prompts: error handling."""
    with pytest.raises(InvalidParams):
        await Desk(server).ask("prompts/get", **params)


async def test_t14_prompt_that_gives_no_message_is_a_fault_of_ours(
    server: MCPServer, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InternalError):
        await Desk(server).ask("prompts/get", name="broken", arguments={"how": "wrong"})
    assert "a prompt gives messages" in caplog.text


async def complete(server: MCPServer, ref: dict[str, Any], name: Any, value: Any, **more: Any) -> dict[str, Any]:
    result = await Desk(server).ask("completion/complete", ref=ref, argument={"name": name, "value": value}, **more)
    return dict(result["completion"])


REVIEW = {"type": "ref/prompt", "name": "review"}


async def test_choice_is_completed_from_its_type_best_first(server: MCPServer) -> None:
    """Completion results: ranked by relevance."""
    assert await complete(server, REVIEW, "language", "PY") == {
        "values": ["python", "pytorch"],
        "total": 2,
        "hasMore": False,
    }
    assert (await complete(server, REVIEW, "language", "t"))["values"] == ["python", "pytorch", "rust"]
    assert (await complete(server, REVIEW, "size", "la"))["values"] == ["large"]
    assert (await complete(server, REVIEW, "times", "1"))["values"] == []
    assert (await complete(server, REVIEW, "nothing", "1"))["values"] == []


async def test_authors_completion_knows_the_other_arguments_and_ends_at_a_hundred(server: MCPServer) -> None:
    """Completion results: at most 100 items."""
    found = await complete(server, REVIEW, "code", "c", context={"arguments": {"language": "rust", "times": 3}})
    assert (len(found["values"]), found["total"], found["hasMore"]) == (100, 250, True)
    assert found["values"][0] == "c0 rust"


async def test_templates_are_completed_by_their_address(server: MCPServer) -> None:
    """Reference types: ref/resource."""
    assert (await complete(server, {"type": "ref/resource", "uri": "city://{country}/{name}"}, "country", "u"))[
        "values"
    ] == ["ua", "us"]


@pytest.mark.parametrize(
    ("ref", "name", "value"),
    [
        ({"type": "ref/prompt", "name": "nothing"}, "a", ""),
        ({"type": "ref/resource", "uri": "nothing://"}, "a", ""),
        ({"type": "ref/tool", "name": "review"}, "a", ""),
        ({}, "a", ""),
        (REVIEW, 7, ""),
        (REVIEW, "code", None),
    ],
)
async def test_completion_of_what_is_not_there_is_invalid(
    server: MCPServer, ref: dict[str, Any], name: Any, value: Any
) -> None:
    """Completion: error handling."""
    with pytest.raises(InvalidParams):
        await complete(server, ref, name, value)


def test_completion_belongs_to_something(server: MCPServer) -> None:
    with pytest.raises(KeyError, match="no prompt and no resource template"):
        server.completion("nothing", "x")
