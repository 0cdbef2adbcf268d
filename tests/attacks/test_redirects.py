"""Chapter R of the attack catalogue: redirect URIs, at registration and in requests."""

import pytest

from mcpserver.oauth.authorize.consent import PURPOSE
from mcpserver.oauth.protocol.models import Client, ClientKind

from ..asker import REDIRECT_URI, Asker


@pytest.mark.parametrize(
    "uri",
    [
        "https://c.example/CB",
        "https://c.example/cb/",
        "https://c.example:443/cb",
        "https://c.example/%63b",
        "https://c.example/%2e/cb",
        "https://c.example/a/../cb",
        "https://c.example/cb/..;/cb",
        "https://c.example/cb;x=1",
        "https://c.example/cb?x=1",
        "https://c.example/cb?",
        "https://c.example/cb#",
        "https://c.example/cb#x",
        "HTTPS://c.example/cb",
        "https://C.example/cb",
        " https://c.example/cb",
        "https://c.example/cb ",
        "//c.example/cb",
        "/cb",
    ],
)
async def test_r1_redirect_uri_is_compared_as_a_string(asker: Asker, uri: str) -> None:
    """OAuth 2.1 section 2.3.1; RFC 9700 section 2.1."""
    assert (await asker.ask(redirect_uri=uri)).is_page_without_redirect


@pytest.mark.parametrize(
    "uri",
    [
        "https://c.example@evil.example/cb",
        "https://c.example\\@evil.example/cb",
        "https://a@b@evil.example/cb",
        "https://c.example.evil.example/cb",
        "https://\u0441.example/cb",
        "https://xn--.example/cb",
        "https://c.example/cb\0",
        "https://c.example/cb%00",
        "https://c.example\t/cb",
        "https://evil.example/?https://c.example/cb",
    ],
)
async def test_r2_look_alikes_of_the_host_are_another_address(asker: Asker, uri: str) -> None:
    """RFC 9700 section 4.1."""
    assert (await asker.ask(redirect_uri=uri)).is_page_without_redirect


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox",
        "file:///etc/passwd",
        "blob:https://c.example/1",
        "view-source:https://c.example/cb",
        "about:blank",
        "https://user@c.example/cb",
        "https://c.example\\@evil.example/cb",
        "https://c.example/cb#fragment",
        "https:///cb",
        "https:c.example/cb",
        "https://[::1/cb",
        "https://[::zz]x/cb",
        "https://-c-.example/cb",
        "cb",
        "",
    ],
)
async def test_r3_what_runs_reads_or_hides_is_not_registered(asker: Asker, uri: str) -> None:
    """RFC 7591 section 5, with OAuth 2.1 section 2.3.1."""
    assert (await asker.register(redirect_uris=[REDIRECT_URI, uri])).refusal == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "uri",
    [
        "https://*.example/cb",
        "https://c.example/*",
        "https://c.example:*/cb",
        "http://c.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.2/cb",
        "http://localhost.evil.example/cb",
        "http://0.0.0.0/cb",
        "http://[::2]/cb",
        "http://2130706433/cb",
    ],
)
async def test_r4_wildcards_and_http_to_other_machines_are_not_registered(asker: Asker, uri: str) -> None:
    """RFC 9700 section 2.6; RFC 8252 section 8.3."""
    assert (await asker.register(redirect_uris=[uri])).refusal == (400, "invalid_redirect_uri")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
async def test_r5_loopback_redirect_accepts_any_port(asker: Asker, host: str) -> None:
    """RFC 8252 section 7.3."""
    await asker.register(redirect_uris=[f"http://{host}:1/callback"])
    for port in ("", ":1", ":80", ":65535"):
        answer = await asker.decide(await asker.ask(redirect_uri=f"http://{host}{port}/callback"))
        assert answer.redirect["code"]
        assert answer.location is not None
        assert answer.location.startswith(f"http://{host}{port}/callback?")


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:5/other",
        "http://127.0.0.1:5/callback?x=1",
        "http://localhost:5/callback",
        "https://127.0.0.1:5/callback",
        "http://127.0.0.1:5",
    ],
)
async def test_r5_nothing_but_the_port_of_a_loopback_redirect_may_differ(asker: Asker, uri: str) -> None:
    """RFC 8252 section 7.3."""
    await asker.register(redirect_uris=["http://127.0.0.1/callback"])
    assert (await asker.ask(redirect_uri=uri)).is_page_without_redirect


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:80@evil.example/cb",
        "http://localhost:0/cb",
        "http://localhost:99999/cb",
        "http://localhost:/cb",
        "http://localhost:+8/cb",
    ],
)
async def test_r6_impossible_ports_and_user_info_are_refused(asker: Asker, uri: str) -> None:
    """RFC 3986 section 3.2."""
    await asker.register(redirect_uris=["http://localhost/cb"])
    assert (await asker.ask(redirect_uri=uri)).is_page_without_redirect
    assert (await asker.register(redirect_uris=[uri])).refusal == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "uri",
    [
        "com.example.app:/oauth",
        "com.example.app://oauth/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://x/y",
    ],
)
async def test_r7_programs_are_reached_by_reverse_domains_and_known_schemes(asker: Asker, uri: str) -> None:
    """RFC 8252 section 7.1; OAuth 2.1 section 2.3.1."""
    assert (await asker.register(redirect_uris=[uri])).status == 201
    answer = await asker.decide(await asker.ask(redirect_uri=uri))
    assert answer.location is not None
    assert answer.location.startswith(f"{uri}?code=")


@pytest.mark.parametrize(
    "uri", ["myapp://callback", "mailto:a@c.example", "intent://x", "ftp://c.example/cb", "ws://c.example/cb"]
)
async def test_r7_schemes_that_anybody_may_claim_are_not_registered(asker: Asker, uri: str) -> None:
    """RFC 8252 section 8.4."""
    assert (await asker.register(redirect_uris=[uri])).refusal == (400, "invalid_redirect_uri")


async def test_r8_redirect_uri_may_be_left_out_only_where_there_is_one(asker: Asker) -> None:
    """OAuth 2.1 section 2.3.2."""
    answer = await asker.decide(await asker.ask(redirect_uri=None))
    assert answer.location is not None
    assert answer.location.startswith(REDIRECT_URI + "?")
    await asker.register(redirect_uris=[REDIRECT_URI, "https://c.example/other"])
    assert (await asker.ask(redirect_uri=None)).is_page_without_redirect


async def test_r9_redirect_uri_in_the_consent_form_is_ignored(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.2: the answer goes where the request was proven to go."""
    page = await asker.ask()
    answer = await asker.decide(page, redirect_uri="https://evil.example/cb", client_id="evil", state="evil")
    assert answer.location is not None
    assert answer.location.startswith(REDIRECT_URI + "?code=")
    assert answer.redirect["state"] == "xyz"


@pytest.mark.parametrize(
    "spoil",
    [
        "",
        "x",
        "a.b.c.d.e",
        "\0",
        "é",
        "e30.e30.e30.e30.e30",
        "W10.e30.e30.e30.e30",
        "bnVsbA....",
        "{}",
        "." * 4,
        "a" * 60000,
    ],
)
async def test_r9_consent_form_with_a_spoilt_request_is_refused(asker: Asker, spoil: str) -> None:
    """RFC 7516 section 5.2: what does not open was not sealed here."""
    answer = await asker.decide(await asker.ask(), request=spoil)
    assert (answer.status, answer.location) == (403, None)


async def test_r9_sealed_request_cannot_be_changed_in_any_place(asker: Asker) -> None:
    """RFC 7516 section 5.2; the last character of a part may carry bits that count for nothing, so it is left alone."""
    page = await asker.ask()
    sealed = page.field("request")
    for place in range(0, len(sealed) - 1, len(sealed) // 40):
        if sealed[place] == "." or sealed[place + 1] == ".":
            continue
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        answer = await asker.decide(page, request=changed)
        assert (answer.status, answer.location) == (403, None), place


async def test_r9_seal_of_another_purpose_is_no_request(asker: Asker) -> None:
    """RFC 5869: one key for each purpose."""
    page = await asker.ask()
    request = asker.service.seal.open(page.field("request"), purpose=PURPOSE)
    answer = await asker.decide(page, request=asker.service.seal.seal(request, purpose="signing-key"))
    assert (answer.status, answer.location) == (403, None)


@pytest.mark.parametrize("uri", ["https://c.example/other", "https://c.example/cb/", "\0", "é"])
async def test_r10_another_redirect_uri_at_the_token_endpoint_leaves_the_code_alone(asker: Asker, uri: str) -> None:
    """OAuth 2.1 section 4.1.3, and RFC 6749 section 4.1.3 for clients that send it."""
    code = await asker.code()
    assert (await asker.redeem(code, redirect_uri=uri)).refusal == (400, "invalid_grant")
    assert (await asker.redeem(code, redirect_uri=REDIRECT_URI)).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "code=1",
        "state",
        "iss=https://evil.example",
        "error=access_denied",
        "a=1&error_description=x",
        "error_uri=",
        "a;code=1",
        "%63ode=1",
        "st%61te=1",
    ],
)
@pytest.mark.parametrize(
    "base", ["https://c.example/cb", "http://127.0.0.1/cb", "cursor://anysphere.cursor-mcp/cb", "com.example.app:/cb"]
)
async def test_r3_query_that_the_answer_would_double_is_not_registered(asker: Asker, base: str, query: str) -> None:
    """OAuth 2.1 section 3.1: no parameter twice; section 4.1.2 and RFC 9207 section 2 say which ones the answer
    adds.
    """
    assert (await asker.register(redirect_uris=[REDIRECT_URI, f"{base}?{query}"])).refusal == (
        400,
        "invalid_redirect_uri",
    )


async def test_r3_query_that_the_answer_leaves_alone_stays(asker: Asker) -> None:
    """OAuth 2.1 section 2.3: a query that was registered is retained."""
    uri = "https://c.example/cb?encode=1&my_state=2&server_id=3"
    assert (await asker.register(redirect_uris=[uri])).status == 201
    answer = await asker.decide(await asker.ask(redirect_uri=uri))
    assert answer.location is not None
    assert answer.location.startswith(uri + "&code=")


async def test_r3_client_that_registered_such_a_query_before_gets_no_doubles(asker: Asker) -> None:
    uri = "https://c.example/cb?state=1"
    await asker.service.store.add_client(Client("old", "Old", (uri,), ClientKind.SELF_REGISTERED, 1))
    asker.client_id = "old"
    for named in (uri, None):
        page = await asker.ask(redirect_uri=named)
        assert page.is_page_without_redirect
        assert "cannot be used" in page.text
