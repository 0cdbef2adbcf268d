"""A thief on another port of this machine, in a real browser: it gets neither cookie nor address, and the person
finds their pages all the same (X12).
"""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, CookieJar
from playwright.async_api import Browser, Page, expect

from mcpserver import MCPServer
from tests.attacks.test_loopback import PLACES, Thief, thief
from tests.flow.conftest import Pair
from tests.flow.server import serving
from tests.flow.test_journey import sign_in
from tests.webclient.conftest import Running, client

__all__ = ["client", "thief"]

APP = """<!doctype html><title>Spy</title><p id="told"></p>
<script>
const above = JSON.stringify([...(location.ancestorOrigins ?? [])]);
const seen = [location.href, document.baseURI, document.referrer, document.URL, String(window.name), above];
for (const each of performance.getEntries()) seen.push(each.name);
document.getElementById("told").textContent = JSON.stringify(seen);
</script>"""
server = MCPServer("Spy")


@server.tool(ui="ui://spy")
async def look() -> str:
    """Show a page that looks where it is."""
    return "done"


@server.resource("ui://spy", mime_type="text/html;profile=mcp-app")
async def spy() -> str:
    return APP


@pytest.fixture
async def tab(window: Browser) -> AsyncIterator[Page]:
    context = await window.new_context()
    context.set_default_timeout(15_000)
    yield await context.new_page()
    await context.close()


async def add(tab: Page, client: Running) -> str:
    """The address of an integration, added with a look at its page."""
    async with serving(server) as url:
        await tab.goto(client.home + "/")
        await tab.get_by_role("link", name="Add integration").first.click()
        await tab.get_by_label("Server URL").fill(url)
        await tab.get_by_role("button", name="Connect").click()
        await expect(tab.get_by_role("heading", name="Spy")).to_be_visible()
        return tab.url


async def test_thief_on_another_port_gets_nothing(tab: Page, client: Running, thief: Thief) -> None:
    """By a visit, by a frame, by pictures and by requests from its pages; what it has got it replays itself."""
    integration = await add(tab, client)
    below = integration.replace(client.home, "")
    for path in (*PLACES, below):
        await tab.goto(thief.origin + path)
    await tab.evaluate(
        "path => Promise.all(['/', '/add', path].map(each => fetch(each, {credentials: 'include'})))", below
    )
    framed = (
        "home => { for (const kind of ['iframe', 'img']) { const it = document.createElement(kind); it.src = "
        "home; document.body.append(it); } }"
    )
    await tab.evaluate(framed, client.settings.origin + "/")
    assert thief.cookies == []
    assert await tab.evaluate("() => [document.cookie, JSON.stringify(localStorage), document.referrer]") == [
        "",
        "{}",
        "",
    ]
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as replay:
        for path in ("/", "/add", below, "/callback"):
            async with replay.get(
                client.settings.origin + path, headers={"Cookie": "; ".join(thief.cookies)}
            ) as answer:
                assert answer.status == 403
                assert "Spy" not in await answer.text()


async def test_person_finds_their_pages_from_the_plain_address(tab: Page, client: Running) -> None:
    """Whatever page is asked for there; and a link that other pages have keeps what it brings."""
    integration = await add(tab, client)
    for path, leads_to in (
        ("/", "/"),
        ("", "/"),
        ("/?add=https://a.example/mcp", "/add?url=https%3A%2F%2Fa.example%2Fmcp"),
        ("/assistant#now", "/assistant#now"),
    ):
        await tab.goto(client.settings.origin + path)
        await tab.wait_for_url(client.home + leads_to)
    await tab.goto(integration.replace(client.home, client.settings.origin))
    await expect(tab.get_by_role("heading", name="Spy")).to_be_visible()
    await tab.goto(client.settings.origin.replace("127.0.0.1", "localhost"))
    await tab.wait_for_url(client.home + "/")


async def test_stranger_s_browser_is_asked_for_the_address(tab: Page, client: Running) -> None:
    """An address of an earlier installation does not lead in circles either."""
    await tab.goto(client.settings.origin + "/")
    await expect(tab.get_by_role("heading", name="Open the address that the program printed")).to_be_visible()
    await tab.evaluate("() => localStorage.setItem('pages', '/k/' + 'A'.repeat(43))")
    await tab.goto(client.settings.origin + "/add")
    await expect(tab.get_by_label("Address", exact=True)).to_be_visible()
    await tab.evaluate("() => localStorage.setItem('pages', '//evil.example')")
    await tab.goto(client.settings.origin + "/add")
    await tab.get_by_label("Address", exact=True).fill(client.home)
    await tab.get_by_role("button", name="Open").click()
    await tab.wait_for_url(client.home + "/add")


async def test_page_of_a_tool_does_not_learn_where_it_is(tab: Page, client: Running) -> None:
    async with serving(server) as url:
        await tab.goto(client.home + "/add")
        await tab.get_by_label("Server URL").fill(url)
        await tab.get_by_role("button", name="Connect").click()
        await tab.locator("a[href$='tool?name=look']").click()
        await tab.get_by_role("button", name="Call look").click()
        told = tab.frame_locator("iframe").locator("#told")
        await expect(told).to_contain_text("/frame/")
        seen = await told.text_content()
    assert seen is not None
    assert len(json.loads(seen)) >= 6
    assert client.home.rpartition("/")[2] not in seen


async def test_sign_in_comes_back_to_the_pages(tab: Page, pair: Pair) -> None:
    """The redirect URI stays the plain one that is registered (RFC 8252 section 7.3)."""
    await tab.goto(pair.webclient.home + "/add")
    await tab.get_by_label("Server URL").fill(f"{pair.service.url}/mcp")
    await tab.get_by_role("button", name="Connect").click()
    await sign_in(tab)
    async with tab.expect_request(f"{pair.webclient.url}/callback?*") as came:
        await tab.get_by_role("button", name="Allow").click()
    assert "code=" in (await came.value).url
    await tab.wait_for_url(pair.webclient.home + "/integrations/*")
    await expect(tab.get_by_text("Connected").first).to_be_visible()
