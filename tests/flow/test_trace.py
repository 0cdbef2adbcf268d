"""Watching the trace grow, in a real browser with JavaScript, and reading it without."""

import asyncio
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from tests.provision import axe, need
from tests.webclient.conftest import Running, client, foreign
from tests.webclient.foreign import Foreign

__all__ = ["client", "foreign"]


async def add(page: Page, client: Running, foreign: Foreign) -> str:
    """Add the foreign server by hand; the address of its page."""
    await page.goto(client.home + "/add")
    await page.get_by_label("Server URL").fill(foreign.url)
    await page.get_by_role("button", name="Connect").click()
    await page.wait_for_url("**/integrations/*")
    return page.url.partition("#")[0]


async def test_trace_grows_while_one_looks(window: Chromium, client: Running, foreign: Foreign) -> None:
    """One tab calls a slow tool, the other watches: the step is there before its answer, what is open stays open,
    the focus stays, nothing reloads.
    """
    context = await window.new_context()
    working, watching = await context.new_page(), await context.new_page()
    problems: list[str] = []
    watching.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    address = await add(working, client, foreign)
    await watching.goto(address + "/trace")
    await watching.evaluate("window.sameDocument = true")
    foreign.lies.held = asyncio.Event()
    await working.get_by_role("link", name="whoami").click()
    calling = asyncio.create_task(working.get_by_role("button", name="Call whoami").click())
    await expect(watching.get_by_role("status")).to_contain_text("Call the tool whoami …")
    first = watching.locator("li.hop").first
    await first.locator("summary").first.click()
    await expect(watching.locator("li.hop-pending")).to_have_count(1)
    foreign.lies.held.set()
    await calling
    await expect(watching.get_by_role("status")).to_contain_text("The tool ran and gave its result.")
    await expect(watching.locator("li.hop-pending")).to_have_count(0)
    await expect(watching.locator("li.hop")).to_have_count(2)
    assert await first.locator("details.step").first.get_attribute("open") is not None
    assert await watching.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert await watching.evaluate("window.sameDocument") is True
    assert problems == []
    await context.close()


async def test_failed_step_is_one_click_from_the_top_by_keyboard(
    window: Chromium, client: Running, foreign: Foreign
) -> None:
    foreign.lies.issuer = "https://somebody-else.example"
    page = await window.new_page()
    await page.goto(await add(page, client, foreign) + "/trace")
    await expect(page.get_by_label("Status of the flow")).to_contain_text("The issuer in the metadata is another one")
    link = page.get_by_role("link", name="Go to step 4, which failed")
    await link.focus()
    await page.keyboard.press("Enter")
    step = page.locator("li.hop:target")
    await expect(step).to_contain_text("Read the authorization server metadata")
    await expect(step).to_be_in_viewport()
    await expect(step.locator("details.step")).to_have_attribute("open", "")


@pytest.mark.parametrize("width", [360, 768, 1280])
async def test_page_fits_every_width(window: Chromium, client: Running, foreign: Foreign, width: int) -> None:
    page = await window.new_page(viewport={"width": width, "height": 800})
    address = await add(page, client, foreign)
    for place in (address, address + "/trace", address + "/trace?open=all"):
        await page.goto(place)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, place


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_trace_has_no_accessibility_violation(
    window: Chromium, client: Running, foreign: Foreign, scheme: Literal["light", "dark"]
) -> None:
    """WCAG 2.2 AA and axe's best practices; done, failed and wide open."""
    script = need(axe).read_text("utf-8")
    context = await window.new_context(color_scheme=scheme, bypass_csp=True)
    page = await context.new_page()
    address = await add(page, client, foreign)
    foreign.lies.pkce = ["plain"]
    failed = await add(page, client, foreign)
    for place in (address + "/trace", address + "/trace?open=all", failed + "/trace", failed + "/trace?failures=yes"):
        await page.goto(place)
        await page.evaluate(script)
        found = await page.evaluate(
            "axe.run().then(result => result.violations.map(each => [each.id, each.nodes.map(node => "
            "node.html.slice(0, 200))]))"
        )
        assert found == [], place
    await context.close()


async def test_saved_page_opens_from_the_disk_in_its_style(
    window: Chromium, client: Running, foreign: Foreign, tmp_path: Path
) -> None:
    page = await window.new_page()
    problems: list[str] = []
    await page.goto(await add(page, client, foreign) + "/trace")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="page", exact=True).click()
    await (await download.value).save_as(tmp_path / "trace.html")
    page.on("console", lambda message: problems.append(message.text))
    page.on("request", lambda request: problems.append(request.url) if not request.url.startswith("file:") else None)
    await page.goto((tmp_path / "trace.html").as_uri())
    await expect(page.locator("li.hop")).to_have_count(10)
    assert (
        await page.locator("li.hop .there").first.evaluate("element => getComputedStyle(element).borderTopWidth")
        != "0px"
    )
    assert problems == []
