"""MCP Apps: pages that a host shows for a tool (extensions: apps)."""

import pytest

from mcpserver import MCPServer

from .desk import Desk


@pytest.fixture
def server() -> MCPServer:
    server = MCPServer("clock")

    @server.tool(ui="ui://clock", meta={"example.com/a": 1})
    async def now() -> str:
        return "noon"

    @server.app(
        "ui://clock", title="A clock", csp={"connectDomains": ["https://time.example"]}, permissions={"camera": {}}
    )
    async def clock() -> str:
        """A page with hands."""
        return "<!doctype html><p>noon</p>"

    @server.app("ui://bare")
    async def bare() -> str:
        return "<p>bare</p>"

    return server


async def test_tool_names_the_page_that_shows_it(server: MCPServer) -> None:
    (tool,) = (await Desk(server).ask("tools/list"))["tools"]
    assert tool["_meta"] == {"example.com/a": 1, "ui": {"resourceUri": "ui://clock"}}


async def test_page_says_how_it_may_be_shown(server: MCPServer) -> None:
    ui = {"csp": {"connectDomains": ["https://time.example"]}, "permissions": {"camera": {}}}
    desk = Desk(server)
    listed, bare = (await desk.ask("resources/list"))["resources"]
    assert listed == {
        "uri": "ui://clock",
        "name": "clock",
        "title": "A clock",
        "description": "A page with hands.",
        "mimeType": "text/html;profile=mcp-app",
        "_meta": {"ui": ui},
    }
    assert "_meta" not in bare
    (page,) = (await desk.ask("resources/read", uri="ui://clock"))["contents"]
    assert page == {
        "uri": "ui://clock",
        "mimeType": "text/html;profile=mcp-app",
        "text": "<!doctype html><p>noon</p>",
        "_meta": {"ui": ui},
    }


async def test_extension_is_declared(server: MCPServer) -> None:
    """Versioning: extension negotiation."""
    assert (await Desk(server).ask("server/discover"))["capabilities"]["extensions"] == {
        "io.modelcontextprotocol/ui": {}
    }
    bare = MCPServer("bare")
    bare.tool(name="now")(lambda: "noon")
    assert "extensions" not in (await Desk(bare).ask("server/discover"))["capabilities"]
