"""News of changes (MCP 2026-07-28, subscriptions; MCP 2025-11-25, resources and listening)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from webclient.errors import FlowError, ProtocolFailure
from webclient.mcp import subscriptions
from webclient.mcp.client import MCPClient
from webclient.mcp.protocol.results import RpcError
from webclient.wire import SubscriptionFilter

from .conftest import Person, Rig
from .scripted import Script, Scripted, Turn, event, legacy, modern, no_line, note

Serve = Callable[[Script], Awaitable[Scripted]]
ID = "io.modelcontextprotocol/subscriptionId"
WANTED: SubscriptionFilter = {"toolsListChanged": True, "resourceSubscriptions": ["x:1"]}
CHANGED, UPDATED, ACKNOWLEDGED = (
    "notifications/tools/list_changed",
    "notifications/resources/updated",
    "notifications/subscriptions/acknowledged",
)


def news(turn: Turn, method: str, **params: object) -> bytes:
    return event(note(method, {"_meta": {ID: turn.message["id"]}, **params}))


async def heard(client: MCPClient, most: int = 99) -> list[str]:
    methods = []
    async with await client.listen(WANTED) as arriving:
        async for each in arriving:
            methods.append(each.method)
            if len(methods) == most:
                break
    return methods


async def test_news_arrive_until_the_server_says_goodbye(rig: Rig, serve: Serve) -> None:
    """Acknowledged first; every message names the subscription; a result ends it gracefully."""

    async def answer(turn: Turn) -> web.StreamResponse:
        goodbye = event(turn.response({"resultType": "complete", "_meta": {ID: turn.message["id"]}}))
        return await turn.stream(
            news(turn, ACKNOWLEDGED, notifications=WANTED),
            b": alive\n\n",
            news(turn, CHANGED),
            news(turn, UPDATED, uri="x:1"),
            goodbye,
        )

    server = await serve(modern(answer))
    person = Person()
    async with rig.client(server.url, host=person) as client:
        assert await heard(client) == [ACKNOWLEDGED, CHANGED, UPDATED]
    assert server.only("subscriptions/listen")[0].params["notifications"] == WANTED
    assert [method for method, _ in person.heard] == [CHANGED, UPDATED]


async def test_news_make_what_was_kept_stale(rig: Rig, serve: Serve) -> None:
    """MCP 2026-07-28, caching: interaction with notifications."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "resources/read":
            return turn.result({"contents": [], "ttlMs": 60_000, "cacheScope": "private"})
        return await turn.stream(news(turn, ACKNOWLEDGED), news(turn, UPDATED, uri="x:1"), event(turn.response({})))

    server = await serve(modern(answer))
    async with rig.client(server.url) as client:
        for uri in ("x:1", "x:2", "x:1"):
            await client.read_resource(uri)
        await heard(client)
        for uri in ("x:1", "x:2"):
            await client.read_resource(uri)
    assert [turn.params["uri"] for turn in server.only("resources/read")] == ["x:1", "x:2", "x:1"]


async def test_stream_that_breaks_off_is_asked_for_again(
    rig: Rig, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """«A transport that closes without it indicates an unexpected disconnect, which the client MAY treat as a
    trigger to reconnect.»
    """
    monkeypatch.setattr(subscriptions, "FIRST_PAUSE", 0.01)

    async def answer(turn: Turn) -> web.StreamResponse:
        end = [event(turn.response({}))] if len(server.only("subscriptions/listen")) == 3 else []
        return await turn.stream(news(turn, ACKNOWLEDGED), news(turn, CHANGED), *end)

    server = await serve(modern(answer))
    async with rig.client(server.url) as client:
        assert await heard(client) == [ACKNOWLEDGED, CHANGED] * 3
    assert len({turn.message["id"] for turn in server.only("subscriptions/listen")}) == 3


async def test_stream_that_only_breaks_off_is_given_up(rig: Rig, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "FIRST_PAUSE", 0.01)

    async def answer(turn: Turn) -> web.StreamResponse:
        return await turn.stream(news(turn, ACKNOWLEDGED))

    server = await serve(modern(answer))
    with pytest.raises(FlowError, match="ended its stream"):
        await heard(rig.client(server.url))
    assert len(server.only("subscriptions/listen")) == 5


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        (lambda turn: [news(turn, CHANGED)], "before it has confirmed the subscription"),
        (lambda turn: [event(note(ACKNOWLEDGED, {"_meta": {ID: 99}}))], "of another subscription"),
        (lambda turn: [event(note(ACKNOWLEDGED))], "of another subscription"),
        (lambda turn: [], "ended its stream without a response"),
    ],
)
async def test_subscription_that_breaks_the_rules_ends(
    rig: Rig, serve: Serve, events: Callable[[Turn], list[bytes]], sentence: str
) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return await turn.stream(*events(turn))

    with pytest.raises(FlowError, match=sentence):
        await heard(rig.client((await serve(modern(answer))).url))


async def test_server_that_does_not_listen_says_so(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.error(-32601, status=404)

    with pytest.raises(RpcError):
        await heard(rig.client((await serve(modern(answer))).url))


async def test_server_that_only_answers_has_no_news(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result({"resultType": "complete"})

    assert await heard(rig.client((await serve(modern(answer))).url)) == []


async def test_news_may_go_on_for_long(rig: Rig, serve: Serve) -> None:
    """Many times what a single answer may hold."""

    async def answer(turn: Turn) -> web.StreamResponse:
        padded = [news(turn, CHANGED, padding="x" * 10_000) for _ in range(100)]
        return await turn.stream(news(turn, ACKNOWLEDGED), *padded, event(turn.response({})))

    assert len(await heard(rig.client((await serve(modern(answer))).url, most_events=10), most=200)) == 101


async def test_leaving_closes_the_line(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream(news(turn, ACKNOWLEDGED))
        try:
            while True:
                await asyncio.sleep(0.02)
                await answer.write(b": alive\n\n")
        except ConnectionError:
            server.gone.set()
            raise

    server = await serve(modern(answer))
    assert await heard(rig.client(server.url), most=1) == [ACKNOWLEDGED]
    await asyncio.wait_for(server.gone.wait(), 5)


async def test_older_server_is_listened_to_in_its_own_way(rig: Rig, serve: Serve) -> None:
    """MCP 2025-11-25: resources/subscribe, and a stream that the server may speak on; only what was wanted is told."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "GET":
            return turn.result({})
        told = [
            note(CHANGED),
            note("notifications/prompts/list_changed"),
            note(UPDATED, {"uri": "x:2"}),
            note(UPDATED, {"uri": "x:1"}),
        ]
        answer = await turn.stream(*(event(each) for each in told))
        try:
            while True:
                await asyncio.sleep(0.05)
                await answer.write(b": alive\n\n")
        except ConnectionError:
            return answer

    server = await serve(legacy(answer))
    async with rig.client(server.url) as client:
        assert await heard(client, most=3) == [ACKNOWLEDGED, CHANGED, UPDATED]
    assert [turn.method for turn in server.turns if turn.method.startswith("resources/")] == [
        "resources/subscribe",
        "resources/unsubscribe",
    ]


async def test_older_server_without_a_line_has_no_news(rig: Rig, serve: Serve) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return await no_line(turn) if turn.method == "GET" else turn.result({})

    async with rig.client((await serve(legacy(answer))).url) as client:
        with pytest.raises(ProtocolFailure, match="offers no stream"):
            await heard(client)


async def test_news_of_a_task_can_be_asked_for(rig: Rig, serve: Serve) -> None:
    """SEP-2663, task status notifications."""

    async def answer(turn: Turn) -> web.StreamResponse:
        return await turn.stream(
            news(turn, ACKNOWLEDGED),
            news(turn, "notifications/tasks", taskId="t", status="working"),
            event(turn.response({})),
        )

    async with (
        rig.client((await serve(modern(answer))).url) as client,
        await client.listen({"taskIds": ["t"]}) as arriving,
    ):
        assert [each.params.get("taskId") async for each in arriving] == [None, "t"]
