"""What changes on a page is told to whoever looks, and nothing is missed between the page and the stream."""

import asyncio
import re

from aiohttp import ClientResponse

from webclient.feed import EVERYTHING, MOST_REMEMBERED, Feed, Listener
from webclient.pages.context import FEED

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


async def told(listener: Listener) -> list[str]:
    """What a listener was told so far."""
    listener.put("the end", 0)
    seen: list[str] = []
    async for part, _ in listener.parts():
        if part == "the end":
            break
        seen.append(part)
    return seen


async def test_change_between_the_page_and_the_stream_is_told(browser: Browser, client: Running, foreign: Foreign) -> None:
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


async def test_page_of_an_earlier_process_is_told_to_look_at_everything(browser: Browser, client: Running, foreign: Foreign) -> None:
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


async def test_whoever_knows_everything_hears_nothing_old() -> None:
    feed = Feed()
    feed.publish("one", "state")
    with feed.listen("one", feed.mark) as listener:
        assert await told(listener) == []
    with feed.listen("one") as listener:
        assert await told(listener) == []
    with feed.listen("one", feed.mark - 1) as listener:
        feed.publish("two", "state")
        feed.publish("one", "trace")
        assert await told(listener) == ["state", "trace"]


async def test_what_the_feed_remembers_is_bounded() -> None:
    feed = Feed()
    before = feed.mark
    for number in range(MOST_REMEMBERED + 1):
        feed.publish(f"topic {number}", "state")
    with feed.listen("topic 5", before) as listener:
        assert await told(listener) == [EVERYTHING]
    with feed.listen("topic 5", before + 1) as listener:
        assert await told(listener) == ["state"]
    feed = Feed()
    before = feed.mark
    for number in range(100):
        feed.publish("one", f"operation-{number}")
    with feed.listen("one", before) as listener:
        assert await told(listener) == [EVERYTHING]
