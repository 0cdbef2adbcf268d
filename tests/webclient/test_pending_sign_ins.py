"""Servers that take their time: nobody waits for a page, and the sign-in is there when it is ready."""

import pytest

from webclient.pages.http.context import CONNECTIONS

from .browser import CONNECTING, Browser
from .conftest import Running
from .foreign import Foreign
from .test_faults import broken, reference_in


@pytest.fixture(autouse=True)
def hasty(client: Running) -> None:
    """Nobody waits here longer than this."""
    client.app[CONNECTIONS].pending_sign_ins.patience = 0.3


async def test_page_comes_soon_and_says_how_it_goes_on(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.slow, foreign.lies.open_door = 0.5, True
    page = await browser.begin(foreign.url)
    assert CONNECTING in page.text
    assert "Running" in page.text
    assert "/connect" not in {form.action[-8:] for form in page.reader.forms}
    page = await browser.stay(page)
    assert "Connected" in page.text
    assert "Connected" in (await browser.get(browser.room_of(page) + "/head")).text
    assert "Add a note" in (await browser.get(browser.room_of(page) + "/tools.part")).text


async def test_sign_in_that_was_prepared_meanwhile_is_one_click_away(browser: Browser, foreign: Foreign) -> None:
    """Nothing is asked or registered twice for it."""
    foreign.lies.slow = 0.5
    page = await browser.stay(await browser.begin(foreign.url))
    assert "Needs sign-in" in page.text
    asked = len(foreign.seen)
    foreign.lies.slow = 0
    page = await browser.submit(page, page.form("/connect"), stop_at="/authorize")
    assert len(foreign.seen) == asked
    page = await browser.get(page.url)
    assert "Connected" in page.text


async def test_sign_in_that_was_prepared_long_ago_is_prepared_anew(
    browser: Browser, foreign: Foreign, client: Running
) -> None:
    """Authorization servers forget requests, and so does this client."""
    foreign.lies.slow = 0.5
    page = await browser.stay(await browser.begin(foreign.url))
    foreign.lies.slow = 0
    asked = len(foreign.seen)
    client.clock.at += 3600
    page = await browser.submit(page, page.form("/connect"))
    assert len(foreign.seen) > asked + 2
    assert "Connected" in page.text


async def test_second_click_waits_for_the_same_flow(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.slow, foreign.lies.open_door = 0.5, True
    page = await browser.begin(foreign.url)
    form = page.form("/disconnect")
    form.action = form.action.replace("/disconnect", "/connect")
    page = await browser.stay(await browser.submit(page, form))
    assert "Connected" in page.text
    assert foreign.methods().count("server/discover") == 1


async def test_what_is_being_connected_can_be_let_go(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.slow, foreign.lies.open_door = 6, True
    page = await browser.begin(foreign.url)
    page = await browser.submit(page, page.form("/disconnect"))
    assert "Disconnected" in page.text
    assert foreign.url not in (await browser.get("/")).text


async def test_program_that_ends_stops_what_is_being_connected(
    browser: Browser, foreign: Foreign, client: Running
) -> None:
    foreign.lies.slow = 6
    room = browser.room_of(await browser.begin(foreign.url))
    await client.stop()
    await client.start()
    page = await browser.get(room)
    assert CONNECTING not in page.text
    assert "The flow was stopped before it was finished." in page.text


async def test_fault_of_our_own_ends_in_a_sentence(
    browser: Browser, foreign: Foreign, client: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the whole story, the page the reference; and once it is mended one goes on from there."""
    with broken(client, "pending"):
        page = await browser.add(foreign.url)
    assert "Not working" in page.text
    reference = reference_in(page.text)
    assert reference in caplog.text
    assert "the disk is full" in caplog.text
    assert "the disk is full" not in page.text
    assert "Connected" in (await browser.submit(page, page.form("/connect"))).text
