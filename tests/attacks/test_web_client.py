"""Attacks on the web client (rows X1 to X11): a hostile server, a hostile page, a hostile neighbour."""

import asyncio
import base64
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus, urlsplit

import aiohttp
import pytest
from attrs import evolve

from tests.ports import free_port
from tests.webclient.browser import Browser
from tests.webclient.conftest import Running, browser, client, foreign, stranger
from tests.webclient.dialling import dialled
from tests.webclient.foreign import Foreign, Seen
from tests.webclient.test_refusals import failed_hops
from webclient import connect
from webclient.errors import Unreachable, Untrusted
from webclient.fetcher import Call, Fetcher, Limits
from webclient.settings import Settings

__all__ = ["browser", "client", "foreign", "stranger"]


@pytest.mark.parametrize(
    ("promised", "answered"),
    [(True, None), (True, "https://evil.example"), (False, "https://evil.example"), (True, "upper"), (True, "slash")],
)
async def test_x1_wrong_issuer_means_no_token_request(
    browser: Browser, foreign: Foreign, promised: bool, answered: str | None
) -> None:
    """RFC 9207 section 2.4; MCP 2026-07-28, authorization response validation: no normalization either."""
    spelled = {"upper": foreign.origin.upper(), "slash": foreign.origin + "/"}
    foreign.lies.promises_iss, foreign.lies.answers_iss = promised, spelled.get(str(answered), answered)
    page = await browser.add(foreign.url)
    assert (
        "names another authorization server" if answered else "announces that its responses name their issuer"
    ) in page.text
    assert foreign.asked("/token") == []
    assert failed_hops(page) == 1


async def test_x1_mixed_up_error_is_not_shown(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28: on mismatch the client must not act on or display the error."""
    foreign.lies.answers_iss, foreign.lies.deny, foreign.lies.deny_description = (
        "https://evil.example",
        "access_denied",
        "Call 0900-EVIL now",
    )
    page = await browser.add(foreign.url)
    assert "0900-EVIL" not in page.html
    assert "You denied access" not in page.text


async def test_x1_absent_issuer_is_fine_where_none_was_promised(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, authorization response validation, last row of the table."""
    foreign.lies.promises_iss, foreign.lies.answers_iss = False, None
    assert "Connected" in (await browser.add(foreign.url)).text


@pytest.mark.parametrize("issuer", ["https://honest.example", "{origin}/other", "{origin}//"])
async def test_x2_metadata_in_another_name_is_refused(browser: Browser, foreign: Foreign, issuer: str) -> None:
    """RFC 8414 section 3.3; only the slash of an empty path makes no other name (RFC 3986 section 6.2.3)."""
    foreign.lies.issuer = issuer.format(origin=foreign.origin)
    page = await browser.add(foreign.url)
    assert "has another issuer than expected" in page.text
    assert foreign.asked("/register") == []


@pytest.mark.parametrize(
    "resource", ["https://victim.example/mcp", "{origin}/other", "{origin}/mc", "{origin}/mcp/deeper", "{origin}/mcp?x"]
)
async def test_x2_metadata_for_another_resource_is_refused(browser: Browser, foreign: Foreign, resource: str) -> None:
    """RFC 9728 section 3.3."""
    foreign.lies.resource = resource.format(origin=foreign.origin)
    page = await browser.add(foreign.url)
    assert "describes another server" in page.text
    assert foreign.asked("/.well-known/oauth-authorization-server") == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "https://a.example/$(touch x)",
        "https://a.example/`id`",
        "https://a.example/;reboot",
        "https://user@a.example/authorize",
        "http://plain.example/authorize",
        "https://a.example/\r\nSet-Cookie: x=y",
        "//a.example/authorize",
        "https://",
        "https://a.example:0/x",
    ],
)
async def test_x3_dangerous_authorization_endpoint_is_refused(
    browser: Browser, foreign: Foreign, endpoint: str
) -> None:
    """OAuth 2.1 section 1.5: https, and nothing a shell or a browser could take for more."""
    foreign.lies.authorization_endpoint = endpoint
    page = await browser.add(foreign.url)
    assert "authorization_endpoint is not a safe https address" in page.text
    assert foreign.asked("/register") == []


DISGUISES = [
    *(
        "10.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "[::10.0.0.1]",
        "[::ffff:0:10.0.0.1]",
        "[64:ff9b::a00:1]",
    ),
    *(
        "[64:ff9b:1::a00:1]",
        "[2002:a00:1::]",
        "[2001:0:a00:1::]",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.2",
        "[::ffff:127.0.0.1]",
    ),
    *("[::127.0.0.1]", "0.0.0.0", "[::]", "127.0.0.1.", "localhost.", "%31%32%37.0.0.1"),
]


def lead_astray(foreign: Foreign, place: str, address: str) -> None:
    """Name the address at one of the places where a server tells others."""
    if place == "resource_metadata":
        foreign.lies.challenge = f'Bearer resource_metadata="{address}"'
    elif place == "authorization_servers":
        foreign.lies.issuers = [address]
    else:
        foreign.lies.extra_metadata = {place: address}


@pytest.mark.parametrize("host", DISGUISES)
async def test_x4_discovered_private_address_is_not_contacted(
    browser: Browser, foreign: Foreign, client: Running, host: str
) -> None:
    """MCP security best practices, server-side request forgery: no connection is even begun, however the address is
    spelled.
    """
    assert foreign.server is not None
    lead_astray(foreign, "authorization_servers", f"https://{host}:{foreign.server.port}")
    with dialled() as heard:
        page = await browser.add(foreign.url)
    assert "private address that you did not enter" in page.text or "There is no host named" in page.text
    assert heard == {("127.0.0.1", client.settings.port), ("127.0.0.1", foreign.server.port)}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1"])
async def test_x4_strangers_cannot_type_their_way_inside(
    browser: Browser, foreign: Foreign, client: Running, host: str
) -> None:
    """MCP security best practices, server-side request forgery: pages that others can open lead nobody into the
    network they stand in.
    """
    assert foreign.server is not None
    await client.stop()
    client.settings = evolve(client.settings, private_addresses="off")
    await client.start()
    with dialled() as heard:
        page = await browser.add(f"http://{host}:{foreign.server.port}/mcp")
    assert "a private address, and this web client contacts only public addresses" in page.text
    assert heard == {("127.0.0.1", client.settings.port)}


@pytest.mark.parametrize(
    ("settings", "inside"),
    [
        (Settings(), True),
        (Settings(private_addresses="off"), False),
        (Settings(public_url="https://pages.example"), False),
        (Settings(host="0.0.0.0"), False),
        (Settings(public_url="https://pages.example", private_addresses="on"), True),
    ],
)
def test_x4_private_addresses_are_for_those_at_this_machine(settings: Settings, inside: bool) -> None:
    assert settings.reaches_inside is inside


@pytest.mark.parametrize(
    "place",
    ["resource_metadata", "authorization_servers", "registration_endpoint", "token_endpoint", "revocation_endpoint"],
)
async def test_x4_no_place_leads_inside(browser: Browser, foreign: Foreign, client: Running, place: str) -> None:
    assert foreign.server is not None
    lead_astray(foreign, place, "https://169.254.169.254/latest")
    with dialled() as heard:
        page = await browser.add(foreign.url)
        if place == "revocation_endpoint":
            page = await browser.submit(page, page.form("/disconnect"))
    assert "private address that you did not enter" in page.text or "did not confirm" in page.text
    assert heard == {("127.0.0.1", client.settings.port), ("127.0.0.1", foreign.server.port)}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "path",
    [
        "/mcp",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/register",
        "/token",
        "/revoke",
    ],
)
async def test_x4_redirect_is_not_followed(
    browser: Browser, foreign: Foreign, client: Running, path: str, status: int
) -> None:
    """Neither within the origin nor out of it: what was sent there (a code, a secret, a token) goes nowhere else."""
    assert foreign.server is not None
    elsewhere = (status, f"http://127.0.0.1:{free_port()}/secret-door")
    foreign.lies.moved = {
        path: elsewhere,
        path.replace("oauth-authorization-server", "openid-configuration"): elsewhere,
    }
    with dialled() as heard:
        page = await browser.add(foreign.url)
        if path == "/revoke":
            page = await browser.submit(page, page.form("/disconnect"))
            assert "did not confirm" in page.text
        else:
            assert failed_hops(page) == 1
    assert heard == {("127.0.0.1", client.settings.port), ("127.0.0.1", foreign.server.port)}


async def test_x4_redirect_within_the_server_is_not_followed(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.redirect = foreign.origin + "/secret-door"
    await browser.add(foreign.url)
    assert foreign.asked("/secret-door") == []


async def test_x5_typed_secret_stays_with_its_first_issuer(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, authorization server binding."""
    page = await browser.add(foreign.url, no_registration="yes", client_id="mine", client_secret="canary")
    evil = await Foreign().start()
    foreign.lies.issuers = [evil.origin]
    foreign.access.clear()
    foreign.lies.refresh_error = "invalid_grant"
    page = await browser.call(page, "whoami")
    page = await browser.submit(page, page.form("/connect"))
    assert "names another authorization server" in page.text
    assert not any("canary" in each.body or "Authorization" in each.headers for each in evil.seen)
    await evil.stop()


@pytest.mark.parametrize(
    ("typed_anew", "goes"),
    [({}, False), ({"client_secret": "fresh"}, True), ({"client_id": "other", "client_secret": "fresh"}, True)],
)
async def test_x5_settings_do_not_untie_a_kept_secret(
    browser: Browser, foreign: Foreign, typed_anew: dict[str, str], goes: bool
) -> None:
    """MCP 2026-07-28, authorization server binding: whoever changes a scope has not said that the secret may go
    elsewhere; whoever types another one has.
    """
    page = await browser.add(foreign.url, no_registration="yes", client_id="mine", client_secret="canary")
    async with started() as evil:
        foreign.lies.issuers = [evil.origin]
        page = await browser.get(f"{browser.room_of(page)}/settings")
        page = await browser.submit(
            page, page.form("/settings"), scopes="notes:write", no_registration="yes", **typed_anew
        )
        assert ("names another authorization server" in page.text) is not goes
        assert not any("canary" in decoded(each) + each.body for each in evil.seen)
        assert bool(evil.asked("/token")) is goes


@asynccontextmanager
async def started() -> AsyncIterator[Foreign]:
    """Another server on a port of its own."""
    server = await Foreign().start()
    try:
        yield server
    finally:
        await server.stop()


async def test_x5_what_one_issuer_gave_is_not_shown_to_another(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, authorization server binding: tokens, codes, secrets and registrations are each of one issuer;
    at a new one this client begins anew.
    """
    foreign.lies.auth_methods = ["client_secret_basic"]
    page = await browser.add(foreign.url)
    evil = await Foreign().start()
    evil.lies.auth_methods = ["client_secret_basic"]
    foreign.lies.issuers = [evil.origin]
    kept = [
        *foreign.access,
        *foreign.refresh,
        *foreign.clients,
        *(each["client_secret"] for each in foreign.clients.values()),
    ]
    foreign.access.clear()
    foreign.lies.refresh_error = "invalid_grant"
    page = await browser.call(page, "whoami")
    await browser.submit(page, page.form("/connect"))
    everything = " ".join(unquote_plus(f"{each.path} {each.body} {decoded(each)}") for each in evil.seen)
    assert [secret for secret in kept if secret in everything] == []
    assert len(evil.asked("/register")) == 1
    assert [each.form["grant_type"] for each in evil.asked("/token")] == ["authorization_code", "refresh_token"]
    assert [each.form["grant_type"] for each in foreign.asked("/token")] == ["authorization_code", "refresh_token"]
    await evil.stop()


def decoded(seen: Seen) -> str:
    """The headers, with what Basic wraps unwrapped."""
    kind, _, value = seen.headers.get("Authorization", "").partition(" ")
    plain = base64.b64decode(value).decode() if kind == "Basic" else value
    return f"{seen.headers} {plain}"


async def test_x6_callback_state_forged(browser: Browser, foreign: Foreign) -> None:
    """RFC 6749 section 10.12."""
    await browser.add(foreign.url, stop_at="/authorize")
    for address in ("/callback", "/callback?code=x&state=forged", "/callback?code=x&state="):
        page = await browser.get(address)
        assert page.status == 403
    assert foreign.asked("/token") == []


async def test_x6_callback_state_works_once(browser: Browser, foreign: Foreign) -> None:
    sent = await browser.add(foreign.url, stop_at="/authorize")
    back = await browser.get(sent.url, stop_at="/callback")
    pages = await asyncio.gather(*(browser.get(back.url) for _ in range(5)))
    assert sorted(page.status for page in pages) == [200, 403, 403, 403, 403]
    assert len(foreign.asked("/token")) == 1


async def test_x6_callback_from_another_browser_is_refused_and_uses_nothing_up(
    browser: Browser, stranger: Browser, foreign: Foreign
) -> None:
    sent = await browser.add(foreign.url, stop_at="/authorize")
    back = await browser.get(sent.url, stop_at="/callback")
    await stranger.get("/")
    assert (await stranger.get(back.url)).status == 403
    assert "Connected" in (await browser.get(back.url)).text


async def test_x6_callback_says_everything_once(browser: Browser, foreign: Foreign) -> None:
    """OAuth 2.1 section 3.1."""
    sent = await browser.add(foreign.url, stop_at="/authorize")
    state = parse_qs(urlsplit(sent.url).query)["state"][0]
    assert (await browser.get(f"/callback?state={state}&code=a&code=b")).status == 403


async def test_x6_callback_comes_too_late(browser: Browser, foreign: Foreign, client: Running) -> None:
    sent = await browser.add(foreign.url, stop_at="/authorize")
    back = await browser.get(sent.url, stop_at="/callback")
    client.clock.at += 3600
    assert (await browser.get(back.url)).status == 403


async def test_x7_markup_is_text(browser: Browser, foreign: Foreign) -> None:
    tools = await browser.add(foreign.url)
    page = await browser.call(tools, "list_notes")
    assert "&lt;script&gt;alert(1)" in tools.html
    assert "&lt;b&gt;bold" in page.html
    for html in (tools.html, page.html):
        assert "<script>" not in html
        assert "<b>bold" not in html
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_x8_integration_belongs_to_its_browser(browser: Browser, stranger: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    mine = await stranger.get("/add")
    token = mine.form("/add").fields["csrf"]
    assert (await stranger.get(page.path)).status == 404
    for action in (
        "call",
        "connect",
        "tools",
        "disconnect",
        "resources/read",
        "prompts/get",
        "calls/x/grant",
        "calls/x/again",
        "calls/x/answer",
        "calls/x/cancel",
    ):
        async with stranger.session.post(f"{page.path}/{action}", data={"csrf": token, "tool": "whoami"}) as answer:
            assert answer.status == 404
    assert "Connect your first MCP server" in (await stranger.get("/")).text


@pytest.mark.parametrize("csrf", ["", "wrong", "é"])
async def test_x8_form_without_its_token_is_refused(browser: Browser, foreign: Foreign, csrf: str) -> None:
    page = await browser.add(foreign.url)
    form = page.form("/disconnect")
    form.fields["csrf"] = csrf
    assert (await browser.submit(page, form)).status == 403
    assert foreign.revoked == []


async def test_x8_form_from_another_site_is_refused(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    fields = page.form("/disconnect").fields
    async with browser.session.post(
        page.path + "/disconnect", data=fields, headers={"Sec-Fetch-Site": "cross-site"}
    ) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("methods", [None, [], ["plain"]])
async def test_x9_without_s256_there_is_no_flow(browser: Browser, foreign: Foreign, methods: list[str] | None) -> None:
    """MCP 2026-07-28, authorization code protection."""
    foreign.lies.pkce = methods
    page = await browser.add(foreign.url)
    assert "does not say that it supports PKCE with S256" in page.text
    assert foreign.asked("/authorize") == []


async def test_x10_endless_step_up_ends(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, step-up authorization flow: retry no more than a few times."""
    page = await browser.call(await browser.add(foreign.url), "add_note", text="x")
    foreign.lies.endless_step_up = True
    first = page.form("/grant")
    for _ in range(2):
        page = await browser.submit(page, page.form("/grant"))
    assert "Asking again would not help" in page.text
    await browser.submit(page, first)
    consents = len(foreign.asked("/authorize"))
    page = await browser.submit(page, first)
    assert page.status == 400
    assert len(foreign.asked("/authorize")) == consents


async def test_x11_tokens_rest_sealed_in_private_files(
    browser: Browser, foreign: Foreign, client: Running, tmp_path: Path
) -> None:
    page = await browser.add(foreign.url, no_registration="yes", client_id="mine", client_secret="the-canary-secret")
    page = await browser.call(page, "whoami")
    files = client.files()
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    everything = b"".join(each.read_bytes() for each in files)
    for secret in (*foreign.access, *foreign.refresh, "the-canary-secret"):
        assert secret.encode() not in everything
        assert secret not in page.html
    assert not any("opaque" in cookie.value or "." in cookie.value for cookie in browser.session.cookie_jar)
    with closing(sqlite3.connect(tmp_path / "client.db")) as database:
        assert database.execute("SELECT count(*) FROM secrets").fetchone() == (2,)
        assert database.execute("SELECT count(*) FROM calls").fetchone() == (1,)


async def test_x11_cookie_is_out_of_reach_of_scripts(browser: Browser) -> None:
    cookie = (await browser.get("/")).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


PRIVATE = [
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2001:0:0:0:0:0:80ff:fffe]",
    "[fe80::1]",
    "[fc00::1]",
    "[fec0::1]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[ff02::1]",
    "localhost",
    "LOCALHOST",
]


class Trap:
    """Listens on every address of this machine and counts who comes."""

    def __init__(self) -> None:
        self.came = 0
        self.port = 0

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        writer.close()


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    waiting = Trap()
    server = await asyncio.start_server(waiting.hear, "127.0.0.1", 0)
    waiting.port = server.sockets[0].getsockname()[1]
    async with server:
        yield waiting


@pytest.mark.parametrize("address", PRIVATE)
async def test_x4_private_address_sees_no_connection(trap: Trap, address: str) -> None:
    """MCP security best practices, server-side request forgery: in any spelling, and wrapped as mapped, 6to4, NAT64
    or Teredo.
    """
    fetcher = Fetcher(Limits(request_timeout=2))
    with pytest.raises(Unreachable) as refused:
        await fetcher.fetch(Call("GET", f"http://{address}:{trap.port}/latest", "mcp.example"))
    await fetcher.close()
    assert (trap.came, refused.value.cause) == (0, "private_address")


async def test_x4_the_trap_works(trap: Trap) -> None:
    """Proof that a connection would be seen: the same address, typed by the person."""
    fetcher = Fetcher(Limits(request_timeout=2))
    with pytest.raises(Unreachable):
        await fetcher.fetch(Call("GET", f"http://127.0.0.1:{trap.port}/", "127.0.0.1"))
    await fetcher.close()
    assert trap.came > 0


@pytest.mark.parametrize("name", ["token_endpoint", "registration_endpoint", "revocation_endpoint"])
@pytest.mark.parametrize(
    "endpoint",
    ["javascript:alert(1)", "file:///etc/passwd", "http://plain.example/x", "https://user@a.example/x", "https://["],
)
async def test_x3_every_dangerous_endpoint_is_refused(
    browser: Browser, foreign: Foreign, name: str, endpoint: str
) -> None:
    foreign.lies.extra_metadata = {name: endpoint}
    page = await browser.add(foreign.url)
    assert f"{name} is not a safe https address" in page.text
    assert (foreign.asked("/register"), foreign.asked("/authorize")) == ([], [])


async def test_x3_program_opens_no_dangerous_address(foreign: Foreign) -> None:
    """A command interpreter never sees what no browser should open."""
    opened: list[str] = []
    foreign.lies.authorization_endpoint = "https://a.example/;reboot"
    async with connect(foreign.url, open_browser=opened.append) as program:
        with pytest.raises(Untrusted):
            await program.call_tool("whoami")
    assert opened == []


async def test_x9_program_stops_without_s256(foreign: Foreign) -> None:
    """MCP 2026-07-28, authorization code protection."""
    opened: list[str] = []
    foreign.lies.pkce = ["plain"]
    async with connect(foreign.url, open_browser=opened.append) as program:
        with pytest.raises(Untrusted, match="PKCE with S256"):
            await program.call_tool("whoami")
    assert (opened, foreign.asked("/register")) == ([], [])


async def test_x1_program_throws_a_mixed_up_answer_away(foreign: Foreign) -> None:
    """RFC 9207 section 2.4."""

    async def visit(url: str) -> None:
        async with aiohttp.ClientSession() as person, person.get(url):
            pass

    foreign.lies.answers_iss = "https://evil.example"
    async with connect(foreign.url, open_browser=visit) as program:
        with pytest.raises(Untrusted, match="another authorization server"):
            await program.call_tool("whoami")
    assert foreign.asked("/token") == []
