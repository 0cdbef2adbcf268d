"""Row N9 of the attack catalogue: throttles used as a weapon.

Whatever strangers do at a name or from an address, its owner still gets in.
"""

import asyncio
import logging
import resource
import sqlite3
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application
from argon2 import PasswordHasher
from attrs import evolve
from yarl import URL

from mcpbase.guard.proxies import missing_proxy
from mcpbase.seal import Seal
from mcpbase.sign_in.errors import Throttled, TooBusy
from mcpbase.sign_in.known_browsers import LIFETIME, KnownBrowsers
from mcpbase.sign_in.passwords import WAITING, Passwords
from mcpbase.sign_in.throttle import ACCOUNT, ADDRESS, PAIR, Throttle
from mcpserver.accounts.errors import SignInRefused
from mcpserver.accounts.service import Accounts
from mcpserver.accounts.throttle import REGISTRATIONS
from mcpserver.compose.service import SERVICE
from mcpserver.settings import Settings
from mcpserver.store import open_store
from tests.ports import free_port
from tests.webclient.browser import Browser, Page
from tests.webclient.conftest import Clock as WebClientClock
from tests.webclient.conftest import Running
from webclient.people.service import People
from webclient.settings import Settings as WebClientSettings
from webclient.storage.opening import open_store as open_web_client_store

from ..conftest import PASSWORD, AddUser, Clock, ServiceClient
from ..sample import create_app
from .test_sign_in import attempt

HOME = "192.0.2.1"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(_path: Path) -> Iterator[None]:
    """To the process a file at its limit looks like a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


Trouble = Callable[[Path], AbstractContextManager[None]]


# The service


@pytest.fixture
async def stranger(server: TestServer) -> AsyncIterator[ServiceClient]:
    """Another browser behind the same undeclared proxy: it has the owner's address."""
    async with TestClient(server) as client:
        yield client


async def exhaust(stranger: ServiceClient, login: str = "ada") -> None:
    statuses = [(await attempt(stranger, login, "wrong password"))[0] for _ in range(PAIR.burst + 1)]
    assert statuses == [401] * PAIR.burst + [429]


async def test_n9_a_browser_that_signed_in_before_gets_in_while_a_stranger_guesses(
    client: ServiceClient, stranger: ServiceClient, add_user: AddUser
) -> None:
    """ASVS 6.1.1; OWASP, Slow Down Online Guessing Attacks with Device Cookies."""
    await add_user("ada")
    assert (await attempt(client, "ada", PASSWORD))[0] == 303
    client.session.cookie_jar.clear(lambda cookie: cookie.key == "mcpserver-session")
    await exhaust(stranger)
    assert (await attempt(client, "ada", PASSWORD))[0] == 303


async def test_n9_a_known_browser_is_throttled_for_itself(
    client: ServiceClient, stranger: ServiceClient, add_user: AddUser, clock: Clock
) -> None:
    """Who sits down at somebody's browser gets no more guesses than others, and keeps nobody else out."""
    await add_user("ada")
    assert (await attempt(client, "ada", PASSWORD))[0] == 303
    client.session.cookie_jar.clear(lambda cookie: cookie.key == "mcpserver-session")
    await exhaust(client)
    assert (await attempt(stranger, "ada", PASSWORD))[0] == 303
    clock.now += PAIR.seconds
    assert (await attempt(client, "ada", PASSWORD))[0] == 303


async def test_n9_being_known_is_about_ones_own_account(
    client: ServiceClient, stranger: ServiceClient, add_user: AddUser
) -> None:
    """Somebody with an account of their own guesses at others like anybody."""
    await add_user("ada")
    await add_user("eve")
    assert (await attempt(client, "eve", PASSWORD))[0] == 303
    client.session.cookie_jar.clear(lambda cookie: cookie.key == "mcpserver-session")
    await exhaust(stranger)
    assert (await attempt(client, "ada", "wrong password"))[0] == 429


@pytest.mark.parametrize("cookie", ["", "x", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..x.y.z"])
async def test_n9_a_browser_that_says_so_itself_is_not_known(
    client: ServiceClient, stranger: ServiceClient, add_user: AddUser, cookie: str
) -> None:
    await add_user("ada")
    await exhaust(stranger)
    client.session.cookie_jar.update_cookies({"mcpserver-browser": cookie}, URL(client.make_url("/")))
    assert (await attempt(client, "ada", PASSWORD))[0] == 429


async def test_n9_the_cookie_opens_nothing_and_names_nobody(client: ServiceClient, add_user: AddUser) -> None:
    ada = await add_user("ada")
    assert (await attempt(client, "ada", PASSWORD))[0] == 303
    client.session.cookie_jar.clear(lambda cookie: cookie.key == "mcpserver-session")
    (cookie,) = [each for each in client.session.cookie_jar if each.key == "mcpserver-browser"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert ada.id not in cookie.value
    assert "New note" not in await (await client.get("/notes")).text()


def test_n9_a_browser_is_known_to_several_people_and_not_for_ever(clock: Clock) -> None:
    browsers = KnownBrowsers(Seal(bytes(32)), clock.sources())
    cookie = None
    for person in ("p1", "p2", "p3", "p4", "p5", "p6"):
        cookie = browsers.remember(browsers.read(cookie), person)
        clock.now += 1
    known = browsers.read(cookie)
    assert sorted(known.people) == ["p2", "p3", "p4", "p5", "p6"]
    assert len(cookie or "") < 1000
    clock.now += LIFETIME
    assert browsers.read(cookie).place_of("p6") is None


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    made = Passwords(1, CHEAP)
    yield made
    made.close()


@pytest.fixture
async def accounts(passwords: Passwords, clock: Clock) -> AsyncIterator[Accounts]:
    store = await open_store("sqlite://")
    yield Accounts(store, passwords, Throttle(clock.sources()), clock.sources(), 3600)
    await store.close()


async def test_n9_strangers_from_everywhere_do_not_keep_out_a_known_browser(accounts: Accounts) -> None:
    """The limit of the account and that of the owner's own address are used up by others."""
    ada = await accounts.add("ada", PASSWORD)
    browsers = KnownBrowsers(Seal(bytes(32)), accounts.sources)
    known = browsers.read(browsers.remember(browsers.read(None), ada.id))
    for number in range(ACCOUNT.burst):
        with pytest.raises(SignInRefused):
            await accounts.sign_in("ada", "wrong", address=f"198.51.100.{number}")
    for number in range(ADDRESS.burst):
        with pytest.raises(SignInRefused):
            await accounts.sign_in(f"somebody {number}", "wrong", address=HOME)
    with pytest.raises(Throttled):
        await accounts.sign_in("ada", PASSWORD, address="203.0.113.7")
    assert await accounts.sign_in("ada", PASSWORD, address=HOME, known_browser=known)


async def test_n9_the_limit_of_an_account_is_a_pace_and_never_longer(accounts: Accounts, clock: Clock) -> None:
    """ASVS 6.1.1: no lock-out, however long it goes on."""
    await accounts.add("ada", PASSWORD)
    for number in range(3 * ACCOUNT.burst):
        with pytest.raises((SignInRefused, Throttled)):
            await accounts.sign_in("ada", "wrong", address=f"198.51.{number}.1")
    with pytest.raises(Throttled) as told:
        await accounts.sign_in("ada", PASSWORD, address=HOME)
    assert told.value.retry_after <= ACCOUNT.seconds
    clock.now += told.value.retry_after
    assert await accounts.sign_in("ada", PASSWORD, address=HOME)


async def test_n9_a_line_full_of_strangers_has_room_for_who_is_known(accounts: Accounts, passwords: Passwords) -> None:
    ada = await accounts.add("ada", PASSWORD)
    browsers = KnownBrowsers(Seal(bytes(32)), accounts.sources)
    known = browsers.read(browsers.remember(browsers.read(None), ada.id))
    slow = PasswordHasher(time_cost=3, memory_cost=16384, parallelism=1).hash("somebody's")
    flood = [asyncio.ensure_future(passwords.verify(slow, "guess")) for _ in range(1 + WAITING)]
    await asyncio.sleep(0)
    stranger = asyncio.ensure_future(accounts.sign_in("ada", PASSWORD, address=HOME))
    owner = asyncio.ensure_future(accounts.sign_in("ada", PASSWORD, address=HOME, known_browser=known))
    with pytest.raises(TooBusy):
        await stranger
    assert await owner
    await asyncio.gather(*flood)


def guess(throttle: Throttle, login: str, address: str) -> None:
    with throttle.attempt(login, address) as counted:
        counted.confirm()


def test_n9_made_up_names_neither_grow_the_counters_nor_push_out_an_attack(clock: Clock) -> None:
    """Names of 256 characters outside of ASCII, each from a network of its own: bytes are bounded, and what is
    guessed at stays counted.
    """
    throttle, kept_of_each = Throttle(clock.sources(), capacity=500), 500
    for number in range(ACCOUNT.burst):
        guess(throttle, "ada", f"198.51.100.{number}")
    tracemalloc.start()
    try:
        for number in range(10 * kept_of_each):
            guess(throttle, f"{number:🔑>256}", f"2001:db8:{number:x}::1")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 3 * kept_of_each * 500 + 4096 * 200  # and the networks of the addresses seen last
    with pytest.raises(Throttled):
        guess(throttle, "ada", "203.0.113.7")


def test_n9_an_attempt_that_a_fault_ends_is_none(clock: Clock) -> None:
    """User codes, requests and everything else that is counted: only what was judged wrong."""
    throttle = Throttle(clock.sources())
    for _ in range(3 * PAIR.burst):
        with pytest.raises(OSError, match="disk"), throttle.attempt("ada", HOME):
            raise OSError("disk full")
    guess(throttle, "ada", HOME)


@pytest.fixture
async def busy_app(tmp_path: Path, clock: Clock) -> AsyncIterator[Application]:
    """The service over a file, with little patience for others who write to it."""
    store = await open_store(f"sqlite:///{tmp_path / 'mcpserver.db'}", busy_timeout=0.02)
    yield await create_app(
        Settings(port=0, database=f"sqlite:///{tmp_path / 'mcpserver.db'}"), store=store, sources=clock.sources()
    )
    await store.close()


@pytest.fixture
async def busy(busy_app: Application) -> AsyncIterator[ServiceClient]:
    async with TestClient(TestServer(busy_app), headers={"Host": "127.0.0.1:0"}) as client:
        yield client


@pytest.mark.parametrize("trouble", [locked, full])
async def test_n9_right_passwords_do_not_count_while_nothing_can_be_kept(
    busy: ServiceClient, busy_app: Application, tmp_path: Path, trouble: Trouble
) -> None:
    """RFC 9110 section 15.6.4: 503 with Retry-After, for as often as it is tried."""
    await busy_app[SERVICE].accounts.add("ada", PASSWORD)
    with trouble(tmp_path / "mcpserver.db"):
        page = await (await busy.get("/login")).text()
        csrf = page.split('name="csrf" value="')[1].split('"')[0]
        for _ in range(PAIR.burst + 1):
            form = {"login": "ada", "password": PASSWORD, "next": "/", "csrf": csrf}
            async with busy.post("/login", data=form, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert (await attempt(busy, "ada", PASSWORD))[0] == 303


async def test_n9_registrations_do_not_count_while_nothing_can_be_kept(busy: ServiceClient, tmp_path: Path) -> None:
    document = {"redirect_uris": ["https://c.example/cb"]}

    async def register() -> int:
        async with busy.post("/register", json=document) as answer:
            return answer.status

    with locked(tmp_path / "mcpserver.db"):
        assert set(await asyncio.gather(*(register() for _ in range(REGISTRATIONS.address.burst + 10)))) == {503}
    assert await register() == 201


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_n9_a_proxy_that_is_not_declared_is_named_once(
    client: ServiceClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    for _ in range(3):
        await client.get("/login", headers={name: "for=203.0.113.1" if name == "Forwarded" else "203.0.113.1"})
    said = [record.getMessage() for record in caplog.records if "trusted_proxies" in record.getMessage()]
    assert len(said) == 1
    assert said[0].startswith(f"127.0.0.1 sends {name}")
    assert "MCPSERVER_TRUSTED_PROXIES=127.0.0.1" in said[0]


async def test_n9_each_application_warns_for_itself(
    server: TestServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    second = TestServer(await create_app(Settings(port=0, database="sqlite://"), sources=clock.sources()))
    headers = {"X-Forwarded-For": "203.0.113.1"}
    async with TestClient(server) as one, TestClient(second, headers={"Host": "127.0.0.1:0"}) as other:
        await one.get("/login", headers=headers)
        await other.get("/login", headers=headers)
    assert len([record for record in caplog.records if "trusted_proxies" in record.getMessage()]) == 2


class TestDeclared:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", trusted_proxies=("127.0.0.1/32",))

    async def test_n9_a_proxy_that_is_declared_is_heard_in_silence(
        self, client: ServiceClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        await client.get("/login", headers={"X-Forwarded-For": "203.0.113.1"})
        assert not caplog.records
        await client.get("/login", headers={"X-Real-IP": "203.0.113.1"})
        assert [record.getMessage() for record in caplog.records] == [
            "127.0.0.1 sends X-Real-IP, which is not read: have this proxy send X-Forwarded-For."
        ]


def test_n9_a_start_behind_an_undeclared_proxy_says_so() -> None:
    hidden = Settings(public_url="https://mcp.example.org")
    said = missing_proxy(hidden.public_url, hidden.host, hidden.trusted_proxies)
    assert said is not None
    assert "trusted_proxies" in said
    for fine in (
        evolve(hidden, trusted_proxies=("127.0.0.1/32",)),
        evolve(hidden, host="192.0.2.1"),
        Settings(),
    ):
        assert missing_proxy(fine.public_url, fine.host, fine.trusted_proxies) is None


# The web client


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Running]:
    """Pages that others could reach; Ada has a password."""
    settings = WebClientSettings(
        host="0.0.0.0", port=free_port(), database=f"sqlite:///{tmp_path / 'client.db'}", trusted_proxies=("127.0.0.1",)
    )
    running = Running(settings, WebClientClock())
    store = await open_web_client_store(settings, running.clock.sources())
    await People(store.people, running.clock.sources()).add("Ada", PASSWORD)
    await store.close()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def ada(pages: Running) -> AsyncIterator[Browser]:
    browser = Browser(pages.home)
    yield browser
    await browser.close()


@pytest.fixture
async def eve(pages: Running) -> AsyncIterator[Browser]:
    browser = Browser(pages.home)
    yield browser
    await browser.close()


async def signed_in(browser: Browser, name: str, password: str = PASSWORD) -> Page:
    page = await browser.get("/")
    return await browser.submit(page, page.form("/sign-in"), name=name, password=password)


async def signed_out(browser: Browser, page: Page) -> None:
    await browser.submit(page, page.form("/sign-out"))


async def test_n9_guesses_at_once_at_the_web_client_get_no_further_than_one_after_the_other(eve: Browser) -> None:
    """ASVS 6.3.1: 300 at once are 5, the rest is refused before anything is hashed."""
    page = await eve.get("/")
    form = page.form("/sign-in")

    async def guess_at_ada(number: int) -> int:
        fields = {**form.fields, "name": "Ada", "password": f"guess {number}"}
        async with eve.session.post(f"{eve.home}/sign-in", data=fields, allow_redirects=False) as answer:
            assert answer.status != 429 or int(answer.headers["Retry-After"]) > 0
            return answer.status

    statuses = await asyncio.gather(*(guess_at_ada(number) for number in range(300)))
    assert (statuses.count(401), statuses.count(429)) == (5, 295)


async def test_n9_a_browser_that_is_known_to_the_web_client_gets_in_while_a_stranger_guesses(
    ada: Browser, eve: Browser, pages: Running
) -> None:
    await signed_out(ada, await signed_in(ada, "Ada"))
    for _ in range(5):
        assert (await signed_in(eve, "Ada", "wrong")).status == 401
    assert (await signed_in(eve, "Ada")).status == 429
    page = await signed_in(ada, "Ada")
    assert page.status == 200
    await signed_out(ada, page)
    for _ in range(5):
        assert (await signed_in(ada, "Ada", "wrong")).status == 401
    assert (await signed_in(ada, "Ada")).status == 429
    pages.clock.step(-3600)
    pages.clock.at += 60
    assert (await signed_in(ada, "Ada")).status == 200


async def test_n9_addresses_behind_a_declared_proxy_of_the_web_client_count_for_themselves(
    ada: Browser, eve: Browser
) -> None:
    eve.session.headers["X-Forwarded-For"] = "198.51.100.7, 2001:db8:1:2::9"
    ada.session.headers["X-Forwarded-For"] = "2001:db8:1:2::9, 2001:db8:1:3::1"
    for number in range(6):
        eve.session.headers["X-Forwarded-For"] = f"198.51.100.{number}, 2001:db8:1:2::{number:x}"
        assert (await signed_in(eve, "Ada", "wrong")).status == (401 if number < 5 else 429)
    assert (await signed_in(ada, "Ada")).status == 200


async def test_n9_right_passwords_at_the_web_client_do_not_count_while_nothing_can_be_kept(
    ada: Browser, pages: Running, tmp_path: Path
) -> None:
    """RFC 9110 section 15.6.4: 503 with Retry-After, for as often as it is tried."""
    page = await ada.get("/")
    with full(tmp_path / "client.db"):
        for _ in range(6):
            answer = await ada.submit(page, page.form("/sign-in"), name="Ada", password=PASSWORD)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert (await signed_in(ada, "Ada")).status == 200


async def test_n9_the_web_client_names_a_proxy_that_is_not_declared(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running = Running(WebClientSettings(port=free_port(), database="sqlite://"), WebClientClock())
    await running.start()
    browser = Browser(running.home)
    with caplog.at_level(logging.WARNING, "webclient"):
        for _ in range(3):
            browser.session.headers["X-Real-IP"] = "203.0.113.1"
            await browser.get("/")
    await browser.close()
    await running.stop()
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert "WEBCLIENT_TRUSTED_PROXIES=127.0.0.1" in said[0]


def test_n9_a_start_of_the_web_client_behind_an_undeclared_proxy_says_so() -> None:
    hidden = WebClientSettings(public_url="https://client.example")
    assert hidden.lacks_proxy
    for fine in (
        {"trusted_proxies": ("127.0.0.1/32",)},
        {"host": "0.0.0.0"},
        {"sign_in_issuer": "https://id.example"},
        {"open_to_all": "on"},
    ):
        assert not evolve(hidden, **fine).lacks_proxy
