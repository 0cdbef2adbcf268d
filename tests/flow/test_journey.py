"""The whole journey as a person makes it, in a real browser, from nothing but an address."""

import re

from playwright.sync_api import Page, expect

from tests.flow.conftest import PASSWORD, Pair


def add_integration(page: Page, pair: Pair) -> None:
    page.goto(f"{pair.webclient.url}/")
    page.get_by_role("link", name="Add integration").first.click()
    page.get_by_label("Server URL").fill(f"{pair.service.url}/mcp")
    page.get_by_role("button", name="Connect").click()


def sign_in(page: Page) -> None:
    page.get_by_label("Name or e-mail address").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def call(page: Page, tool: str, **arguments: str) -> None:
    details = page.locator("details.tool", has=page.locator(f"button:text-is('Call {tool}')"))
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    for name, value in arguments.items():
        details.locator(f"[name='arg.{name}']").fill(value)
    details.get_by_role("button", name=f"Call {tool}").click()


def test_connect_call_step_up_restart_and_disconnect(page: Page, pair: Pair) -> None:
    """Add, sign in, consent without writing, call, step up, see the note on its page, restart both, call again, disconnect."""
    add_integration(page, pair)
    sign_in(page)
    expect(page.get_by_text("Nobody vouches for this application")).to_be_visible()
    page.locator("input[value='notes:write']").uncheck()
    page.get_by_role("button", name="Allow").click()
    call(page, "whoami")
    expect(page.locator("#result")).to_contain_text("Ada Lovelace")
    call(page, "add_note", text="Written by a tool")
    page.get_by_role("button", name="Grant and retry").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.locator("#result")).to_contain_text("Written by a tool")
    integration = page.url
    page.goto(f"{pair.service.url}/notes")
    expect(page.get_by_role("listitem").filter(has_text="Written by a tool")).to_be_visible()
    pair.restart()
    page.goto(integration)
    call(page, "list_notes")
    expect(page.locator("#result")).to_contain_text("Written by a tool")
    assert page.locator("li.hop").count() > 5
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("link", name="Add integration").first).to_be_visible()


def test_denied_consent_is_told_in_plain_words(page: Page, pair: Pair) -> None:
    """RFC 6749 section 4.1.2.1: access_denied comes back, and the person reads what it means."""
    add_integration(page, pair)
    sign_in(page)
    page.get_by_role("button", name="Deny").click()
    expect(page.locator("main")).to_contain_text(re.compile("denied|did not allow|declined|refused", re.IGNORECASE))
