"""JSON-RPC messages: one a body, read in one way only."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpserver.mcp.protocol.errors import InvalidMessage, ParseError
from mcpserver.mcp.protocol.jsonrpc import Notification, Request, error_message, message_id, parse, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
MEMBERS = st.fixed_dictionaries(
    {}, optional={"jsonrpc": st.just("2.0") | JSON, "id": JSON, "method": st.text() | JSON, "params": JSON}
)


def test_request_is_read_with_its_id_method_and_params() -> None:
    """MCP 2026-07-28, basic: requests."""
    assert parse(b'{"jsonrpc":"2.0","id":"a","method":"ping","params":{"x":1}}') == Request("a", "ping", {"x": 1})
    assert parse(b' {"jsonrpc":"2.0","id":0,"method":"ping"}\n') == Request(0, "ping", {})


@pytest.mark.parametrize(
    ("params", "read"),
    [
        (b"null", {}),
        (b'{"arguments":null,"_meta":null,"cursor":null}', {}),
        (b'{"name":"a","arguments":{"x":null}}', {"name": "a", "arguments": {"x": None}}),
    ],
)
def test_null_counts_as_absent_but_not_within_arguments(params: bytes, read: dict[str, object]) -> None:
    """JSON-RPC 2.0 section 4: params may be omitted. Clients that write null for that are read likewise."""
    assert parse(b'{"jsonrpc":"2.0","id":1,"method":"m","params":' + params + b"}") == Request(1, "m", read)
    assert parse(b'{"jsonrpc":"2.0","method":"m","params":' + params + b"}") == Notification("m", read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"1.0", 1),
        (b"1e2", 100),
        (b"-0.0", 0),
        (b"9007199254740991.0", 2**53 - 1),
        (b"123456789012345678", 123456789012345678),
    ],
)
def test_whole_number_is_an_integer_however_it_is_written(written: bytes, read: int) -> None:
    """MCP 2026-07-28, schema: RequestId is a string or an integer; JSON Schema 2020-12 core, section 4.2.3: 1.0 is
    the integer 1.
    """
    body = b'{"jsonrpc":"2.0","id":' + written + b',"method":"m"}'
    assert parse(body) == Request(read, "m", {})
    assert isinstance(message_id(body), int)
    assert msgspec.json.encode(message_id(body)) == str(read).encode()


@pytest.mark.parametrize("written", [b"1.5", b"1e300", b"true", b"null", b"[]", b"{}"])
def test_what_is_no_integer_is_no_id(written: bytes) -> None:
    """MCP 2026-07-28, basic: requests."""
    body = b'{"jsonrpc":"2.0","id":' + written + b',"method":"m"}'
    with pytest.raises(InvalidMessage):
        parse(body)
    assert message_id(body) is None


def test_message_without_id_is_a_notification() -> None:
    """MCP 2026-07-28, basic: notifications."""
    assert parse(b'{"jsonrpc":"2.0","method":"notifications/initialized"}') == Notification(
        "notifications/initialized", {}
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"a":NaN}',
        b'"\xff"',
        b'{"a":"\\ud800"}',
        b"[" * 100_000,
        b"1" * 5_000,
        b'\xef\xbb\xbf{"a":1}',
    ],
)
def test_what_is_not_json_is_a_parse_error(body: bytes) -> None:
    """RFC 8259; JSON-RPC 2.0 section 5.1: -32700. Deep nesting and endless numbers too, which no reader takes."""
    with pytest.raises(ParseError) as refused:
        parse(body)
    assert (refused.value.code, refused.value.status) == (-32700, 400)


@pytest.mark.parametrize(
    "body",
    [
        b"1",
        b"null",
        b"{}",
        b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
        b'{"jsonrpc":"2.0","id":1,"result":7}',
        b'{"jsonrpc":"2.0","id":1,"method":7}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}',
        b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":true,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":{},"method":"ping"}',
    ],
)
def test_what_is_no_message_of_mcp_is_an_invalid_request(body: bytes) -> None:
    """MCP 2026-07-28, basic: messages."""
    with pytest.raises(InvalidMessage) as refused:
        parse(body)
    assert (refused.value.code, refused.value.status) == (-32600, 400)


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"pong"}',
        b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[{"b":1,"b":1}]}}',
    ],
)
def test_doubled_name_is_refused_at_any_depth(body: bytes) -> None:
    """RFC 8259 section 4: names within an object should be unique, since readers differ on what it means when they
    are not.
    """
    with pytest.raises(InvalidMessage):
        parse(body)


@given(st.binary() | st.text().map(str.encode))
def test_any_body_is_a_message_or_a_refusal(body: bytes) -> None:
    with suppress(ParseError, InvalidMessage):
        assert isinstance(parse(body), Request | Notification)
    assert isinstance(message_id(body), str | int | None)


@given(JSON | MEMBERS)
def test_any_json_value_is_a_message_or_a_refusal(value: object) -> None:
    with suppress(InvalidMessage):
        assert isinstance(read(value), Request | Notification)


def test_refused_message_is_answered_by_its_id_where_that_can_be_told() -> None:
    """MCP 2026-07-28, basic: error responses."""
    assert message_id(b'{"id":7}') == 7
    for body in (b"{", b"[]", b'{"id":null}', b"{}"):
        assert message_id(body) is None


def test_error_without_a_known_id_carries_none() -> None:
    """MCP 2026-07-28, basic: an id is left out, never null."""
    assert error_message(None, {"code": -32700, "message": "x"}) == {
        "jsonrpc": "2.0",
        "error": {"code": -32700, "message": "x"},
    }
