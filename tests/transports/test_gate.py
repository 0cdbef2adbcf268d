"""Who is let in, from which pages, and what the others are told."""

from typing import Any

import pytest
from pytest_aiohttp import AiohttpClient

from mcpserver.transports.http.origins import Origins

from .endpoint import ACCEPT, Endpoint, answered, error_of, json_of, open_endpoint, text_of

METADATA = 'Bearer resource_metadata="https://server.example/meta"'


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_stranger_is_challenged_whatever_they_ask_for(endpoint: Endpoint, method: str) -> None:
    """RFC 9728 section 5.1; RFC 6750 section 3; clients also knock with GET to find the challenge."""
    answer = await answered(
        endpoint.client,
        method,
        b"nonsense" if method == "POST" else None,
        {**ACCEPT, "Origin": "https://server.example"},
    )
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, METADATA)
    assert json_of(answer) == {"error": "unauthorized", "error_description": "No."}
    assert answer.headers["Cache-Control"] == "no-store"
    assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]


async def test_every_authorization_header_reaches_the_gate(endpoint: Endpoint) -> None:
    """RFC 6750 section 3.1: two are a malformed request, not a choice."""
    headers = [("Authorization", "Bearer ada"), ("Authorization", "Bearer bob")]
    async with endpoint.client.post("/mcp", json={}, headers=headers) as answer:
        assert answer.status == 401


async def test_names_of_the_query_reach_the_gate(endpoint: Endpoint) -> None:
    answer = await answered(
        endpoint.client, "POST", b"{}", {**ACCEPT, **endpoint.authorization}, query="?access_token=x"
    )
    assert (answer.status, json_of(answer)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("era", ["modern", "earlier"])
async def test_scope_that_is_missing_is_a_403_before_any_stream(endpoint: Endpoint, era: str) -> None:
    """RFC 6750 section 3.1; MCP 2026-07-28, authorization: scope challenge handling; the tool would have streamed."""
    params = {"name": "change", "arguments": {}, "_meta": {"progressToken": "t"}}
    answer = await (
        endpoint.call("change", meta={"progressToken": "t"})
        if era == "modern"
        else endpoint.earlier("tools/call", params)
    )
    assert (answer.status, json_of(answer)["error"]) == (403, "insufficient_scope")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="read write"'


async def test_server_without_sign_in_lets_everybody_in(aiohttp_client: AiohttpClient) -> None:
    endpoint = await open_endpoint(aiohttp_client, gate=None)
    endpoint.authorization = {}
    assert text_of(await endpoint.call("echo", {"text": "x"})) == "x"
    assert (await endpoint.call("change")).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://server.example",
        "https://server.example:444",
        "https://server.example.evil",
        "",
    ],
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "GET"])
async def test_foreign_page_is_refused_before_anything_else(endpoint: Endpoint, method: str, origin: str) -> None:
    """MCP 2026-07-28, Streamable HTTP, security: 403, without a CORS header that would let the page read it."""
    answer = await answered(endpoint.client, method, None, {"Origin": origin, **endpoint.authorization})
    assert error_of(answer) == (403, -32600)
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_own_page_may_call(endpoint: Endpoint) -> None:
    answer = await endpoint.call("echo", {"text": "x"}, Origin="https://server.example")
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]) == (
        200,
        "https://server.example",
        "Origin",
    )


async def test_program_without_origin_gets_no_cors_headers(endpoint: Endpoint) -> None:
    assert "Access-Control-Allow-Origin" not in (await endpoint.call("echo", {"text": "x"})).headers


async def test_every_answer_to_an_admitted_page_can_be_read_by_it(endpoint: Endpoint) -> None:
    """Fetch, CORS protocol: an error without the headers is a riddle to a client in a browser."""
    page: dict[str, Any] = {"Origin": "https://server.example"}
    answers = [
        await endpoint.call("change", **page),
        await endpoint.modern("nonsense", **page),
        await endpoint.post(b"{", **page),
        await endpoint.post(b" " * 65_537, **page),
        await endpoint.post(b"{}", Content_Type="text/plain", **page),
        await endpoint.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, **page),
        await endpoint.call("work", meta={"progressToken": "t"}, **page),
        await answered(endpoint.client, "GET", None, {**endpoint.authorization, **page}),
    ]
    assert [answer.status for answer in answers] == [403, 404, 400, 413, 415, 202, 200, 405]
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {"https://server.example"}


async def test_preflight_is_answered_before_authentication(endpoint: Endpoint) -> None:
    """Fetch, CORS-preflight: a browser sends no token with it.

    Headers of a tool's own making are allowed as they are asked for.
    """
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, mcp-param-region, x-other",
    }
    answer = await answered(endpoint.client, "OPTIONS", None, {"Origin": "https://server.example", **asked})
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert answer.status == 204
    assert allowed >= {
        "authorization",
        "content-type",
        "mcp-protocol-version",
        "mcp-method",
        "mcp-name",
        "mcp-session-id",
        "last-event-id",
        "dpop",
        "mcp-param-region",
    }
    assert "x-other" not in allowed
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert {"WWW-Authenticate", "Mcp-Session-Id", "MCP-Protocol-Version"} <= {
        name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")
    }


async def test_origin_that_the_operator_named_may_call(aiohttp_client: AiohttpClient) -> None:
    endpoint = await open_endpoint(aiohttp_client, allowed_origins=("https://app.example",))
    assert (await endpoint.call("echo", {"text": "x"}, Origin="https://app.example")).status == 200
    assert (await endpoint.call("echo", {"text": "x"}, Origin="https://other.example")).status == 403


def test_loopback_is_one_machine_under_three_names() -> None:
    """RFC 8252 section 8.3: localhost and the two addresses; the port still counts."""
    origins = Origins.of("http://127.0.0.1:8000", ())
    assert all(origins.admits(f"http://{host}:8000") for host in ("127.0.0.1", "localhost", "[::1]"))
    assert not any(
        origins.admits(origin)
        for origin in ("http://localhost:8001", "https://localhost:8000", "http://localhost", "null")
    )
    assert Origins.of("http://[::1]", ()).admits("http://localhost")


def test_origin_has_no_path() -> None:
    """RFC 6454 section 4."""
    assert Origins.of("https://server.example/base", ()).admits("https://server.example")


def test_star_admits_every_page_and_no_address_only_named_ones() -> None:
    assert Origins.of(None, ("*",)).admits("https://any.example")
    assert not Origins.of(None, ()).admits("https://any.example")
    assert Origins.of(None, ()).admits(None)
