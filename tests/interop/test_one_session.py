"""One kept session and many operations, on the pages: ids, questions, the watch, and a server that restarts (MCP
2025-11-25, basic and session management).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.webclient.browser import Browser, Page
from tests.webclient.conftest import Running, browser, client
from webclient.integrations.form import IntegrationForm
from webclient.integrations.operations import Operation
from webclient.integrations.subscriptions import KeptSubscription
from webclient.oauth.protocol import Preferences
from webclient.storage import CallRecord, Integration

from .restarting import APPS, Restarting

__all__ = ["browser", "client"]

Start = Callable[[str], Awaitable[Restarting]]
PATIENCE = 60


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    servers: list[Restarting] = []

    async def started(kind: str) -> Restarting:
        servers.append(Restarting(kind))
        await servers[-1].start()
        return servers[-1]

    yield started
    for server in servers:
        await server.stop()


async def connected(client: Running, server: Restarting) -> Integration:
    protocol = "2024-11-05" if server.kind == "sse" else "2025-11-25"
    integration = await client.connections.add(
        b"ada", IntegrationForm(server.url, preferences=Preferences(protocol=protocol))
    )
    await client.connections.connecting.connect(integration)
    found = await client.connections.store.find_integration(integration.id, b"ada")
    assert found is not None
    assert found.problem == ""
    return found


def begin(client: Running, integration: Integration, tool: str, /, **arguments: object) -> Operation:
    return client.connections.calls.begin(integration, CallRecord(tool, arguments))


async def over(*operations: Operation) -> list[str]:
    """What each came to, in words."""
    said = []
    async with asyncio.timeout(PATIENCE):
        for operation in operations:
            async for _ in operation.over():
                pass
            record = operation.record
            assert record is not None
            said.append(record.problem or str((record.result or {})["content"][0]["text"]))
    return said


async def questions(client: Running, operations: list[Operation], many: int) -> None:
    """Until so many are open."""
    with client.connections.feed.listen(operations[0].integration.id) as listener:
        async with asyncio.timeout(PATIENCE):
            changes = listener.parts()
            while sum(len(each.questions) for each in operations) != many:
                await anext(changes)


def answer(operations: list[Operation], name: str, word: str) -> None:
    asked, question = next(
        (each, q)
        for each in operations
        for q in each.questions.values()
        if q.params["message"] == f"A word for {name}?"
    )
    assert asked.answer(question.id, {"action": "accept", "content": {"word": word}})


async def told(client: Running, integration: Integration, watch: KeptSubscription) -> None:
    """Until the watch hears of a change."""
    before = len(watch.news)
    async with asyncio.timeout(PATIENCE):
        while not any("list of tools" in each.words for each in list(watch.news)[: len(watch.news) - before]):
            await over(begin(client, integration, "change"))
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("kind", APPS)
async def test_twenty_operations_a_watch_and_a_restart_in_the_middle(client: Running, start: Start, kind: str) -> None:
    server = await start(kind)
    integration = await connected(client, server)
    watch = await client.connections.subscriptions.begin(integration)
    await watch.settled(5)
    asking = [begin(client, integration, "ask", name=name) for name in ("one", "two", "three")]
    quick = [begin(client, integration, "quick", number=number) for number in range(17)]
    assert await over(*quick) == [str(number) for number in range(17)]
    await questions(client, asking, 3)
    answer(asking, "one", "tulip")
    assert await over(asking[0]) == ["one got tulip"]
    await questions(client, asking, 2)
    assert await server.repeated_ids() == []
    assert await server.asked("initialize") == (1 if kind != "sse" else 2)
    await told(client, integration, watch)

    await server.stop()
    await server.start()
    assert all("got" not in said for said in await over(*asking[1:]))
    await told(client, integration, watch)
    assert (watch.running, watch.problem) == (True, "")
    begun = await server.asked("initialize")
    assert begun == 1 or kind == "sse"
    again = [begin(client, integration, "quick", number=number) for number in range(19)]
    late = begin(client, integration, "ask", name="late")
    await questions(client, [late], 1)
    answer([late], "late", "rose")
    assert await over(*again, late) == [*(str(number) for number in range(19)), "late got rose"]
    assert await server.asked("initialize") == begun
    assert await server.repeated_ids() == []


async def rung(browser: Browser, server: Restarting) -> "tuple[Page, asyncio.Task[str]]":
    """The page of changes with a question on it that the server asked while nothing but a watch was on, and what is
    said to it.
    """
    page = await browser.add(server.url, protocol="2024-11-05" if server.kind == "sse" else "2025-11-25")
    room = browser.room_of(page)
    changes = await browser.get(f"{room}/changes")
    subscribed = await browser.submit(changes, changes.form("/changes"))
    assert "subscribed" in subscribed.text
    assert "later returned" in (await browser.call(page, "later")).text
    async with browser.session.get(f"{browser.home}{room}/events") as events, asyncio.timeout(PATIENCE):
        ringing = asyncio.create_task(server.ring())
        while "out of the blue" not in (asking := await browser.get(f"{room}/changes")).text:
            await events.content.readuntil(b"\n\n")
    return asking, ringing


@pytest.mark.parametrize("kind", APPS)
async def test_question_while_only_a_watch_is_on_is_answered_on_its_page(
    client: Running, browser: Browser, start: Start, kind: str
) -> None:
    """MCP 2025-11-25, Streamable HTTP, listening for messages from the server: it may ask on its own stream,
    whatever is under way.
    """
    asking, ringing = await rung(browser, await start(kind))
    answered = await browser.submit(asking, asking.form("/changes/answer"), **{"do": "accept", "arg./word": "tulip"})
    async with asyncio.timeout(PATIENCE):
        assert await ringing == "tulip"
    assert "out of the blue" not in answered.text


@pytest.mark.parametrize("kind", ["stateful", "sse"])
async def test_question_that_is_open_when_watching_stops_is_put_away(
    client: Running, browser: Browser, start: Start, kind: str
) -> None:
    """MCP 2025-11-25, elicitation: «cancel: user dismissed without making an explicit choice».

    Nobody declined, and the server waits no longer.
    """
    asking, ringing = await rung(browser, await start(kind))
    stopped = await browser.submit(asking, asking.form("/changes/stop"))
    assert "There is no subscription." in stopped.text
    async with asyncio.timeout(PATIENCE):
        assert await ringing == "cancel"
