"""The web client's database under rows O4, O7 and O11: a full disk, a clock that is set back, a file that is gone."""

import logging
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.webclient.browser import Browser
from tests.webclient.conftest import Running, browser, client, foreign
from tests.webclient.foreign import Foreign
from tests.webclient.test_people import ada, open_to_others, signed_in

__all__ = ["ada", "browser", "client", "foreign", "open_to_others"]

WEEK = 7 * 86400


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.get("/")).status == 200


async def test_o7_session_of_the_web_client_that_ended_stays_ended_after_a_step_back(
    ada: Browser, open_to_others: Running
) -> None:
    """ASVS 7.3.1: whether the clock is set back under the running program, or before it starts again."""
    await signed_in(ada, "Ada")
    assert await is_signed_in(ada)
    open_to_others.clock.at += WEEK
    assert not await is_signed_in(ada)
    open_to_others.clock.step(-3600)
    assert not await is_signed_in(ada)
    await open_to_others.stop()
    await open_to_others.start()
    assert not await is_signed_in(ada)


async def test_o7_clock_that_was_set_back_is_told(open_to_others: Running, caplog: pytest.LogCaptureFixture) -> None:
    await open_to_others.stop()
    open_to_others.clock.step(-3600)
    with caplog.at_level(logging.WARNING):
        await open_to_others.start()
    assert "the machine's clock was set back by 3600 seconds" in caplog.text


def replace(path: Path) -> None:
    shutil.copyfile(path, path.with_suffix(".new"))
    path.with_suffix(".new").rename(path)


@pytest.mark.parametrize("harm", [Path.unlink, replace], ids=["deleted", "replaced"])
async def test_o11_web_client_keeps_nothing_in_a_file_that_is_gone(
    browser: Browser, client: Running, foreign: Foreign, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 9110 section 15.6.4: said by the pages, by the health page and in the log."""
    await browser.add(foreign.url)
    assert client.settings.database_path
    harm(client.settings.database_path)
    health = await browser.get("/healthz")
    assert (health.status, health.headers["Retry-After"]) == (503, "60")
    page = await browser.get("/")
    assert page.status == 503
    assert "The database of these pages was" in page.text
    assert [record.levelname for record in caplog.records if "while the program runs" in record.message] == ["ERROR"]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow, or be written beyond its first page."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_o4_web_client_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    browser: Browser, client: Running, foreign: Foreign
) -> None:
    """RFC 9110 section 15.6.4: nothing that was shown as kept is lost, nor half kept."""
    await browser.add(foreign.url)
    form = (await browser.get("/add")).form("/add")
    with full_disk():
        refused = await browser.submit(await browser.get("/add"), form, url=foreign.url + "/other")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        assert "Nothing was lost" in refused.text
    kept = await client.connections.store.integrations_of(browser.owner)
    assert [each.url for each in kept] == [foreign.url]
    await browser.add(foreign.url)
    assert len(await client.connections.store.integrations_of(browser.owner)) == 2
