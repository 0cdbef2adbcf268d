"""Answers by form (OAuth 2.0 Form Post Response Mode)."""

import re
from html import unescape

import pytest

from mcpserver.settings import Settings

from ..asker import REDIRECT_URI, Answer, Asker


def posted(page: Answer) -> dict[str, str]:
    """What the button would send."""
    assert f'method="post" action="{REDIRECT_URI}"' in page.text, page.text
    return {
        unescape(name): unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    }


async def test_answer_is_a_form_that_no_cache_keeps(asker: Asker) -> None:
    """Section 2, and its example; RFC 9207 section 2: iss stands in it too."""
    page = await asker.decide(await asker.ask(response_mode="form_post", state='"><script>'))
    assert (page.status, page.location, page.headers["Cache-Control"]) == (200, None, "no-store")
    form = posted(page)
    assert (form["state"], form["iss"]) == ('"><script>', asker.service.settings.issuer)
    assert (await asker.redeem(form["code"])).status == 200


async def test_form_sends_itself_with_the_one_script_that_is_allowed(asker: Asker) -> None:
    page = await asker.decide(await asker.ask(response_mode="form_post"))
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "form-action" not in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script[^>]*>", page.text) == ['<script src="/static/post.js" defer>']
    assert (await asker.send("GET", "/static/post.js")).status == 200


async def test_refusals_go_the_same_way(asker: Asker) -> None:
    """Section 2: error answers as well."""
    assert posted(await asker.ask(response_mode="form_post", scope="unknown"))["error"] == "invalid_scope"
    assert (
        posted(await asker.decide(await asker.ask(response_mode="form_post"), decision="deny"))["error"]
        == "access_denied"
    )


async def test_form_needs_a_web_address(asker: Asker) -> None:
    """A program's own scheme takes no form."""
    await asker.register(redirect_uris=["cursor://anysphere.cursor-mcp/oauth/callback"])
    answer = await asker.ask(redirect_uri="cursor://anysphere.cursor-mcp/oauth/callback", response_mode="form_post")
    assert answer.redirect["error"] == "invalid_request"


async def test_metadata_names_the_modes(asker: Asker) -> None:
    """RFC 8414 section 2."""
    assert (await asker.send("GET", "/.well-known/oauth-authorization-server")).json["response_modes_supported"] == [
        "query",
        "form_post",
    ]


@pytest.mark.parametrize("settings", [Settings(port=0, database="sqlite://", form_post=False)])
async def test_v4_forms_that_are_off_are_neither_offered_nor_taken(asker: Asker) -> None:
    """RFC 8414 section 2: the refusal goes by redirect, for a form is what is off; pushed requests are held to it
    too.
    """
    assert (await asker.send("GET", "/.well-known/oauth-authorization-server")).json["response_modes_supported"] == [
        "query"
    ]
    assert (await asker.ask(response_mode="form_post")).redirect["error"] == "invalid_request"
    assert (await asker.token(path="/par", **{**dict(asker.request()), "response_mode": "form_post"})).refusal == (
        400,
        "invalid_request",
    )
    assert (await asker.ask(response_mode="query")).status == 200
