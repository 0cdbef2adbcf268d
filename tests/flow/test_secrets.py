"""What a browser holds after a whole sign-in (attack X11: tokens are never in browser storage)."""

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
EMPTY = '"local":{},"session":{},"databases":[],"caches":[],"cookies":"","workers":0,'


async def held(page: Page) -> str:
    """Everything that a script of the page could read."""
    told: str = await page.evaluate(HELD)
    return told


async def test_x11_no_secret_is_in_the_browser(window: Browser, client: Running, foreign: Foreign) -> None:
    """Through a sign-in, a call and a refresh: storage stays empty, and neither pages nor history have a token, a verifier or a code."""
    context = await window.new_context()
    page = await context.new_page()
    seen = []
    room = await add(page, client, foreign.url)
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
    secrets += [each.headers["Authorization"].removeprefix("Bearer ") for each in foreign.asked("/mcp") if "Authorization" in each.headers]
    secrets += list(foreign.refresh)
    assert len(set(secrets)) >= 6
    for told in seen:
        assert EMPTY in told
        assert [secret for secret in secrets if secret in told] == []
    # What recognizes the person is out of reach of every script, and is no token of a server.
    cookies = await context.cookies()
    assert [(cookie.get("name"), cookie.get("httpOnly")) for cookie in cookies] == [("webclient", True)]
    assert cookies[0].get("value") not in secrets
    await context.close()
