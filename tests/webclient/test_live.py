"""What changes on a page is told to whoever looks, and nothing is missed between the page and the stream."""

import asyncio
import re

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from webclient.broadcast import EVERYTHING, MOST_REMEMBERED, MOST_WAITING, Broadcast, Listener
from webclient.errors import NeedsSignIn
from webclient.pages.http.context import FEED
from webclient.pages.http.live import follow

from .browser import Browser, Page
from .conftest import Running
from .foreign import Foreign


async def event(stream: ClientResponse) -> dict[str, str]:
    """The next event of a stream (HTML Living Standard, section 9.2.6)."""
    async with asyncio.timeout(5):
        block = (await stream.content.readuntil(b"\n\n")).decode().strip()
    return dict(line.split(": ", 1) for line in block.splitlines())


def stream_of(page: Page) -> str:
    found = re.search(r'data-events="([^"]+)"', page.html)
    assert found
    return found[1]


async def heard(listener: Listener) -> list[tuple[str, int]]:
    """What a listener was told so far, and the mark of each."""
    listener.put("the end", 0)
    seen: list[tuple[str, int]] = []
    async with asyncio.timeout(5):
        async for part, mark in listener.parts():
            if part == "the end":
                break
            seen.append((part, mark))
    return seen


async def told(listener: Listener) -> list[str]:
    return [part for part, _ in await heard(listener)]


async def test_change_between_the_page_and_the_stream_is_told(
    browser: Browser, client: Running, foreign: Foreign
) -> None:
    foreign.lies.open_door = True
    page = await browser.add(foreign.url)
    room = browser.room_of(page)
    client.app[FEED].publish(room.rpartition("/")[2], "state")
    async with browser.session.get(browser.home + stream_of(page)) as stream:
        first = await event(stream)
        assert first["data"] == "state"
    # A browser whose connection broke off says which event it heard last, and the address stays as it was.
    async with browser.session.get(browser.home + stream_of(page), headers={"Last-Event-ID": first["id"]}) as stream:
        client.app[FEED].publish(room.rpartition("/")[2], "trace")
        assert (await event(stream))["data"] == "trace"


async def test_page_of_an_earlier_process_is_told_to_look_at_everything(
    browser: Browser, client: Running, foreign: Foreign
) -> None:
    foreign.lies.open_door = True
    page = await browser.add(foreign.url)
    await client.stop()
    await client.start()
    async with browser.session.get(browser.home + stream_of(page)) as stream:
        assert (await event(stream))["data"] == EVERYTHING


async def test_stream_carries_the_headers_of_every_answer(browser: Browser, foreign: Foreign) -> None:
    """A stream leaves before its handler ends: what is put on afterwards would be lost."""
    foreign.lies.open_door = True
    page = await browser.add(foreign.url)
    async with browser.session.get(browser.home + stream_of(page)) as stream:
        for name, value in (
            ("Content-Security-Policy", page.headers["Content-Security-Policy"]),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ):
            assert stream.headers.get(name) == value
        assert "Set-Cookie" not in stream.headers


@pytest.mark.parametrize(("beat", "line"), [("", b": still here\n\n"), ("integrations", b"data: integrations\n\n")])
async def test_heart_beats_and_tells_what_changes_with_time(beat: str, line: bytes) -> None:
    """A comment keeps the line open (HTML Living Standard, section 9.2.7); a list whose sign-ins may run out is to
    be looked at again.
    """

    async def events(request: web.Request) -> web.StreamResponse:
        return await follow(request, "one", beat=beat, every=0.01)

    app = web.Application()
    app[FEED] = Broadcast()
    app.router.add_get("/", events)
    async with asyncio.timeout(5), TestClient(TestServer(app)) as reader, reader.get("/") as stream:
        assert await stream.content.readuntil(b"\n\n") == line
        app[FEED].publish("one", "state")
        while (told := await stream.content.readuntil(b"\n\n")) == line:
            pass
        assert told.endswith(b"data: state\n\n")


async def test_reader_that_takes_nothing_is_cut_off() -> None:
    """What is written for it would wait in memory for as long as it likes."""
    ended = asyncio.Event()

    async def events(request: web.Request) -> web.StreamResponse:
        response = await follow(request, "one", beat="x" * 1_000_000, every=0.001, patience=0.2)
        ended.set()
        return response

    app = web.Application()
    app[FEED] = Broadcast()
    app.router.add_get("/", events)
    async with asyncio.timeout(10), TestServer(app) as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        await ended.wait()
        writer.transport.abort()


async def test_whoever_knows_everything_hears_nothing_old() -> None:
    feed = Broadcast()
    feed.publish("one", "state")
    with feed.listen("one", feed.mark) as listener:
        assert await told(listener) == []
    with feed.listen("one") as listener:
        assert await told(listener) == []
    with feed.listen("one", feed.mark - 1) as listener:
        feed.publish("two", "state")
        feed.publish("one", "trace")
        assert await told(listener) == ["state", "trace"]


async def test_marks_leave_in_their_order() -> None:
    """A browser that breaks off in between names the last mark it heard: what has a smaller one counts as heard
    (HTML Living Standard, section 9.2.4).
    """
    feed = Broadcast()
    before = feed.mark
    with feed.listen("one") as listener:
        for part in ("state", "trace", "state"):
            feed.publish("one", part)
        assert await heard(listener) == [("trace", before + 2), ("state", before + 3)]
    with feed.listen("one", before) as listener:
        assert await heard(listener) == [("trace", before + 2), ("state", before + 3)]


async def test_slow_reader_is_told_to_look_at_everything_instead_of_missing_a_part() -> None:
    feed = Broadcast()
    with feed.listen("one") as listener:
        for number in range(MOST_WAITING + 1):
            feed.publish("one", f"operation-{number}")
        assert EVERYTHING in await told(listener)


async def test_mark_that_was_never_given_out_counts_for_nothing() -> None:
    """The clock of the machine was set back between two processes: the page of the first knows nothing of the
    second.
    """
    feed = Broadcast()
    with feed.listen("one", feed.mark + 1) as listener:
        assert await told(listener) == [EVERYTHING]


async def test_what_the_feed_remembers_is_bounded() -> None:
    feed = Broadcast()
    before = feed.mark
    for number in range(MOST_REMEMBERED + 1):
        feed.publish(f"topic {number}", "state")
    with feed.listen("topic 5", before) as listener:
        assert await told(listener) == [EVERYTHING]
    with feed.listen("topic 5", before + 1) as listener:
        assert await told(listener) == ["state"]
    feed = Broadcast()
    before = feed.mark
    for number in range(100):
        feed.publish("one", f"operation-{number}")
    with feed.listen("one", before) as listener:
        assert await told(listener) == [EVERYTHING]


# The list of integrations


async def until_listed(browser: Browser, page: Page, words: str) -> None:
    """The list, looked at again whenever its stream says so."""
    async with asyncio.timeout(5), browser.session.get(browser.home + stream_of(page)) as stream:
        while words not in (await browser.get("/integrations.part")).text:
            assert (await event(stream))["data"] == "integrations"


async def test_list_shows_at_once_how_each_stands(
    browser: Browser, stranger: Browser, foreign: Foreign, client: Running
) -> None:
    home = await browser.get("/")
    await browser.add(foreign.url)
    await until_listed(browser, home, "Connected")
    home = await browser.get("/")
    foreign.access.clear()
    foreign.lies.refresh_error = "invalid_grant"
    room = next(link for link in home.reader.links.values() if link.startswith("/integrations/"))
    await browser.call(await browser.get(room), "whoami")
    await until_listed(browser, home, "Expired")
    assert "Your sign-in has ended" in (await browser.get("/")).text
    foreign.lies.status = 503
    expired = await browser.get(room)
    assert "Sign in again" in expired.html
    await browser.submit(expired, expired.form("/connect"))
    await until_listed(browser, home, "Not working")
    assert "503" in (await browser.get("/")).text
    page = await browser.get(room)
    await browser.submit(page, page.form("/disconnect"))
    await until_listed(browser, home, "Connect your first MCP server")
    # Nobody else is told of it.
    assert "foreign" not in (await stranger.get("/integrations.part")).text


async def test_sign_in_that_ran_out_is_shown_as_such_before_anything_fails(
    browser: Browser, foreign: Foreign, client: Running
) -> None:
    """A token with an end and nothing to renew it; one that can be renewed is none."""
    foreign.lies.give_refresh = False
    page = await browser.add(foreign.url)
    assert "Connected" in (await browser.get("/")).text
    client.clock.at += foreign.lies.lifetime + 1
    assert "Expired" in (await browser.get("/")).text
    assert "Sign in again" in (await browser.get(browser.room_of(page))).html
    foreign.lies.give_refresh = True
    page = await browser.get(browser.room_of(page))
    await browser.submit(page, page.form("/connect"))
    client.clock.at += foreign.lies.lifetime + 1
    assert "Connected" in (await browser.get("/")).text


@pytest.mark.parametrize("way", ["/tools", "/changes"])
async def test_sign_in_that_ended_shows_whatever_was_asked(browser: Browser, foreign: Foreign, way: str) -> None:
    """Not calls alone find it out: so do lists that are asked for again and the line on which changes are told."""
    foreign.lies.give_refresh = False
    page = await browser.add(foreign.url)
    home = await browser.get("/")
    foreign.access.clear()
    room = await browser.get(browser.room_of(page) + ("/changes" if "changes" in way else ""))
    await browser.submit(room, room.form(way))
    await until_listed(browser, home, "Expired")


async def test_server_that_begins_to_want_a_sign_in_says_so_in_its_row(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.open_door = True
    page = await browser.add(foreign.url)
    home = await browser.get("/")
    foreign.lies.open_door = False
    await browser.call(page, "whoami")
    await until_listed(browser, home, "Needs sign-in")


async def test_call_that_outlives_its_integration_brings_nothing_back(
    browser: Browser, foreign: Foreign, client: Running
) -> None:
    page = await browser.add(foreign.url)
    (gone,) = await client.connections.store.integrations_of(browser.owner)
    await browser.submit(page, page.form("/disconnect"))
    before = client.app[FEED].mark
    await client.connections.access.sign_in_ended(gone, NeedsSignIn(None))
    assert client.app[FEED].mark == before
    assert "Connect your first MCP server" in (await browser.get("/")).text
