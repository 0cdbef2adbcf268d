"""Chapter T of the attack catalogue: the MCP endpoint of the whole application, and what a single tool may do to it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from attrs import define
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_aiohttp import AiohttpClient

from mcpserver.mcp.schema.json_schema import SchemaError, compile_schema
from mcpserver.store.database.change import Statement

from ..holders import Installation, connect, install
from ..sample import notes_in
from ..transports.endpoint import (
    META,
    VERSION,
    Client,
    Endpoint,
    answered,
    error_of,
    json_of,
    open_endpoint,
    result_of,
    text_of,
)
from ..transports.test_departure import PATIENCE, Visitor, alone, visitor

__all__ = ["visitor"]  # a fixture

LIMIT = 4 * 1024 * 1024
SLICE = 65_536
FORM = "application/x-www-form-urlencoded"
READERS = [
    ("/mcp", "application/json"),
    ("/api/notes", "application/json"),
    ("/register", "application/json"),
    *((path, FORM) for path in ("/token", "/revoke", "/login", "/logout", "/authorize")),
]


@define
class Caller:
    """Ada's client at the whole application."""

    installation: Installation
    client: Client
    bearer: dict[str, str]

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.client, bell=None, authorization=self.bearer)  # type: ignore[arg-type]


@pytest.fixture
async def caller(aiohttp_client: AiohttpClient) -> Caller:
    installation = await install()
    return Caller(installation, await connect(aiohttp_client, installation), await installation.bearer())


@pytest.fixture
def endpoint(caller: Caller) -> Endpoint:
    return caller.endpoint


@pytest.fixture
async def small(aiohttp_client: AiohttpClient) -> Endpoint:
    """Tools that the notes do not have."""
    return await open_endpoint(aiohttp_client)


@pytest.mark.parametrize(("path", "content_type"), READERS)
async def test_t1_body_over_the_limit_is_refused_on_every_route(caller: Caller, path: str, content_type: str) -> None:
    """RFC 9110 section 15.5.14: on every route that reads a body; /consent and /notes turn who is not signed in away
    unread.

    Its length is not declared; what declares it is refused unread.
    """

    async def body() -> AsyncIterator[bytes]:
        for _ in range(LIMIT // SLICE + 1):
            yield bytes(SLICE)

    headers = {"Content-Type": content_type, **caller.bearer}
    async with caller.client.post(path, data=body(), headers=headers) as answer:
        assert answer.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"a":NaN}',
        b'"\xff"',
        b'"\\ud800"',
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b"9" * 100_000,
    ],
)
async def test_t2_what_cannot_be_read_is_a_parse_error(endpoint: Endpoint, body: bytes) -> None:
    """JSON-RPC 2.0 section 5.1; MCP 2026-07-28, basic: error codes."""
    assert error_of(await endpoint.post(body)) == (400, -32700)


@pytest.mark.parametrize(
    "body",
    [b"[]", b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', b'{"jsonrpc":"2.0","id":null,"method":"ping"}', b"{}", b"7"],
)
async def test_t3_batches_and_null_ids_are_invalid_requests(endpoint: Endpoint, body: bytes) -> None:
    """MCP 2026-07-28, basic: requests; MCP 2025-06-18, changelog: no batching."""
    assert error_of(await endpoint.post(body)) == (400, -32600)


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","name":"add_note","arguments":{}}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add_note","arguments":{"text":"a","te\\u0078t":"b"}}}',
    ],
)
async def test_t4_doubled_name_has_no_reading(endpoint: Endpoint, body: bytes) -> None:
    """RFC 8259 section 4: a proxy that reads the first and a server that reads the last disagree on what was
    allowed.
    """
    assert error_of(await endpoint.post(body)) == (400, -32600)


@pytest.mark.parametrize("missing", list(META))
async def test_t5_missing_field_of_the_metadata_is_refused(endpoint: Endpoint, missing: str) -> None:
    """MCP 2026-07-28, basic: per-request protocol fields."""
    assert error_of(await endpoint.modern("tools/list", meta={missing: None})) == (400, -32602)


@pytest.mark.parametrize(
    "lie",
    [
        {"Mcp_Method": "tools/list"},
        {"Mcp_Name": "whoami"},
        {"MCP_Protocol_Version": "2025-11-25"},
        {"Mcp_Name": ""},
        {"Mcp_Method": ""},
    ],
)
async def test_t6_header_that_lies_about_the_body_is_refused(caller: Caller, lie: dict[str, Any]) -> None:
    """MCP 2026-07-28, Streamable HTTP, server validation: what a gateway allowed is what is done, and nothing else."""
    assert error_of(await caller.endpoint.call("add_note", {"text": "smuggled"}, **lie)) == (400, -32020)
    assert await notes_in(caller.installation.service.store).list_notes("ada") == []


async def test_t7_unknown_version_is_refused_with_those_that_are_spoken(endpoint: Endpoint) -> None:
    """MCP 2026-07-28, versioning."""
    answer = await endpoint.modern(
        "tools/list", meta={"io.modelcontextprotocol/protocolVersion": "2199-01-01"}, MCP_Protocol_Version="2199-01-01"
    )
    assert error_of(answer) == (400, -32022)
    assert json_of(answer)["error"]["data"]["supported"] == [VERSION, "2025-11-25", "2025-06-18", "2025-03-26"]


async def test_t8_capability_that_was_not_declared_is_not_used(small: Endpoint) -> None:
    """MCP 2026-07-28, basic: -32021 names what is missing."""
    answer = await small.call("strict")
    assert error_of(answer) == (400, -32021)
    assert json_of(answer)["error"]["data"] == {"requiredCapabilities": {"sampling": {}}}


@pytest.mark.parametrize("method", ["nonsense", "tools/call/../list", "initialize", "__class__", "x" * 5_000])
async def test_t9_unknown_method_is_not_found(endpoint: Endpoint, method: str) -> None:
    """MCP 2026-07-28, Streamable HTTP, protocol version header: 404 and -32601."""
    assert error_of(await endpoint.modern(method)) == (404, -32601)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_t10_no_stream_by_get_and_no_session_to_delete(caller: Caller, method: str) -> None:
    """MCP 2026-07-28, Streamable HTTP: earlier revisions."""
    headers = {
        **caller.bearer,
        "Accept": "text/event-stream",
        "Mcp-Session-Id": "stolen",
        "MCP-Protocol-Version": VERSION,
    }
    answer = await answered(caller.client, method, None, headers)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST, OPTIONS")


async def test_t10_session_header_of_another_changes_nothing(caller: Caller) -> None:
    """MCP 2026-07-28, Streamable HTTP, earlier revisions: ignore it, and do not mint or echo session ids."""
    answer = await caller.endpoint.call("whoami", Mcp_Session_Id="bobs")
    assert result_of(answer)["structuredContent"]["username"] == "ada"
    assert "Mcp-Session-Id" not in answer.headers


async def test_t13_schema_that_refers_elsewhere_is_refused_and_nothing_is_fetched() -> None:
    """MCP 2026-07-28, basic: $ref resolution: network addresses are never dereferenced, and what is unresolved is
    not taken for permissive.
    """
    visits: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    bait = await asyncio.start_server(lambda reader, writer: visits.put_nowait(writer), "127.0.0.1")
    port = bait.sockets[0].getsockname()[1]
    for reference in (f"http://127.0.0.1:{port}/schema", f"//127.0.0.1:{port}/schema", "file:///etc/passwd"):
        with pytest.raises(SchemaError):
            compile_schema({"type": "object", "properties": {"a": {"$ref": reference}}})
    _, ours = await asyncio.open_connection("127.0.0.1", port)
    first = await visits.get()
    assert first.get_extra_info("peername") == ours.get_extra_info("sockname")
    for each in (ours, first):
        each.close()
        await each.wait_closed()
    bait.close()


async def test_t13_value_cannot_make_a_schema_work_without_end(small: Endpoint) -> None:
    """MCP 2026-07-28, basic: composition-keyword resource use: here each level of the value would multiply the work
    by four.
    """
    value: dict[str, Any] = {"kind": "hostile"}
    for _ in range(100):
        value = {"left": value, "kind": "and"}
    async with asyncio.timeout(PATIENCE):
        refused = await small.call("evaluate", value)
        assert result_of(refused)["isError"] is True
        assert text_of(await small.call("evaluate", {"left": {"kind": "is"}, "kind": "or"})) == "or"


async def test_t14_fault_in_a_tool_tells_nothing_but_a_reference(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    """OWASP ASVS 16.5.1: a table that is gone is a fault of ours; its name, statement and stack stay in the log."""
    assert (await caller.endpoint.call("whoami")).status == 200
    await caller.installation.service.store.database.apply(Statement("DROP TABLE notes"))
    with caplog.at_level(logging.ERROR):
        answer = await caller.endpoint.call("list_notes")
    result = result_of(answer)
    assert (answer.status, result["isError"]) == (200, True)
    (content,) = result["content"]
    reference = content["text"].split("reference ")[1].split()[0]
    assert content["text"] == f"The tool failed. The reference {reference} leads to the reason in the server's log."
    assert f"fault {reference} in the tool list_notes" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("talk", [False, True])
async def test_t16_work_ends_with_the_client_that_wanted_it(visitor: Visitor, talk: bool) -> None:
    """MCP 2026-07-28, Streamable HTTP, cancellation: nobody keeps a server busy by asking and leaving."""
    async with asyncio.timeout(PATIENCE):
        for _ in range(20):
            _, writer = await visitor.call(VERSION, talk=talk)
            writer.transport.abort()
        await visitor.bell.ended.wait()
        await alone()
    assert visitor.bell.how == "cancelled"


async def test_t17_answers_reach_whom_they_are_for(caller: Caller) -> None:
    """Two people with the same request id, on many connections at once."""
    bob = Endpoint(caller.client, bell=None, authorization=await caller.installation.bearer(user_id="bob"))  # type: ignore[arg-type]
    asked = [("ada", caller.endpoint), ("bob", bob)] * 50
    for _ in range(2):  # tokens that are new here, and tokens that are known
        answers = await asyncio.gather(*(endpoint.call("whoami") for _, endpoint in asked))
        assert [result_of(answer)["structuredContent"]["username"] for answer in answers] == [name for name, _ in asked]


async def test_t17_stream_carries_only_its_own_messages(small: Endpoint) -> None:
    streams = await asyncio.gather(
        *(small.call("work", meta={"progressToken": f"token-{number}"}) for number in range(50))
    )
    for number, stream in enumerate(streams):
        assert isinstance(stream.body, bytes)
        assert stream.body.count(b"token-") == stream.body.count(f'"token-{number}"'.encode()) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
)
METHODS = st.sampled_from(["initialize", "ping", "tools/list", "tools/call", "server/discover", "nonsense"])
TOOLS = st.sampled_from(["whoami", "list_notes", "search_notes", "add_note", "delete_note", "nonsense"])
META_VALUES = (
    st.just(META)
    | st.dictionaries(st.sampled_from([*META, "progressToken", "io.modelcontextprotocol/logLevel"]), JSON)
    | JSON
)
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "_meta": META_VALUES,
        "name": TOOLS | JSON,
        "arguments": JSON | st.dictionaries(st.sampled_from(["text", "id", "words", "limit", "before"]), JSON),
        "cursor": JSON,
    },
)
MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={"id": st.integers() | st.text(max_size=9) | JSON, "method": METHODS | JSON, "params": PARAMS | JSON},
)


def method_of(body: bytes) -> str:
    """The method as a header repeats it, when the body has one that a header can hold."""
    try:
        message = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    method = message.get("method") if isinstance(message, dict) else None
    return method if isinstance(method, str) and method.isascii() and method.isprintable() else ""


async def test_no_input_makes_the_endpoint_fail(caller: Caller) -> None:
    """Whatever is sent, in either era: an answer below 500, and the next caller is served."""
    loop = asyncio.get_running_loop()

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        body=st.binary(max_size=200) | (MESSAGES | JSON).map(msgspec.json.encode),
        version=st.sampled_from(["", VERSION, "2025-11-25", "zzz"]),
    )
    def attack(body: bytes, version: str) -> None:
        headers = {"MCP_Protocol_Version": version, "Mcp_Method": method_of(body), "Mcp_Name": "whoami"}
        answer = asyncio.run_coroutine_threadsafe(caller.endpoint.post(body, **headers), loop).result()
        assert answer.status < 500, body

    await asyncio.to_thread(attack)
    assert result_of(await caller.endpoint.call("whoami"))["structuredContent"]["username"] == "ada"


async def test_plain_words_reach_the_notes_and_come_back(endpoint: Endpoint) -> None:
    """What the rows above protect still works."""
    assert text_of(await endpoint.call("add_note", {"text": "Grüße, 世界"})).find("Grüße, 世界") > 0
