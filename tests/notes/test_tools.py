"""Notes as MCP tools, called through the front door with a bearer token."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from attrs import define
from pytest_aiohttp import AiohttpClient

from ..holders import Installation, connect, install

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@define
class Model:
    """A model's client: revision 2026-07-28, one token."""

    installation: Installation
    client: TestClient[web.Request, web.Application]
    bearer: dict[str, str]

    async def ask(
        self, method: str, params: dict[str, Any] | None = None, *, bearer: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The result."""
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": method,
            **({"Mcp-Name": params["name"]} if params else {}),
            **(bearer or self.bearer),
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": META, **(params or {})}}
        async with self.client.post("/mcp", json=message, headers=headers) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return dict(body["result"])

    async def call(
        self, tool: str, arguments: dict[str, object], *, bearer: dict[str, str] | None = None
    ) -> dict[str, Any]:
        return await self.ask("tools/call", {"name": tool, "arguments": arguments}, bearer=bearer)

    async def value(self, tool: str, **arguments: object) -> Any:
        """The structured result of a call that succeeds."""
        result = await self.call(tool, arguments)
        assert not result.get("isError"), result
        return result["structuredContent"]

    async def error(self, tool: str, **arguments: object) -> str:
        """The sentence of a call that fails."""
        result = await self.call(tool, arguments)
        assert result["isError"] is True
        return str(result["content"][0]["text"])


@pytest.fixture
async def model(aiohttp_client: AiohttpClient) -> Model:
    installation = await install()
    return Model(installation, await connect(aiohttp_client, installation), await installation.bearer())


async def test_every_tool_says_what_it_takes_and_gives(model: Model) -> None:
    """MCP 2026-07-28, server/tools."""
    tools = {tool["name"]: tool for tool in (await model.ask("tools/list"))["tools"]}
    assert set(tools) == {"whoami", "list_notes", "search_notes", "add_note", "delete_note"}
    for tool in tools.values():
        assert tool["description"]
        assert tool["outputSchema"]["type"] == "object"
        assert "user" not in tool["inputSchema"].get("properties", {})
    assert tools["delete_note"]["annotations"]["destructiveHint"] is True
    assert tools["list_notes"]["annotations"]["readOnlyHint"] is True


async def test_whoami_is_the_person_and_not_the_client(model: Model) -> None:
    assert await model.value("whoami") == {
        "username": "ada",
        "name": "Ada",
        "email": "ada@example.com",
        "scopes": ["notes:read", "notes:write", "profile"],
    }


async def test_a_note_that_a_tool_adds_is_found_listed_and_deleted(model: Model) -> None:
    added = await model.value("add_note", text="Call Grace")
    assert added == {"id": 1, "text": "Call Grace", "created_at": "2026-09-21T14:13:20Z"}
    assert await model.value("search_notes", words="grace") == {"notes": [added]}
    assert await model.value("list_notes") == {"notes": [added], "next_before": None}
    assert await model.value("delete_note", id=1) == {"id": 1}
    assert await model.value("list_notes") == {"notes": [], "next_before": None}


async def test_a_list_is_read_on_from_where_it_stopped(model: Model) -> None:
    for number in range(3):
        await model.value("add_note", text=f"note {number}")
    first = await model.value("list_notes", limit=2)
    rest = await model.value("list_notes", limit=2, before=first["next_before"])
    assert [note["text"] for note in first["notes"] + rest["notes"]] == ["note 2", "note 1", "note 0"]


async def test_what_the_rules_of_notes_refuse_is_an_error_the_model_can_read(model: Model) -> None:
    """MCP 2026-07-28, server/tools, error handling: business logic errors are results."""
    assert await model.error("add_note", text=" ") == "A note needs some text."
    assert await model.error("delete_note", id=7) == "You have no note 7."
    assert "control characters" in await model.error("add_note", text="\u0000")
    assert "positive whole number" in await model.error("list_notes", before=-1)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("add_note", {}),
        ("add_note", {"text": 1}),
        ("add_note", {"text": "x" * 10_001}),
        ("list_notes", {"limit": 0}),
        ("list_notes", {"limit": 1000}),
        ("search_notes", {"words": ""}),
        ("search_notes", {"words": "x" * 201}),
        ("delete_note", {"id": "1"}),
        ("delete_note", {"id": 2**64}),
    ],
)
async def test_arguments_that_do_not_fit_are_an_error_the_model_can_read(
    model: Model, tool: str, arguments: dict[str, object]
) -> None:
    """MCP 2026-07-28, server/tools, error handling: input validation errors are results, so that the model corrects
    itself.
    """
    assert await model.error(tool, **arguments)


async def test_the_three_doors_open_to_the_same_notes(model: Model) -> None:
    await model.value("add_note", text="by tool")
    async with model.client.post("/api/notes", json={"text": "by API"}, headers=model.bearer) as answer:
        assert answer.status == 201
    assert [note["text"] for note in (await model.value("list_notes"))["notes"]] == ["by API", "by tool"]


async def test_two_people_at_once_never_see_each_others_notes(model: Model) -> None:
    bob = await model.installation.bearer(user_id="bob")
    await model.value("add_note", text="hers")
    assert (await model.call("list_notes", {}, bearer=bob))["structuredContent"]["notes"] == []
    assert (await model.call("delete_note", {"id": 1}, bearer=bob))["isError"] is True
    assert (await model.call("whoami", {}, bearer=bob))["structuredContent"]["username"] == "bob"
