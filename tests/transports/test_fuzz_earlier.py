"""Whatever is sent at the message door of the earlier revisions is read in one way and answered, with and without a
session.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from aiohttp import web
from attrs import evolve
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_aiohttp import AiohttpClient

from mcpserver.transports.streamable_http import StreamableHTTP

from .contract.stage import MEMO, Stage
from .visitor import REVISIONS, Visitor

PATIENCE = 10
"""Seconds after which an answer counts as a hang."""

FAST = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
)
LISTS = [f"{kind}/list" for kind in ("tools", "resources", "resources/templates", "prompts", "roots")]
USES = [
    "tools/call",
    "prompts/get",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "completion/complete",
    "logging/setLevel",
    "tasks/get",
]
OTHERS = [
    "initialize",
    "ping",
    "server/discover",
    "subscriptions/listen",
    "notifications/initialized",
    "notifications/cancelled",
    "nonsense",
]
METHODS = st.sampled_from([*LISTS, *USES, *OTHERS])
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "_meta": st.fixed_dictionaries(
            {}, optional={"progressToken": JSON, "traceparent": JSON, "io.modelcontextprotocol/protocolVersion": JSON}
        )
        | JSON,
        "name": st.sampled_from(
            ["greet", "measure", "refuse", "walk", "talk", "name_it", "think", "review", "nonsense"]
        )
        | JSON,
        "arguments": st.fixed_dictionaries({}, optional={"name": JSON, "side": JSON, "language": JSON}) | JSON,
        "uri": st.sampled_from([MEMO, "note://1", "note://x", "note://", ""]) | JSON,
        "ref": st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(["ref/prompt", "ref/resource"]) | JSON,
                "name": st.just("review"),
                "uri": JSON,
            },
        )
        | JSON,
        "argument": st.fixed_dictionaries({}, optional={"name": st.just("language") | JSON, "value": JSON}) | JSON,
        "protocolVersion": st.sampled_from(REVISIONS) | JSON,
        "cursor": JSON,
        "level": st.sampled_from(["debug", "emergency"]) | JSON,
        "requestId": JSON,
    },
)
IDS = st.sampled_from([1, "1"]) | st.integers() | st.text(max_size=9)
WRONG_IDS = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False).filter(lambda number: not number.is_integer())
    | st.lists(IDS, max_size=1)
)
REQUESTS = st.fixed_dictionaries({"jsonrpc": st.just("2.0"), "id": IDS, "method": METHODS, "params": PARAMS})
NAMELESS = st.fixed_dictionaries({"jsonrpc": st.just("2.0"), "id": WRONG_IDS, "method": METHODS, "params": PARAMS})
ANYTHING = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | JSON,
        "id": IDS | JSON,
        "method": METHODS | JSON,
        "params": PARAMS | JSON,
        "result": JSON,
        "error": JSON,
    },
)
MESSAGES = REQUESTS | NAMELESS | ANYTHING
SESSIONS = st.sampled_from(["own", "none", "unknown"])
Answer = tuple[int, Any]


@pytest.fixture(params=REVISIONS)
async def visitor(request: pytest.FixtureRequest, aiohttp_client: AiohttpClient) -> Visitor:
    """Of a client that declares nothing, so that nobody waits for its answers."""
    app, endpoint = web.Application(), StreamableHTTP(Stage().server, None)
    app.router.add_route("*", "/mcp", endpoint.handle)
    endpoint.setup(app)
    return await Visitor(await aiohttp_client(app), request.param).initialize()


async def attacking(visitor: Visitor, attack: Callable[[Callable[..., Answer]], None]) -> None:
    """Run Hypothesis beside the loop; afterwards the session still serves."""
    loop = asyncio.get_running_loop()

    def within(asked: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(asked, PATIENCE), loop).result()

    def post(message: object, session: str = "own", **headers: str) -> Answer:
        named = {"own": visitor.session, "none": "", "unknown": "nobody"}[session]
        return within(evolve(visitor, session=named).post(message, **headers))

    await asyncio.to_thread(attack, post)
    status, said = await visitor.call("last", "greet", name="Ada")
    assert (status, said["result"]["content"][0]["text"]) == (200, "Hello, Ada")


def is_request(message: Any) -> bool:
    """JSON-RPC 2.0 section 4, with ids as MCP has them."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        return False
    number = message.get("id")
    return (
        isinstance(message.get("params", {}), dict) and isinstance(number, str | int) and not isinstance(number, bool)
    )


def answers(body: Any) -> list[dict[str, Any]]:
    """Whatever came in one body or stream, without what was told on the way; the batch inside of a stream is none."""
    messages = body if isinstance(body, list) else [] if body is None else [body]
    assert all(each["jsonrpc"] == "2.0" for each in messages)
    found = [each for each in messages if "method" not in each]
    assert all(("result" in each) is not ("error" in each) for each in found), body
    return found


def named(found: list[dict[str, Any]]) -> Counter[tuple[type, Any]]:
    """Ids with their types: 1 is not "1"."""
    return Counter((type(each["id"]), each["id"]) for each in found if "id" in each)


async def test_no_message_makes_the_door_fail_or_gets_two_answers(visitor: Visitor) -> None:
    """2025-11-25, transports: sending messages.

    A request is answered once and by its id; nothing else is given a result.
    """

    def attack(post: Callable[..., Answer]) -> None:
        @FAST
        @example({"jsonrpc": "2.0", "id": 10**30, "method": "ping"}, "own", "")
        @example({"jsonrpc": "2.0", "id": True, "method": "ping"}, "own", "")
        @example(
            {
                "jsonrpc": "2.0",
                "id": "1",
                "method": "tools/call",
                "params": {"name": "measure", "arguments": {"side": 10**30}},
            },
            "own",
            "",
        )
        @given(MESSAGES, SESSIONS, st.sampled_from(["", *REVISIONS, "2024-11-05", "zzz"]))
        def each(message: Any, session: str, version: str) -> None:
            status, body = post(message, session, **({"MCP_Protocol_Version": version} if version else {}))
            found = answers(body)
            assert status < 500, (message, body)
            assert len(found) == (0 if status == 202 else 1), (message, body)
            if is_request(message):
                assert status != 202, message
                assert not named(found) or named(found) == named([message])
            else:
                assert not [answer for answer in found if "result" in answer], (message, body)

        each()

    await attacking(visitor, attack)


async def test_no_batch_makes_the_door_fail_or_loses_an_answer(visitor: Visitor) -> None:
    """2025-03-26, basic: batching; the revisions after it have none."""

    def attack(post: Callable[..., Answer]) -> None:
        @FAST
        @example(
            [{"jsonrpc": "2.0", "id": 1, "method": "ping"}, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}], "own"
        )
        @given(st.lists(REQUESTS, max_size=4) | st.lists(MESSAGES, max_size=4), SESSIONS)
        def each(batch: list[Any], session: str) -> None:
            status, body = post(batch, session)
            assert status < 500, (batch, body)
            found = answers(body)
            if status == 200:
                assert (visitor.revision, session) == ("2025-03-26", "own")
                assert named(found) == named([message for message in batch if is_request(message)])
                assert set(named(found).values()) == {1}, (batch, body)
            elif status != 202:
                assert [sorted(set(answer) - {"id"}) for answer in found] == [["error", "jsonrpc"]]

        each()

    await attacking(visitor, attack)


@pytest.mark.parametrize("visitor", ["2025-03-26"], indirect=True)
async def test_message_is_read_the_same_alone_and_in_a_batch(visitor: Visitor) -> None:
    """2025-03-26, basic: batching; no second reading to hide behind."""

    def attack(post: Callable[..., Answer]) -> None:
        @FAST
        @given(REQUESTS.filter(lambda message: message["method"] != "initialize"))
        def each(message: Any) -> None:
            (alone_status, alone), (status, together) = post(message), post([message])
            if alone_status == status == 200:
                assert comparable(answers(alone)) == comparable(answers(together)), message
            else:
                assert {alone_status, status} <= {200, 400, 404}, (alone, together)

        each()

    await attacking(visitor, attack)


def comparable(found: list[dict[str, Any]]) -> list[Any]:
    return [{name: value for name, value in each.items() if name != "jsonrpc"} for each in found]


async def test_no_bytes_make_the_door_fail(visitor: Visitor) -> None:
    """RFC 8259: what is no JSON, or JSON that can be read in two ways, is refused before anybody reads it."""

    def attack(post: Callable[..., Answer]) -> None:
        @FAST
        @example(b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}', "own")
        @example(b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', "own")
        @example(
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greet","arguments":{"name":"\\ud800"}}}',
            "own",
        )
        @example(b"[" * 30_000, "own")
        @example(b'{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}', "own")
        @example(b"\xef\xbb\xbf{}", "none")
        @given(st.binary(max_size=200), SESSIONS)
        def each(body: bytes, session: str) -> None:
            status, said = post(body, session)
            assert 400 <= status < 500, (body, said)
            assert [answer["error"]["code"] in (-32700, -32600, -32001) for answer in answers(said)] == [
                True
            ]  # the last where there is no such session

        each()

    await attacking(visitor, attack)
