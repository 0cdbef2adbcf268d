"""Messages in, answers out: media types, sizes, streams."""

import gzip

import pytest
from pytest_aiohttp import AiohttpClient

from mcpserver import User

from .endpoint import (
    ACCEPT,
    META,
    VERSION,
    Endpoint,
    Porter,
    answered,
    error_of,
    events_of,
    json_of,
    open_endpoint,
    result_of,
    text_of,
)

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
LOG_LEVEL = "io.modelcontextprotocol/logLevel"


async def test_result_alone_is_json(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, Streamable HTTP: sending messages."""
    answer = await endpoint.call("echo", {"text": "Grüße"})
    assert text_of(answer) == "Grüße"
    assert json_of(answer)["id"] == 1


async def test_notifications_before_the_result_make_it_a_stream(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, Streamable HTTP, receiving messages: notifications, then the response, which ends the stream;
    proxies are told not to wait.
    """
    answer = await endpoint.call("work", meta={"progressToken": "t", LOG_LEVEL: "info"})
    first, second, last = events_of(answer)
    assert first == {
        "jsonrpc": "2.0",
        "method": "notifications/progress",
        "params": {"progressToken": "t", "progress": 1, "total": 2},
    }
    assert second["params"] == {"level": "info", "data": "two\nlines"}
    assert (last["id"], last["result"]["content"][0]["text"]) == (1, "done")
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "no-store" in answer.headers["Cache-Control"]


async def test_notifications_sent_at_once_share_one_stream(endpoint: Endpoint) -> None:
    events = events_of(await endpoint.call("together", meta={"progressToken": "t"}))
    assert [event["params"]["progress"] for event in events[:-1]] == list(range(10))
    assert events[-1]["result"]["isError"] is False


async def test_nothing_is_sent_after_the_response(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, patterns, progress: MUST stop after completion; else it would break into the next answer on
    the connection.
    """
    assert text_of(await endpoint.call("linger", meta={"progressToken": "t"})) == "answered"
    endpoint.bell.go_on.set()
    await endpoint.bell.ended.wait()
    assert text_of(await endpoint.call("echo", {"text": "next"})) == "next"


async def test_error_after_the_stream_began_is_its_last_message(endpoint: Endpoint) -> None:
    *_, last = events_of(await endpoint.call("sample", meta={"progressToken": "t"}))
    assert last["error"]["code"] == -32021


async def test_client_that_takes_streams_only_gets_one(endpoint: Endpoint) -> None:
    """RFC 9110 section 12.5.1: Accept."""
    (event,) = events_of(await endpoint.modern("tools/list", Accept="text/event-stream"))
    assert "tools" in event["result"]


@pytest.mark.parametrize(
    "accept",
    [
        "application/json, text/event-stream",
        "application/*",
        "*/*",
        "",
        "text/event-stream;q=0.5, Application/JSON;q=0.9",
    ],
)
async def test_client_that_takes_json_gets_json(endpoint: Endpoint, accept: str) -> None:
    assert "tools" in result_of(await endpoint.modern("tools/list", Accept=accept))


async def test_client_that_takes_neither_is_told_what_there_is(endpoint: Endpoint) -> None:
    """RFC 9110 section 15.5.7."""
    assert (await endpoint.modern("tools/list", Accept="text/html")).status == 406


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json-rpc"])
async def test_other_media_types_are_refused(endpoint: Endpoint, content_type: str) -> None:
    """RFC 9110 section 15.5.16; a form could be sent by any page without a preflight."""
    assert (await endpoint.post(PING, Content_Type=content_type)).status == 415


async def test_charset_beside_the_media_type_is_no_harm(endpoint: Endpoint) -> None:
    assert (await endpoint.post(PING, Content_Type="application/json; charset=utf-8")).status == 200


async def test_body_of_exactly_the_limit_is_read(endpoint: Endpoint) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    assert (await endpoint.post(body.ljust(65_536))).status == 200
    assert (await endpoint.post(body.ljust(65_537))).status == 413


async def test_compressed_body_is_refused_and_the_connection_goes_on(endpoint: Endpoint) -> None:
    """RFC 9110 sections 15.5.16 and 12.5.3."""
    answer = await endpoint.post(gzip.compress(b'{"jsonrpc":"2.0","id":1,"method":"ping"}'), Content_Encoding="gzip")
    assert (error_of(answer), answer.headers["Accept-Encoding"]) == ((415, -32600), "identity")
    assert (await endpoint.post(PING, Content_Encoding="identity")).status == 200


@pytest.mark.parametrize("method", ["notifications/initialized", "notifications/cancelled", "notifications/anything"])
async def test_notification_is_accepted_without_a_body(endpoint: Endpoint, method: str) -> None:
    """MCP 2026-07-28, Streamable HTTP, sending messages: 202."""
    answer = await endpoint.post({"jsonrpc": "2.0", "method": method})
    assert (answer.status, answer.body) == (202, b"")


async def test_refused_message_is_answered_by_its_id(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, basic: error responses."""
    answer = await endpoint.post({"jsonrpc": "1.0", "id": 7, "method": "ping"})
    assert (error_of(answer), json_of(answer)["id"]) == ((400, -32600), 7)
    assert "id" not in json_of(await endpoint.post(b"{"))


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH"])
async def test_other_methods_name_what_is_allowed(endpoint: Endpoint, method: str) -> None:
    """RFC 9110 section 15.5.6; MCP 2026-07-28, Streamable HTTP: no GET stream, no sessions to DELETE."""
    answer = await answered(endpoint.client, method, None, {**ACCEPT, **endpoint.authorization})
    assert (answer.status, answer.headers["Allow"]) == (405, "POST, OPTIONS")


async def test_no_session_is_made_or_minded(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, Streamable HTTP: earlier revisions."""
    answer = await endpoint.modern("tools/list", Mcp_Session_Id="stolen", Last_Event_ID="7")
    assert answer.status == 200
    assert "Mcp-Session-Id" not in answer.headers


class BrokenPorter(Porter):
    def require_scope(self, user: User, scope: str) -> None:
        raise RuntimeError("secret")


async def test_fault_outside_of_a_tool_is_a_reference_too(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    """OWASP ASVS 16.5.1: generic to the caller, whole to the operator."""
    endpoint = await open_endpoint(aiohttp_client, gate=BrokenPorter())
    answer = await endpoint.call("change")
    assert error_of(answer) == (500, -32603)
    assert "secret" not in str(json_of(answer))
    assert "secret" in caplog.text


async def test_null_is_nothing_wherever_a_parameter_may_be_left_out(endpoint: Endpoint) -> None:
    """JSON-RPC 2.0 section 4 lets params be omitted, MCP each optional parameter; clients that write null for that
    are answered, in both eras.
    """
    null = {"arguments": None, "cursor": None, "inputResponses": None, "requestState": None}
    assert text_of(await endpoint.modern("tools/call", {"name": "mirror", **null})) == "None 0 False"
    assert "tools" in result_of(await endpoint.modern("tools/list", null))
    opened = await endpoint.earlier(
        "initialize", {"protocolVersion": "2025-11-25", "capabilities": None, "clientInfo": None, "_meta": None}
    )
    assert result_of(opened)["protocolVersion"] == "2025-11-25"
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": None}
    assert "tools" in result_of(await endpoint.post(body, **{"Mcp-Session-Id": opened.headers["Mcp-Session-Id"]}))


async def test_capability_that_is_null_was_not_declared(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, basic: general fields."""
    answer = await endpoint.call("strict", meta={"io.modelcontextprotocol/clientCapabilities": {"sampling": None}})
    assert error_of(answer) == (400, -32021)


async def test_whole_numbers_are_integers_in_ids_and_tokens(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, schema: RequestId and ProgressToken are strings or integers; JSON Schema 2020-12 core, section
    4.2.3: 1.0 is the integer 1.
    """
    params = {"_meta": {**META, "progressToken": 7.0}, "name": "work", "arguments": {}}
    headers = {"MCP-Protocol-Version": VERSION, "Mcp-Method": "tools/call", "Mcp-Name": "work"}
    first, last = events_of(
        await endpoint.post({"jsonrpc": "2.0", "id": 1.0, "method": "tools/call", "params": params}, **headers)
    )
    assert repr((first["params"]["progressToken"], last["id"])) == "(7, 1)"
