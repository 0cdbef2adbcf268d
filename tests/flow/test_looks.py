"""What only a browser can see: what stands where on a page."""

from typing import Any

from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, ViewportSize, expect

from tests.conformance.server import server as everything
from tests.flow.conftest import Pair
from tests.flow.server import serving
from tests.flow.test_journey import add_integration, sign_in
from tests.flow.test_trace import add
from tests.webclient.conftest import Running, client, foreign
from tests.webclient.foreign import Foreign

__all__ = ["client", "foreign"]
SMALL: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
CROSSED = """() => {
  const lifelines = document.querySelector(".hops").getBoundingClientRect();
  const inside = [0.125, 0.375, 0.625, 0.875];
  const lanes = document.querySelector(".lanes").getBoundingClientRect();
  return [...document.querySelectorAll(".arrow-label")].filter((label) => {
    const box = label.getBoundingClientRect();
    const crosses = (x) => box.left < x && x < box.right;
    return box.width && inside.some((at) => crosses(lanes.left + at * lanes.width));
  }).map((label) => label.textContent);
}"""
OFF_LINE = """() => {
  const lanes = document.querySelector(".flow .lanes").getBoundingClientRect();
  return [...document.querySelectorAll(".flow .lane")].map((lane, number) => {
    const box = lane.getBoundingClientRect();
    const style = getComputedStyle(lane);
    const column = parseFloat(style.gridTemplateColumns);
    const dot = box.left + parseFloat(style.paddingLeft) + column / 2;
    return Math.abs(dot - (lanes.left + lanes.width * (number + 0.5) / 4));
  });
}"""


async def test_labels_and_dots_of_the_trace_keep_to_their_places(
    window: Chromium, client: Running, foreign: Foreign
) -> None:
    page = await window.new_page(viewport=SMALL)
    address = await add(page, client, foreign)
    for size in (SMALL, PHONE):
        await page.set_viewport_size(size)
        for place in (address, address + "/trace"):
            await page.goto(place)
            assert await page.evaluate(CROSSED) == [], place
            off: list[float] = await page.evaluate(OFF_LINE)
            assert max(off) < 1, place


async def test_decision_is_in_view_without_scrolling(window: Chromium, pair: Pair) -> None:
    page = await window.new_page(viewport=SMALL)
    await add_integration(page, pair)
    await expect(page.get_by_text("An application that calls itself")).to_be_visible()
    await sign_in(page)
    box: Any = await page.get_by_role("button", name="Allow").bounding_box()
    assert box["y"] + box["height"] <= SMALL["height"]
    await expect(page.get_by_role("link", name="Use another account")).to_be_visible()


async def test_address_is_copied_by_a_button(window: Chromium, pair: Pair) -> None:
    context = await window.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.goto(pair.service.url)
    await page.get_by_role("button", name="Copy").first.click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == f"{pair.service.url}/mcp"
    await context.close()


async def test_front_page_shows_no_dead_button_without_scripts(page: Page, pair: Pair) -> None:
    await page.goto(pair.service.url)
    await expect(page.get_by_role("button", name="Copy")).to_have_count(0)


async def test_rooms_and_disconnecting_on_a_phone(window: Chromium, client: Running) -> None:
    """The active room is in view, the result stands in the room of its form, and one click forgets nothing."""
    page = await window.new_page(viewport=PHONE)
    async with serving(everything) as server:
        await page.goto(client.home + "/add")
        await page.get_by_label("Server URL").fill(server)
        await page.get_by_role("button", name="Connect").click()
        await page.wait_for_url("**/integrations/*")
        room = page.url.partition("#")[0]
        for place in ("", "/settings", "/changes", "/calls"):
            await page.goto(room + place)
            box: Any = await page.locator(".rooms [aria-current]").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
        await page.goto(f"{room}/tool?name=test_simple_text")
        await page.get_by_role("button", name="Call test_simple_text").click()
        await page.wait_for_selector("#result")
        await expect(page.locator(".rooms [aria-current]")).to_have_text("Tools")
        await page.locator("summary", has_text="Disconnect").click()
        await page.goto(room)
        await expect(page.get_by_role("heading", name="Everything")).to_be_visible()
        await page.locator("summary", has_text="Disconnect").click()
        await page.get_by_role("button", name="Disconnect and delete").click()
        await expect(page.get_by_role("link", name="Add integration").first).to_be_visible()
