"""Watching what changes on a server, on the pages (MCP 2026-07-28, subscriptions)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from attrs import define

from mcpserver import MCPServer
from tests.flow.server import serving
from webclient.integrations.subscriptions import AWAY, ENDED, LONGEST_PAUSE, MOST_FAREWELLS, WORDS, KeptSubscription

from .browser import Browser, Page
from .conftest import Running
from .foreign import Foreign
from .mcp.scripted import Scripted, Turn, event, legacy, modern
from .mcp.test_subscriptions import ACKNOWLEDGED, CHANGED, UPDATED, news


@define
class Garden:
    """A server with a resource that grows, at ``url``."""

    server: MCPServer
    url: str


@pytest.fixture
async def garden() -> AsyncIterator[Garden]:
    server = MCPServer("Garden")

    @server.resource("garden://bed", mime_type="text/plain")
    async def bed() -> str:
        return "tulips"

    async def digest(value: str) -> list[str]:
        return [name for name in ("rose", "rosemary", "thyme") if name.startswith(value)]

    @server.resource("garden://plant/{name}", mime_type="text/plain")
    async def plant(name: str) -> str:
        return f"a {name}"

    server.completion("garden://plant/{name}", "name")(digest)
    async with serving(server) as url:
        yield Garden(server, url)


async def watching(browser: Browser, garden: Garden) -> Page:
    """The page of changes, with the one resource watched from its card."""
    room = browser.room_of(await browser.add(garden.url))
    cards = await browser.get(f"{room}/resources")
    card = cards.form("/resources/read", uri="garden://bed")
    card.action = f"{room}/changes"
    return await browser.submit(cards, card)


async def test_changes_are_shown_as_they_come(browser: Browser, garden: Garden) -> None:
    page = await watching(browser, garden)
    assert "subscribed" in page.text
    assert "garden://bed" in page.text
    assert "not confirmed by the server" not in page.text
    async with browser.session.get(f"{browser.home}{browser.room_of(page)}/events") as stream:
        garden.server.resource_updated("garden://bed")
        async with asyncio.timeout(5):
            while await stream.content.readline() != b"data: changes\n":
                pass
    part = await browser.get(f"{browser.room_of(page)}/changes.part")
    assert "This resource has changed." in part.text
    read = await browser.submit(part, part.form("/resources/read", uri="garden://bed"))
    assert "tulips" in read.text


async def test_more_can_be_watched_and_all_of_it_let_go(browser: Browser, garden: Garden) -> None:
    page = await watching(browser, garden)
    both = await browser.submit(page, page.form("/changes"), uri="garden://plant/rose")
    assert both.reader.text.count("garden://bed") == 1
    assert "garden://plant/rose" in both.text
    gone = await browser.submit(both, both.form("/changes/stop"))
    assert "There is no subscription." in gone.text


async def test_a_server_that_tells_nothing_is_said_to(browser: Browser, foreign: Foreign) -> None:
    page = await browser.get(f"{browser.room_of(await browser.add(foreign.url))}/changes")
    failed = await browser.submit(page, page.form("/changes"))
    assert "Delete" in failed.text
    assert "subscribed" not in failed.text


async def test_what_cannot_be_watched_is_refused(browser: Browser, garden: Garden) -> None:
    page = await watching(browser, garden)
    long = await browser.submit(page, page.form("/changes"), uri="x" * 4001)
    assert (long.status, "too long" in long.text) == (400, True)


async def test_there_is_an_end_to_what_is_watched(browser: Browser, garden: Garden, client: Running) -> None:
    page = await watching(browser, garden)
    integration = await client.connections.store.find_integration(
        browser.room_of(page).rpartition("/")[2], browser.owner
    )
    assert integration
    for number in range(49):
        await client.connections.subscriptions.begin(integration, f"garden://{number}")
    full = await browser.submit(page, page.form("/changes"), uri="garden://one-more")
    assert (full.status, "End one of them first" in full.text) == (400, True)


async def test_disconnecting_ends_the_watch(browser: Browser, garden: Garden, client: Running) -> None:
    page = await watching(browser, garden)
    integration = await client.connections.store.find_integration(
        browser.room_of(page).rpartition("/")[2], browser.owner
    )
    assert integration
    watch = client.connections.subscriptions.of(integration)
    assert watch
    assert [watch.running] == [True]
    await browser.submit(page, page.form("/disconnect"))
    assert not watch.running
    assert client.connections.subscriptions.of(integration) is None


async def test_variables_of_a_template_are_suggested(browser: Browser, garden: Garden) -> None:
    """MCP 2026-07-28, completion: ref/resource."""
    cards = await browser.get(f"{browser.room_of(await browser.add(garden.url))}/resources")
    form = cards.form("/resources/read", template="garden://plant/{name}")
    helped = await browser.submit(cards, form, **{"do": "suggest:name", "var.name": "ros"})
    assert "The server suggests: rose, rosemary" in helped.text
    filled = helped.form("/resources/read", template="garden://plant/{name}")
    assert filled.fields["var.name"] == "ros"
    assert "a rosemary" in (await browser.submit(helped, filled, **{"var.name": "rosemary"})).text


async def test_a_server_without_tools_is_connected(browser: Browser, garden: Garden) -> None:
    """MCP 2026-07-28, versioning: what is not declared is not asked for."""
    page = await browser.add(garden.url)
    assert "Connected" in page.text
    assert "Method not found" not in page.html


async def test_a_server_with_prompts_only_is_connected(browser: Browser) -> None:
    server = MCPServer("Poet")

    @server.prompt
    async def poem() -> str:
        return "Write a poem."

    async with serving(server) as url:
        page = await browser.add(url)
        assert "Connected" in page.text
        assert "poem" in (await browser.get(f"{browser.room_of(page)}/prompts")).text


async def test_suggestions_that_fail_are_no_obstacle(browser: Browser, garden: Garden) -> None:
    cards = await browser.get(f"{browser.room_of(await browser.add(garden.url))}/resources")
    form = cards.form("/resources/read", template="garden://plant/{name}")
    form.fields["template"] = "garden://nowhere/{name}"
    helped = await browser.submit(cards, form, **{"do": "suggest:name", "var.name": "ros"})
    assert helped.status == 200


FORM = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
ASKED = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "elicitation/create",
    "params": {"message": "Whose garden is it?", "requestedSchema": FORM},
}


@pytest.fixture
async def asking() -> AsyncIterator[Scripted]:
    """A server of 2025-11-25 that asks a question on its own line, with resources to watch."""

    async def script(turn: Turn) -> web.StreamResponse:
        if turn.method == "GET":
            line = await turn.stream(event(ASKED))
            await server.gone.wait()
            return line
        if turn.method == "resources/subscribe":
            return turn.result({})
        return turn.error(-32601, status=200)

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "initialize":
            capabilities = {"tools": {"listChanged": True}, "resources": {"subscribe": True}}
            info = {
                "protocolVersion": "2025-11-25",
                "capabilities": capabilities,
                "serverInfo": {"name": "old", "version": "1"},
            }
            return turn.result(info, Mcp_Session_Id="s-1")
        return await legacy(script)(turn)

    server = await Scripted(answer).start()
    yield server
    server.gone.set()
    await server.stop()


def asks(page: Page) -> bool:
    return any(form.action.endswith("/changes/answer") for form in page.reader.forms)


async def question_of(browser: Browser, asking: Scripted) -> Page:
    """The page of changes, with the question that the server asked while it was watched."""
    room = browser.room_of(await browser.add(asking.url))
    page = await browser.get(f"{room}/changes")
    async with browser.session.get(f"{browser.home}{room}/events") as stream:
        page = await browser.submit(page, page.form("/changes"), uri="garden://bed")
        async with asyncio.timeout(10):
            while not asks(page):
                await stream.content.readline()
                page = await browser.get(f"{room}/changes")
    return page


async def test_a_question_beside_every_call_is_answered_on_the_page(browser: Browser, asking: Scripted) -> None:
    """MCP 2025-11-25, elicitation: the answer fits the schema, or the page says what is wrong with it."""
    page = await question_of(browser, asking)
    assert "Whose garden is it?" in page.text
    wrong = await browser.submit(page, page.form("/answer"), **{"do": "accept"})
    assert wrong.status == 400
    assert asking.only("response") == []
    done = await browser.submit(wrong, wrong.form("/answer"), **{"do": "accept", "arg./name": "Ada"})
    assert not asks(done)
    async with asyncio.timeout(10):
        while not asking.only("response"):
            asking.news.clear()
            await asking.news.wait()
    assert asking.only("response")[0].message == {
        "jsonrpc": "2.0",
        "id": 7,
        "result": {"action": "accept", "content": {"name": "Ada"}},
    }


async def test_an_answer_to_no_question_changes_nothing(browser: Browser, asking: Scripted) -> None:
    """It was answered in another window, or watching has stopped."""
    page = await question_of(browser, asking)
    late = page.form("/answer")
    await browser.submit(page, page.form("/answer"), **{"do": "decline"})
    again = await browser.submit(page, late, **{"do": "decline"})
    assert again.status == 200
    assert not asks(again)
    assert len(asking.only("response")) <= 1


Listening = Callable[[Turn, int], Awaitable[web.StreamResponse]]
Watching = Callable[[Listening], Awaitable[KeptSubscription]]


@pytest.fixture
async def watched(browser: Browser, client: Running) -> AsyncIterator[Watching]:
    """Begins a subscription at a server of 2026-07-28 that answers each request for one as it is told: the request, and
    how many came before it.
    """
    servers: list[Scripted] = []

    async def begin(listening: Listening) -> KeptSubscription:
        async def answer(turn: Turn) -> web.StreamResponse:
            return await listening(turn, len(servers[0].only("subscriptions/listen")) - 1)

        servers.append(await Scripted(modern(answer)).start())
        await browser.add(servers[0].url)
        (integration,) = await client.connections.store.integrations_of(browser.owner)
        client.connections.subscriptions.first_pause = 0.001
        return await client.connections.subscriptions.begin(integration)

    yield begin
    for server in servers:
        await server.stop()


def goodbye(turn: Turn) -> bytes:
    return event(turn.response({}))


async def until(client: Running, watch: KeptSubscription, met: Callable[[], bool]) -> None:
    with client.connections.feed.listen(watch.integration.id) as listener:
        async with asyncio.timeout(10):
            changes = listener.parts()
            while not met():
                await anext(changes)


async def test_server_that_ends_the_stream_before_it_agrees_is_not_asked_again(
    client: Running, watched: Watching
) -> None:
    """MCP 2026-07-28, subscriptions: the acknowledgment is the first message of a subscription."""
    asked = []

    async def listening(turn: Turn, before: int) -> web.StreamResponse:
        asked.append(before)
        return await turn.stream(goodbye(turn))

    watch = await watched(listening)
    await until(client, watch, lambda: not watch.running)
    assert (watch.problem, asked) == (ENDED, [0])


async def test_stream_that_breaks_off_before_the_server_agrees_is_a_failure(client: Running, watched: Watching) -> None:
    async def listening(turn: Turn, before: int) -> web.StreamResponse:
        return await turn.stream()

    watch = await watched(listening)
    await until(client, watch, lambda: not watch.running)
    assert watch.problem not in ("", ENDED)


async def test_server_that_was_away_is_asked_again(client: Running, browser: Browser, watched: Watching) -> None:
    """What changed while it was away is not known, and the page says so."""
    back = asyncio.Event()

    async def listening(turn: Turn, before: int) -> web.StreamResponse:
        if before == 0:
            return await turn.stream(news(turn, ACKNOWLEDGED, notifications={"toolsListChanged": True}), goodbye(turn))
        if before < 3:
            return web.Response(text="<p>Down for maintenance</p>", content_type="text/html")
        line = await turn.stream(news(turn, ACKNOWLEDGED, notifications={"toolsListChanged": True}))
        for told in (news(turn, "notifications/of/something/else"), news(turn, UPDATED, uri=5), news(turn, CHANGED)):
            await line.write(told)
        await back.wait()
        return line

    watch = await watched(listening)
    await until(client, watch, lambda: len(watch.news) == 3)
    assert [each.words for each in watch.news] == [WORDS[CHANGED], WORDS[UPDATED], AWAY]
    assert [each.uri for each in watch.news] == ["", "", ""]
    assert (watch.running, watch.away, watch.lists) == (True, "", ("tools",))
    page = await browser.get(f"/integrations/{watch.integration.id}/changes")
    assert AWAY in page.text
    back.set()
    await client.connections.subscriptions.stop(watch.integration)
    assert not watch.running


async def test_server_that_ends_every_stream_at_once_is_left_alone_after_a_while(
    client: Running, watched: Watching
) -> None:
    asked = []

    async def listening(turn: Turn, before: int) -> web.StreamResponse:
        asked.append(before)
        return await turn.stream(news(turn, ACKNOWLEDGED), goodbye(turn))

    watch = await watched(listening)
    await until(client, watch, lambda: not watch.running)
    assert (watch.problem, asked) == (ENDED, list(range(MOST_FAREWELLS)))


async def test_server_that_ends_its_streams_after_a_minute_is_asked_again_without_end(
    client: Running, watched: Watching
) -> None:
    """Such servers limit how long one stream is kept; that is no reason to give them up."""
    enough = MOST_FAREWELLS + 3

    async def listening(turn: Turn, before: int) -> web.StreamResponse:
        if before == enough:
            await turn.server.gone.wait()
        client.clock.at += LONGEST_PAUSE + 1
        return await turn.stream(news(turn, ACKNOWLEDGED), news(turn, CHANGED), goodbye(turn))

    watch = await watched(listening)
    await until(client, watch, lambda: [each.words for each in watch.news].count(WORDS[CHANGED]) == enough)
    assert watch.running
    await client.connections.subscriptions.stop(watch.integration)
