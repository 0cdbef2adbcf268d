"""The whole journey as a person makes it, in a real browser, from nothing but an address."""

import re

from playwright.async_api import Page, expect

from tests.flow.conftest import PASSWORD, Pair, knows_the_way


async def add_integration(page: Page, pair: Pair) -> None:
    await knows_the_way(page, pair.webclient.home)
    await page.goto(f"{pair.webclient.home}/")
    await page.get_by_role("link", name="Add integration").first.click()
    await page.get_by_label("Server URL").fill(f"{pair.service.url}/mcp")
    await page.get_by_role("button", name="Connect").click()


async def sign_in(page: Page) -> None:
    await page.get_by_label("Name or e-mail address").fill("ada")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def call(page: Page, tool: str, **arguments: str) -> None:
    await page.get_by_role("link", name="Tools", exact=True).click()
    await page.locator(f"a[href$='tool?name={tool}']").click()
    for name, value in arguments.items():
        await page.locator(f"[name='arg./{name}']").fill(value)
    await page.get_by_role("button", name=f"Call {tool}").click()


async def test_connect_call_step_up_restart_and_disconnect(page: Page, pair: Pair) -> None:
    """Add, sign in, consent without writing, call, step up, see the note on its page, restart both, call again,
    disconnect.
    """
    await add_integration(page, pair)
    await sign_in(page)
    await expect(page.get_by_text("Unverified application")).to_be_visible()
    await page.locator("input[value='notes:write']").uncheck()
    await page.get_by_role("button", name="Allow").click()
    await call(page, "whoami")
    await expect(page.locator("#result")).to_contain_text("Ada Lovelace")
    await call(page, "add_note", text="Written by a tool")
    await page.get_by_role("button", name="Grant and retry").click()
    await page.get_by_role("button", name="Allow").click()
    await expect(page.locator("#result")).to_contain_text("Written by a tool")
    integration = page.url
    await page.goto(f"{pair.service.url}/notes")
    await expect(page.get_by_role("listitem").filter(has_text="Written by a tool")).to_be_visible()
    pair.restart()
    await page.goto(integration)
    await call(page, "list_notes")
    await expect(page.locator("#result")).to_contain_text("Written by a tool")
    assert await page.locator("li.hop").count() >= 2
    await page.locator("summary", has_text="Disconnect").click()
    await page.get_by_role("button", name="Disconnect and delete").click()
    await expect(page.get_by_role("link", name="Add integration").first).to_be_visible()


async def test_denied_consent_is_told_in_plain_words(page: Page, pair: Pair) -> None:
    """RFC 6749 section 4.1.2.1: access_denied comes back, and the person reads what it means."""
    await add_integration(page, pair)
    await sign_in(page)
    await page.get_by_role("button", name="Deny").click()
    await expect(page.locator("main")).to_contain_text(
        re.compile("denied|did not allow|declined|refused", re.IGNORECASE)
    )
