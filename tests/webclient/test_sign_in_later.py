"""Sign-ins that begin, or must be widened, only after the server was met (MCP 2026-07-28, authorization flow and
step-up).
"""

import pytest
from aiohttp import ClientSession

from webclient import connect
from webclient.program.token_stores import MemoryTokenStore

from .browser import Browser, Page
from .foreign import Foreign

LOOKING = frozenset({"server/discover", "tools/list"})


class Forgetful(dict[str, set[str]]):
    """Tokens that are issued and never known again."""

    def __setitem__(self, token: str, scopes: set[str]) -> None:
        """Keep no token."""


async def again(browser: Browser, page: Page, *, stop_at: str | None = None) -> Page:
    opened = await browser.get(browser.room_of(page))
    return await browser.submit(opened, opened.form("/connect"), stop_at=stop_at)


async def test_server_that_lets_anybody_look_can_be_signed_in_to(browser: Browser, foreign: Foreign) -> None:
    """MCP authorization is asked for request by request: a server may list for everybody and call for those it
    knows.
    """
    foreign.lies.open_methods = LOOKING
    page = await browser.add(foreign.url)
    assert "Connected" in page.text
    refused = await browser.call(page, "whoami")
    assert "This call requires you to sign in." in refused.text
    page = await again(browser, page)
    assert "Connected" in page.text
    assert "returned" in (await browser.submit(refused, refused.form("/again"))).text
    foreign.access.clear()
    foreign.refresh.clear()
    refused = await browser.call(page, "whoami")
    assert "Your sign-in has ended." in refused.text
    page = await again(browser, page)
    assert "returned" in (await browser.call(page, "whoami")).text


async def test_signing_in_anew_to_a_server_that_lets_anybody_look_leads_to_its_sign_in(
    browser: Browser, foreign: Foreign
) -> None:
    foreign.lies.open_methods = LOOKING
    page = await browser.add(foreign.url)
    await browser.call(page, "whoami")
    page = await again(browser, page)
    opened = await browser.get(browser.room_of(page) + "/settings")
    page = await browser.submit(opened, opened.form("/reconnect"))
    assert len(foreign.asked("/authorize")) == 2
    assert "returned" in (await browser.call(page, "whoami")).text


async def test_permission_that_is_needed_to_come_in_at_all_is_asked_for(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, step-up authorization flow: with the union of what was asked for and what is missing."""
    foreign.lies.needs = {"tools/list": {"notes:read", "notes:admin"}}
    page = await browser.add(foreign.url)
    assert "The server requires more permissions for this than the token has" in page.text
    assert "Grant permission" in page.html
    page = await again(browser, page)
    assert "Connected" in page.text
    assert {"profile", "notes:read", "notes:admin"} in foreign.access.values()


async def test_permission_that_was_asked_for_and_is_still_wanted_ends_in_a_failure(
    browser: Browser, foreign: Foreign
) -> None:
    """Not in another consent: it would lead in circles."""
    foreign.lies.needs, foreign.lies.withhold = {"tools/list": {"notes:admin"}}, frozenset({"notes:admin"})
    page = await again(browser, await browser.add(foreign.url))
    assert "These permissions were requested already, and they are not enough." in page.text
    assert "A permission was requested, but not granted" in (await browser.get(browser.room_of(page) + "/trace")).text


async def test_token_that_is_refused_when_fresh_is_a_failure_not_another_sign_in(
    browser: Browser, foreign: Foreign
) -> None:
    foreign.access = Forgetful()
    page = await browser.add(foreign.url)
    assert "the server refuses the token that was just issued for it" in page.text
    assert "Not working" in page.text


@pytest.mark.parametrize("way", ["/reconnect", "/disconnect"])
async def test_registration_that_the_server_lost_is_made_anew(browser: Browser, foreign: Foreign, way: str) -> None:
    """RFC 7591: nobody comes back from a page that says that the client is unknown, so the person starts over."""
    foreign.lies.checks_clients = True
    page = await browser.add(foreign.url)
    foreign.clients.clear()
    foreign.access.clear()
    foreign.refresh.clear()
    await browser.call(page, "whoami")
    stuck = await again(browser, page)
    assert "I do not know this client." in stuck.text
    opened = await browser.get(browser.room_of(page) + "/settings")
    page = await browser.submit(opened, opened.form(way))
    page = page if way == "/reconnect" else await browser.add(foreign.url)
    assert "Connected" in page.text


async def test_program_signs_in_again_where_its_refresh_is_refused_for_good(foreign: Foreign) -> None:
    """GitHub says it with status 200 and a code of its own."""
    visited = []

    async def person(url: str) -> None:
        visited.append(url)
        async with ClientSession() as session, session.get(url) as page:
            await page.read()

    async with connect(foreign.url, open_browser=person, token_store=MemoryTokenStore()) as client:
        await client.call_tool("whoami")
        foreign.access.clear()
        foreign.lies.refresh_error = "bad_refresh_token"
        await client.call_tool("whoami")
    assert len(visited) == 2


async def test_flow_that_ends_with_a_refused_token_is_marked_as_failed(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.jwt, foreign.lies.give_refresh = False, False

    foreign.access = Forgetful()
    page = await browser.get(browser.room_of(await browser.add(foreign.url)) + "/trace")
    assert "steps · failed" in page.text
