"""The protected resource's metadata (RFC 9728)."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient

from mcpserver.settings import Settings

from ..holders import PUBLIC_URL, connect, install

PATHS = ("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp")
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def browser(aiohttp_client: AiohttpClient) -> Client:
    return await connect(aiohttp_client, await install())


@pytest.mark.parametrize("path", PATHS)
async def test_metadata_names_the_resource_and_who_issues_its_tokens(browser: Client, path: str) -> None:
    """RFC 9728 section 2, and section 3.3 for the resource."""
    async with browser.get(path) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/json"
        assert await answer.json() == {
            "resource": f"{PUBLIC_URL}/mcp",
            "authorization_servers": [PUBLIC_URL],
            "scopes_supported": ["profile", "notes:read", "notes:write"],
            "bearer_methods_supported": ["header"],
            "resource_name": "mcpserver",
            "dpop_signing_alg_values_supported": ["ES256", "Ed25519", "EdDSA"],
            "dpop_bound_access_tokens_required": False,
        }


@pytest.mark.parametrize("path", PATHS)
async def test_metadata_is_open_to_pages_of_every_origin(browser: Client, path: str) -> None:
    """Fetch: a browser-based client reads it, after a preflight for its MCP-Protocol-Version header."""
    origin = {"Origin": "https://inspector.example"}
    async with browser.get(path, headers=origin) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    asked = origin | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "mcp-protocol-version"}
    async with browser.options(path, headers=asked) as answer:
        assert answer.status in (200, 204)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        assert "mcp-protocol-version" in allowed or allowed == "*"


@pytest.mark.parametrize("path", PATHS)
async def test_metadata_is_never_a_redirect_and_takes_no_other_method(browser: Client, path: str) -> None:
    async with browser.post(path) as answer:
        assert answer.status == 405
    async with browser.get(path + "/", allow_redirects=False) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("path", PATHS)
async def test_metadata_follows_the_public_url(aiohttp_client: AiohttpClient, path: str) -> None:
    installation = await install(Settings(public_url="https://notes.example", database="sqlite://", name="Notes"))
    client = await connect(aiohttp_client, installation, host="notes.example")
    async with client.get(path) as answer:
        metadata = await answer.json()
    assert (metadata["resource"], metadata["authorization_servers"], metadata["resource_name"]) == (
        "https://notes.example/mcp",
        ["https://notes.example"],
        "Notes",
    )
