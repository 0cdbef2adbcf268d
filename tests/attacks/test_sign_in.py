"""Chapter L of the attack catalogue: signing in, and what keeps a session its owner's."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar, Literal

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from yarl import URL

from mcpbase.sign_in.passwords import LONGEST, Passwords
from mcpbase.sign_in.throttle import Throttle
from mcpserver.accounts.errors import AccountError, SignInRefused
from mcpserver.accounts.identities import NO_PASSWORD
from mcpserver.accounts.models import Account
from mcpserver.accounts.service import Accounts
from mcpserver.compose.service import Service
from mcpserver.settings import Settings
from mcpserver.sources import Sources
from mcpserver.store import open_store
from mcpserver.web.pages.sign_in import local_path

from ..asker import Asker
from ..conftest import PASSWORD, AddUser, Clock, ServiceClient, SignIn, csrf_of
from ..costs import HASHER
from ..sample import create_app


async def attempt(
    client: ServiceClient, login: str, password: str, *, target: str = "/", headers: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Status, Location and body of one attempt through the page."""
    page = await (await client.get("/login")).text()
    form = {"login": login, "password": password, "next": target, "csrf": csrf_of(page)}
    async with client.post("/login", data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


def session_cookie(client: ServiceClient) -> str | None:
    cookie = client.session.cookie_jar.filter_cookies(client.make_url("/")).get("mcpserver-session")
    return cookie.value if cookie else None


async def is_signed_in(client: ServiceClient) -> bool:
    return "New note" in await (await client.get("/notes")).text()


async def test_l1_a_sign_in_form_without_its_token_is_refused(client: ServiceClient, add_user: AddUser) -> None:
    """ASVS 3.5.1: nobody is signed in by a form that another site made."""
    await add_user("ada")
    for csrf in ("", "x" * 43):
        answer = await client.post(
            "/login", data={"login": "ada", "password": PASSWORD, "next": "/", "csrf": csrf}, allow_redirects=False
        )
        assert answer.status == 403
    assert session_cookie(client) is None


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
async def test_l1_a_form_posted_from_another_site_is_refused(
    client: ServiceClient, add_user: AddUser, headers: dict[str, str]
) -> None:
    """ASVS 3.5.1, even with the right token."""
    await add_user("ada")
    assert (await attempt(client, "ada", PASSWORD, headers=headers))[0] == 403


async def test_l1_a_note_and_a_sign_out_need_their_token_too(
    client: ServiceClient, add_user: AddUser, sign_in: SignIn
) -> None:
    """ASVS 3.5.1."""
    await add_user("ada")
    await sign_in(client, "ada")
    for path in ("/notes", "/logout"):
        assert (await client.post(path, data={"text": "x", "csrf": "wrong"}, allow_redirects=False)).status == 403
    assert await is_signed_in(client)


async def test_l2_a_planted_session_is_replaced_at_sign_in(client: ServiceClient, add_user: AddUser) -> None:
    """ASVS 7.2.4: what an attacker put into the browser before is worth nothing after."""
    await add_user("ada")
    planted = "session_planted-by-somebody-else"
    client.session.cookie_jar.update_cookies({"mcpserver-session": planted}, URL(client.make_url("/")))
    assert (await attempt(client, "ada", PASSWORD))[0] == 303
    first = session_cookie(client)
    assert first is not None
    assert first != planted


@pytest.mark.parametrize(
    "way_out",
    [
        "//e.example",
        "/\\e.example",
        "/%09/e.example",
        "https:e.example",
        "https://e.example",
        "/\t/e",
        "",
        "javascript:alert(1)",
    ],
)
async def test_l3_sign_in_leads_nowhere_but_here(client: ServiceClient, add_user: AddUser, way_out: str) -> None:
    """ASVS 3.7.2: an address that is not local becomes the front page."""
    await add_user("ada")
    assert (await attempt(client, "ada", PASSWORD, target=way_out))[:2] == (303, "/")


def test_l3_a_local_address_is_kept_whole() -> None:
    """The way back into an authorization request survives sign-in."""
    assert local_path("/authorize?client_id=a&state=%0d%0a", base="") == "/authorize?client_id=a&state=%0d%0a"


async def test_l4_unknown_and_known_people_get_the_same_answer(
    client: ServiceClient, service: Service, add_user: AddUser
) -> None:
    """ASVS 6.3.8: same status, same text; a disabled person too."""
    await add_user("ada")
    eve = await add_user("eve")
    await service.store.disable_account(eve.id, now=service.sources.now())
    answers = [
        await attempt(client, login, password)
        for login, password in (("ada", "wrong password"), ("nobody", "wrong password"), ("eve", PASSWORD))
    ]
    bodies = {
        body.replace("nobody", "NAME")
        .replace("ada", "NAME")
        .replace("eve", "NAME")
        .split('name="csrf"')[1]
        .split(">", 1)[1]
        for _, _, body in answers
    }
    assert {status for status, _, _ in answers} == {401}
    assert len(bodies) == 1


class Counting(PasswordHasher):
    """Tells which hashes were computed, by their parameters."""

    costs: ClassVar[list[str]] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's name
        self.costs.append(str(hash).split("$")[3])
        return super().verify(hash, password)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("ada", "wrong password"),
        ("nobody", "wrong password"),
        ("", ""),
        ("eve", PASSWORD),
        ("federated", ""),
        ("federated", "any"),
    ],
)
async def test_l4_every_attempt_costs_one_hash_of_the_same_parameters(
    sources: Sources, clock: Clock, login: str, password: str
) -> None:
    """ASVS 6.3.8: for a person with a password, for nobody, for a disabled one, and for one who has no password
    here.
    """
    store, passwords = await open_store("sqlite://"), Passwords(1, Counting(time_cost=1, memory_cost=16, parallelism=1))
    accounts = Accounts(store, passwords, Throttle(sources), sources, 3600)
    await accounts.add("ada", PASSWORD)
    await store.disable_account((await accounts.add("eve", PASSWORD)).id, now=clock.now)
    await store.add_account(Account("u3", "federated", "Federated", clock.now, NO_PASSWORD))
    Counting.costs.clear()
    with pytest.raises(SignInRefused):
        await accounts.sign_in(login, password, address="192.0.2.1")
    assert Counting.costs == ["m=16,t=1,p=1"]
    passwords.close()
    await store.close()


async def test_l5_guesses_at_once_get_no_further_than_one_after_the_other(
    client: ServiceClient, add_user: AddUser
) -> None:
    """ASVS 6.3.1: what is counted after the hash is not counted in time."""
    await add_user("ada")
    csrf = csrf_of(await (await client.get("/login")).text())

    async def guess(number: int) -> int:
        form = {"login": "ada", "password": f"guess {number}", "next": "/", "csrf": csrf}
        async with client.post("/login", data=form, allow_redirects=False) as answer:
            return answer.status

    statuses = await asyncio.gather(*(guess(number) for number in range(100)))
    assert (statuses.count(401), statuses.count(429)) == (5, 95)


async def test_l5_setting_the_clock_neither_prolongs_nor_ends_the_wait(
    client: ServiceClient, add_user: AddUser, clock: Clock
) -> None:
    """Durations go by the monotonic clock."""
    await add_user("ada")
    statuses = [(await attempt(client, "ada", "wrong password"))[0] for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    clock.step(3600)
    assert (await attempt(client, "ada", PASSWORD))[0] == 429
    clock.step(-7200)
    clock.now += 60
    assert (await attempt(client, "ada", PASSWORD))[0] == 303


async def test_l5_guessing_is_slowed_down_and_ends_by_itself(
    client: ServiceClient, add_user: AddUser, clock: Clock
) -> None:
    """ASVS 6.1.1: 429 with Retry-After, and no lock-out that outlives it."""
    await add_user("ada")
    statuses = [
        (await attempt(client, "ada", "wrong password", headers={"X-Forwarded-For": f"203.0.113.{number}"}))[0]
        for number in range(7)
    ]
    assert statuses == [401, 401, 401, 401, 401, 429, 429]
    assert (await attempt(client, "ada", PASSWORD))[0] == 429
    clock.now += 61
    assert (await attempt(client, "ada", PASSWORD))[0] == 303


class TestBehindProxies:
    """``trusted_proxies`` names the only ones that are believed."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", trusted_proxies=("127.0.0.1/32", "10.0.0.0/8"))

    async def test_l5_each_address_behind_a_trusted_proxy_counts_for_itself(
        self, client: ServiceClient, add_user: AddUser
    ) -> None:
        """ASVS 6.1.1: a stranger does not use up the attempts of somebody else."""
        await add_user("ada")
        for number in range(6):
            assert (await attempt(client, "ada", "wrong password", headers={"X-Forwarded-For": "203.0.113.1"}))[0] == (
                401 if number < 5 else 429
            )
        assert (await attempt(client, "ada", PASSWORD, headers={"X-Forwarded-For": "203.0.113.2"}))[0] == 303

    async def test_l5_what_a_client_writes_in_front_is_not_believed(
        self, client: ServiceClient, add_user: AddUser
    ) -> None:
        """RFC 7239 section 8.1: only what a trusted proxy added is known; the rest is anybody's word."""
        await add_user("ada")
        forged = [{"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.1, 10.0.0.7"} for number in range(5)]
        forged.append({"Forwarded": "for=203.0.113.1;proto=https, for=10.0.0.7"})
        assert [(await attempt(client, "ada", "wrong password", headers=each))[0] for each in forged] == [401] * 5 + [
            429
        ]


async def test_l6_long_passwords_are_compared_in_full(client: ServiceClient, add_user: AddUser) -> None:
    """ASVS 6.2.8 and 6.2.9: nothing is cut off at 64 characters or 72 bytes."""
    long = "a" * 200
    await add_user("ada", long + "1")
    assert (await attempt(client, "ada", long + "2"))[0] == 401
    assert (await attempt(client, "ada", long + "1"))[0] == 303


@pytest.mark.parametrize(
    ("password", "said"),
    [("short", "at least"), ("x" * (LONGEST + 1), "at most"), ("Password123", "guess"), ("ADALOVELACE", "guess")],
)
async def test_l6_a_password_that_breaks_a_rule_is_refused_with_it(add_user: AddUser, password: str, said: str) -> None:
    """ASVS 6.2.1 and 6.2.4."""
    with pytest.raises(AccountError, match=said):
        await add_user("adalovelace", password)


async def test_l6_an_over_long_attempt_costs_no_hash(client: ServiceClient, add_user: AddUser) -> None:
    """It cannot be anybody's password, and is refused as malformed."""
    await add_user("ada")
    assert (await attempt(client, "ada", "x" * (LONGEST + 1)))[0] == 400


async def test_l10_markup_in_what_people_write_is_shown_as_text(client: ServiceClient, asker: Asker) -> None:
    """ASVS 3.2.2, on the pages that show what strangers wrote."""
    page = await (await client.get("/notes")).text()
    answer = await client.post("/notes", data={"text": "<script>alert(1)</script>", "csrf": csrf_of(page)})
    text = await answer.text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_l11_on_loopback_cookies_are_plain_but_closed_to_scripts(
    client: ServiceClient, add_user: AddUser
) -> None:
    """ASVS 3.3: HttpOnly, SameSite; the prefix needs https."""
    await add_user("ada")
    page = await client.get("/login")
    assert "HttpOnly" in page.headers["Set-Cookie"]
    form = {"login": "ada", "password": PASSWORD, "next": "/", "csrf": csrf_of(await page.text())}
    answer = await client.post("/login", data=form, allow_redirects=False)
    cookie = next(value for value in answer.headers.getall("Set-Cookie") if value.startswith("mcpserver-session="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


async def test_l11_on_https_cookies_belong_to_this_host_alone(server_on_https: TestServer) -> None:
    """ASVS 3.3.1: __Host-, Secure; and HSTS (ASVS 3.4.1)."""
    async with (
        ClientSession() as browser,
        browser.get(server_on_https.make_url("/login"), headers={"Host": "mcp.example.org"}) as page,
    ):
        assert page.status == 200
        assert page.headers["Set-Cookie"].startswith("__Host-mcpserver-visitor=")
        assert {"Secure", "HttpOnly"} <= {part.strip() for part in page.headers["Set-Cookie"].split(";")}
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.fixture
async def server_on_https(sources: Sources) -> AsyncIterator[TestServer]:
    """The service as it stands behind a proxy that ends TLS."""
    server = TestServer(
        await create_app(Settings(public_url="https://mcp.example.org", database="sqlite://"), sources=sources)
    )
    async with server:
        yield server


@pytest.mark.parametrize("way", ["sign out", "disable", "password", "time"])
async def test_l12_a_session_ends_on_the_server(
    client: ServiceClient, service: Service, add_user: AddUser, sign_in: SignIn, clock: Clock, way: str
) -> None:
    """ASVS 7.4: the cookie that was good a moment ago is good for nothing."""
    ada = await add_user("ada")
    await sign_in(client, "ada")
    cookie = session_cookie(client)
    assert cookie is not None
    if way == "sign out":
        await client.post("/logout", data={"csrf": csrf_of(await (await client.get("/")).text())})
    elif way == "disable":
        await service.store.disable_account(ada.id, now=clock.now)
    elif way == "password":
        await service.accounts.set_password(ada, "another good password")
    else:
        clock.now += service.settings.session_lifetime
    client.session.cookie_jar.update_cookies({"mcpserver-session": cookie}, URL(client.make_url("/")))
    assert not await is_signed_in(client)


async def test_l12_a_hash_with_other_parameters_is_renewed_and_the_session_lives(
    client: ServiceClient, service: Service, add_user: AddUser
) -> None:
    """RFC 9106 section 4: parameters change, passwords stay."""
    ada = await add_user("ada")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await service.store.set_password(ada.id, weak)
    assert (await attempt(client, "ada", PASSWORD))[0] == 303
    kept = await service.store.find_account(ada.id)
    assert kept is not None
    assert not HASHER.check_needs_rehash(kept.password_hash)
    assert await is_signed_in(client)


async def test_l13_lost_browser_is_ended_from_another_with_what_was_allowed_in_it(
    client: ServiceClient, service: Service, asker: Asker
) -> None:
    """ASVS 7.5.2: people see their sessions and end any of them; and what a thief was about to allow is refused."""
    token, consent = (await asker.tokens())["access_token"], await asker.ask()
    assert await asker.is_live(token)
    (ada,) = await service.store.list_accounts()
    (lost,) = await service.accounts.list_sessions(ada)
    await service.accounts.end_session(ada, lost.id, disconnect=True)
    await service.resource_server.poll_revocations()
    assert not await asker.is_live(token)
    assert (await asker.decide(consent)).status == 403
    assert not await is_signed_in(client)
