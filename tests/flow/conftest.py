"""Both programs as real processes on real ports, and a real browser in front of them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from attrs import define
from playwright.async_api import Browser, Locator, Page, async_playwright

from tests.ports import free_port
from tests.processes import Program, add_user, start_service, start_webclient
from tests.provision import chromium, need

PASSWORD = "correct horse battery staple"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@define
class Pair:
    """The service and the web client; ``restart`` ends both and starts them again at the same addresses."""

    folder: Path
    ports: tuple[int, int]
    service: Program
    webclient: Program

    @classmethod
    def start(cls, folder: Path, ports: tuple[int, int]) -> "Pair":
        service = start_service(folder / "service.db", port=ports[0])
        return cls(folder, ports, service, start_webclient(folder / "webclient.db", port=ports[1]))

    def stop(self) -> None:
        assert self.webclient.stop() == 0
        assert self.service.stop() == 0

    def restart(self) -> None:
        self.stop()
        again = Pair.start(self.folder, self.ports)
        self.service, self.webclient = again.service, again.webclient


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two running programs and Ada, who can sign in."""
    add_user(tmp_path / "service.db", "ada", PASSWORD, name="Ada Lovelace", email="ada@example.com")
    pair = Pair.start(tmp_path, (free_port(), free_port()))
    yield pair
    pair.stop()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A browser without JavaScript: everything must work without."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need(chromium), args=ARGUMENTS)
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(15_000)
        yield await context.new_page()
        await browser.close()


@pytest.fixture
async def window() -> AsyncIterator[Browser]:
    """A browser that runs scripts; contexts and pages are for the test to open."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need(chromium), args=ARGUMENTS)
        yield browser
        await browser.close()


async def knows_the_way(page: Page, home: str) -> None:
    """Let a browser without scripts, which comes back to the plain address, be led on: the person has the ``home``
    of the pages at hand.
    """

    async def fill_in(field: Locator) -> None:
        await field.fill(home)
        await field.press("Enter")

    await page.add_locator_handler(page.get_by_label("Address", exact=True), fill_in)
