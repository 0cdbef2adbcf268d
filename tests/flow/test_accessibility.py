"""Every page held against axe-core: no violation, in light and dark, on a desk and on a phone."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from playwright.async_api import Browser, Page, ViewportSize

from tests.conformance.server import server as everything
from tests.flow.server import serving
from tests.flow.shapes import SHAPES
from tests.ports import free_port
from tests.provision import axe, need
from tests.webclient.conftest import Clock, Running, client, foreign
from tests.webclient.foreign import Foreign
from tests.webclient.test_people import PASSWORD, open_to_others
from webclient.settings import Settings

__all__ = ["client", "foreign", "open_to_others"]
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(params=["light", "dark"])
async def page(request: pytest.FixtureRequest, window: Browser) -> AsyncIterator[Page]:
    # Without motion, so that no colour is looked at halfway to another.
    context = await window.new_context(color_scheme=request.param, reduced_motion="reduce", bypass_csp=True)
    yield await context.new_page()
    await context.close()


async def faults(page: Page) -> list[str]:
    """Every violation that axe-core finds, at both sizes."""
    found = []
    for size in (DESK, PHONE):
        await page.set_viewport_size(size)
        await page.evaluate(need(axe).read_text(encoding="utf-8"))
        told: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for each in told["violations"]:
            found += [
                f"{page.url} {size['width']}: {each['id']}: {each['help']}: {node['html'][:200]} "
                f"{node['failureSummary'][:300]}"
                for node in each["nodes"]
            ]
    return found


async def add(page: Page, client: Running, address: str) -> str:
    """The address of the integration."""
    await page.goto(client.home + "/add")
    await page.get_by_label("Server URL").fill(address)
    await page.get_by_role("button", name="Connect").click()
    await page.wait_for_url("**/integrations/*")
    return page.url


async def test_pages_of_the_web_client(page: Page, client: Running) -> None:
    found = []
    home = client.home
    for path in ("/", "/add", "/nothing-here"):
        await page.goto(home + path)
        found += await faults(page)
    async with serving(everything) as address:
        room = await add(page, client, address)
        for path in (
            "",
            "/resources",
            "/prompts",
            "/calls",
            "/changes",
            "/settings",
            "/trace",
            "/trace?open=all",
            "/tool?name=test_simple_text",
            "/tool?name=json_schema_2020_12_tool",
        ):
            await page.goto(room + path)
            found += await faults(page)
        for tool in (
            "test_elicitation_sep1330_enums",
            "test_input_required_result_sampling",
            "test_input_required_result_list_roots",
            "test_multiple_content_types",
        ):
            await page.goto(f"{room}/tool?name={tool}")
            await page.get_by_role("button", name=f"Call {tool}").click()
            await page.wait_for_selector("#result")
            found += await faults(page)
        await page.goto(home)
        found += await faults(page)
    assert found == []


async def test_pages_of_a_sign_in_and_of_a_failure(page: Page, client: Running, foreign: Foreign) -> None:
    found = []
    room = await add(page, client, foreign.url)
    found += await faults(page)
    await page.goto(f"{room}/tool?name=add_note")
    await page.locator("[name='arg./text']").fill("Milk")
    await page.get_by_role("button", name="Call add_note").click()
    await page.wait_for_selector("#result")
    found += await faults(page)
    foreign.lies.pkce = None
    await add(page, client, foreign.url)
    found += await faults(page)
    await page.goto(client.home)
    assert found + await faults(page) == []


async def test_activity_with_tasks_and_a_form_with_alternatives(page: Page, client: Running, foreign: Foreign) -> None:
    """A task that works, one that asks, one that is over; and the fields of a chosen kind."""
    async with serving(everything) as address:
        room = await add(page, client, address)
        for tool, field, value in (
            ("slow_compute", "seconds", "0"),
            ("slow_compute", "seconds", "600"),
            ("confirm_delete", "filename", "notes.txt"),
        ):
            await page.goto(f"{room}/tool?name={tool}")
            await page.get_by_label(field).fill(value)
            await page.get_by_role("button", name=f"Call {tool}").click()
            await page.wait_for_url("**/calls/*")
        await page.goto(f"{room}/calls")
        for words in ("working", "waits for you", "task completed"):
            await page.get_by_text(words, exact=True).wait_for()
        found = await faults(page)
        await page.get_by_role("button", name="Cancel slow_compute").click()
        await page.get_by_text("You cancelled this call.").first.wait_for()
        found += await faults(page)
    foreign.lies.open_door, foreign.lies.tools = True, [SHAPES]
    await page.goto(f"{await add(page, client, foreign.url)}/tool?name=draw")
    await page.get_by_label("Type").select_option(label="Box")
    await page.get_by_label("width").wait_for()
    assert found + await faults(page) == []


async def test_pages_of_several_people(page: Page, open_to_others: Running) -> None:
    """The sign-in with a password, a wrong one, and what somebody sees who is in."""
    await page.goto(open_to_others.home)
    found = await faults(page)
    for password in ("wrong", PASSWORD):
        await page.get_by_label("Name").fill("Ada")
        await page.get_by_label("Password").fill(password)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_load_state()
        found += await faults(page)
    await page.get_by_role("button", name="Sign out").wait_for()
    assert found == []


async def test_page_that_leads_to_a_sign_in_elsewhere(page: Page, tmp_path: Path) -> None:
    settings = Settings(
        port=free_port(),
        database="sqlite://",
        sign_in_issuer="http://127.0.0.1:9",
        sign_in_client_id="pages",
        request_timeout=1,
    )
    running = Running(settings, Clock())
    await running.start()
    await page.goto(running.home)
    found = await faults(page)
    await page.get_by_role("button", name="Continue to sign in").click()
    await page.get_by_role("alert").wait_for()
    assert found + await faults(page) == []
    await running.stop()


async def test_list_of_integrations_in_every_state(page: Page, client: Running, foreign: Foreign) -> None:
    await add(page, client, foreign.url)
    store = client.connections.store
    value = next(cookie["value"] for cookie in await page.context.cookies() if cookie["name"].startswith("webclient-"))
    (first,) = await store.integrations_of(hashlib.sha256(b"session " + value.encode()).digest())
    for state in ("new", "waiting", "failing", "expired"):
        await store.add_integration(
            evolve(
                first,
                id=f"x{state}",
                name=f"A server with a long name that is {state}",
                state=state,
                problem=f"Why it is {state}.",
            )
        )
    await page.goto(client.home)
    for words in ("Connected", "Not connected", "Needs sign-in", "Not working", "Expired"):
        await page.get_by_text(words, exact=True).wait_for()
    assert await faults(page) == []
