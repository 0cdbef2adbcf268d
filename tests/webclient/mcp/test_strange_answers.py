"""Answers that are no result: the client says what is wrong with them, and never that a server which it knows is
none.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web
from attrs import define

from webclient.errors import FlowError, NeedsSignIn
from webclient.mcp.protocol.authorizer import Refusal
from webclient.trace.diagnosis.decisions import cause_code

from .conftest import Rig
from .scripted import DISCOVERED, TOOL, Script, Scripted, Turn, event, legacy, modern, no_line
from .test_http_sse import Ancient

Serve = Callable[[Script], Awaitable[Scripted]]
UNREADABLE = [
    ('{"jsonrpc":"2.0","id":%s,"result":{"a":NaN}}', "it contains NaN"),
    ('{"jsonrpc":"2.0","id":%s,"result":{},"error":null}', "an error .null. beside its result"),
    ('{"id":%s,"result":{}}', "it lacks .jsonrpc"),
    ('{"jsonrpc":"2.0","id":%s,"result":{"a":' + "[" * 70 + "]" * 70 + "}}", "nested more than 64 levels deep"),
    ('{"jsonrpc":"2.0","id":%s}', "neither a method nor a result nor an error"),
]


@define
class Holder:
    """Has a token, and gives up when it is refused."""

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        return {"Authorization": "Bearer t"}

    def learn(self, url: str, nonce: str) -> None:
        pass

    async def refused(self, refusal: Refusal) -> None:
        raise NeedsSignIn(None)


@pytest.mark.parametrize(("body", "sentence"), UNREADABLE)
@pytest.mark.parametrize("script", [modern, legacy])
async def test_unreadable_answer_on_a_stream_ends_the_wait_with_the_reason(
    rig: Rig, serve: Serve, script: Callable[[Script], Script], body: str, sentence: str
) -> None:
    """JSON-RPC 2.0 section 5; RFC 8259 section 6. Nobody waits for the end of the stream."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "tools/call":
            return await no_line(turn)
        stream = await turn.stream(event(body % turn.message["id"]))
        await turn.server.gone.wait()
        return stream

    client = rig.client((await serve(script(answer))).url, call_timeout=60)
    with pytest.raises(FlowError, match=f"cannot be read: .*{sentence}"):
        await client.call_tool(TOOL, {})
    assert [cause_code(hop) for hop in rig.hops.hops if hop.outcome == "failed"] == ["unreadable"]


@pytest.mark.parametrize(("body", "sentence"), UNREADABLE)
async def test_unreadable_answer_on_the_shared_stream_ends_the_wait_of_the_one_request(
    rig: Rig, serve: Serve, body: str, sentence: str
) -> None:
    """MCP 2024-11-05, HTTP with SSE: what cannot be read is still the answer to one of the requests; the stream goes
    on for the others.
    """
    ancient = Ancient()

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "tools/call":
            return await ancient(turn)
        ancient.queue.put_nowait(body % turn.message["id"])
        return web.Response(status=202)

    async with rig.client((await serve(answer)).url, call_timeout=60) as client:
        with pytest.raises(FlowError, match=f"cannot be read: .*{sentence}"):
            await client.call_tool(TOOL, {})
        assert [cause_code(hop) for hop in rig.hops.hops if hop.outcome == "failed"] == ["unreadable"]
        assert len((await client.list_tools()).items) == 1


async def test_stream_that_ends_after_an_unreadable_message_says_why_that_one_could_not_be_read(
    rig: Rig, serve: Serve
) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return await turn.stream(event('{"jsonrpc":"2.0","id":'))

    with pytest.raises(
        FlowError,
        match="ended its stream without a response\\. A message on it could not be read: it is not valid JSON",
    ):
        await rig.client((await serve(modern(answer))).url).call_tool(TOOL, {})


async def test_unreadable_first_answer_is_no_server_and_says_why(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(body=b'{"jsonrpc":"2.0","id":1,"result":{"a":NaN}}', content_type="application/json")

    with pytest.raises(
        FlowError, match=r"not an MCP server \(status 200\). The response cannot be read: it contains NaN"
    ):
        await rig.client((await serve(answer)).url).open()


@pytest.mark.parametrize(
    ("status", "headers", "sentences"),
    [
        (
            503,
            {"Retry-After": "30"},
            ["accepts no requests at the moment (status 503)", "try again in 30 seconds", "Down for repairs."],
        ),
        (503, {"Retry-After": "1"}, ["try again in 1 second."]),
        (503, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}, ["try again after 07:28:00 on 2099-10-21 UTC"]),
        (503, {"Retry-After": "soon"}, ["accepts no requests at the moment (status 503). It says: Down for repairs."]),
        (503, {}, ["accepts no requests at the moment (status 503)"]),
        (502, {}, ["The server failed (status 502)"]),
        (
            429,
            {"Retry-After": "5"},
            ["too many requests from this client (status 429)", "try again in 5 seconds"],
        ),
    ],
)
@pytest.mark.parametrize("known", [True, False])
async def test_status_of_the_moment_says_nothing_about_what_answers(
    rig: Rig, serve: Serve, status: int, headers: Mapping[str, str], sentences: list[str], known: bool
) -> None:
    """RFC 9110 sections 10.2.3 and 15.6.4; RFC 6585 section 4."""

    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(status=status, text="Down for repairs.", headers=headers)

    client = rig.client((await serve(modern(answer) if known else answer)).url)
    with pytest.raises(FlowError) as caught:
        await client.call_tool(TOOL, {})
    assert all(sentence in str(caught.value) for sentence in sentences), str(caught.value)
    assert "not an MCP server" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 403, 422])
async def test_refusal_of_a_token_in_its_own_words_is_no_doubt_about_the_server(
    rig: Rig, serve: Serve, status: int
) -> None:
    """RFC 6750 section 3.1: a server that asked for the token is there."""

    async def answer(turn: Turn) -> web.StreamResponse:
        return web.Response(status=status, text="tenant unknown")

    with pytest.raises(FlowError, match=f"with the token with status {status}.* It says: tenant unknown.") as caught:
        await rig.client((await serve(answer)).url, authorizer=Holder()).open()
    assert "not an MCP server" not in str(caught.value)
    assert cause_code(next(hop for hop in reversed(rig.hops.hops) if hop.outcome == "failed")) == "token_not_taken"


@pytest.mark.parametrize(
    ("method", "ask", "empty"),
    [
        ("prompts/get", lambda client: client.get_prompt("p", {}), {"messages": []}),
        ("resources/read", lambda client: client.read_resource("x:y"), {"contents": []}),
        ("tools/call", lambda client: client.call_tool(TOOL, {}), {"content": []}),
        ("tools/list", lambda client: client.list_tools(), ([], [])),
        ("prompts/list", lambda client: client.list_prompts(), ([], [])),
        ("completion/complete", lambda client: client.complete({"type": "ref/prompt", "name": "p"}, "a", ""), []),
    ],
)
async def test_null_where_a_list_belongs_is_the_empty_list(
    rig: Rig, serve: Serve, method: str, ask: Callable[[Any], Awaitable[Any]], empty: Any
) -> None:
    """Servers in Go write it for a slice without elements."""
    nothing = {
        "messages": None,
        "contents": None,
        "content": None,
        "tools": None,
        "prompts": None,
        "completion": {"values": None},
    }

    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result(DISCOVERED if turn.method == "server/discover" else nothing)

    found = await ask(rig.client((await serve(answer)).url))
    assert ({name: found[name] for name in empty} if isinstance(found, dict) else found) == empty


@pytest.mark.parametrize("cursor", ["same", "", "counted"])
@pytest.mark.parametrize(
    ("method", "kind", "key"), [("tools/list", "tools", "name"), ("resources/list", "resources", "uri")]
)
async def test_page_that_comes_again_is_listed_once(
    rig: Rig, serve: Serve, cursor: str, method: str, kind: str, key: str
) -> None:
    """MCP 2026-07-28, pagination: the empty cursor is one, and some servers give their first page for whatever
    cursor.
    """
    asked = 0

    async def answer(turn: Turn) -> web.StreamResponse:
        nonlocal asked
        if turn.method == "server/discover":
            return turn.result(DISCOVERED)
        asked += 1
        page = [{key: f"x:{number}", "inputSchema": {"type": "object"}} for number in range(3)]
        return turn.result({kind: page, "nextCursor": str(asked) if cursor == "counted" else cursor})

    client = rig.client((await serve(answer)).url)
    found = await (client.list_tools() if kind == "tools" else client.list_resources())
    assert [dict(each)[key] for each in found.items] == ["x:0", "x:1", "x:2"]
    assert asked == 2
    assert found.set_aside == []


async def test_empty_page_and_an_item_that_stands_on_two_pages(rig: Rig, serve: Serve) -> None:
    """An empty page with a cursor is no end; what moved to the next page while the client was reading is listed
    once.
    """
    pages: dict[Any, Any] = {None: (["x:0", "x:1"], "a"), "a": ([], ""), "": (["x:1", "x:2"], None)}

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return turn.result(DISCOVERED)
        uris, cursor = pages[turn.params.get("cursor")]
        return turn.result({"resources": [{"uri": uri} for uri in uris], "nextCursor": cursor})

    found = await rig.client((await serve(answer)).url).list_resources()
    assert [each["uri"] for each in found.items] == ["x:0", "x:1", "x:2"]
