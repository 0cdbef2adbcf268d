"""The service inside of another application, under a path of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port
from yarl import URL

from mcpbase.settings.loader import SettingError
from mcpserver import MCPServer
from mcpserver.compose.mount import mount
from mcpserver.settings import Settings

from ..sample import standalone

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def server() -> MCPServer:
    server = MCPServer("mounted")
    server.tool(name="hello", public=True)(lambda: "hello")
    return server


@pytest.fixture
async def site(server: MCPServer, tmp_path: Path) -> AsyncIterator[Client]:
    """A shop that has an assistant."""
    port = unused_port()
    app = web.Application()

    async def shop(request: web.Request) -> web.Response:
        return web.Response(text="shop")

    app.add_routes([web.get("/", shop)])
    await server.mount(
        app, "/assistant", origin=f"http://127.0.0.1:{port}", database=f"sqlite:///{tmp_path / 'site.db'}"
    )
    async with TestClient(TestServer(app, port=port)) as client:
        yield client


async def test_application_stays_what_it_was(site: Client) -> None:
    assert await (await site.get("/")).text() == "shop"
    assert (await site.get("/notes")).status == 404


async def test_discovery_leads_from_the_challenge_to_every_endpoint(site: Client) -> None:
    """RFC 9728 section 3.1 and RFC 8414 section 3.1: metadata lies between the host and the path."""
    root = str(site.make_url("")).rstrip("/")
    refused = await site.get("/assistant/mcp", headers={"Authorization": "Bearer x"})
    challenge = refused.headers["WWW-Authenticate"]
    assert f'resource_metadata="{root}/.well-known/oauth-protected-resource/assistant/mcp"' in challenge
    resource = await (await site.get("/.well-known/oauth-protected-resource/assistant/mcp")).json()
    assert (resource["resource"], resource["authorization_servers"]) == (f"{root}/assistant/mcp", [f"{root}/assistant"])
    for place in ("/.well-known/oauth-authorization-server/assistant", "/assistant/.well-known/openid-configuration"):
        metadata = await (await site.get(place)).json()
        assert metadata["issuer"] == f"{root}/assistant"
        for name in ("authorization_endpoint", "token_endpoint", "registration_endpoint", "jwks_uri"):
            assert (await site.get(URL(metadata[name]).path)).status != 404


async def test_browsers_of_other_origins_may_look(site: Client) -> None:
    """Fetch: CORS-preflight."""
    answer = await site.options(
        "/.well-known/oauth-protected-resource/assistant/mcp", headers={"Origin": "https://a.example"}
    )
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "MCP-Protocol-Version" in answer.headers["Access-Control-Allow-Headers"]


async def test_pages_keep_to_their_path(site: Client) -> None:
    page = await (await site.get("/assistant/login?next=/assistant/notes")).text()
    assert 'action="/assistant/login"' in page
    assert 'value="/assistant/notes"' in page
    assert 'href="/static' not in page
    assert (await site.get("/assistant/static/house.css")).status == 200
    elsewhere = await (await site.get("/assistant/login?next=/elsewhere")).text()
    assert 'value="/assistant/"' in elsewhere


async def test_tools_are_called_under_the_path(site: Client) -> None:
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "hello"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "hello", "_meta": meta}}
    answer = await site.post("/assistant/mcp", json=body, headers=headers)
    assert (await answer.json())["result"]["content"][0]["text"] == "hello"


async def test_service_by_itself_lies_at_the_path_of_its_public_url(server: MCPServer) -> None:
    port = unused_port()
    settings = Settings(public_url=f"http://127.0.0.1:{port}/mcp-service", database="sqlite://")
    async with (
        TestServer(await standalone(settings, server=server), port=port),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        assert (await session.get("/mcp-service/healthz")).status == 200
        assert (await session.get("/.well-known/oauth-authorization-server/mcp-service")).status == 200
    plain = await standalone(Settings(public_url=f"http://127.0.0.1:{port}", database="sqlite://"))
    async with TestServer(plain, port=port), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        assert (await session.get("/healthz")).status == 200


async def test_path_is_needed(server: MCPServer) -> None:
    with pytest.raises(ValueError, match="must have a path"):
        await mount(web.Application(), Settings(database="sqlite://"), server=server)


@pytest.mark.parametrize("path", ["/a/", "/a//b", "/../a", "/a b", "/a?x", "/ä"])
async def test_path_that_is_none_is_refused(server: MCPServer, path: str) -> None:
    with pytest.raises(SettingError, match="public_url"):
        await server.mount(web.Application(), path, origin="https://app.example", database="sqlite://")
