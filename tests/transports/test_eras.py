"""Which era a request belongs to, and how each tells its errors."""

from typing import Any

import pytest

from mcpserver import MCPServer
from mcpserver.transports.streamable_http import StreamableHTTP

from .endpoint import VERSION, Endpoint, error_of, json_of, result_of, text_of

PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


async def test_modern_request_is_complete_and_signed(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, basic: results."""
    result = result_of(await endpoint.modern("server/discover"))
    assert (result["resultType"], result["supportedVersions"][0]) == ("complete", VERSION)


async def test_handshake_is_served_without_a_session(endpoint: Endpoint) -> None:
    """MCP 2025-11-25, lifecycle: each request by itself, in any order."""
    assert text_of(await endpoint.earlier("tools/call", {"name": "echo", "arguments": {"text": "first"}})) == "first"
    result = result_of(
        await endpoint.earlier("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}}, version="")
    )
    assert result["protocolVersion"] == "2025-06-18"
    assert "resultType" not in result
    assert result_of(await endpoint.earlier("ping", version="2025-06-18")) == {}


async def test_request_without_any_version_is_of_the_earlier_era(endpoint: Endpoint) -> None:
    """MCP 2025-11-25, transports: protocol version header, backwards compatibility."""
    assert "resultType" not in result_of(await endpoint.earlier("tools/list", version=""))


@pytest.mark.parametrize("header", [VERSION, "2025-11-25", "1999-01-01"])
async def test_initialize_opens_the_earlier_era_whatever_its_header(endpoint: Endpoint, header: str) -> None:
    """MCP 2026-07-28, versioning: an initialize request selects legacy semantics; no version was agreed before it."""
    assert (
        result_of(await endpoint.earlier("initialize", {"protocolVersion": "2025-11-25"}, version=header))[
            "protocolVersion"
        ]
        == "2025-11-25"
    )


async def test_initialize_with_modern_metadata_is_an_unknown_method(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, versioning: a request with modern _meta is served by this revision, which has no initialize."""
    assert error_of(await endpoint.modern("initialize")) == (404, -32601)


async def test_request_that_names_an_earlier_version_in_its_metadata_is_served_as_such(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, versioning: the supported list names those versions, so they must work wherever they are
    named.
    """
    answer = await endpoint.modern(
        "tools/list", meta={PROTOCOL_VERSION: "2025-11-25"}, MCP_Protocol_Version="2025-11-25"
    )
    assert "resultType" not in result_of(answer)


@pytest.mark.parametrize("version", ["1900-01-01", "2026-07-29", "2024-11-05", "DRAFT"])
async def test_unknown_version_is_told_those_that_are_spoken(endpoint: Endpoint, version: str) -> None:
    """MCP 2026-07-28, versioning: protocol version negotiation; 2025-11-25, transports: 400 for the header alone."""
    answers = (
        await endpoint.modern("tools/list", meta={PROTOCOL_VERSION: version}, MCP_Protocol_Version=version),
        await endpoint.earlier("tools/list", version=version),
        await endpoint.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, MCP_Protocol_Version=version),
    )
    for answer in answers:
        assert error_of(answer) == (400, -32022)
        assert json_of(answer)["error"]["data"] == {
            "supported": [VERSION, "2025-11-25", "2025-06-18", "2025-03-26"],
            "requested": version,
        }


@pytest.mark.parametrize("missing", [PROTOCOL_VERSION, CAPABILITIES])
async def test_modern_request_without_a_required_field_is_malformed(endpoint: Endpoint, missing: str) -> None:
    """MCP 2026-07-28, basic, per-request protocol fields: 400 and -32602."""
    assert error_of(await endpoint.modern("tools/list", meta={missing: None})) == (400, -32602)


@pytest.mark.parametrize("params", [{}, {"_meta": None}, {"_meta": "x"}, {"_meta": {}}])
async def test_modern_header_without_modern_metadata_is_malformed(endpoint: Endpoint, params: dict[str, Any]) -> None:
    assert error_of(await endpoint.earlier("tools/list", params, version=VERSION)) == (400, -32602)


async def test_modern_errors_have_their_statuses(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, Streamable HTTP: protocol version header; basic: -32021 is 400."""
    assert error_of(await endpoint.modern("nonsense")) == (404, -32601)
    assert error_of(await endpoint.call("strict")) == (400, -32021)
    assert error_of(await endpoint.call("nothing")) == (400, -32602)


async def test_earlier_errors_are_answers_like_any_other(endpoint: Endpoint) -> None:
    """MCP 2025-11-25, transports: a request gets 200 and a JSON-RPC response."""
    assert error_of(await endpoint.earlier("nonsense")) == (200, -32601)
    assert error_of(await endpoint.earlier("tools/call", {"name": "nothing"})) == (200, -32602)


async def test_doubled_version_header_is_refused_in_both_eras(endpoint: Endpoint) -> None:
    """RFC 9110 section 5.3: whoever reads the first sees another request than who reads the last."""
    for params in ({}, {"_meta": {PROTOCOL_VERSION: VERSION, CAPABILITIES: {}}}):
        headers = [
            ("MCP-Protocol-Version", "2025-11-25"),
            ("MCP-Protocol-Version", VERSION),
            ("Mcp-Method", "ping"),
            ("Authorization", "Bearer ada"),
        ]
        async with endpoint.client.post(
            "/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping", "params": params}, headers=headers
        ) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (400, -32020)


def test_endpoint_can_be_made_before_anything_runs() -> None:
    """Where an application is put together, no loop runs yet."""
    assert StreamableHTTP(MCPServer("early"), None).peer.protected is False
