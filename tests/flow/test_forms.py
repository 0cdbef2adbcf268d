"""Forms made from schemas in a real browser with scripts: choosing a kind shows its fields at once, and nothing
typed is lost.
"""

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from tests.flow.shapes import SHAPES
from tests.flow.test_accessibility import add, faults
from tests.webclient.conftest import Running, client, foreign
from tests.webclient.foreign import Foreign

__all__ = ["client", "foreign"]


@pytest.mark.parametrize("scripts", [True, False])
async def test_kind_of_a_union_is_chosen(window: Browser, client: Running, foreign: Foreign, scripts: bool) -> None:
    """WCAG 2.2, 3.2.2: choosing moves nobody elsewhere. Without scripts a button shows the fields."""
    foreign.lies.open_door, foreign.lies.tools = True, [SHAPES]
    context = await window.new_context(java_script_enabled=scripts)
    page = await context.new_page()
    room = await add(page, client, foreign.url)
    await page.goto(f"{room}/tool?name=draw")
    await page.get_by_label("title").fill("Half typed")
    chooser, show = page.get_by_label("Type"), page.get_by_role("button", name="Show", exact=True)
    await chooser.focus()
    await chooser.select_option(label="Box")
    if scripts:
        await expect(show).to_be_hidden()
    else:
        await show.click()
    await page.get_by_label("width").fill("3")
    await expect(page.get_by_label("title")).to_have_value("Half typed")
    if scripts:
        await chooser.focus()
        await chooser.select_option(label="Circle")
        await expect(page.get_by_label("radius")).to_be_visible()
        await expect(chooser).to_be_focused()
        await chooser.select_option(label="Box")
        await page.get_by_label("width").fill("3")
    assert page.url == f"{room}/tool?name=draw" or not scripts
    await page.get_by_role("button", name="Call draw").click()
    await expect(page.locator("#result")).to_contain_text('Done: {"shape": {"width": 3}, "title": "Half typed"}')
    await context.close()


async def test_what_is_done_while_the_answer_is_on_its_way_stays(
    window: Browser, client: Running, foreign: Foreign
) -> None:
    """On a slow line a person types on and changes their mind: nothing typed is lost, and the last choice holds."""
    foreign.lies.open_door, foreign.lies.tools = True, [SHAPES]
    page = await window.new_page()
    room = await add(page, client, foreign.url)
    await page.goto(f"{room}/tool?name=draw")
    held: asyncio.Queue[Route] = asyncio.Queue()
    await page.route("**/call", held.put)
    title, chooser = page.get_by_label("title"), page.get_by_label("Type")
    await chooser.select_option(label="Box")
    await chooser.select_option(label="Circle")
    await title.focus()
    await page.keyboard.type("Typed mean")
    box, circle = await held.get(), await held.get()
    async with page.expect_response("**/call"):
        await circle.continue_()
    await expect(page.get_by_label("radius")).to_be_visible()
    async with page.expect_response("**/call"):
        await box.continue_()
    await expect(title).to_be_focused()
    await page.keyboard.type("while")
    await expect(title).to_have_value("Typed meanwhile")
    await expect(page.get_by_label("radius")).to_be_visible()
    await expect(page.get_by_label("width")).to_have_count(0)
    assert page.url == f"{room}/tool?name=draw"


async def test_choice_that_the_server_does_not_answer_is_sent_as_a_form(
    window: Browser, client: Running, foreign: Foreign
) -> None:
    """The person sees what is wrong instead of a form that does nothing."""
    foreign.lies.open_door, foreign.lies.tools = True, [SHAPES]
    page = await window.new_page()
    room = await add(page, client, foreign.url)
    await page.goto(f"{room}/tool?name=draw")
    await page.context.clear_cookies()
    await page.get_by_label("Type").select_option(label="Box")
    await expect(page.get_by_role("heading", name="Not found")).to_be_visible()


MEETING = {
    "name": "meet",
    "inputSchema": {
        "type": "object",
        "properties": {"at": {"type": "string", "format": "date-time"}, "opens": {"type": "string", "format": "time"}},
        "required": ["at"],
    },
}


@pytest.mark.parametrize("scripts", [True, False])
async def test_date_with_a_time_is_chosen_in_the_browsers_own_field(
    window: Browser, client: Running, foreign: Foreign, scripts: bool
) -> None:
    """RFC 3339 section 5.6: with seconds and an offset.

    What was filled in is still there when something was wrong with it.
    """
    foreign.lies.open_door, foreign.lies.tools = True, [MEETING]
    context = await window.new_context(java_script_enabled=scripts, bypass_csp=True)
    page = await context.new_page()
    await page.goto(f"{await add(page, client, foreign.url)}/tool?name=meet")
    at, offset = page.get_by_label("at", exact=True), page.get_by_label("Offset from UTC of at")
    await expect(at).to_have_attribute("type", "datetime-local")
    await at.fill("2026-11-23T10:00")
    await page.get_by_label("opens optional").fill("08:30:15")
    await offset.fill("CET")
    await page.get_by_role("button", name="Call meet").click()
    await expect(page.get_by_text("CET is not an offset from UTC.")).to_be_visible()
    await expect(at).to_have_value("2026-11-23T10:00")
    if scripts:
        assert await faults(page) == []
    await offset.fill("+02:00")
    await page.get_by_role("button", name="Call meet").click()
    await expect(page.locator("#result")).to_contain_text('{"at": "2026-11-23T10:00:00+02:00", "opens": "08:30:15Z"}')
    await context.close()
