"""Servers that take a key in place of a sign-in: bearer tokens and other headers, on the pages, in programs and in a
terminal.
"""

import pytest
from aiohttp import web

from tests.webclient.cli.test_commands import Terminal, terminal
from webclient import FlowError, connect
from webclient.integrations.form import IntegrationForm, InvalidForm, as_inputs, read_choices
from webclient.mcp.fixed_headers import FixedAuthorizer, UnusableHeader, read_header
from webclient.sources import Sources
from webclient.trace import MemoryHops, Trace
from webclient.trace.display.document import document

from .browser import Browser
from .conftest import Running
from .foreign import Foreign

__all__ = ["terminal"]
KEY = "k3y-0123456789-abcdef"


def behind(foreign: Foreign, name: str, value: str) -> list[str | None]:
    """A server that lets in whoever shows the key; what was shown, request by request."""
    foreign.lies.open_door = True
    shown: list[str | None] = []

    async def door(request: web.Request) -> web.StreamResponse:
        shown.append(request.headers.get(name))
        if request.headers.get(name) != value:
            return web.json_response({"error": f"wrong api key {request.headers.get(name)}"}, status=401)
        return await foreign._mcp(request)

    foreign.doors["/mcp"] = door
    return shown


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("", KEY, {"Authorization": f"Bearer {KEY}"}),
        ("authorization", f"Basic {KEY}", {"authorization": f"Basic {KEY}"}),
        (" X-Api-Key ", f" {KEY} ", {"X-Api-Key": KEY}),
    ],
)
def test_header_as_it_is_sent(name: str, value: str, sent: dict[str, str]) -> None:
    """RFC 6750 section 2.1; RFC 9110 section 5.5."""
    assert read_header(name, value) == sent


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, KEY)
            for name in (
                "Host",
                "content-length",
                "Transfer-Encoding",
                "MCP-Protocol-Version",
                "mcp-session-id",
                "a b",
                "a\r\nb",
                "x:",
                "DPoP",
            )
        ),
        *(
            ("X-Api-Key", value)
            for value in ("", "short", "x" * 9000, "a\r\nHost: evil", "key\x00key1", "schlüssel", "\t" * 9)
        ),
    ],
)
def test_what_cannot_be_a_key_is_refused(name: str, value: str) -> None:
    with pytest.raises(UnusableHeader):
        read_header(name, value)
    with pytest.raises(InvalidForm):
        read_choices({"url": "https://a.example/mcp", "grant": "key", "key_header": name, "key_value": value})


def test_key_that_is_left_empty_stays_and_is_never_shown() -> None:
    kept = read_choices({"url": "https://a.example/mcp", "grant": "key", "key_header": "X-Api-Key", "key_value": KEY})
    assert KEY not in str(as_inputs(kept))
    assert KEY not in repr(kept)
    assert read_choices({**as_inputs(kept), "grant": "key"}, kept).headers == {"X-Api-Key": KEY}
    with pytest.raises(InvalidForm):
        read_choices({**as_inputs(kept), "key_header": "X-Other"}, kept)
    assert read_choices({**as_inputs(kept), "grant": ""}, kept) == IntegrationForm("https://a.example/mcp")


@pytest.mark.parametrize(
    ("header", "name", "value"),
    [("", "Authorization", f"Bearer {KEY}"), ("X-Api-Key", "X-Api-Key", KEY), ("X-Team", "X-Team", KEY)],
)
async def test_pages_connect_with_a_key(
    browser: Browser, client: Running, foreign: Foreign, header: str, name: str, value: str
) -> None:
    """It is kept sealed, goes along with every request, and is in no page, no trace and no file."""
    shown = behind(foreign, name, value)
    page = await browser.add(foreign.url, grant="key", key_header=header, key_value=KEY)
    assert "Connected" in page.text
    assert "With the key that you entered." in page.text
    assert "returned" in (await browser.call(page, "whoami")).text
    assert shown == [value] * len(shown)
    room = browser.room_of(page)
    for part in ("", "/settings", "/trace", "/trace/trace.json?run=all", "/trace/trace.har?run=all"):
        assert KEY not in (await browser.get(room + part)).html
    assert not any(KEY.encode() in file.read_bytes() for file in client.files())
    assert foreign.asked("/register") == []


async def test_refused_key_is_told_without_it(browser: Browser, foreign: Foreign) -> None:
    behind(foreign, "X-Api-Key", "another")
    page = await browser.add(foreign.url, grant="key", key_header="X-Api-Key", key_value=KEY)
    assert "The MCP server refuses the key that you entered. It says: wrong api key" in page.text
    assert KEY not in page.html
    trace = await browser.get(browser.room_of(page) + "/trace")
    assert KEY not in trace.html
    foreign.doors.clear()
    settings = await browser.get(browser.room_of(page) + "/settings")
    assert "Connected" in (await browser.stay(await browser.submit(settings, settings.form("/settings")))).text


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:2/mcp", "https://127.0.0.1:1/mcp", "http://localhost:1/mcp", "http://127.0.0.1/mcp"]
)
async def test_key_goes_to_no_other_origin(url: str) -> None:
    """HTTP with SSE names an address for messages; RFC 6454 section 4: scheme, host and port."""

    async def found() -> dict[str, str]:
        return {"X-Api-Key": KEY}

    authorizer = FixedAuthorizer(found, "http://127.0.0.1:1/mcp", Trace(MemoryHops(b"k" * 32), "x", Sources()))
    assert await authorizer.headers("POST", "http://127.0.0.1:1/other") == {"X-Api-Key": KEY}
    assert await authorizer.headers("POST", url) == {}


async def test_program_sends_a_key_to_its_server_only(foreign: Foreign) -> None:
    shown = behind(foreign, "X-Team", KEY)
    hops = MemoryHops(b"k" * 32)
    async with connect(foreign.url, headers={"X-Team": KEY}, trace=Trace(hops, foreign.url, Sources())) as client:
        assert (await client.call_tool("whoami"))["structuredContent"] == {"name": "Ada"}
    assert shown == [KEY] * len(shown)
    assert KEY not in str(document(hops.hops))
    foreign.lies.redirect = "http://127.0.0.1:1/mcp"
    async with connect(foreign.url, headers={"X-Team": KEY}) as client:
        with pytest.raises(FlowError, match="redirects to"):
            await client.call_tool("whoami")


async def test_terminal_takes_a_key(terminal: Terminal, foreign: Foreign) -> None:
    shown = behind(foreign, "Authorization", f"Bearer {KEY}")
    for ended in (
        await terminal("tools", foreign.url, "--token", KEY),
        await terminal("tools", foreign.url, WEBCLIENT_TOKEN=KEY),
        await terminal("tools", foreign.url, WEBCLIENT_HEADER=f"Authorization: Bearer {KEY}"),
    ):
        assert ended.status == 0
        assert "whoami" in ended.out
    assert set(shown) == {f"Bearer {KEY}"}
    ended = await terminal("trace", foreign.url, "--header", f"Authorization:wrong-{KEY}")
    assert ended.status == 1
    assert "The key was refused" in ended.out
    assert KEY not in ended.out + ended.err
    assert (await terminal("tools", foreign.url, "--header", "nonsense")).status == 2
