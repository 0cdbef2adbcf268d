"""Pages that servers bring along, by value and over HTTP (MCP Apps, revision 2026-01-26)."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from mcpserver import Context, MCPServer, ToolError
from tests.flow.server import serving
from tests.ports import free_port
from webclient.mcp.protocol.tools import read_tools
from webclient.pages.http.frames import MOST, Frames
from webclient.results.mcp_apps import NoApp, app_of, may_be_called, page_of, policy_of
from webclient.storage import Integration
from webclient.wire import ReadResourceResult, Tool

from .browser import Browser, Page
from .conftest import Running

URI = "ui://clock"


def frame_of(page: Page) -> str:
    """The address of the tool's own page, which says nothing of where our pages lie."""
    found = re.search(r'data-frame="(/frame/[\w-]{43})"', page.html)
    assert found is not None, page.html
    return found[1]


def tool(meta: Any) -> Tool:
    """The tool as the client keeps it, from a server's list."""
    tools, _ = read_tools([{"name": "clock", "inputSchema": {}, "_meta": meta}])
    return tools[0]


def content(**more: Any) -> ReadResourceResult:
    return {"contents": [{"uri": URI, "mimeType": "text/html;profile=mcp-app", "text": "<p>noon", **more}]}


@pytest.mark.parametrize(
    ("meta", "uri"),
    [
        ({"ui": {"resourceUri": URI}}, URI),
        ({"ui/resourceUri": URI}, URI),
        ({"ui": {"resourceUri": "https://evil.example"}}, ""),
        ({"ui": "x"}, ""),
        ("x", ""),
        (None, ""),
    ],
)
def test_a_tool_names_its_page(meta: Any, uri: str) -> None:
    assert app_of(tool(meta)) == uri


def test_a_tool_for_models_only_is_not_for_pages() -> None:
    assert [
        may_be_called(tool({"ui": {"visibility": each}})) for each in (["app"], ["model"], ["model", "app"], None)
    ] == [True, False, True, True]
    assert may_be_called(tool(None))


def test_policy_allows_nothing_that_was_not_declared() -> None:
    policy = policy_of({})
    for rule in (
        "default-src 'none'",
        "connect-src 'none'",
        "frame-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "sandbox allow-scripts allow-forms",
    ):
        assert rule in policy.split("; ")
    assert "allow-same-origin" not in policy


def test_policy_takes_origins_and_nothing_else() -> None:
    """A declaration must not be able to write rules of its own."""
    wanted = ["https://a.example", "wss://b.example:8443", "https://*.c.example"]
    hostile = [
        "https://x.example; script-src *",
        "*",
        "'unsafe-eval'",
        "http://plain.example",
        "https:",
        "data:",
        5,
        "https://a.example/path",
    ]
    policy = policy_of({"_meta": {"ui": {"csp": {"connectDomains": wanted + hostile, "resourceDomains": "x"}}}})
    assert f"connect-src {' '.join(wanted)}" in policy.split("; ")
    assert policy.count("script-src") == 1


@pytest.mark.parametrize(
    "result",
    [
        {"contents": []},
        {"contents": ["x"]},
        content(mimeType="text/html"),
        content(uri="ui://other"),
        content(text=5, blob="%"),
        content(text=None),
        content(text="x" * (4 * 1024 * 1024 + 1)),
    ],
)
def test_what_is_no_page_is_not_shown(result: ReadResourceResult) -> None:
    if result == content(text=None):
        result["contents"][0].pop("text")
        result["contents"][0]["blob"] = "\u00ff"
    with pytest.raises(NoApp):
        page_of(result, URI)


def test_a_page_may_come_as_bytes() -> None:
    result = content(blob="PHA+bm9vbg==")
    del result["contents"][0]["text"]
    assert page_of(result, URI).html == "<p>noon"


server = MCPServer("Clock")


@server.tool(ui=URI)
async def now() -> str:
    """What time it is."""
    return "noon"


@server.tool
async def wind(turns: int) -> str:
    """Wind the clock."""
    if turns > 9:
        raise ToolError("The spring broke.")
    return f"{turns} turns"


@server.tool
async def set_alarm(context: Context) -> str:
    """Set the alarm once somebody said yes."""
    return "set" if await context.ask_yes_no("Really?") else "not set"


@server.app(URI, csp={"connectDomains": ["https://time.example"]})
async def clock() -> str:
    """A clock with hands."""
    return "<!doctype html><p>The clock</p>"


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """The page of a call of the tool that has one."""
    async with serving(server) as address:
        yield await browser.call(await browser.add(address), "now")


async def test_the_page_is_served_in_its_own_bounds(browser: Browser, page: Page) -> None:
    assert 'sandbox="allow-scripts allow-forms"' in page.html
    shown = await browser.get(frame_of(page))
    assert shown.html == "<!doctype html><p>The clock</p>"
    policy = shown.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts allow-forms" in policy
    assert "connect-src https://time.example" in policy


async def test_the_page_is_told_of_its_call(browser: Browser, page: Page) -> None:
    told = json.loads((await browser.get(f"{page.path}/app.json")).html)
    assert (told["tool"]["name"], told["result"]["content"][0]["text"]) == ("now", "noon")


async def test_a_call_without_a_page_has_none(browser: Browser, page: Page) -> None:
    other = await browser.call(page, "wind", turns="3")
    assert "<iframe" not in other.html
    for part in ("app", "app.json"):
        assert (await browser.get(f"{other.path}/{part}")).status == 404


async def posted(browser: Browser, page: Page, path: str, **fields: str) -> Any:
    data = {"csrf": page.form("/again").fields["csrf"], **fields}
    async with browser.session.post(f"{page.path}/app/{path}", data=data) as answer:
        return await answer.json()


async def test_the_page_calls_tools_and_reads_resources_of_its_server(browser: Browser, page: Page) -> None:
    called = await posted(browser, page, "call", name="wind", arguments='{"turns": 3}')
    assert called["result"]["content"][0]["text"] == "3 turns"
    read = await posted(browser, page, "read", uri=URI)
    assert read["result"]["contents"][0]["text"] == "<!doctype html><p>The clock</p>"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "gone", "arguments": "{}"}, "no longer offers this tool"),
        ({"name": "wind", "arguments": "{"}, "not valid JSON"),
        ({"name": "wind", "arguments": "[]"}, "not be called by pages"),
    ],
)
async def test_what_a_page_may_not_do_is_refused(
    browser: Browser, page: Page, fields: dict[str, str], message: str
) -> None:
    assert message in (await posted(browser, page, "call", **fields))["error"]["message"]


async def test_what_the_server_refuses_is_told(browser: Browser, page: Page) -> None:
    assert "error" in await posted(browser, page, "read", uri="ui://nowhere")


async def test_without_the_token_of_the_form_nothing_is_done(browser: Browser, page: Page) -> None:
    """X8: a frame cannot know it."""
    async with browser.session.post(f"{page.path}/app/call", data={"name": "wind", "arguments": "{}"}) as answer:
        assert answer.status == 403


async def test_page_gets_no_questions_to_answer(browser: Browser, client: Running, page: Page) -> None:
    """A question is for the person, who sees no form in the frame: the call is stopped and the page told where to
    make it.
    """
    told = await posted(browser, page, "call", name="set_alarm", arguments="{}")
    assert "only a person can answer" in told["error"]["message"]
    (integration,) = await client.connections.store.integrations_of(browser.owner)
    assert client.connections.calls.operations.of(integration) == []


async def test_page_of_a_server_that_is_gone(browser: Browser) -> None:
    """What stands in the frame is a sentence, in the same bounds; and every room says the same instead of failing."""
    async with serving(server) as address:
        page = await browser.call(await browser.add(address), "now")
    shown = await browser.get(frame_of(page))
    assert "does not accept connections" in shown.text
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert (
        "does not accept connections"
        in (await posted(browser, page, "call", name="wind", arguments='{"turns": 3}'))["error"]["message"]
    )
    for room in ("prompts", "resources"):
        seen = await browser.get(f"{browser.room_of(page)}/{room}")
        assert (seen.status, "does not accept connections" in seen.text) == (200, True)


async def test_rooms_of_a_server_that_was_never_reached(browser: Browser) -> None:
    page = await browser.add(f"http://127.0.0.1:{free_port()}/mcp")
    assert "Prompts appear here once you are connected." in (await browser.get(f"{page.path}/prompts")).text
    assert "Resources appear here once you are connected." in (await browser.get(f"{page.path}/resources")).text


async def test_a_frame_that_was_never_shown_is_not_there(browser: Browser) -> None:
    assert (await browser.get(browser.home.partition("/k/")[0] + "/frame/" + "A" * 43)).status == 404


def test_frames_that_are_remembered_are_bounded() -> None:
    """The oldest makes room."""
    frames, integration = Frames(), Integration("i", b"o", "n", "https://a.example/mcp", 0)
    for number in range(MOST + 1):
        frames.address(str(number), integration, "clock")
    assert frames.find("1") == ("i", b"o", "clock")
    with pytest.raises(web.HTTPNotFound):
        frames.find("0")
