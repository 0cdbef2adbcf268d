"""Request metadata headers held against the body (MCP 2026-07-28, Streamable HTTP: request metadata)."""

from base64 import b64encode
from typing import Annotated, Any

import pytest
from aiohttp import web
from msgspec import Meta
from pytest_aiohttp import AiohttpClient

from mcpserver import MCPServer
from mcpserver.transports.streamable_http import StreamableHTTP

from .endpoint import Bell, Endpoint, Porter, error_of, text_of

MISMATCH = (400, -32020)


def given(header: str, value: str) -> dict[str, Any]:
    """As a keyword of ``call``."""
    return {header: value}


def sentinel(text: str) -> str:
    return f"=?base64?{b64encode(text.encode()).decode()}?="


@pytest.mark.parametrize("header", ["MCP_Protocol_Version", "Mcp_Method", "Mcp_Name"])
async def test_required_header_that_is_missing_is_a_mismatch(endpoint: Endpoint, header: str) -> None:
    """Server validation."""
    assert error_of(await endpoint.call("echo", {"text": "x"}, **given(header, ""))) == MISMATCH


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("MCP_Protocol_Version", "2025-11-25"),
        ("MCP_Protocol_Version", "1900-01-01"),
        ("Mcp_Method", "tools/list"),
        ("Mcp_Method", "Tools/Call"),
        ("Mcp_Name", "change"),
        ("Mcp_Name", "Echo"),
        ("Mcp_Name", "éch"),
        ("Mcp_Name", "=?base64?!?="),
        ("Mcp_Name", "=?base64?/w==?="),
        ("Mcp_Name", "=?BASE64?ZWNobw==?="),
    ],
)
async def test_header_that_says_something_else_is_a_mismatch(endpoint: Endpoint, header: str, value: str) -> None:
    """Server validation; case sensitivity: values are case-sensitive."""
    assert error_of(await endpoint.call("echo", {"text": "x"}, **given(header, value))) == MISMATCH


@pytest.mark.parametrize("value", ["", "2099-01-01"])
async def test_version_is_compared_before_other_fields_of_meta_are_judged(endpoint: Endpoint, value: str) -> None:
    """Server validation: a client knows by this code that something on the way changed its headers."""
    meta = {"io.modelcontextprotocol/logLevel": "loud"}
    assert error_of(await endpoint.call("echo", {"text": "x"}, meta=meta, MCP_Protocol_Version=value)) == MISMATCH


async def test_encoded_name_is_decoded_before_it_is_compared(endpoint: Endpoint) -> None:
    """Value encoding: names beyond ASCII come in Base64, others may."""
    assert (await endpoint.modern("prompts/get", {"name": "größe"}, Mcp_Name=sentinel("größe"))).status == 200
    assert text_of(await endpoint.call("echo", {"text": "x"}, Mcp_Name=sentinel("echo"))) == "x"
    assert error_of(await endpoint.modern("prompts/get", {"name": "größe"}, Mcp_Name="größe")) == MISMATCH


async def test_space_around_a_value_does_not_count(endpoint: Endpoint) -> None:
    """RFC 9110 section 5.5: optional whitespace is no part of the value."""
    assert text_of(await endpoint.call("echo", {"text": "x"}, Mcp_Name=" echo\t")) == "x"


@pytest.mark.parametrize("name", [None, 7])
async def test_name_that_is_no_text_has_no_header_to_match(endpoint: Endpoint, name: object) -> None:
    assert error_of(await endpoint.modern("tools/call", {"name": name}, Mcp_Name="echo")) == MISMATCH


@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({}, {}),
        ({"word": "w"}, {}),
        ({"number": 42}, {"Mcp_Param_Number": "42"}),
        ({"number": 42}, {"Mcp_Param_Number": "42.0"}),
        ({"number": 42.0}, {"Mcp_Param_Number": "42"}),
        ({"number": -7}, {"mcp_param_number": sentinel("-7")}),
        ({"sure": True, "number": 1}, {"Mcp_Param_Sure": "true", "Mcp_Param_Number": "1"}),
        ({}, {"Mcp_Param_Unknown": "anything"}),
    ],
)
async def test_mirrored_argument_that_matches_passes(
    endpoint: Endpoint, arguments: dict[str, Any], headers: dict[str, Any]
) -> None:
    """Server behavior for custom headers; integers are compared as numbers; unknown headers are ignored."""
    assert (await endpoint.call("mirror", arguments, **headers)).status == 200


@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({"number": 42}, {}),
        ({"number": 42}, {"Mcp_Param_Number": "43"}),
        ({"number": 42}, {"Mcp_Param_Number": "42.5"}),
        ({"number": 42}, {"Mcp_Param_Number": "0x2a"}),
        ({"number": 42}, {"Mcp_Param_Number": "9" * 5000}),
        ({"number": "42"}, {"Mcp_Param_Number": "43"}),
        ({"number": {"a": 1}}, {"Mcp_Param_Number": "42"}),
        ({"sure": True}, {"Mcp_Param_Sure": "True"}),
        ({"sure": True}, {"Mcp_Param_Sure": "1"}),
        ({}, {"Mcp_Param_Number": "42"}),
        ({"number": None}, {"Mcp_Param_Number": "null"}),
        ({"number": 42}, {"Mcp_Param_Number": "é"}),
        ({"number": 42}, {"Mcp_Param_Number": "=?base64?%?="}),
    ],
)
async def test_mirrored_argument_that_does_not_match_is_a_mismatch(
    endpoint: Endpoint, arguments: dict[str, Any], headers: dict[str, Any]
) -> None:
    """Server behavior for custom headers."""
    assert error_of(await endpoint.call("mirror", arguments, **headers)) == MISMATCH


async def test_nested_argument_is_mirrored_from_its_exact_path(endpoint: Endpoint) -> None:
    """Schema extension: header extraction reads the value at the chain of properties; without a value there, the
    header is omitted.
    """
    there = {"place": {"shelf": 7}}
    assert text_of(await endpoint.call("put", there, Mcp_Param_Shelf="7")) == str(there)
    assert error_of(await endpoint.call("put", there, Mcp_Param_Shelf="8")) == MISMATCH
    assert error_of(await endpoint.call("put", there)) == MISMATCH
    assert error_of(await endpoint.call("put", {"shelf": 7}, Mcp_Param_Shelf="7")) == MISMATCH
    assert error_of(await endpoint.call("put", {"place": "shelf"}, Mcp_Param_Shelf="7")) == MISMATCH
    assert (await endpoint.call("put", {"place": {}})).status == 200


@pytest.mark.parametrize(
    ("number", "status"), [(2**53 - 1, 200), (1 - 2**53, 200), (2**53, 400), (-(2**53), 400), (1e300, 400)]
)
async def test_integer_that_not_everybody_reads_the_same_is_a_mismatch(
    endpoint: Endpoint, number: float, status: int
) -> None:
    """Schema extension: integers must be within the safe range for JavaScript."""
    assert (await endpoint.call("mirror", {"number": number}, Mcp_Param_Number=str(number))).status == status


async def test_text_argument_is_mirrored_encoded_where_it_must_be(endpoint: Endpoint) -> None:
    """Value encoding: examples."""
    for region in ("us-west1", " padded ", "line1\nline2", "Hello, 世界", "=?base64?literal?="):
        assert text_of(await endpoint.call("size", {"region": region}, Mcp_Param_Region=sentinel(region))) == region
    assert error_of(await endpoint.call("size", {"region": " padded "}, Mcp_Param_Region=" padded ")) == MISMATCH


async def test_arguments_that_are_no_object_mirror_nothing(endpoint: Endpoint) -> None:
    assert error_of(await endpoint.modern("tools/call", {"name": "mirror", "arguments": [1]})) == (400, -32602)


async def test_earlier_era_knows_no_such_headers(endpoint: Endpoint) -> None:
    """MCP 2025-11-25, transports."""
    answer = await endpoint.earlier(
        "tools/call", {"name": "mirror", "arguments": {"number": 42}}, Mcp_Name="nonsense", Mcp_Method="ping"
    )
    assert text_of(answer) == "None 42 False"


async def test_tool_that_is_not_there_for_a_caller_asks_them_for_no_header(aiohttp_client: AiohttpClient) -> None:
    """Its existence, and what its parameters are called, would be told by the refusal."""
    server = MCPServer("small")
    word = Annotated[str, Meta(extra_json_schema={"x-mcp-header": "Vault"})]

    @server.tool(visible=lambda user: False)
    async def hidden(secret_word: word) -> str:
        return "x"

    @server.tool(public=True)
    async def shown() -> str:
        return "x"

    @server.tool
    async def behind(secret_word: word) -> str:
        return "x"

    app = web.Application()
    endpoint = StreamableHTTP(server, Porter())
    app.router.add_route("*", "/mcp", endpoint.handle)
    endpoint.setup(app)
    visitor = Endpoint(await aiohttp_client(app), Bell())
    hidden_one, unknown = [await visitor.call(name, {"secret_word": "x"}) for name in ("hidden", "unknown")]
    assert error_of(hidden_one) == error_of(unknown)
    assert b"Vault" not in bytes(hidden_one.body)  # type: ignore[arg-type]
    stranger = await visitor.call("behind", {"secret_word": "x"}, Authorization="")
    assert stranger.status == 401
    assert error_of(await visitor.call("behind", {"secret_word": "x"})) == MISMATCH
