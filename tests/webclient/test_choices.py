"""What a person may choose about an integration, by value and on the pages."""

import json
import re
from typing import Any

import pytest

from webclient.integrations.form import IntegrationForm, InvalidForm, as_inputs, read_address, read_choices
from webclient.oauth.protocol import Backing, Credentials, Preferences
from webclient.oauth.signing import new_key

from .browser import Browser
from .conftest import Running
from .foreign import Foreign

URL = "https://mcp.example/mcp"


def problems(**form: str) -> dict[str, str]:
    with pytest.raises(InvalidForm) as refused:
        read_choices({"url": URL, **form})
    return refused.value.problems


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mcp.example/mcp", "Do you mean https://mcp.example/mcp ?"),
        ("localhost:8000/mcp", "Do you mean http://localhost:8000/mcp ?"),
        ("127.0.0.1:8000/mcp", "Do you mean http://127.0.0.1:8000/mcp ?"),
        ("[::1]:8000/mcp", "Do you mean http://[::1]:8000/mcp ?"),
        ("app.localhost/mcp", "Do you mean http://app.localhost/mcp ?"),
        ("192.168.1.7:3000/mcp", "Do you mean http://192.168.1.7:3000/mcp ?"),
        ("nas.local/mcp", "Do you mean http://nas.local/mcp ?"),
        ("1.1.1.1/mcp", "Do you mean https://1.1.1.1/mcp ?"),
        ("ftp://mcp.example", "starting with https://"),
        ("", "starting with https://"),
        ("https://", "not a web address"),
        ("https://exa mple/", "not a web address"),
        ("https://ada:secret@mcp.example/", "Leave out the user name and password"),
        ("https://mcp.example/mcp#top", "Leave out the #"),
        ("https://mcp.example/" + "x" * 2000, "not a web address"),
    ],
)
def test_an_address_that_is_none_gets_a_hint(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_address(text)


def test_an_address_is_kept_as_typed_but_for_case() -> None:
    """RFC 8707 section 2: the resource is compared letter by letter; scheme and host are the same in any case (RFC
    3986 section 6.2.2.1).
    """
    assert read_address("HTTPS://MCP.Example/MCP/?a=B") == "https://mcp.example/MCP/?a=B"


def test_nothing_chosen_leaves_everything_to_the_client() -> None:
    assert read_choices({"url": URL, "name": " Mine "}) == IntegrationForm(URL, "Mine")


def test_everything_chosen_is_kept() -> None:
    chosen = {"protocol": "2025-11-25", "auth_method": "client_secret_post", "scopes": "a b a", "dpop": "yes"}
    typed = {"no_registration": "yes", "client_id": "me", "client_secret": "hush"}
    choices = read_choices({"url": URL, **chosen, **typed})
    assert choices.preferences == Preferences("2025-11-25", "typed", "client_secret_post", "", ("a", "b"), dpop=True)
    assert choices.typed == Credentials("me", "hush")
    inputs = as_inputs(choices)
    assert {**inputs, "client_secret": "hush", "name": ""}.items() >= {**chosen, **typed, "scopes": "a b"}.items()
    assert "hush" not in inputs.values()


def test_a_key_may_be_pasted() -> None:
    """RFC 7523 section 2.2."""
    key = new_key(bytes(range(48)))
    form = {
        "url": URL,
        "no_registration": "yes",
        "client_id": "me",
        "auth_method": "private_key_jwt",
        "private_key": json.dumps(key),
    }
    choices = read_choices(form)
    assert choices.typed
    assert choices.typed.key
    assert choices.typed.key["d"] == key["d"]
    kept = read_choices({**form, "private_key": ""}, choices)
    assert kept.typed == choices.typed


def test_secrets_that_are_left_empty_stay_as_they_are() -> None:
    workload = IntegrationForm(URL, backing=Backing(assertion="jwt"))
    assert read_choices({"grant": "workload"}, workload).backing == Backing(assertion="jwt")
    typed = IntegrationForm(URL, typed=Credentials("me", "hush"))
    form = {"no_registration": "yes", "client_id": "me"}
    assert read_choices(form, typed).typed == Credentials("me", "hush")
    assert read_choices({**form, "client_id": "other"}, typed).typed == Credentials("other")


def test_an_organisations_provider_is_described() -> None:
    """MCP extension, enterprise-managed authorization."""
    form = {
        "grant": "enterprise",
        "idp_token_endpoint": "https://idp.example/token",
        "idp_client_id": "me",
        "idp_client_secret": "hush",
        "id_token": "jwt",
    }
    backing = read_choices({"url": URL, **form}).backing
    assert backing == Backing(
        "", "https://idp.example/token", "", Credentials("me", "hush", "client_secret_basic"), "jwt"
    )
    kept = read_choices(
        {**form, "id_token": "", "idp_client_secret": ""}, IntegrationForm(URL, backing=backing)
    ).backing
    assert kept == backing


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ({"protocol": "1999-01-01"}, "protocol"),
        ({"grant": "password"}, "grant"),
        ({"registration": "typed"}, "registration"),
        ({"auth_method": "x"}, "auth_method"),
        ({"scopes": 'a "b"'}, "scopes"),
        ({"scopes": " ".join(str(number) for number in range(51))}, "scopes"),
        ({"grant": "client_credentials"}, "client_id"),
        ({"grant": "workload"}, "assertion"),
        ({"grant": "enterprise", "idp_client_id": "x", "id_token": "y"}, "idp_token_endpoint"),
        ({"grant": "enterprise", "idp_token_endpoint": "https://idp.example"}, "id_token"),
        ({"no_registration": "yes"}, "client_id"),
        ({"no_registration": "yes", "client_id": "x", "auth_method": "client_secret_basic"}, "client_secret"),
        ({"no_registration": "yes", "client_id": "x", "auth_method": "private_key_jwt"}, "private_key"),
        ({"no_registration": "yes", "client_id": "x", "private_key": "no key"}, "private_key"),
        ({"url": "x y"}, "url"),
    ],
)
def test_what_cannot_be_is_said_beside_its_input(form: dict[str, str], name: str) -> None:
    assert name in problems(**form)


async def test_a_deep_link_fills_in_the_address_and_does_nothing_else(browser: Browser, foreign: Foreign) -> None:
    page = await browser.get(f"/?add={foreign.url}")
    assert page.form("/add").fields["url"] == foreign.url
    assert foreign.seen == []
    assert "Connected" in (await browser.submit(page, page.form("/add"))).text


async def settings_of(browser: Browser, foreign: Foreign) -> Any:
    page = await browser.add(foreign.url)
    return await browser.get(f"{browser.room_of(page)}/settings")


async def test_an_integration_is_renamed(browser: Browser, foreign: Foreign) -> None:
    page = await settings_of(browser, foreign)
    named = await browser.submit(page, page.form("/rename"), name="<b>Mine</b>")
    assert "<b>Mine</b>" in named.text
    assert "<b>Mine" not in named.html
    assert "The foreign server" in (await browser.submit(named, named.form("/rename"), name=" ")).text


async def test_other_choices_mean_another_sign_in(browser: Browser, foreign: Foreign) -> None:
    page = await settings_of(browser, foreign)
    foreign.lies.withhold = frozenset()
    changed = await browser.submit(page, page.form("/settings"), scopes="notes:write", protocol="2026-07-28")
    assert "Connected" in changed.text
    assert len(foreign.revoked) == 1
    assert foreign.access[next(reversed(foreign.access))] >= {"notes:write"}
    again = await browser.get(f"{browser.room_of(page)}/settings")
    assert again.form("/settings").fields["scopes"] == "notes:write"


async def test_a_wrong_choice_changes_nothing(browser: Browser, foreign: Foreign) -> None:
    page = await settings_of(browser, foreign)
    wrong = await browser.submit(page, page.form("/settings"), no_registration="yes", client_id="", scopes="kept")
    assert (wrong.status, wrong.form("/settings").fields["scopes"]) == (400, "kept")
    assert foreign.revoked == []


async def test_whoever_wants_signs_in_again(browser: Browser, foreign: Foreign, client: Running) -> None:
    page = await settings_of(browser, foreign)
    before = set(foreign.access)
    again = await browser.submit(page, page.form("/reconnect"))
    assert "Connected" in again.text
    assert len(foreign.revoked) == 1
    assert set(foreign.access) - before


async def test_typed_secrets_never_come_back(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url, no_registration="yes", client_id="mine", client_secret="the-canary-secret")
    settings = await browser.get(f"{browser.room_of(page)}/settings")
    assert settings.form("/settings").fields["client_id"] == "mine"
    assert "Unchanged" in settings.html
    assert "the-canary-secret" not in settings.html


async def test_address_without_a_scheme_is_one_click_away(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url.removeprefix("http://"))
    assert "It is filled in; press Connect." in page.text
    assert "Connected" in (await browser.stay(await browser.submit(page, page.form("/add")))).text


async def test_other_name_of_this_machine_is_offered_in_one_click(browser: Browser, foreign: Foreign) -> None:
    """RFC 9728 section 3.3: a token is for the resource as the server names it, so the client comes under that name."""
    page = await browser.add(foreign.url.replace("127.0.0.1", "localhost"))
    assert f"Add the server as {foreign.url}." in page.text
    assert "The server uses another name of this machine" in (await browser.get(browser.room_of(page) + "/trace")).text
    page = await browser.stay(await browser.submit(page, page.form("/move")))
    assert "Connected" in page.text
    assert "Use http" not in page.text
    assert foreign.url in page.text


@pytest.mark.parametrize(
    "resource",
    ["http://127.0.0.1:1/mcp", "http://127.0.0.1/mcp", "https://evil.example/mcp", "http://127.0.0.1:{port}/other"],
)
async def test_other_server_is_never_offered(browser: Browser, foreign: Foreign, resource: str) -> None:
    assert foreign.server is not None
    foreign.lies.resource = resource.format(port=foreign.server.port)
    page = await browser.add(foreign.url.replace("127.0.0.1", "localhost"))
    assert "describes another server" in page.text
    assert "Use http" not in page.text
