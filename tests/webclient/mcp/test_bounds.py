"""Servers that are broken or mean it badly: each ends in one plain sentence, within bounds."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcpbase.json_bounds import is_deep
from webclient.errors import Challenge, FlowError, NeedsScope, NeedsSignIn, ProtocolFailure, Unreachable
from webclient.fetcher import Fetcher, Limits
from webclient.mcp.protocol.authorizer import Refusal
from webclient.mcp.protocol.messages import (
    Malformed,
    Response,
    ServerNotification,
    ServerRequest,
    read_json,
    read_messages,
)
from webclient.mcp.protocol.sse import EventParser
from webclient.trace import MemoryHops

from .conftest import Person, Rig
from .scripted import DISCOVERED, TOOL, Script, Scripted, Turn, event, legacy, modern, no_line, note

Serve = Callable[[Script], Awaitable[Scripted]]
DEEP = "[" * 100 + "]" * 100


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "an empty body"),
        (b"null", "cannot be read: it is not a JSON object"),
        (b"[]", "cannot be read: it is an empty list"),
        (b'{"jsonrpc":"2.0"}', "neither a method nor a result nor an error"),
        (b'{"jsonrpc":"1.0","id":2,"result":{}}', 'it lacks "jsonrpc": "2.0"'),
        (b'{"id":2,"result":{}}', 'it lacks "jsonrpc": "2.0"'),
        (b'{"jsonrpc":"2.0","id":2,"result":[]}', "its result is not an object"),
        (b'{"jsonrpc":"2.0","id":2,"result":{},"error":{}}', "an error beside its result"),
        (b'{"jsonrpc":"2.0","id":2,"result":{},"error":null}', r"an error \(null\) beside its result"),
        (b'{"jsonrpc":"2.0","id":"2","result":{}}', "the same value"),
        (b'{"jsonrpc":"2.0","id":true,"result":{}}', "another request"),
        (b'{"jsonrpc":"2.0","id":2,"result":{"a":NaN}}', "it contains NaN, which is not valid JSON"),
        (b'{"jsonrpc":"2.0","id":2,"result":{"a":-Infinity}}', "it contains -Infinity"),
        (b'{"jsonrpc":"2.0","id":2,"result":{"a":"caf\xe9"}}', r"it is not UTF-8 \(byte 0xe9 at 42\)"),
        (b'{"jsonrpc":"2.0","id":2,"result":{"a":1}', "it is not valid JSON"),
        (b'{"jsonrpc":"2.0","id":2,"result":{"a":"\\ud800"}}', "half a character"),
        (b'{"jsonrpc":"2.0","id":2,"result":{"a":' + DEEP.encode() + b"}}", "nested more than 64 levels deep"),
        (b'{"jsonrpc":"2.0","id":2,"result":{"a":' + b"9" * 5000 + b"}}", "a number without end"),
        (b'{"jsonrpc":"2.0","id":2,"error":"no"}', "its error is not an object"),
        (b'{"jsonrpc":"2.0","id":2,"error":{"code":[],"message":{}}}', "refused"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 200_000, "nested more than 128 levels deep"),
        (b"x" * 300_000, "larger than"),
    ],
)
@pytest.mark.parametrize("script", [modern, legacy])
async def test_strange_body_is_named(
    rig: Rig, serve: Serve, script: Callable[[Script], Script], body: bytes, sentence: str
) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

    client = rig.client((await serve(script(answer))).url)
    await client.open()
    with pytest.raises(FlowError, match=sentence) as caught:
        await client.call_tool(TOOL, {})
    assert "not an MCP server" not in str(caught.value)


@pytest.mark.parametrize(
    ("chunks", "sentence"),
    [
        ([b"data: junk\n\n", b"data: []\n\n", b"event: other\ndata: x\n\n"], "ended its stream without a response"),
        ([b"data: " + b"x" * 300_000], "larger than"),
        ([event(note("notifications/message")) * 300], "more than 100 events"),
        ([event([note("notifications/message")] * 200)], "ended its stream"),
    ],
)
async def test_strange_stream_is_named(rig: Rig, serve: Serve, chunks: list[bytes], sentence: str) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return await turn.stream(*chunks)

    with pytest.raises(FlowError, match=sentence):
        await rig.client((await serve(modern(answer))).url, most_events=100).call_tool(TOOL, {})


@pytest.mark.parametrize("status", [500, 503, 403, 429])
async def test_status_of_failure_is_named(rig: Rig, serve: Serve, status: int) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(status=status, text="<h1>oops</h1>")

    with pytest.raises(FlowError, match=f"status {status}"):
        await rig.client((await serve(modern(answer))).url).call_tool(TOOL, {})


async def test_result_with_a_status_of_failure_is_none(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return web.json_response(turn.response({}), status=500)

    with pytest.raises(FlowError, match="status 500"):
        await rig.client((await serve(modern(answer))).url).call_tool(TOOL, {})


async def test_redirect_is_not_followed(rig: Rig, serve: Serve) -> None:
    """A token would go along."""

    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "https://elsewhere.example/"})

    server = await serve(modern(answer))
    with pytest.raises(FlowError, match="redirects to https://elsewhere\\.example/"):
        await rig.client(server.url).call_tool(TOOL, {})
    assert len(server.turns) == 2


async def test_silence_ends(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    with pytest.raises(FlowError, match="did not respond in time"):
        await rig.client((await serve(answer)).url, request_timeout=0.3).open()


@pytest.mark.parametrize("cursor", ["same", "", "new"])
async def test_endless_list_ends(rig: Rig, serve: Serve, cursor: str) -> None:
    """MCP 2026-07-28, pagination: a cursor is opaque, and the empty one is one, too."""
    pages = 0

    async def answer(turn: Turn) -> web.StreamResponse:
        nonlocal pages
        pages += 1
        more = str(pages) if cursor == "new" else cursor
        return turn.result(
            DISCOVERED
            if turn.method == "server/discover"
            else {"tools": [{**TOOL, "name": f"t{pages}"}], "nextCursor": more}
        )

    async with rig.client((await serve(answer)).url, most_pages=5) as client:
        tools, set_aside = await client.list_tools()
    assert len(tools) == (5 if cursor == "new" else 2)
    assert "does not end" in set_aside[0]


async def test_last_page_is_the_one_without_a_cursor(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return turn.result(DISCOVERED)
        at = {None: 0, "": 1, "b": 2}[turn.params.get("cursor")]
        return turn.result({"resources": [{"uri": f"x:{at}"}], **({"nextCursor": ["", "b"][at]} if at < 2 else {})})

    async with rig.client((await serve(answer)).url) as client:
        assert [each["uri"] for each in (await client.list_resources()).items] == ["x:0", "x:1", "x:2"]


async def test_list_without_measure_is_cut(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result(
            DISCOVERED
            if turn.method == "server/discover"
            else {"prompts": [{"name": str(each)} for each in range(500)]}
        )

    async with rig.client((await serve(answer)).url, most_items=100) as client:
        listing = await client.list_prompts()
    assert len(listing.items) == 100
    assert "400 more prompts are left out" in listing.set_aside[0]


async def test_tools_are_set_aside_one_by_one(rig: Rig, serve: Serve) -> None:
    """MCP 2026-07-28, x-mcp-header: a tool that breaks the rules does not take the others along."""
    schemas: list[Any] = [
        {},
        {"properties": {"a": {"type": "number", "x-mcp-header": "A"}}},
        json.loads("{" + '"a":{' * 50 + "}" * 51),
        None,
    ]
    tools: list[Any] = [
        {"name": f"t{at}", "inputSchema": schema, "annotations": {"readOnlyHint": True}}
        for at, schema in enumerate(schemas)
    ]

    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result(DISCOVERED if turn.method == "server/discover" else {"tools": tools})

    async with rig.client((await serve(answer)).url) as client:
        good, set_aside = await client.list_tools()
        with pytest.raises(ProtocolFailure, match="cannot be called"):
            await client.call_tool(tools[1], {"a": 1})
    assert [tool["name"] for tool in good] == ["t0"]
    assert good[0]["annotations"] == {"readOnlyHint": True}
    assert len(set_aside) == 3


class Doorkeeper:
    """An authorizer that renews its token a number of times."""

    def __init__(self, renewals: int) -> None:
        self.renewals = renewals
        self.refusals: list[Refusal] = []
        self.learned: list[tuple[str, str]] = []

    async def headers(self, method: str, url: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {len(self.refusals)}"}

    async def refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)
        if len(self.refusals) > self.renewals:
            raise refusal.for_a_person

    def learn(self, url: str, nonce: str) -> None:
        self.learned.append((url, nonce))


async def test_refusal_goes_to_the_authorizer_and_the_request_again(rig: Rig, serve: Serve) -> None:
    """RFC 9110 section 11.6.1: every challenge; RFC 9449 section 9: the nonce."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.request.headers["Authorization"] == "Bearer 0":
            challenge = 'DPoP algs="ES256", Bearer error="invalid_token"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge, "DPoP-Nonce": "n-1"})
        return turn.result(DISCOVERED, DPoP_Nonce="n-2")

    server = await serve(answer)
    keeper = Doorkeeper(1)
    await rig.client(server.url, authorizer=keeper).open()
    refusal = keeper.refusals[0]
    assert [each.scheme for each in refusal.challenges] == ["dpop", "bearer"]
    assert (refusal.status, refusal.nonce, refusal.method, refusal.url) == (401, "n-1", "POST", server.url)
    assert refusal.headers == {"Authorization": "Bearer 0"}
    assert refusal.challenge == Challenge("bearer", {"error": "invalid_token"})
    assert keeper.learned == [(server.url, "n-2")]
    assert [hop.outcome for hop in rig.hops.hops] == ["info", "ok"]


@pytest.mark.parametrize(("status", "kind"), [(401, NeedsSignIn), (403, NeedsScope)])
async def test_refusal_that_needs_a_person_is_said(rig: Rig, serve: Serve, status: int, kind: type[FlowError]) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(
            status=status, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="a b"'}
        )

    with pytest.raises(kind):
        await rig.client((await serve(answer)).url).open()


async def test_endless_refusals_end(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(status=401)

    server = await serve(answer)
    with pytest.raises(ProtocolFailure, match="refused every token"):
        await rig.client(server.url, authorizer=Doorkeeper(99)).open()
    assert len(server.turns) == 8


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "code", "x"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_value_breaks_the_message_reader(value: Any) -> None:
    """JSON-RPC 2.0: what is read is messages, or Malformed."""
    try:
        messages = read_messages(json.dumps(value))
    except (Malformed, UnicodeEncodeError):
        return
    assert all(isinstance(message, ServerRequest | ServerNotification | Response) for message in messages)


@given(st.binary(max_size=100) | st.text(max_size=100))
def test_no_bytes_break_the_json_reader(data: bytes | str) -> None:
    try:
        value = read_json(data)
    except Malformed:
        return
    assert not is_deep(value, 100)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(messages=st.lists(JSON, max_size=4), results=JSON, as_stream=st.booleans())
async def test_no_answer_breaks_the_client(messages: list[Any], results: Any, as_stream: bool) -> None:
    """Whatever a server says, the call ends: with a result that is an object, or with a sentence."""

    async def answer(turn: Turn) -> web.StreamResponse:
        said = [*messages, turn.response(results)]
        if as_stream:
            return await turn.stream(*(event(json.dumps(each)) for each in said))
        return web.json_response(said if messages else said[0])

    server = await Scripted(modern(answer)).start()
    fetcher = Fetcher(Limits(request_timeout=2))
    outcome: object = None
    try:
        outcome = await Rig(fetcher, MemoryHops(os.urandom(32))).client(server.url, host=Person()).call_tool(TOOL, {})
    except FlowError as error:
        outcome = str(error)
    finally:
        await fetcher.close()
        await server.stop()
    assert isinstance(outcome, dict) or str(outcome).endswith(".")


FIELDS = [
    b"data: x",
    b"data",
    b":",
    b"id: 5",
    b"id: \0",
    b"retry: 10",
    b"retry: x",
    b"event: e",
    b"\r",
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\xff",
]


@given(st.lists(st.sampled_from(FIELDS)))
def test_events_mean_the_same_however_they_are_cut(parts: list[bytes]) -> None:
    """HTML Living Standard section 9.2.6."""
    stream = b"".join(parts)
    whole, cut = EventParser(), EventParser()
    expected = whole.feed(stream)
    found = [each for at in range(len(stream)) for each in cut.feed(stream[at : at + 1])]
    assert found == expected
    assert (cut.last_id, cut.retry) == (whole.last_id, whole.retry)


def test_event_without_end_is_cut_off() -> None:
    parser = EventParser(limit=1000)
    parser.feed(b": " + b"x" * 500 + b"\n" + b"data: " + b"y" * 400 + b"\n")
    with pytest.raises(Unreachable, match="more than 1,000 characters"):
        parser.feed(b"data: " + b"z" * 700)


async def test_server_may_not_have_its_own_line(rig: Rig, serve: Serve) -> None:
    async with rig.client((await serve(legacy(no_line))).url, host=Person()) as client:
        assert len((await client.list_tools()).items) == 1
