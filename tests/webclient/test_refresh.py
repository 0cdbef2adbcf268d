"""Tokens that run out, are refused, or lack a permission."""

import asyncio

import pytest

from webclient.cause_code import CauseCode
from webclient.trace.causes import CAUSES

from .browser import Browser, Page
from .conftest import Running
from .foreign import Foreign


async def grant(browser: Browser, page: Page) -> Page:
    return await browser.submit(page, page.form("/grant"))


async def test_expired_token_is_refreshed_before_use(browser: Browser, foreign: Foreign, client: Running) -> None:
    """OAuth 2.1 section 4.3."""
    page = await browser.add(foreign.url)
    client.clock.at += 3600
    page = await browser.call(page, "whoami")
    assert "returned" in page.text
    assert [each.form["grant_type"] for each in foreign.asked("/token")] == ["authorization_code", "refresh_token"]
    assert "Refresh the token" in page.text


async def test_refused_token_is_refreshed_once(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    foreign.access.clear()
    page = await browser.call(page, "whoami")
    assert "returned" in page.text


async def test_parallel_calls_refresh_once(browser: Browser, foreign: Foreign) -> None:
    """RFC 9700 section 4.14.2: a rotated refresh token used twice would end the grant."""
    page = await browser.add(foreign.url)
    foreign.access.clear()
    pages = await asyncio.gather(*(browser.call(page, "whoami") for _ in range(6)))
    assert all("returned" in each.text for each in pages)
    assert len(foreign.asked("/token")) == 2


@pytest.mark.parametrize("loss", ["refused", "none given"])
async def test_without_a_way_to_refresh_the_person_signs_in_again(
    browser: Browser, foreign: Foreign, loss: str
) -> None:
    foreign.lies.give_refresh = loss == "refused"
    page = await browser.add(foreign.url)
    foreign.access.clear()
    foreign.lies.refresh_error = "invalid_grant"
    page = await browser.call(page, "whoami")
    assert "Your sign-in has ended." in page.text
    assert "Expired" in page.text
    assert "Connected" in (await browser.submit(page, page.form("/connect"))).text


@pytest.mark.parametrize("run_out", [True, False])
async def test_refused_refresh_is_the_headline(
    browser: Browser, foreign: Foreign, client: Running, run_out: bool
) -> None:
    """The 401 that follows says only that nobody is let in; why stands in the refusal (RFC 6749 section 5.2)."""
    page = await browser.add(foreign.url)
    foreign.access.clear()
    foreign.lies.refresh_error = "invalid_grant"
    client.clock.at += 2 * foreign.lies.lifetime if run_out else 0
    page = await browser.call(page, "whoami")
    told = (await browser.get(browser.room_of(page) + "/trace")).text.partition("Failures only")[0]
    assert CAUSES[CauseCode.INVALID_GRANT].title in told
    assert "issue refresh tokens" not in told
    assert "Connected" in (await browser.submit(page, page.form("/connect"))).text


@pytest.mark.parametrize(
    "error", ["unauthorized_client", "access_denied", "invalid_token", "interaction_required", "bad_refresh_token"]
)
async def test_last_word_of_the_token_endpoint_ends_the_sign_in(browser: Browser, foreign: Foreign, error: str) -> None:
    """RFC 6749 section 5.2 and beyond: whatever the code, a refresh that is refused for good would be refused for
    ever.
    """
    page = await browser.add(foreign.url)
    foreign.access.clear()
    foreign.lies.refresh_error = error
    page = await browser.call(page, "whoami")
    assert "Your sign-in has ended." in page.text
    foreign.lies.refresh_error = None
    assert "Connected" in (await browser.submit(page, page.form("/connect"))).text


async def test_passing_trouble_at_the_token_endpoint_keeps_the_tokens(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    foreign.access.clear()
    foreign.lies.refresh_error = "temporarily_unavailable"
    page = await browser.call(page, "whoami")
    assert "temporarily_unavailable" in page.text
    foreign.lies.refresh_error = None
    assert "returned" in (await browser.call(page, "whoami")).text


async def test_token_without_lifetime_is_used_until_refused(
    browser: Browser, foreign: Foreign, client: Running
) -> None:
    foreign.lies.token_answer = {"expires_in": None, "scope": None}
    page = await browser.add(foreign.url)
    client.clock.at += 10**6
    page = await browser.call(page, "whoami")
    assert "returned" in page.text
    assert len(foreign.asked("/token")) == 1
    assert "notes:read" in page.text


async def test_missing_permission_is_granted_and_the_call_made_again(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, step-up authorization flow: union of scopes, then the original request once more."""
    page = await browser.call(await browser.add(foreign.url), "add_note", text="Milk")
    assert "This call needs permissions that you have not granted yet: notes:write." in page.text
    foreign.lies.withhold = frozenset()
    page = await grant(browser, page)
    assert 'Done: {"text": "Milk"}' in page.text
    asked = [each for each in foreign.seen if each.path == "/mcp"][-1]
    assert asked.json["params"]["arguments"] == {"text": "Milk"}
    assert {"profile", "notes:read", "notes:write"} == set.union(*foreign.access.values())


async def test_only_the_missing_permission_is_named(browser: Browser, foreign: Foreign) -> None:
    """RFC 6750 section 3.1: the challenge may name scopes that are held already."""
    foreign.lies.names_held = frozenset({"profile", "notes:read"})
    page = await browser.call(await browser.add(foreign.url), "add_note", text="Milk")
    assert "you have not granted yet: notes:write." in page.text


async def test_server_that_names_no_missing_permission(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.names_missing = False
    page = await browser.call(await browser.add(foreign.url), "add_note", text="Milk")
    assert "it does not name them" in page.text


async def test_denied_step_up_leaves_the_connection(browser: Browser, foreign: Foreign) -> None:
    page = await browser.call(await browser.add(foreign.url), "add_note", text="Milk")
    foreign.lies.deny = "access_denied"
    page = await grant(browser, page)
    assert "You denied access" in page.text
    assert "Connected" in page.text
    assert "returned" in (await browser.call(page, "whoami")).text


async def test_grant_for_a_call_that_lacks_nothing_is_refused(browser: Browser, foreign: Foreign) -> None:
    page = await browser.call(await browser.add(foreign.url), "whoami")
    form = page.form("/again")
    form.action = form.action.replace("/again", "/grant")
    answer = await browser.submit(page, form)
    assert (answer.status, "is not waiting for a permission" in answer.text) == (400, True)


async def test_call_of_a_tool_that_is_gone(browser: Browser, foreign: Foreign, client: Running) -> None:
    page = await browser.call(await browser.add(foreign.url), "whoami")
    foreign.lies.tools = [{"name": "brand_new", "inputSchema": {"type": "object"}}]
    listed = await browser.get(browser.room_of(page))
    await browser.submit(listed, listed.form("/tools"))
    assert "no longer offers this tool" in (await browser.submit(page, page.form("/again"))).text
    assert (await browser.get(f"{browser.room_of(page)}/tool?name=whoami")).status == 404
