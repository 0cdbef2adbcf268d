"""The list of integrations in a real browser: it changes while one looks, and misses nothing."""

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.flow.test_accessibility import add
from tests.webclient.conftest import Running, client, foreign
from tests.webclient.foreign import Foreign
from webclient.pages.http.context import CONNECTIONS

__all__ = ["client", "foreign"]


async def two_pages(window: Browser, client: Running, foreign: Foreign) -> tuple[Page, Page]:
    """The list, and beside it the room of a server that is signed in to."""
    context = await window.new_context()
    listed, beside = await context.new_page(), await context.new_page()
    await add(beside, client, foreign.url)
    return listed, beside


async def end_sign_in(beside: Page, foreign: Foreign) -> None:
    foreign.access.clear()
    foreign.lies.refresh_error = "invalid_grant"
    await beside.goto(f"{beside.url}/tool?name=whoami")
    await beside.get_by_role("button", name="Call whoami").click()
    await expect(beside.locator("#result, .problem, .bad").first).to_be_visible()


async def test_row_changes_while_one_looks(window: Browser, client: Running, foreign: Foreign) -> None:
    listed, beside = await two_pages(window, client, foreign)
    await listed.goto(client.home)
    link = listed.locator(".row-link")
    await expect(link).to_contain_text("Connected")
    await link.focus()
    await end_sign_in(beside, foreign)
    await expect(link).to_contain_text("Expired")
    await expect(link).to_contain_text("Your sign-in has ended")
    await expect(link).to_be_focused()
    await beside.context.close()


async def test_change_before_the_stream_opens_arrives(window: Browser, client: Running, foreign: Foreign) -> None:
    """The page was rendered, the line is slow, and the sign-in ends before the browser listens."""
    listed, beside = await two_pages(window, client, foreign)

    async def late(route: Route) -> None:
        await end_sign_in(beside, foreign)
        await route.continue_()

    await listed.route("**/events?*", late)
    await listed.goto(client.home)
    await expect(listed.locator(".row-link")).to_contain_text("Expired")
    await beside.context.close()


@pytest.mark.parametrize("fault", ["cut", "busy"])
async def test_part_that_could_not_be_fetched_is_fetched_again(
    window: Browser, client: Running, foreign: Foreign, fault: str
) -> None:
    """The stream said that something changed, and the answer to what it was got lost."""
    listed, beside = await two_pages(window, client, foreign)

    async def lost(route: Route) -> None:
        await (route.abort() if fault == "cut" else route.fulfill(status=503))

    await listed.route("**/integrations.part", lost, times=1)
    await listed.goto(client.home)
    await expect(listed.locator(".row-link")).to_contain_text("Connected")
    await end_sign_in(beside, foreign)
    await expect(listed.locator(".row-link")).to_contain_text("Expired")
    await beside.context.close()


async def test_sign_in_goes_on_by_itself_when_it_is_ready(window: Browser, client: Running, foreign: Foreign) -> None:
    """Who asked to connect and waited for it is not asked to ask again; who has begun to write something else is
    left to it.
    """
    client.app[CONNECTIONS].pending_sign_ins.patience = 0.2
    foreign.lies.slow = 1
    page, other = await window.new_page(), await window.new_page()
    await add(page, client, foreign.url)
    await expect(page.locator(".who")).to_contain_text("Connected", timeout=20_000)
    assert len(foreign.asked("/authorize")) == 1
    room = await add(other, client, foreign.url)
    await other.goto(room + "/settings")
    await other.get_by_label("Name").first.fill("Mine")
    await expect(other.locator(".who")).to_contain_text("Needs sign-in", timeout=20_000)
    await expect(other.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert len(foreign.asked("/authorize")) == 1
    await page.close()
    await other.close()


async def test_connection_is_seen_being_made(window: Browser, client: Running, foreign: Foreign) -> None:
    """A server that takes its time: its page is there at once, and the tools come into it by themselves."""
    client.app[CONNECTIONS].pending_sign_ins.patience = 0.2
    foreign.lies.slow, foreign.lies.open_door = 1, True
    page = await window.new_page()
    await add(page, client, foreign.url)
    await expect(page.locator(".who")).to_contain_text("Connecting …")
    await expect(page.get_by_role("status").first).to_contain_text("Running")
    await expect(page.locator(".who")).to_contain_text("Connected")
    await expect(page.get_by_role("link", name="Add a note")).to_be_visible()
    await page.close()
