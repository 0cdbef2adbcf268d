"""Unhappy paths: each ends in a plain sentence, with the failing hop marked, and never in a 5xx of ours."""

import io
from typing import Any

import pytest

from tests.ports import free_port

from .browser import Browser, Page
from .conftest import Running
from .foreign import Foreign


def failed_hops(page: Page) -> int:
    return page.html.count('class="hop hop-failed"')


async def test_unreachable_server(browser: Browser) -> None:
    page = await browser.add(f"http://127.0.0.1:{free_port()}/mcp")
    assert page.status == 200
    assert "does not accept connections" in page.text
    assert "See the step that failed" in page.text
    assert failed_hops(page) == 1


async def test_unknown_host(browser: Browser) -> None:
    page = await browser.add("https://nobody.invalid/mcp")
    assert "There is no host named nobody.invalid." in page.text


@pytest.mark.parametrize(
    ("lies", "sentence"),
    [
        ({"slow": 6}, "did not respond in time"),
        ({"body": b"x" * 2_000_000}, "larger than 1,048,576 bytes"),
        ({"status": 500}, "The server failed (status 500)"),
        ({"status": 404}, "is not an MCP server (status 404)"),
        ({"status": 403}, "is not an MCP server (status 403)"),
        ({"body": b"[1, 2"}, "is not an MCP server (status 200)"),
        ({"body": b'{"jsonrpc": "2.0", "id": 77, "result": {}}'}, "responded to another request"),
        ({"redirect": "https://elsewhere.example/"}, "redirects to https://elsewhere.example/"),
        ({"only_version": "2031-01-01"}, "supports only MCP 2031-01-01"),
        ({"no_resource_metadata": True}, "but it responds with status 404"),
        ({"nothing_at_the_origin": True, "challenge": ""}, "does not say where"),
        ({"issuers": []}, "names no authorization server"),
        ({"issuers": "x"}, "names no authorization server"),
        ({"challenge": 'Bearer resource_metadata="http://127.0.0.1/\'$(x)"'}, "unsafe address"),
        ({"no_issuer_metadata": True}, "publishes no metadata"),
        ({"no_registration": True}, "does not support registration by clients"),
        ({"refuse_registration": True}, "No loopback here."),
        ({"registration_answer": {"client_id": None}}, "its response has no client_id"),
        ({"deny": "server_error", "deny_description": "Bad day."}, "refused: Bad day."),
        ({"deny": "server_error"}, "refused: server_error"),
        ({"no_code": True}, "without a code"),
        ({"token_error": "invalid_grant"}, "issued no token: invalid_grant"),
        ({"token_answer": {"access_token": None}}, "sent no access token"),
        ({"token_answer": {"access_token": "a\nb"}}, "sent no access token"),
        ({"token_answer": {"token_type": "mac"}}, "it supports bearer tokens only"),
        ({"tools": "none"}, "list of tools is not a list"),
    ],
)
async def test_failure_is_told_in_one_sentence(
    browser: Browser, foreign: Foreign, lies: dict[str, Any], sentence: str
) -> None:
    for name, value in lies.items():
        setattr(foreign.lies, name, value)
    page = await browser.add(foreign.url)
    assert page.status == 200
    assert sentence in page.text
    assert failed_hops(page) >= 1


async def test_denying_it_oneself_is_no_failure(browser: Browser, foreign: Foreign) -> None:
    """RFC 6749 section 4.1.2.1: access_denied is the person's own answer."""
    foreign.lies.deny = "access_denied"
    page = await browser.add(foreign.url)
    assert "You denied access" in page.text
    assert failed_hops(page) == 0
    assert "standing-declined" in page.html
    assert "note-bad" not in page.html


async def test_stream_that_ends_without_an_answer(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.open_door = True
    page = await browser.add(foreign.url)
    foreign.lies.sse, foreign.lies.legacy = True, False
    foreign.lies.tools = []
    assert "no tools" in (await browser.submit(page, page.form("/tools"))).text


@pytest.mark.parametrize(
    ("tool", "sentence"),
    [
        ("fail", "The notebook is full."),
        ("refuse", "I will not do that."),
        ("ask_back", "asks for more input but does not say which"),
    ],
)
async def test_tool_that_fails_says_why(browser: Browser, foreign: Foreign, tool: str, sentence: str) -> None:
    page = await browser.call(await browser.add(foreign.url), tool)
    assert page.status == 200
    assert sentence in page.text
    assert failed_hops(page) == 1


async def test_listing_again_can_fail(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    foreign.lies.status = 500
    assert "status 500" in (await browser.submit(page, page.form("/tools"))).text


async def test_try_again_heals(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.status = 503
    page = await browser.add(foreign.url)
    foreign.lies.status = 0
    assert "Connected" in (await browser.submit(page, page.form("/connect"))).text


async def test_unknown_page_and_foreign_host(browser: Browser, client: Running) -> None:
    assert (await browser.get("/nowhere")).status == 404
    refused = await browser.get("/", headers={"Host": "evil.example"})
    assert refused.status == 421
    assert "names the host" in refused.text
    assert "evil.example" in refused.text
    assert "proxy_set_header Host $http_host" in refused.text
    assert (await browser.get("/healthz", headers={"Host": "10.0.0.7:8080"})).status == 200
    assert (
        await browser.get("/add", headers={"Host": f"localhost:{client.settings.port}"})
    ).url == client.home + "/add"


async def test_oversized_form_is_413(browser: Browser) -> None:
    """The limit is one megabyte, declared or streamed."""
    body = io.BytesIO(b"url=" + b"x" * 2_000_000)
    async with browser.session.post(
        browser.home + "/add", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    ) as answer:
        assert answer.status == 413


async def test_bug_is_answered_without_detail(
    browser: Browser, client: Running, caplog: pytest.LogCaptureFixture
) -> None:
    await client.connections.store.close()
    page = await browser.get("/")
    assert page.status == 500
    assert "The log has the details under" in page.text
    assert "Error" not in page.text
    assert "failed: GET /" in caplog.text
