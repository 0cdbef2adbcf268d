"""Watching a resource in a real browser, by keyboard only: what the server tells appears by itself (MCP 2026-07-28,
subscriptions).
"""

import pytest
from playwright.async_api import Browser, Page, expect

from mcpserver import MCPServer
from tests.flow.server import serving
from tests.webclient.conftest import Running, client

__all__ = ["client"]
server = MCPServer("Garden")


@server.resource("garden://bed", title="The bed", mime_type="text/plain")
async def bed() -> str:
    """What grows there."""
    return "tulips"


async def press(page: Page, role: str, name: str) -> None:
    """Go there with Tab, then Enter."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate(
            "([name]) => (document.activeElement.ariaLabel || document.activeElement.textContent).trim() === name",
            [name],
        ):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"no {role} {name} within reach of the Tab key")


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_change_appears_while_one_looks(window: Browser, client: Running, width: int) -> None:
    context = await window.new_context(viewport={"width": width, "height": 844})
    page = await context.new_page()
    page.set_default_timeout(8000)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    async with serving(server) as address:
        await page.goto(client.home + "/add")
        await expect(page.get_by_label("Server URL")).to_be_focused()
        await page.keyboard.type(address)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/integrations/*")
        await press(page, "link", "Resources")
        await expect(page.get_by_role("heading", name="Resources", exact=True)).to_be_visible()
        await press(page, "button", "Subscribe to The bed")
        await expect(page.get_by_text("subscribed", exact=True)).to_be_visible()
        async with page.expect_response("**/changes.part"):
            server.resource_updated("garden://bed")
        await expect(page.get_by_text("This resource has changed.")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await press(page, "button", "Read it")
        await expect(page.get_by_text("tulips", exact=True)).to_be_visible()
        await page.goto(page.url.partition("/calls")[0] + "/changes")
        await press(page, "button", "Unsubscribe")
        await expect(page.get_by_text("There is no subscription.")).to_be_visible()
    assert problems == []
    await context.close()
