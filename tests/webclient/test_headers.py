"""What every answer carries, whatever it is and whichever way it leaves."""

import pytest

from webclient.pages.http.place import is_outside
from webclient.pages.security import HEADERS

from .browser import Browser, Page
from .foreign import Foreign


async def require_dressed(browser: Browser, address: str, status: int = 200) -> None:
    """The headers stand once each, and nothing personal may be kept by a cache."""
    place = browser.origin if is_outside(address) else browser.home
    async with browser.session.get(place + address, allow_redirects=False) as answer:
        assert (address, answer.status) == (address, status)
        for name, value in HEADERS.items():
            assert (address, name, answer.headers.getall(name, [])) == (address, name, [value])
        assert address.startswith("/static/") or answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
async def done(browser: Browser, foreign: Foreign) -> Page:
    """The page of a call that gave back a file."""
    foreign.lies.open_door = True
    return await browser.call(await browser.add(foreign.url), "picture")


async def test_every_kind_of_answer_carries_the_headers(browser: Browser, done: Page) -> None:
    """Pages, parts of pages, files, streams, redirects and errors alike (docs/security.md, web client)."""
    room = browser.room_of(done)
    files = [link for words, link in done.reader.links.items() if words.startswith("Save ")]
    assert files
    files += [f"{room}/trace.{ending}" for ending in ("har", "json", "html")]
    for address in (
        "/",
        "/integrations.part",
        "/add",
        "/healthz",
        "/events",
        "/static/live.js",
        room,
        f"{room}/calls.part",
        f"{room}/events",
        *files,
    ):
        await require_dressed(browser, address)
    await require_dressed(browser, "/?add=https://x.example", 303)
    for address in ("/nothing", "/static/nothing.css", "/integrations/nothing/events"):
        await require_dressed(browser, address, 404)
