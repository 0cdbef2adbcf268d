"""The test kit: what an author's tests lean on goes through the real door."""

from typing import Any

import pytest
from attrs import frozen

from mcpserver import Context, Declined, MCPServer, User
from mcpserver.testing import Failure, Refused

REVISIONS = ("2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26")


@frozen
class Reason:
    reason: str


def build() -> MCPServer:
    server = MCPServer("kit", version="1.0", page_size=2)

    @server.tool(scope="notes:write")
    async def delete_note(note_id: int, user: User, context: Context) -> str:
        """Delete a note."""
        reason = await context.elicit(Reason, "Why?")
        if not await context.ask_yes_no(f"Delete note {note_id}?"):
            return "kept"
        await context.progress(1, total=1)
        await context.info("deleted")
        return f"{user.id} deleted {note_id}: {reason.reason}"

    @server.tool
    async def fail() -> str:
        raise ValueError("secret")

    @server.tool
    def count(words: list[str]) -> int:
        """Count."""
        return len(words)

    @server.resource("note://{note_id}", scope="notes:read", mime_type="text/markdown")
    async def note(note_id: int, user: User) -> str:
        return f"note {note_id} of {user.name}"

    @server.resource("note://all", ttl=5)
    async def index() -> list[int]:
        return [1, 2]

    @server.prompt
    async def greet(name: str) -> str:
        """Greet somebody."""
        return f"Say hello to {name}"

    @server.completion("greet", "name")
    async def names(value: str) -> list[str]:
        return [name for name in ("Ada", "Bob") if name.startswith(value)]

    return server


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    assert method == "elicitation/create"
    content: dict[str, Any] = (
        {"reason": "old"} if "reason" in params["requestedSchema"]["properties"] else {"yes": True}
    )
    return {"action": "accept", "content": content}


@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_revision_goes_the_whole_way(revision: str) -> None:
    async with build().test_client(user="ada_lovelace", revision=revision, answers=answer) as client:
        assert [tool["name"] for tool in await client.list_tools()] == ["delete_note", "fail", "count"]
        result = await client.call_tool("delete_note", note_id=7)
        assert (result.text, result.is_error) == ("ada_lovelace deleted 7: old", False)
        assert [method for method, _ in client.notifications] == ["notifications/progress", "notifications/message"]
        counted = await client.call_tool("count", {"words": ["a", "b"]})
        assert counted.structured == (2 if client.is_modern else {"result": 2})
        assert [each["uri"] for each in await client.list_resources()] == ["note://all"]
        assert [each["uriTemplate"] for each in await client.list_resource_templates()] == ["note://{note_id}"]
        assert await client.read_resource("note://4") == [
            {"uri": "note://4", "mimeType": "text/markdown", "text": "note 4 of Ada Lovelace"}
        ]
        assert (await client.read_resource("note://all"))[0]["text"] == "[1,2]"
        assert [each["name"] for each in await client.list_prompts()] == ["greet"]
        assert (await client.get_prompt("greet", name="Bob"))["messages"] == [
            {"role": "user", "content": {"type": "text", "text": "Say hello to Bob"}}
        ]
        assert await client.complete("greet", "name", "A") == ["Ada"]
        broken = await client.call_tool("fail")
        assert broken.is_error
        assert "secret" not in broken.text


async def test_missing_scope_is_a_true_403() -> None:
    """RFC 6750 section 3.1."""
    async with build().test_client(scopes=["notes:read"]) as client:
        with pytest.raises(Refused) as refused:
            await client.call_tool("delete_note", note_id=7)
        assert refused.value.status == 403
        assert 'scope="notes:read notes:write"' in (refused.value.challenge or "")


async def test_nobody_comes_in_without_a_token() -> None:
    """RFC 6750 section 3."""
    with pytest.raises(Refused) as refused:
        async with build().test_client(user=None):
            pass
    assert refused.value.status == 401


@pytest.mark.parametrize("revision", REVISIONS)
async def test_error_of_the_protocol_is_a_failure_with_its_code(revision: str) -> None:
    async with build().test_client(revision=revision) as client:
        with pytest.raises(Failure) as failed:
            await client.read_resource("note://nowhere/at/all")
        assert failed.value.code == (-32602 if client.is_modern else -32002)
        assert failed.value.data == {"uri": "note://nowhere/at/all"}


@pytest.mark.parametrize("revision", REVISIONS)
async def test_declining_reaches_the_handler(revision: str) -> None:
    """MCP 2026-07-28, client: elicitation, response actions."""
    server = MCPServer("asking")

    @server.tool
    async def ask(context: Context) -> str:
        try:
            await context.elicit(Reason, "Why?")
        except Declined as declined:
            return declined.action
        return "answered"

    async with server.test_client(revision=revision, answers={"elicitation/create": {"action": "cancel"}}) as client:
        assert (await client.call_tool("ask")).text == "cancel"
