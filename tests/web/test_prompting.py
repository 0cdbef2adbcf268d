"""How a request wants the person to be asked (OpenID Connect Core section 3.1.2.1), as a browser sees it."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession

from ..asker import Answer, Asker
from ..conftest import PASSWORD, AddUser, Clock


async def sign_in_through(asker: Asker, page: Answer, *, login: str = "ada") -> Answer:
    """Fill in a sign-in page; what comes back is the page that it led to."""
    form = {"csrf": page.field("csrf"), "next": page.field("next"), "login": login, "password": PASSWORD}
    answer = await asker.send("POST", "/login", data=form)
    assert answer.location is not None, answer.text
    return await asker.send("GET", answer.location)


def asks_for_password(page: Answer) -> bool:
    return 'name="password"' in page.text


@pytest.mark.parametrize(
    "changes", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "login consent"}, {"prompt": "select_account"}]
)
async def test_person_who_is_signed_in_signs_in_again_and_goes_on(asker: Asker, changes: dict[str, str]) -> None:
    page = await asker.ask(**changes)
    assert asks_for_password(page)
    assert "ada" in page.text
    consent = await sign_in_through(asker, page)
    assert "code" in (await asker.decide(consent)).redirect


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "select_account login"}])
async def test_nobody_gets_around_the_sign_in(asker: Asker, changes: dict[str, str]) -> None:
    """The way back is open to a new session only; and it is that request's own."""
    page = await asker.ask(**changes)
    again = page.field("next")
    assert "Continue as" not in page.text
    assert asks_for_password(await asker.send("GET", again))
    consent = await sign_in_through(asker, page)
    assert not asks_for_password(consent)
    assert asks_for_password(await asker.ask(**changes, state="another"))
    assert asks_for_password(await asker.send("GET", re.sub("state=xyz", "state=another", again)))


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "60"}])
async def test_way_back_from_another_browser_opens_nothing_here(
    asker: Asker, clock: Clock, changes: dict[str, str]
) -> None:
    """The page was shown where nobody was signed in; the session here is as old as it was.

    This is the unattended browser that ``prompt`` is for.
    """
    clock.now += 86_400
    path = "/authorize?" + urlencode(asker.request(**changes))
    async with (
        ClientSession(headers=asker.http.session.headers) as other,
        other.get(asker.http.make_url(path)) as shown,
    ):
        found = re.search(r'name="next"\s+value="([^"]*)"', await shown.text())
    assert found
    assert asks_for_password(await asker.send("GET", unescape(found[1])))
    assert not asks_for_password(await sign_in_through(asker, await asker.ask(**changes)))


async def test_way_back_ends_after_ten_minutes(asker: Asker, clock: Clock) -> None:
    page = await asker.ask(prompt="login")
    clock.now += 600
    assert asks_for_password(await sign_in_through(asker, page))


async def test_visitor_signs_in_once(visitor: Asker, add_user: AddUser) -> None:
    await add_user("ada")
    consent = await sign_in_through(visitor, await visitor.ask(prompt="login", max_age="0"))
    assert "code" in (await visitor.decide(consent)).redirect


async def test_sign_in_that_is_too_long_ago_is_repeated(asker: Asker, clock: Clock) -> None:
    clock.now += 100
    assert not asks_for_password(await asker.ask(max_age="100"))
    clock.now += 1
    page = await asker.ask(max_age="100")
    assert asks_for_password(page)
    assert not asks_for_password(await sign_in_through(asker, page))
    clock.now += 101
    assert (await asker.ask(max_age="100", prompt="none")).redirect["error"] == "login_required"


@pytest.mark.parametrize("value", ["-1", "1.5", "soon", "1" * 20, "²"])
async def test_age_that_is_none_is_refused(asker: Asker, value: str) -> None:
    assert (await asker.ask(max_age=value)).redirect["error"] == "invalid_request"


async def test_person_may_choose_to_go_on_as_they_are(asker: Asker) -> None:
    page = await asker.ask(prompt="select_account")
    found = re.search(r'href="([^"]+)">Continue as', page.text)
    assert found is not None
    assert "code" in (await asker.decide(await asker.send("GET", unescape(found[1])))).redirect


async def test_person_may_choose_another_account(asker: Asker, add_user: AddUser) -> None:
    await add_user("bob", name="Bob")
    consent = await sign_in_through(asker, await asker.ask(prompt="select_account"), login="bob")
    assert "Signed in as Bob" in consent.text


async def test_hint_begins_the_sign_in(visitor: Asker) -> None:
    page = await visitor.ask(login_hint='ada@example.com"><b>')
    assert 'value="ada@example.com&#34;&gt;&lt;b&gt;"' in page.text
    assert 'id="login" name="login" value=""' in (await visitor.ask(login_hint="a" * 300)).text


@pytest.mark.parametrize("name", ["ui_locales", "acr_values", "claims_locales", "display", "id_token_hint"])
async def test_what_only_asks_for_a_favour_is_ignored(asker: Asker, name: str) -> None:
    assert "code" in (await asker.decide(await asker.ask(**{name: "fr-CA fr en"}))).redirect
