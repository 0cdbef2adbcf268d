"""Chapter X of the attack catalogue: another server on this machine, which browsers send the cookies of every port
to (RFC 6265 section 8.5).
"""

import re
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from attrs import define, evolve, field
from yarl import URL

from tests.ports import free_port
from tests.webclient.browser import Browser
from tests.webclient.conftest import Clock, Running, browser, client, foreign
from tests.webclient.foreign import Foreign
from webclient.pages.http.place import is_outside
from webclient.settings import Settings

__all__ = ["browser", "client", "foreign"]

KEY = re.compile(r"/k/[A-Za-z0-9_-]{43}")
TEMPLATES = Path(__file__).parents[2] / "templates/client"
PLACES = [
    "/",
    "/add",
    "/callback",
    "/sign-in/callback",
    "/integrations/1",
    "/k",
    "/k/",
    "/k/" + "A" * 43 + "/",
    "/healthz",
    "/static/live.js",
    "/enter",
]


@define
class Thief:
    """A server on another port of this machine: it keeps every cookie that browsers bring."""

    cookies: list[str] = field(factory=list)
    _server: TestServer | None = None

    @property
    def origin(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.port}"

    async def start(self) -> "Thief":
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app, host="127.0.0.1")
        await self._server.start_server()
        return self

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.close()

    async def _answer(self, request: web.Request) -> web.Response:
        self.cookies += request.headers.getall("Cookie", [])
        return web.Response(text="hello")


@pytest.fixture
async def thief() -> AsyncIterator[Thief]:
    server = await Thief().start()
    yield server
    await server.stop()


async def test_x12_another_port_gets_no_cookie(browser: Browser, foreign: Foreign, thief: Thief) -> None:
    page = await browser.add(foreign.url)
    assert "Connected" in page.text
    for path in [*PLACES, page.path.replace(browser.home, "")]:
        await browser.session.get(thief.origin + path)
    assert thief.cookies == []


async def test_x12_stolen_cookie_opens_nothing_without_the_address(
    client: Running, browser: Browser, foreign: Foreign
) -> None:
    page = await browser.add(foreign.url)
    name, value = next((cookie.key, cookie.value) for cookie in browser.session.cookie_jar)
    async with ClientSession(cookies={name: value}, cookie_jar=CookieJar(unsafe=True)) as replay:
        for path in [*PLACES, page.path.replace(browser.home, "")]:
            async with replay.get(client.settings.origin + path, allow_redirects=False) as answer:
                assert foreign.url not in await answer.text()
                assert "Location" not in answer.headers
        async with replay.post(client.settings.origin + "/add", data={"url": foreign.url}) as answer:
            assert answer.status == 403


@pytest.mark.parametrize("name", ["webclient", "__Host-webclient", "webclient-0123456789abcdef"])
async def test_x12_cookie_that_another_port_sets_takes_the_place_of_none(
    browser: Browser, foreign: Foreign, name: str
) -> None:
    """RFC 6265 section 5.4: one for all paths comes after ours, and where it has the same name most readers take it."""
    await browser.add(foreign.url)
    before = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}
    browser.session.cookie_jar.update_cookies(SimpleCookie(f"{name}={'A' * 43}; Path=/"), URL(browser.origin + "/"))
    assert foreign.url in (await browser.get("/")).text
    assert before.items() <= {cookie.key: cookie.value for cookie in browser.session.cookie_jar}.items()


async def test_address_without_its_last_slash_leads_on(browser: Browser) -> None:
    async with browser.session.get(browser.home, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, urlsplit(browser.home).path + "/")


async def test_x12_plain_address_tells_nobody_where_the_pages_lie(
    client: Running, browser: Browser, foreign: Foreign
) -> None:
    """Nor does the redirect URI, to an authorization server on this machine that knows a state."""
    left = await browser.add(foreign.url, stop_at="/authorize")
    state = re.search(r"[?&]state=([\w-]+)", left.url)
    assert state is not None
    async with ClientSession() as stranger:
        for path in [*PLACES, f"/callback?code=x&state={state[1]}"]:
            for method in ("GET", "HEAD", "POST", "OPTIONS"):
                async with stranger.request(method, client.settings.origin + path, allow_redirects=False) as answer:
                    told = f"{await answer.text()} {answer.headers}"
                    assert client.home.rpartition("/")[2] not in told, path
                    assert "Set-Cookie" not in answer.headers
        for address in (
            "",
            "/",
            "A" * 43,
            client.settings.origin + "/k/" + "A" * 43 + "/",
            client.home[:-1],
            client.home + "A",
        ):
            async with stranger.post(
                client.settings.origin + "/enter", data={"address": address, "after": "/"}, allow_redirects=False
            ) as answer:
                assert (answer.status, "Location" in answer.headers) == (403, False), address


async def test_x12_who_knows_the_address_goes_on_without_scripts(client: Running, foreign: Foreign) -> None:
    """From the plain address, with a deep link, and with the answer of an authorization server."""
    person = Browser(client.home)
    try:
        async with person.session.get(client.settings.origin + "/?add=https://a.example/mcp") as answer:
            assert answer.status == 403
        form = {"address": f" {client.home}/ ", "after": "/?add=https://a.example/mcp"}
        async with person.session.post(client.settings.origin + "/enter", data=form) as answer:
            assert str(answer.url) == f"{client.home}/add?url=https://a.example/mcp"
        for after in ("//evil.example", "https://evil.example", "\\evil.example", "/\r\nX: y"):
            form = {"address": client.home, "after": after}
            async with person.session.post(
                client.settings.origin + "/enter", data=form, allow_redirects=False
            ) as answer:
                assert answer.headers["Location"].startswith(client.home.removeprefix(client.settings.origin) + "/")
        assert "Connected" in (await person.add(foreign.url)).text
    finally:
        await person.close()


async def test_x12_address_is_that_of_the_installation(client: Running, tmp_path: Path) -> None:
    """The same after a restart, so that bookmarks hold; another with another database."""
    before = client.home
    await client.stop()
    await client.start()
    assert client.home == before
    other = Running(evolve(client.settings, port=free_port(), database=f"sqlite:///{tmp_path / 'other.db'}"), Clock())
    await other.start()
    try:
        assert other.home.rpartition("/")[2] != before.rpartition("/")[2]
    finally:
        await other.stop()


async def test_x12_pages_lead_on_below_their_address_only(client: Running, browser: Browser, foreign: Foreign) -> None:
    """Every link, form and part of a page; and no answer lets its address go to other sites with a click (Referrer
    Policy).
    """
    page = await browser.add(foreign.url)
    for path in (
        "/",
        "/add",
        "/assistant",
        page.path,
        f"{page.path}/resources",
        f"{page.path}/calls",
        f"{page.path}/settings",
        f"{page.path}/trace",
    ):
        async with browser.session.get(path if path.startswith("http") else browser.home + path) as answer:
            assert (answer.status, answer.headers["Referrer-Policy"]) == (200, "no-referrer")
            rooted = re.findall(r'\s(?:href|action|formaction|src|data-[a-z]+)="(/[^"]*)"', await answer.text())
        assert rooted
        assert [each for each in rooted if not KEY.match(each) and not each.startswith("/static/")] == []


async def test_x12_saved_trace_does_not_hold_the_address(client: Running, browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    for kind in ("har", "json", "html"):
        saved = await browser.get(f"{page.path}/trace.{kind}")
        assert saved.status == 200
        assert client.home.rpartition("/")[2] not in saved.html


async def test_x12_pages_at_https_keep_their_plain_addresses(tmp_path: Path) -> None:
    """There cookies are Secure and __Host-, and another server needs a certificate for the name."""
    running = Running(
        Settings(
            port=free_port(),
            database=f"sqlite:///{tmp_path / 'c.db'}",
            public_url="https://c.example",
            open_to_all="on",
        ),
        Clock(),
    )
    await running.start()
    try:
        assert running.home == "https://c.example"
        async with (
            ClientSession() as person,
            person.get(f"http://127.0.0.1:{running.settings.port}/", headers={"Host": "c.example"}) as answer,
        ):
            assert answer.status == 200
            assert re.search(r"__Host-webclient=[\w-]{43}; .*Path=/; .*Secure", answer.headers["Set-Cookie"])
            assert 'href="/add"' in await answer.text()
        async with (
            ClientSession() as person,
            person.post(f"http://127.0.0.1:{running.settings.port}/enter", data={"address": "A" * 43}) as answer,
        ):
            assert answer.status == 404
    finally:
        await running.stop()


def own_addresses(template: Path) -> list[str]:
    """The values of all attributes in a template that lead to this program: those that begin with a slash, or with a
    variable and a slash.
    """
    text = template.read_text("utf-8")
    addresses = re.findall(
        r"""\s(?:href|src|srcset|action|formaction|poster|data-[a-z]+)=["']?((?:{{ ?base ?}})?/[^"'\s>]*)""", text
    )
    return addresses + re.findall(r"""(?:{% set \w+ =|,) ((?:base ~ )?"/[^"]*)""", text)


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_x12_every_kind_of_address_leads_below(template: Path) -> None:
    """RFC 6265 section 5.1.4: the cookie is sent with addresses below the secret path only, which templates begin
    with ``base``.
    """
    for address in own_addresses(template):
        assert address.startswith(("{{ base }}/", 'base ~ "/')) or is_outside(address), (
            f"{template.name} leads to {address}"
        )


def test_x12_templates_have_addresses_of_every_kind() -> None:
    """So that the test above looks at something."""
    found = {address for template in TEMPLATES.glob("*.html") for address in own_addresses(template)}
    assert {"{{ base }}/add", "/static/live.js", "/enter"} <= found
    assert len(found) > 20
