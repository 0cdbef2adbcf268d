"""From a failure to its cause in words: what a person reads first, over HTTP, for each lie a server can tell."""

import json
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from attrs import evolve

from tests.ports import free_port
from webclient.cause_code import CauseCode
from webclient.cli.drawing import ending
from webclient.http.error_text import complaint
from webclient.oauth.discovery import ISSUER_SHOWN, RESOURCE_SHOWN
from webclient.oauth.registration import SHOWN
from webclient.trace import Chapter
from webclient.trace.causes import CAUSES
from webclient.trace.diagnosis.decisions import cause_code
from webclient.trace.diagnosis.quoted_error import quoted_in
from webclient.trace.display.flow import flow_of
from webclient.trace.display.glossary import entry
from webclient.trace.display.rules import read_at
from webclient.trace.recording.claims import DecodedToken
from webclient.trace.recording.hops import Exchange, Fact, Hop, Message
from webclient.trace.recording.masking import CLOSE, OPEN, Masker

from .browser import Browser
from .foreign import Foreign


@pytest.mark.parametrize(
    ("lies", "cause"),
    [
        ({"slow": 6}, "timeout"),
        ({"body": b"x" * 2_000_000}, "too_large"),
        ({"status": 500}, "server_error"),
        ({"status": 404}, "not_found_at_mcp"),
        ({"status": 405}, "method_not_allowed"),
        ({"status": 406}, "not_acceptable"),
        ({"status": 415}, "unsupported_media_type"),
        ({"status": 403}, "forbidden"),
        ({"status": 429}, "rate_limited"),
        ({"body": b"<!doctype html><title>Sign in</title>"}, "html"),
        ({"body": b"[1, 2"}, "not_json"),
        ({"body": b'{"jsonrpc": "2.0", "id": 77, "result": {}}'}, "not_mcp"),
        ({"redirect": "https://elsewhere.example/"}, "redirect"),
        ({"only_version": "2031-01-01"}, "version"),
        ({"no_resource_metadata": True}, "no_named_metadata"),
        ({"issuers": []}, "no_authorization_servers"),
        ({"issuers": ["https://10.0.0.1"]}, "private_address"),
        ({"resource": "https://victim.example/mcp"}, "resource_mismatch"),
        ({"challenge": 'Bearer resource_metadata="http://127.0.0.1/\'$(x)"'}, "unsafe_address"),
        ({"no_issuer_metadata": True}, "no_issuer_metadata"),
        ({"issuer": "https://honest.example"}, "issuer_mismatch"),
        ({"pkce": None}, "no_s256"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "unsafe_address"),
        ({"no_registration": True}, "no_registration"),
        ({"refuse_registration": True}, "registration_refused"),
        ({"deny": "server_error"}, "authorization_error"),
        ({"no_code": True}, "no_code"),
        ({"answers_iss": "https://evil.example"}, "iss_mismatch"),
        ({"answers_iss": None}, "iss_missing"),
        ({"without": {"resource"}}, "incomplete_metadata"),
        ({"without": {"issuer"}}, "incomplete_metadata"),
        ({"without": {"token_endpoint"}}, "incomplete_metadata"),
        ({"issuers": "https://as.example"}, "no_authorization_servers"),
        ({"token_error": "invalid_grant"}, "invalid_grant"),
        ({"token_error": "invalid_client", "token_status": 401}, "invalid_client"),
        ({"token_error": "unauthorized_client", "token_status": 401}, "invalid_client"),
        ({"token_error": "unauthorized_client"}, "unauthorized_client"),
        ({"token_error": "access_denied", "token_status": 401}, "invalid_client"),
        ({"token_error": "invalid_target"}, "invalid_target"),
        ({"token_error": "something_new"}, "token_refused"),
        ({"token_answer": {"access_token": None}}, "token_answer"),
    ],
)
async def test_cause_stands_on_top_with_what_to_do_and_a_way_to_its_step(
    browser: Browser, foreign: Foreign, lies: dict[str, Any], cause: str
) -> None:
    for name, value in lies.items():
        setattr(foreign.lies, name, value)
    page = await browser.get((await browser.add(foreign.url)).path + "/trace")
    told = page.text.partition("Failures only")[0]
    assert CAUSES[CauseCode(cause)].title in told
    assert CAUSES[CauseCode(cause)].change in told
    number = told.partition("Go to step ")[2].partition(",")[0]
    assert f'aria-hidden="true">{number}</span>' in page.html


@pytest.mark.parametrize(
    ("lies", "words"),
    [
        ({"resource": "https://victim.example/mcp?key=1"}, "it names https://victim.example/mcp, but you added {url}."),
        ({"resource": ""}, "it names empty, but you added {url}."),
        ({"resource": "https://" + "v" * 300}, f"it names https://{'v' * 192}…, but you added"),
        ({"issuer": "https://honest.example"}, "it names https://honest.example, but {origin} was expected."),
        ({"issuer": 7}, "it names something that is not a string (7), but {origin} was expected."),
        ({"issuers": ["http://as.internal:8080"]}, "at an unsafe address: http://as.internal:8080."),
        ({"issuers": "https://as.example"}, "authorization_servers is not a list of addresses"),
        (
            {"authorization_endpoint": "http://as.internal/authorize?tenant=1"},
            "is not used: http://as.internal/authorize.",
        ),
        ({"without": {"resource"}}, "The server's metadata lacks resource"),
        ({"without": {"token_endpoint"}}, "The authorization server's metadata lacks token_endpoint"),
        (
            {"challenge": 'Bearer resource_metadata="http://10.0.0.7/prm"'},
            "an unsafe address for its metadata: http://10.0.0.7/prm.",
        ),
        (
            {"answers_iss": "https://evil.example"},
            "You were sent to {origin}, and the response names https://evil.example.",
        ),
        ({"answers_iss": None}, "announces that its responses name their issuer"),
        ({"legacy": True, "open_door": True, "legacy_version": None}, "names no revision"),
    ],
)
async def test_values_that_contradict_each_other_are_both_told(
    browser: Browser, foreign: Foreign, lies: dict[str, Any], words: str
) -> None:
    """RFC 9728 section 3.3, RFC 8414 sections 2 and 3.3, RFC 9207 section 2.4: who has both before them sees the
    letter that differs.
    """
    for name, value in lies.items():
        setattr(foreign.lies, name, value)
    assert words.format(url=foreign.url, origin=foreign.origin) in (await browser.add(foreign.url)).text


async def test_nothing_answers(browser: Browser) -> None:
    page = await browser.get((await browser.add(f"http://127.0.0.1:{free_port()}/mcp")).path + "/trace")
    assert CAUSES[CauseCode.NOTHING_ANSWERS].title in page.text


@pytest.mark.parametrize("host", ["a..example.com", f"{'a' * 70}.example.com"])
async def test_host_that_can_be_none(browser: Browser, foreign: Foreign, host: str) -> None:
    """RFC 1035 section 2.3.4: labels have 1 to 63 characters. Typed, or named by a server."""
    page = await browser.add(f"https://{host}/mcp")
    assert "Something went wrong" not in page.text
    foreign.lies.issuers = [f"https://{host}"]
    page = await browser.get((await browser.add(foreign.url)).path + "/trace")
    assert CAUSES[CauseCode.NO_HOST].title in page.text


async def test_unknown_host(browser: Browser) -> None:
    page = await browser.get((await browser.add("https://nobody.invalid/mcp")).path + "/trace")
    assert CAUSES[CauseCode.NO_HOST].title in page.text


async def api_keys_only(request: web.Request) -> web.Response:
    """A server that wants a key of its own making, whatever one asks."""
    return web.json_response({"error": "missing api key"}, status=401)


async def rest(request: web.Request) -> web.Response:
    return web.json_response({"detail": "Missing session ID"}, status=400)


async def graph(request: web.Request) -> web.Response:
    return web.json_response({"errors": [{"message": "Must provide query string."}]}, status=400)


async def silent(request: web.Request) -> web.Response:
    return web.json_response([], status=400)


async def chatty(request: web.Request) -> web.StreamResponse:
    """Never done with saying no."""
    answer = web.StreamResponse(status=400, headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    with suppress(ConnectionResetError):
        while True:
            await answer.write(b" " * 65536)
    return answer


@pytest.mark.parametrize(
    ("handler", "cause", "words"),
    [
        (api_keys_only, "no_resource_metadata", "A server that accepts only API keys also behaves like this"),
        (rest, "session_required", "It says: Missing session ID"),
        (graph, "not_mcp", "It says: Must provide query string."),
        (silent, "not_mcp", "(status 400)."),
        (chatty, "too_large", "cut off"),
    ],
)
async def test_service_that_is_something_else(browser: Browser, handler: Handler, cause: str, words: str) -> None:
    """What is often found at an address that somebody took for an MCP server with sign-in."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app, host="127.0.0.1") as server:
        page = await browser.get((await browser.add(f"http://127.0.0.1:{server.port}/mcp")).path + "/trace")
    told = page.text.partition("Failures only")[0]
    assert CAUSES[CauseCode(cause)].title in told
    assert words in told


async def test_addresses_that_are_tried_for_want_of_better_ones_are_shown(browser: Browser) -> None:
    """MCP 2025-03-26, fallbacks: an address is no secret, whatever it is the address of."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api_keys_only)
    async with TestServer(app, host="127.0.0.1") as server:
        page = await browser.get((await browser.add(f"http://127.0.0.1:{server.port}/mcp")).path + "/trace?open=all")
        assert f"http://127.0.0.1:{server.port}/token" in page.text


async def test_https_at_a_port_that_speaks_http(browser: Browser, foreign: Foreign) -> None:
    """Told from a certificate that is not trusted: another thing is to be done about it."""
    page = await browser.get((await browser.add(foreign.url.replace("http:", "https:"))).path + "/trace")
    assert CAUSES[CauseCode.NO_TLS].title in page.text
    assert foreign.seen == []


async def host_check(request: web.Request) -> web.Response:
    """The DNS rebinding protection of the official Python SDK."""
    return web.Response(status=421, text="Invalid Host header")


async def test_plain_words_of_the_server_are_quoted_where_its_failure_is_told(browser: Browser) -> None:
    application = web.Application()
    application.router.add_route("*", "/mcp", host_check)
    async with TestServer(application) as server:
        page = await browser.add(str(server.make_url("/mcp")))
        assert "Invalid Host header" in page.text
        assert (await browser.get(page.path + "/trace")).text.count("Invalid Host header") >= 1


async def test_challenge_says_why_a_token_is_refused(browser: Browser, foreign: Foreign) -> None:
    """RFC 6750 section 3: error_description is for the developer, who reads it here, with nothing of it taken for
    markup.
    """
    foreign.lies.challenge = 'Bearer error="invalid_token", error_description="The key <b>7</b> is  not known"'
    foreign.access = Forgetful()
    room = (await browser.add(foreign.url)).path
    page = await browser.get(room + "/trace")
    assert "It says: The key <b>7</b> is not known" in page.text
    assert "<b>7</b>" not in page.html
    runs = json.loads((await browser.get(room + "/trace.json")).html)["runs"]
    assert runs[0]["steps"][runs[0]["failed_step"] - 1]["said"] == "The key <b>7</b> is not known"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b'{"error": {"message": "No  such\\nproject"}}', "application/json", "No such project"),
        (b'{"detail": [{"loc": ["body"], "msg": "Field required"}]}', "application/json", "Field required"),
        (b'"Unauthorized"', "application/json", "Unauthorized"),
        (b"Invalid Host header", "text/plain", "Invalid Host header"),
        (b"Invalid Host header", "text/html", ""),
        (b'{"error": 7}', "application/json", ""),
        (b"word " * 100, "text/plain", "word " * 40 + "…"),
        (b"", "text/plain", ""),
    ],
)
def test_complaint_is_one_line_of_what_a_server_says(body: bytes, kind: str, words: str) -> None:
    assert complaint(body, kind) == words


def test_secret_in_a_complaint_is_never_cut_in_two() -> None:
    """What is left of a mark could not be read as one, and would look like part of the text."""
    mark = Masker(b"k").text("token=" + "x" * 300)
    body = "no_blanks_before_it_" * 9 + mark
    told = quoted_in(failed(body, "text/plain", status=400))
    assert OPEN not in told or told.count(OPEN) == told.count(CLOSE)


@pytest.mark.parametrize(("tool", "cause"), [("fail", "tool_failed"), ("refuse", "rpc_error")])
async def test_tool_that_fails(browser: Browser, foreign: Foreign, tool: str, cause: str) -> None:
    page = await browser.call(await browser.add(foreign.url), tool)
    assert CAUSES[CauseCode(cause)].title in (await browser.get(browser.room_of(page) + "/trace")).text


class Forgetful(dict[str, set[str]]):
    """Tokens that are issued and never known again."""

    def __setitem__(self, token: str, scopes: set[str]) -> None:
        pass


async def test_token_that_was_just_issued_and_is_refused_is_a_failure_with_a_cause(
    browser: Browser, foreign: Foreign
) -> None:
    foreign.access = Forgetful()
    page = await browser.get((await browser.add(foreign.url)).path + "/trace")
    assert CAUSES[CauseCode.TOKEN_LOOP].title in page.text
    assert "Go to step 11" in page.text  # after a refresh that does not help either


def refused(**claims: Any) -> Hop:
    """An MCP server that refuses a token with such claims."""
    token = {"abc": DecodedToken({"typ": "at+jwt"}, claims)} if claims else {}
    exchange = Exchange(
        0,
        "POST",
        "https://a.example/mcp",
        Message((("Authorization", "Bearer x"),)),
        401,
        response=Message((("WWW-Authenticate", "Bearer"),)),
    )
    place = {"source": "client", "target": "mcp", "chapter": Chapter.OTHER, "title": "t"}
    return Hop(
        at=1000.0,
        url="https://a.example/mcp",
        status=401,
        outcome="info",
        exchanges=(exchange,),
        tokens=token,
        **place,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("claims", "cause"),
    [
        ({"aud": "https://a.example/mcp", "exp": 2000}, "token_loop"),
        ({"aud": ["https://x.example", "https://a.example"], "exp": 2000}, "token_loop"),
        ({"aud": "https://b.example/mcp", "exp": 2000}, "wrong_audience"),
        ({"aud": "https://a.example/mc", "exp": 2000}, "wrong_audience"),
        ({"sub": "ada"}, "no_audience"),
        ({"aud": [], "exp": 2000}, "no_audience"),
        ({"aud": "https://a.example/mcp", "exp": 2000, "nbf": 1100}, "not_yet_valid"),
        ({"aud": "https://a.example/mcp", "exp": 2000, "iat": 1100}, "not_yet_valid"),
        ({"aud": "https://a.example/mcp", "exp": 2000, "iat": 1003}, "token_loop"),
        ({"aud": "https://a.example/mcp", "exp": 1_790_000_000_000}, "milliseconds"),
        ({"aud": "https://a.example/mcp", "exp": "tomorrow"}, "token_loop"),
        ({"aud": "https://a.example/mcp", "exp": 900}, "expired"),
        ({}, "token_loop"),
    ],
)
def test_refused_token_is_read_for_the_reason(claims: dict[str, Any], cause: str) -> None:
    """MCP 2026-07-28, token audience binding and validation."""
    assert cause_code(refused(**claims)) == cause


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"aud": "https://b.example"}, "Its aud is https://b.example, and it was sent to https://a.example/mcp."),
        (
            {"iss": "https://as.example", "scope": "a b", "sub": "7"},
            "The token has iss = https://as.example, scope = a b.",
        ),
        ({"sub": "7"}, ""),
        (
            {"aud": "https://a.example/mcp", "exp": 900},
            "Its exp is 00:15:00 on 1970-01-01 UTC, and it was sent at 00:16:40 on 1970-01-01 UTC.",
        ),
        (
            {"aud": "https://a.example/mcp", "iat": 900, "nbf": 1200},
            "Its nbf is 00:20:00 on 1970-01-01 UTC, and it was sent at 00:16:40 on 1970-01-01 UTC.",
        ),
        ({"aud": "https://a.example/mcp", "exp": 1_790_000_000_000, "iat": 900}, "exp = 1790000000000."),
        (
            {"aud": ["https://a.example/mcp"], "iss": "x" * 400},
            f"The token has iss = {'x' * 300}…, aud = https://a.example/mcp.",
        ),
    ],
)
def test_values_that_do_not_fit_stand_beside_the_cause(claims: dict[str, Any], words: str) -> None:
    """Whoever has both values before them need not look for them in logs."""
    flow = flow_of([refused(**claims)])
    assert flow.failure is not None
    assert flow.failure.evidence == words
    assert words in " ".join(" ".join(ending(flow, 2000)).split())


@pytest.mark.parametrize(
    ("challenge", "words"),
    [
        ('Basic realm="mcp"', 'The 401 response has WWW-Authenticate: Basic realm="mcp"'),
        ("", "The 401 response has no WWW-Authenticate header."),
    ],
)
async def test_server_without_a_way_to_sign_in_is_shown_how_it_asked(
    browser: Browser, foreign: Foreign, challenge: str, words: str
) -> None:
    """A server that wants a password or a key of its own is told apart from one whose metadata is missing."""
    foreign.lies.challenge, foreign.lies.no_resource_metadata, foreign.lies.nothing_at_the_origin = (
        challenge,
        True,
        True,
    )
    room = (await browser.add(foreign.url)).path
    assert words in (await browser.get(room + "/trace")).text


def test_token_of_an_earlier_sign_in_is_not_called_a_fresh_one() -> None:
    """Only what was issued in the same run was "just given"."""
    old = flow_of([refused()]).failure
    assert old is not None
    assert old.cause is CAUSES[CauseCode.TOKEN_DROPPED]


def failed(answer: str = "", kind: str = "application/json", **more: Any) -> Hop:
    """A request of the client that failed, with what came back."""
    exchange = Exchange(
        0, "POST", "https://a.example/mcp", Message(), more.get("status", 200), response=Message(kind=kind, body=answer)
    )
    values = {
        "source": "client",
        "target": "mcp",
        "chapter": Chapter.OTHER,
        "title": "t",
        "url": "https://a.example/mcp",
        "status": 200,
        "outcome": "failed",
        **more,
    }
    return Hop(at=1000.0, exchanges=(exchange,), **values)


@pytest.mark.parametrize(
    ("hop", "cause"),
    [
        (failed('{"error": {"code": -32020}}', cause="rpc_error", status=400), "header_mismatch"),
        (failed('{"error": {"code": -32022}}', cause="rpc_error", status=400), "version"),
        (failed("cut off", cause="rpc_error"), "rpc_error"),
        (failed("hello", "text/plain", cause="not_mcp"), "wrong_content_type"),
        (failed("<HTML>", "", cause="not_mcp"), "html"),
        (failed("{}", cause="not_mcp"), "not_mcp"),
        (failed('{"result": {}}'), "unknown"),
        (failed('{\n  "isError": true}'), "tool_failed"),
        (failed(target="auth", cause="dpop", status=400), "dpop"),
        (failed("{}", target="auth", cause="registration_needs_token", status=401), "registration_needs_token"),
        (failed("", target="auth", cause="unknown", status=502), "server_error"),
        (failed("", "", target="auth", status=404), "unknown"),
        (failed(status=None, cause="own_fault"), "own_fault"),
        (
            failed(status=None, meaning="An error occurred in this client. It is not the server's fault."),
            "unknown",
        ),
        (failed(cause="tls", status=None), "tls"),
        (failed(cause="unheard of", status=404), "not_found_at_mcp"),
        (failed(url="https://a.example/tools", status=404), "not_found"),
        (failed("", "", status=401), "unknown"),
    ],
)
def test_what_came_back_leads_to_the_cause(hop: Hop, cause: str) -> None:
    assert cause_code(hop) == cause


def test_refused_proof_is_told_from_a_refused_token() -> None:
    """RFC 9449 section 7.1."""
    answer = Message((("WWW-Authenticate", 'DPoP error="invalid_dpop_proof"'),))
    hop = refused()
    assert cause_code(evolve(hop, exchanges=(evolve(hop.exchanges[0], response=answer),))) == "dpop"


def test_first_refusal_without_a_token_is_no_failure() -> None:
    hop = Hop(at=0, source="client", target="mcp", chapter=Chapter.OTHER, title="t", status=401, outcome="info")
    assert cause_code(hop) is None
    assert (
        cause_code(
            Hop(at=0, source="client", target="mcp", chapter=Chapter.OTHER, title="t", status=403, outcome="info")
        )
        == "insufficient_scope"
    )
    assert (
        cause_code(
            Hop(at=0, source="client", target="auth", chapter=Chapter.OTHER, title="t", status=401, outcome="info")
        )
        is None
    )


def test_what_nobody_foresaw_is_called_unknown() -> None:
    assert (
        cause_code(Hop(at=0, source="you", target="client", chapter=Chapter.OTHER, title="t", outcome="failed"))
        == "unknown"
    )
    told = (Fact("isError", "true"),)
    assert (
        cause_code(
            Hop(at=0, source="client", target="mcp", chapter=Chapter.OTHER, title="t", outcome="failed", received=told)
        )
        == "tool_failed"
    )


@pytest.mark.parametrize("code", list(CauseCode))
def test_every_cause_says_why_and_what_to_change_and_its_rule_can_be_read(code: CauseCode) -> None:
    cause = CAUSES[code]
    assert cause.title
    assert cause.why.endswith((".", '"', "Accept."))
    assert cause.change
    assert not cause.rule or read_at(cause.rule).startswith("https://")


@pytest.mark.parametrize(
    ("rule", "address"),
    [
        ("RFC 9728 section 3.3", "https://www.rfc-editor.org/rfc/rfc9728.html#section-3.3"),
        ("RFC 9728", "https://www.rfc-editor.org/rfc/rfc9728.html"),
        ("OAuth 2.1 section 4.1.1", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-4.1.1"),
        ("MCP 2026-07-28, tools/call", "https://modelcontextprotocol.io/specification/2026-07-28/server/tools"),
        ("MCP 2025-11-25, lifecycle", "https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle"),
        (
            "MCP 2025-11-25, client registration",
            "https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization",
        ),
        (
            "MCP 2025-11-25, Streamable HTTP",
            "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports",
        ),
        (
            "MCP 2025-11-25, progress",
            "https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/progress",
        ),
        ("MCP 2025-11-25, tasks/get", "https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks"),
        ("MCP 2026-07-28, tasks/get", "https://modelcontextprotocol.io/extensions/tasks/overview"),
        ("MCP 2026-07-28, something else", "https://modelcontextprotocol.io/specification/2026-07-28"),
        ("common sense", ""),
    ],
)
def test_rules_lead_to_their_text(rule: str, address: str) -> None:
    assert read_at(rule) == address


@pytest.mark.parametrize("name", [*RESOURCE_SHOWN, *ISSUER_SHOWN, *SHOWN])
def test_everything_that_is_shown_of_metadata_is_explained(name: str) -> None:
    """For somebody who has never read the specifications."""
    explained = entry(name)
    assert explained
    assert not explained.rule or read_at(explained.rule).startswith("https://")
