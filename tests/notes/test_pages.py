"""Notes as pages, used as a browser uses them: cookies, forms, redirects."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from attrs import define
from pytest_aiohttp import AiohttpClient

from ..holders import PUBLIC_URL, Installation, connect, install
from ..sample import notes_in

PASSWORD = "analytical engine no. 1"


@define
class Browser:
    """A browser without scripts, and the person in front of it."""

    installation: Installation
    client: TestClient[web.Request, web.Application]
    user_id: str = ""

    async def open(self, path: str = "/notes") -> str:
        """The page's HTML."""
        async with self.client.get(path) as answer:
            assert answer.status == 200
            return await answer.text()

    async def send(self, path: str, *, page: str = "/notes", **fields: str) -> tuple[int, str, str]:
        """Fill in a form of ``page`` and post it: status, Location and body, without following."""
        form = {"csrf": csrf(await self.open(page)), **fields}
        async with self.client.post(path, data=form, headers={"Origin": PUBLIC_URL}, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def sign_in(self, username: str = "carol") -> None:
        account = await self.installation.service.accounts.add(username, PASSWORD)
        self.user_id = account.id
        assert (await self.send("/login", login=username, password=PASSWORD, next="/notes"))[:2] == (303, "/notes")

    async def texts(self) -> list[str]:
        """The person's notes, as the store has them, newest first."""
        return [note.text for note in await notes_in(self.installation.service.store).list_notes(self.user_id)]


def csrf(html: str) -> str:
    found = re.search(r'name="csrf"\s+value="([^"]+)"', html)
    assert found
    return found[1]


@pytest.fixture
async def visitor(aiohttp_client: AiohttpClient) -> Browser:
    installation = await install()
    return Browser(installation, await connect(aiohttp_client, installation))


@pytest.fixture
async def browser(visitor: Browser) -> Browser:
    await visitor.sign_in()
    return visitor


async def test_a_visitor_signs_in_where_the_notes_would_be(visitor: Browser) -> None:
    page = await visitor.open()
    assert 'name="password"' in page
    assert re.search(r'name="next"\s+value="/notes"', page)
    await visitor.sign_in()
    assert 'name="text"' in await visitor.open()


async def test_a_note_that_is_added_shows_on_the_page_it_leads_back_to(browser: Browser) -> None:
    """303 after a form, so that loading the page again adds nothing (RFC 9110 section 15.4.4)."""
    status, location, _ = await browser.send("/notes", text="Tea at five\r\nwith Mary")
    assert (status, location) == (303, "/notes")
    page = await browser.open()
    assert "Tea at five" in page
    assert "21 September 2026, 14:13 UTC" in page
    assert await browser.texts() == ["Tea at five\nwith Mary"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "needs some text"), ("x" * 10_001, "up to 10,000 characters"), ("a\x07b", "control characters")],
)
async def test_a_note_that_is_refused_comes_back_with_the_reason(browser: Browser, text: str, reason: str) -> None:
    status, _, page = await browser.send("/notes", text=text)
    assert status == 400
    assert reason in page
    assert text in page
    assert await browser.texts() == []


async def test_the_longest_note_fits_into_a_form_in_any_script(browser: Browser) -> None:
    """A character may take twelve bytes in a form (URL standard, percent-encoded UTF-8)."""
    assert (await browser.send("/notes", text="漢" * 10_000))[0] == 303
    assert (await browser.send("/notes", text="😀" * 10_000))[0] == 303
    assert [len(text) for text in await browser.texts()] == [10_000, 10_000]


async def test_a_note_is_deleted_once_and_deleting_it_again_does_no_harm(browser: Browser) -> None:
    await browser.send("/notes", text="soon gone")
    for _ in range(2):
        assert (await browser.send("/notes/1/delete"))[:2] == (303, "/notes")
    assert await browser.texts() == []


async def test_somebody_elses_note_stays(browser: Browser) -> None:
    """OWASP ASVS 5, 8.2.2."""
    hers = await notes_in(browser.installation.service.store).add_note("ada", "private", now=1)
    assert (await browser.send(f"/notes/{hers.id}/delete"))[0] == 303
    assert await notes_in(browser.installation.service.store).list_notes("ada") == [hers]
    assert "private" not in await browser.open()


@pytest.mark.parametrize("path", ["/notes/x/delete", "/notes/-1/delete", "/notes/" + "9" * 20 + "/delete"])
async def test_what_cannot_be_an_id_leads_nowhere(browser: Browser, path: str) -> None:
    assert (await browser.send(path))[0] == 404


async def test_an_id_beyond_every_note_does_no_harm(browser: Browser) -> None:
    assert (await browser.send("/notes/" + "9" * 19 + "/delete"))[0] == 303


@pytest.mark.parametrize("path", ["/notes", "/notes/1/delete"])
async def test_a_form_from_elsewhere_changes_nothing(browser: Browser, path: str) -> None:
    """OWASP ASVS 5, 3.5.1."""
    await browser.send("/notes", text="stays")
    async with browser.client.post(path, data={"text": "smuggled"}, allow_redirects=False) as answer:
        assert answer.status == 403
    assert await browser.texts() == ["stays"]


@pytest.mark.parametrize("path", ["/notes", "/notes/1/delete"])
async def test_a_form_after_the_session_ended_leads_to_sign_in(visitor: Browser, path: str) -> None:
    async with visitor.client.post(path, data={"text": "x", "csrf": "x"}, allow_redirects=False) as answer:
        page = await answer.text()
    assert (answer.status, "nothing was changed" in page, 'name="password"' in page) == (401, True, True)


async def test_markup_in_a_note_is_text(browser: Browser) -> None:
    """OWASP ASVS 5, 1.2.1."""
    await browser.send("/notes", text="<script>alert(1)</script><b>\"'&")
    page = await browser.open()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_a_page_for_one_person_is_kept_by_no_cache(browser: Browser) -> None:
    async with browser.client.get("/notes") as answer:
        assert "no-store" in answer.headers["Cache-Control"]
