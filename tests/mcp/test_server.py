"""The server's answers by value, in both eras."""

import re
from typing import Any

import msgspec
import pytest

from mcpserver import MCPServer, User
from mcpserver.mcp.protocol.errors import InvalidParams, MethodNotFound, ScopeRequired

from .desk import ADA, META, Desk


@pytest.fixture
def server() -> MCPServer:
    server = MCPServer("notes", version="1.2", title="Notes", instructions="Ask before you delete.")

    @server.tool(scope="notes:write notes:read")
    async def zap(user: User) -> str:
        return user.id

    @server.tool(scope="notes:read")
    async def alphabet() -> list[str]:
        return ["a"]

    return server


@pytest.fixture
def desk(server: MCPServer) -> Desk:
    return Desk(server)


def as_sent(result: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(result))


async def test_discovery_names_versions_capabilities_and_instructions(desk: Desk) -> None:
    """MCP 2026-07-28, server: discovery."""
    assert as_sent(await desk.ask("server/discover")) == {
        "resultType": "complete",
        "supportedVersions": ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
        "capabilities": {"tools": {"listChanged": True}, "logging": {}},
        "instructions": "Ask before you delete.",
        "ttlMs": 300_000,
        "cacheScope": "public",
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "notes", "version": "1.2", "title": "Notes"}},
    }


async def test_instructions_are_left_out_where_there_are_none() -> None:
    desk = Desk(MCPServer("bare"))
    assert "instructions" not in await desk.ask("server/discover")
    assert "instructions" not in await desk.ask_earlier("initialize", protocolVersion="2025-11-25")
    assert "title" not in desk.server.info


async def test_tools_are_listed_to_everybody_in_the_order_they_were_written(desk: Desk) -> None:
    """MCP 2026-07-28, tools: deterministic order; who lacks a scope can step up only to what they can see."""
    answer = as_sent(await desk.ask("tools/list"))
    assert [tool["name"] for tool in answer["tools"]] == ["zap", "alphabet"]
    desk.user = None
    assert as_sent(await desk.ask("tools/list")) == answer


async def test_list_says_how_long_and_for_whom_it_may_be_kept(desk: Desk) -> None:
    """MCP 2026-07-28, utilities: caching."""
    answer = await desk.ask("tools/list")
    assert (answer["resultType"], answer["ttlMs"], answer["cacheScope"]) == ("complete", 300_000, "public")


async def test_earlier_list_has_what_its_revision_has(desk: Desk) -> None:
    """MCP 2025-11-25, tools: listing; output schemas are objects."""
    answer = as_sent(await desk.ask_earlier("tools/list"))
    assert set(answer) == {"tools"}
    assert answer["tools"][1]["outputSchema"]["type"] == "object"


async def test_tool_added_later_is_listed(desk: Desk) -> None:
    await desk.ask("tools/list")
    desk.server.tool(name="later")(lambda: None)
    assert [tool["name"] for tool in as_sent(await desk.ask("tools/list"))["tools"]] == ["zap", "alphabet", "later"]


async def test_cursor_that_was_never_given_out_is_refused(desk: Desk) -> None:
    """MCP 2026-07-28, utilities, pagination: error handling."""
    with pytest.raises(InvalidParams):
        await desk.ask("tools/list", cursor="2")
    assert "tools" in await desk.ask("tools/list", cursor=None)


async def test_unknown_tool_is_a_protocol_error(desk: Desk) -> None:
    """MCP 2026-07-28, tools: error handling."""
    for name in ("nothing", None, 7, ["zap"]):
        with pytest.raises(InvalidParams, match="Unknown tool"):
            await desk.ask("tools/call", name=name)


@pytest.mark.parametrize("arguments", [[], 0, False, "", "x", [1]])
async def test_arguments_that_are_no_object_are_a_protocol_error(desk: Desk, arguments: object) -> None:
    """MCP 2026-07-28, schema: CallToolRequestParams.arguments."""
    with pytest.raises(InvalidParams, match="arguments"):
        await desk.ask("tools/call", name="alphabet", arguments=arguments)


async def test_arguments_may_be_left_out(desk: Desk) -> None:
    assert (await desk.ask("tools/call", name="alphabet"))["isError"] is False
    assert (await desk.ask("tools/call", name="alphabet", arguments=None))["isError"] is False


async def test_tool_beyond_the_granted_scopes_is_not_run(desk: Desk) -> None:
    """MCP 2026-07-28, authorization: insufficient scope."""
    with pytest.raises(ScopeRequired) as required:
        await desk.call("zap")
    assert required.value.scope == "notes:write notes:read"


async def test_scopes_count_only_where_people_sign_in(desk: Desk) -> None:
    desk.user = None
    assert (await desk.call("alphabet"))["isError"] is False


@pytest.mark.parametrize("method", ["initialize", "ping", "nonsense", "resources/list"])
async def test_method_that_the_modern_era_does_not_have_is_not_found(desk: Desk, method: str) -> None:
    """MCP 2026-07-28, basic: -32601; the handshake and ping belong to the earlier era."""
    with pytest.raises(MethodNotFound):
        await desk.ask(method)


@pytest.mark.parametrize("method", ["server/discover", "nonsense", "subscriptions/listen"])
async def test_method_that_the_earlier_era_does_not_have_is_not_found(desk: Desk, method: str) -> None:
    with pytest.raises(MethodNotFound):
        await desk.ask_earlier(method)


@pytest.mark.parametrize("asked", ["2025-11-25", "2025-06-18", "2025-03-26"])
async def test_handshake_agrees_on_the_version_that_was_asked_for(desk: Desk, asked: str) -> None:
    """MCP 2025-11-25, lifecycle: version negotiation."""
    assert await desk.ask_earlier("initialize", protocolVersion=asked, capabilities={}) == {
        "protocolVersion": asked,
        "capabilities": {"tools": {"listChanged": True}, "logging": {}},
        "serverInfo": {"name": "notes", "version": "1.2", "title": "Notes"},
        "instructions": "Ask before you delete.",
    }


@pytest.mark.parametrize("asked", ["2024-11-05", "2026-07-28", "2099-01-01", None, 7, ["2025-11-25"]])
async def test_handshake_offers_the_latest_when_it_does_not_speak_what_was_asked_for(desk: Desk, asked: object) -> None:
    """MCP 2025-11-25, lifecycle: version negotiation."""
    assert (await desk.ask_earlier("initialize", protocolVersion=asked))["protocolVersion"] == "2025-11-25"


async def test_ping_is_answered_with_nothing(desk: Desk) -> None:
    """MCP 2025-11-25, utilities: ping."""
    assert await desk.ask_earlier("ping") == {}


@pytest.mark.parametrize("missing", list(META))
async def test_modern_request_without_a_required_field_is_refused(desk: Desk, missing: str) -> None:
    """MCP 2026-07-28, basic: per-request protocol fields."""
    with pytest.raises(InvalidParams, match=re.escape(missing)):
        await desk.ask("tools/list", meta={missing: None})
    with pytest.raises(InvalidParams, match="_meta"):
        await desk.ask("tools/list", _meta="none")


async def test_every_modern_result_says_who_made_it(desk: Desk) -> None:
    """MCP 2026-07-28, basic: per-response protocol fields."""
    for result in (await desk.ask("tools/list"), await desk.call("alphabet")):
        assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "notes"
        assert result["resultType"] == "complete"


def test_person_has_a_scope_only_when_all_of_it_was_granted() -> None:
    assert ADA.has_scope("notes:read")
    assert ADA.has_scope("")
    assert not ADA.has_scope("notes:read notes:write")
