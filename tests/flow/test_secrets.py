"""What a browser holds after a whole sign-in (attack X11: tokens are never in browser storage)."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flow.test_accessibility import add
from tests.webclient.conftest import Running, client, foreign
from tests.webclient.foreign import Foreign

__all__ = ["client", "foreign"]
HELD = """async () => JSON.stringify({
  local: { ...localStorage },
  session: { ...sessionStorage },
  databases: await indexedDB.databases(),
  caches: await caches.keys(),
  cookies: document.cookie,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  history: navigation.entries().map((entry) => entry.url),
  page: document.documentElement.outerHTML,
})"""
EMPTY = '"local":{"pages":"PLACE"},"session":{},"databases":[],"caches":[],"cookies":"","workers":0,'
"""Scripts of this origin know where its pages lie, and nothing else."""


async def held(page: Page) -> str:
    """Everything that a script of the page could read."""
    told: str = await page.evaluate(HELD)
    return told


async def visited(page: Page) -> list[str]:
    """Every address in the history of the tab, of other origins too, as the browser itself has it."""
    devtools = await page.context.new_cdp_session(page)
    told = await devtools.send("Page.getNavigationHistory")
    return [entry["url"] for entry in told["entries"]]


async def sign_in(page: Page, client: Running, foreign: Foreign, secret: str) -> str:
    """The address of the integration, signed in to; with a client secret that the person typed, if there is one."""
    if not secret:
        return await add(page, client, foreign.url)
    await page.goto(client.home + "/add")
    await page.get_by_label("Server URL").fill(foreign.url)
    await page.get_by_label("No dynamic client registration").check()
    await page.locator("#client_id").fill("mine")
    await page.locator("#client_secret").fill(secret)
    await page.get_by_role("button", name="Connect").click()
    await page.wait_for_url("**/integrations/*")
    return page.url


@pytest.mark.parametrize("typed", ["", "the-canary-secret"])
async def test_x11_no_secret_is_in_the_browser(window: Browser, client: Running, foreign: Foreign, typed: str) -> None:
    """Through a sign-in, a call and a refresh: storage stays empty, and neither pages nor history have a token, a
    verifier, a code or a typed secret.
    """
    context = await window.new_context()
    page = await context.new_page()
    seen = []
    room = await sign_in(page, client, foreign, typed)
    seen.append(await held(page))
    for _ in range(2):
        await page.goto(f"{room}/tool?name=whoami")
        await page.get_by_role("button", name="Call whoami").click()
        await expect(page.locator("#result")).to_contain_text("Ada")
        seen.append(await held(page))
        foreign.access.clear()
    for path in ("/trace?open=all", "/calls", "/settings"):
        await page.goto(room + path)
        seen.append(await held(page))
    forms = [each.form for each in foreign.asked("/token")]
    secrets = [form[name] for form in forms for name in ("code_verifier", "code", "refresh_token") if name in form]
    secrets += [
        each.headers["Authorization"].removeprefix("Bearer ")
        for each in foreign.asked("/mcp")
        if "Authorization" in each.headers
    ]
    secrets += [*foreign.refresh, *([typed] if typed else [])]
    history = await visited(page)
    assert room in history
    expected = EMPTY.replace("PLACE", urlsplit(client.home).path)
    seen.append(expected + json.dumps(history))
    assert len(set(secrets)) >= 6
    for told in seen:
        assert expected in told
        assert [secret for secret in secrets if secret in told] == []
    # What recognizes the person is out of reach of every script, and is no token of a server.
    cookies = await context.cookies()
    assert [(cookie.get("name", "").partition("-")[0], cookie.get("httpOnly")) for cookie in cookies] == [
        ("webclient", True)
    ]
    assert cookies[0].get("value") not in secrets
    await context.close()
