"""The assistant in a real browser: what changes is seen without a reload, and what was typed stays."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.flow.test_accessibility import add, faults, page
from tests.ports import free_port
from tests.webclient.conftest import Clock, Running, foreign, model
from tests.webclient.foreign import Foreign
from tests.webclient.model import Model, wants
from webclient.settings import Settings

__all__ = ["foreign", "model", "page"]


@pytest.fixture
async def client(tmp_path: Path, model: Model) -> AsyncIterator[Running]:
    running = Running(
        Settings(
            port=free_port(),
            database=f"sqlite:///{tmp_path / 'client.db'}",
            assistant_url=model.url,
            assistant_model="wise",
        ),
        Clock(),
    )
    await running.start()
    yield running
    await running.stop()


async def test_conversation_grows_while_one_looks(page: Page, client: Running, model: Model, foreign: Foreign) -> None:
    """Asked by the model, allowed by the person, answered; every state of it held against axe-core."""
    foreign.lies.open_door = True
    await add(page, client, foreign.url)
    await page.get_by_role("link", name="Assistant").click()
    found = await faults(page)
    model.lines = [
        wants(("whoami", {}), ("add_note", {"text": "Milk"}), ("no_such_tool", {}), text="I **look**."),
        "You are Ada.",
        (401, {}),
    ]
    await page.get_by_label("What should the assistant do?").fill("Who am I?")
    await page.get_by_role("button", name="Start").click()
    await expect(page.get_by_text("Allow this call?")).to_have_count(2)
    found += await faults(page)
    await page.get_by_role("button", name="Allow this call").first.click()
    await expect(page.get_by_role("link", name="See the call and its result")).to_have_count(1)
    await page.get_by_label("Message").fill("Half a sent")
    await page.evaluate("document.body.dataset.kept = 'yes'")
    # Decided in another tab: this one is told of it.
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.get_by_role("button", name="Refuse").click()
    await expect(page.get_by_text("You are Ada.")).to_be_visible()
    await expect(page.get_by_label("Message")).to_have_value("Half a sent")
    assert await page.evaluate("document.body.dataset.kept") == "yes"
    found += await faults(page)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("does not accept the key")).to_be_visible()
    found += await faults(page)
    await page.goto(client.home + "/assistant")
    assert found + await faults(page) == []


async def test_page_that_says_how_to_name_a_model(page: Page) -> None:
    running = Running(Settings(port=free_port(), database="sqlite://"), Clock())
    await running.start()
    await page.goto(running.home + "/assistant")
    assert await faults(page) == []
    await running.stop()


async def test_nothing_that_a_model_writes_runs_or_loads(window: Browser, client: Running, model: Model) -> None:
    model.lines = [
        "<script>document.title='x'</script><img src=x onerror=alert(1)> ![a](https://tracker.example/p.png) "
        "[go](javascript:alert(1))"
    ]
    context = await window.new_context()
    tab = await context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    await tab.goto(client.home + "/assistant")
    await tab.get_by_label("What should the assistant do?").fill("Attack")
    await tab.get_by_role("button", name="Start").click()
    await expect(tab.get_by_text("document.title")).to_be_visible()
    assert "Attack" in await tab.title()
    assert [url for url in asked if not url.startswith(client.settings.origin)] == []
    await context.close()
