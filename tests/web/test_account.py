"""The account page: where a person is signed in, what they allowed there, and ending either (OWASP ASVS 7.5.2)."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from mcpserver.web.http.user_agent import describe
from mcpserver.web.pages.account import FRESH

from ..asker import Answer, Asker
from ..conftest import PASSWORD, AddUser, Clock, SignIn
from ..device import Device, decide, enter

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
async def phone(server: TestServer, asker: Asker) -> AsyncIterator[Asker]:
    """Ada's other browser, with the same client on it."""
    async with TestClient(server, cookie_jar=CookieJar(unsafe=True)) as http:
        phone = Asker(http, asker.service, asker.client_id, headers={"User-Agent": SAFARI})
        await sign_in_from(phone, "ada")
        yield phone


@pytest.fixture
async def bob(server: TestServer, asker: Asker, add_user: AddUser) -> AsyncIterator[Asker]:
    """Somebody else, at a browser of his own."""
    await add_user("bob")
    async with TestClient(server, cookie_jar=CookieJar(unsafe=True)) as http:
        bob = Asker(http, asker.service)
        await sign_in_from(bob, "bob")
        yield bob


async def sign_in_from(asker: Asker, login: str) -> None:
    """Through the account page; whoever is signed in there signs in again."""
    page = await account(asker)
    answer = await asker.send("POST", "/login", data={"login": login, "password": PASSWORD, "csrf": page.field("csrf")})
    assert answer.status == 303


async def account(asker: Asker) -> Answer:
    return await asker.send("GET", "/account")


def entries(page: Answer) -> list[str]:
    """Each session and each connection of the page, as text."""
    found = re.findall(r'<li class="sheet entry">(.*?)</form>', page.text, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", each)) for each in found]


def forms(page: Answer, kind: str) -> list[str]:
    return re.findall(rf'action="(/account/{kind}/[^"]+)"', page.text)


def end_of_the_phone(page: Answer) -> str:
    """Where the form posts that ends its session."""
    return next(
        path for path, text in zip(forms(page, "sessions"), entries(page), strict=False) if "Safari on iPhone" in text
    )


async def press(asker: Asker, page: Answer, path: str, **fields: str) -> Answer:
    answer = await asker.send("POST", path, data={"csrf": page.field("csrf"), **fields})
    assert (answer.status, answer.location) == (303, "/account"), answer.text
    return answer


async def is_signed_in(asker: Asker) -> bool:
    return "Where you are signed in" in (await account(asker)).text


async def test_page_shows_each_session_and_what_was_allowed_in_it(asker: Asker, phone: Asker, clock: Clock) -> None:
    await phone.register(client_name="Telephone assistant")
    await phone.tokens()
    there, here = sorted(entries(await account(phone))[:2], key=lambda text: "iPhone" in text)
    assert (
        "Safari on iPhone This browser Signed in 21 September 2026, 14:13 UTC · last used 21 September 2026, 14:13 UTC"
        in here
    )
    assert "Connected there: Telephone assistant" in here
    assert "This browser" not in there
    assert "Connected there" not in there
    (connection,) = entries(await account(asker))[2:]
    assert "Telephone assistant Connected 21 September 2026 in Safari on iPhone" in connection
    assert "Read your notes" in connection


@pytest.fixture
async def windows(server: TestServer, asker: Asker) -> AsyncIterator[list[Asker]]:
    """Three private windows of Ada's other browser: nothing tells them apart but when they were used."""
    async with AsyncExitStack() as opened:
        windows = []
        for _ in range(3):
            http = await opened.enter_async_context(TestClient(server, cookie_jar=CookieJar(unsafe=True)))
            windows.append(Asker(http, asker.service, asker.client_id, headers={"User-Agent": SAFARI}))
            await sign_in_from(windows[-1], "ada")
        yield windows


async def test_sign_ins_that_look_alike_are_one_entry_and_each_can_be_ended(asker: Asker, windows: list[Asker]) -> None:
    page = await account(asker)
    here, alike = entries(page)
    assert "This browser" in here
    assert "Safari on iPhone 3 sign-ins" in alike
    ends = forms(page, "sessions")
    assert len(ends) == 1 + 1 + 3
    await press(asker, page, ends[-1])
    assert sorted([await is_signed_in(each) for each in windows]) == [False, True, True]
    assert "Safari on iPhone 2 sign-ins" in entries(await account(asker))[1]


async def test_sign_ins_that_look_alike_are_ended_together(asker: Asker, windows: list[Asker]) -> None:
    """With what was allowed in them; the browser in which that is done stays signed in, even if it looks like them."""
    token = (await windows[1].tokens())["access_token"]
    page = await account(windows[0])
    alike = next(
        path for path, text in zip(forms(page, "sessions"), entries(page), strict=False) if "2 sign-ins" in text
    )
    await press(windows[0], page, alike, alike="yes", disconnect="yes")
    assert [await is_signed_in(each) for each in (*windows, asker)] == [True, False, False, True]
    assert not await asker.is_live(token)


async def test_sign_in_comes_first_and_leads_back(visitor: Asker) -> None:
    page = await account(visitor)
    assert page.field("next") == "/account"
    assert "Where you are signed in" not in page.text


async def test_session_that_ends_leaves_its_connections(asker: Asker, phone: Asker) -> None:
    """Signing out is about the browser: an assistant works on."""
    token = (await phone.tokens())["access_token"]
    page = await account(asker)
    await press(asker, page, end_of_the_phone(page))
    assert not await is_signed_in(phone)
    assert await is_signed_in(asker)
    assert await asker.is_live(token)
    assert "in Safari" not in entries(await account(asker))[1]


async def test_lost_browser_ends_with_all_that_was_allowed_in_it(asker: Asker, phone: Asker) -> None:
    """The thief's tokens end in this process at once, the owner's own go on."""
    own, stolen = await asker.tokens(), await phone.tokens()
    assert await asker.is_live(stolen["access_token"])
    page = await account(asker)
    await press(asker, page, end_of_the_phone(page), disconnect="yes")
    assert not await is_signed_in(phone)
    assert not await asker.is_live(stolen["access_token"])
    assert (await phone.refresh(stolen["refresh_token"])).refusal == (400, "invalid_grant")
    assert await asker.is_live(own["access_token"])
    assert (await asker.refresh(own["refresh_token"])).status == 200


async def test_session_of_this_browser_can_be_ended_like_any(asker: Asker) -> None:
    page = await account(asker)
    answer = await press(asker, page, forms(page, "sessions")[0])
    assert 'mcpserver-session=""' in answer.headers["Set-Cookie"]
    assert not await is_signed_in(asker)


async def test_browser_that_was_left_open_signs_nobody_out_elsewhere(asker: Asker, phone: Asker, clock: Clock) -> None:
    """ASVS 7.5.2: ending another session takes a sign-in of the last ten minutes; ending one's own does not."""
    token = (await phone.tokens())["access_token"]
    clock.now += FRESH + 1
    page = await account(asker)
    refused = await asker.send("POST", end_of_the_phone(page), data={"csrf": page.field("csrf"), "disconnect": "yes"})
    assert (refused.status, refused.field("next")) == (401, "/account")
    assert "Sign in again, then repeat what you did" in refused.text
    assert 'value="ada"' in refused.text
    assert await is_signed_in(phone)
    assert await asker.is_live(token)
    await sign_in_from(asker, "ada")
    clock.now += FRESH
    page = await account(asker)
    await press(asker, page, end_of_the_phone(page), disconnect="yes")
    assert not await is_signed_in(phone)
    assert not await asker.is_live(token)
    clock.now += 1
    page = await account(asker)
    await press(asker, page, forms(page, "sessions")[0])
    assert not await is_signed_in(asker)


async def test_one_connection_is_disconnected_and_others_are_not(asker: Asker, phone: Asker) -> None:
    """RFC 7009 section 2.1: the access token that was given ends with the grant, at once in this process."""
    there = await phone.tokens()
    here = await asker.tokens()
    await asker.register(client_name="Another")
    another = await asker.tokens()
    tokens = [each["access_token"] for each in (there, here, another)]
    assert [await asker.is_live(token) for token in tokens] == [True, True, True]
    page = await account(asker)
    assert len(forms(page, "connections")) == 3
    await press(asker, page, forms(page, "connections")[0])
    assert sum([await asker.is_live(token) for token in tokens]) == 2
    assert len(forms(await account(asker), "connections")) == 2


async def test_sign_ins_of_one_client_in_one_browser_are_one_connection(asker: Asker, phone: Asker) -> None:
    """A client that signs in again is the same to its person; what ends it ends all of it."""
    there = await phone.tokens()
    mine = [await asker.tokens(scope=scope) for scope in ("notes:read", "profile", "notes:read")]
    page = await account(asker)
    entry = next(text for text in entries(page) if "3 sign-ins" in text)
    assert "Read your notes" in entry
    assert "See your name" in entry
    assert len(forms(page, "connections")) == 2
    path = next(
        path for path, text in zip(forms(page, "connections"), entries(page)[-2:], strict=True) if "3 sign-ins" in text
    )
    await press(asker, page, path)
    assert [await asker.is_live(each["access_token"]) for each in (*mine, there)] == [False, False, False, True]


async def test_signing_in_again_in_the_same_browser_is_the_same_session(asker: Asker) -> None:
    """Else what was allowed before an application asked for a fresh sign-in would belong to no session that can be
    ended.
    """
    token = (await asker.tokens())["access_token"]
    await sign_in_from(asker, "ada")
    page = await account(asker)
    (path,) = forms(page, "sessions")
    await press(asker, page, path, disconnect="yes")
    assert not await asker.is_live(token)


async def test_another_person_in_the_same_browser_is_another_session(
    asker: Asker, add_user: AddUser, sign_in: SignIn
) -> None:
    token = (await asker.tokens())["access_token"]
    await add_user("bob")
    await sign_in(asker.http, "bob")
    page = await account(asker)
    assert entries(page)[1:] == []
    await press(asker, page, forms(page, "sessions")[0], disconnect="yes")
    assert await asker.is_live(token)


async def test_nobody_ends_what_is_somebody_elses(asker: Asker, bob: Asker) -> None:
    token, page = (await asker.tokens())["access_token"], await account(asker)
    for path in (*forms(page, "sessions"), *forms(page, "connections"), "/account/connections/unknown/end"):
        await press(bob, await account(bob), path, disconnect="yes")
    assert await is_signed_in(asker)
    assert await asker.is_live(token)


async def test_l10_names_are_shown_as_text(asker: Asker) -> None:
    await asker.register(client_name='<b>Bold</b>" onfocus="alert(1)')
    await asker.tokens()
    page = (await account(asker)).text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "<b>" not in page
    assert 'onfocus="' not in page


async def test_l1_ending_needs_the_pages_own_token(asker: Asker) -> None:
    token, page = (await asker.tokens())["access_token"], await account(asker)
    for path in (*forms(page, "sessions"), *forms(page, "connections")):
        assert (await asker.send("POST", path, data={"csrf": "forged", "disconnect": "yes"})).status == 403
    assert await is_signed_in(asker)
    assert await asker.is_live(token)


async def test_who_is_signed_out_meanwhile_is_asked_to_sign_in(asker: Asker) -> None:
    await asker.tokens()
    page = await account(asker)
    await asker.send("POST", "/logout", data={"csrf": page.field("csrf")})
    for path in (*forms(page, "sessions"), *forms(page, "connections")):
        answer = await asker.send("POST", path, data={"csrf": page.field("csrf")})
        assert (answer.status, answer.field("next")) == (401, "/account")


async def test_device_belongs_to_the_session_in_which_it_was_allowed(asker: Asker, clock: Clock) -> None:
    """Who held the lost browser could also let devices in with it."""
    await asker.register(redirect_uris=[], grant_types=[DEVICE_CODE, "refresh_token"])
    device = await Device.begin(asker, clock)
    await decide(asker, await enter(asker, device.codes["user_code"]))
    token = (await device.poll()).json["access_token"]
    assert await asker.is_live(token)
    page = await account(asker)
    await press(asker, page, forms(page, "sessions")[0], disconnect="yes")
    assert not await asker.is_live(token)


async def test_consent_in_a_session_that_was_just_ended_gives_nothing(asker: Asker, phone: Asker) -> None:
    consent, page = await phone.ask(), await account(asker)
    await press(asker, page, end_of_the_phone(page))
    assert (await phone.decide(consent)).status == 403


async def test_use_is_noted_every_ten_minutes(asker: Asker, clock: Clock) -> None:
    """It costs a write, so it is not exact."""
    began = clock.now
    for seconds, noted in ((599, 0), (1, 600), (599, 600), (1, 1200)):
        clock.now += seconds
        await account(asker)
        (ada,) = await asker.service.store.list_accounts()
        (session,) = await asker.service.accounts.list_sessions(ada)
        assert session.seen_at == began + noted


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 "
            "Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
            "Safari/537.36",
            "Chrome on macOS",
        ),
        ("<script>alert(1)</script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_browser_is_told_in_words_of_ours(said: str, words: str) -> None:
    assert describe(said) == words
