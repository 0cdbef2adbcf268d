"""The page of a tool in its frame, in a real browser: it speaks by messages, asks before it acts, and gets out of
nothing (MCP Apps).
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, FrameLocator, Page, expect

from mcpserver import MCPServer
from tests.flow.server import serving
from tests.webclient.conftest import Running, client

__all__ = ["client"]

PAGE = """<!doctype html><title>Clock</title>
<p id="said">nothing yet</p><p id="host"></p><p id="answer"></p><p id="tried"></p>
<button id="wind">Wind</button><button id="leave">Leave</button>
<script>
const ids = {};
let last = 0;
const send = (message) => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
const ask = (method, params) => new Promise((resolve) => {
  ids[++last] = resolve;
  send({ id: last, method, params });
});
const put = (id, text) => { document.getElementById(id).textContent = text; };
addEventListener("message", ({ data }) => {
  if (data.id && ids[data.id]) ids[data.id](data);
  if (data.method === "ui/notifications/tool-result") put("said", data.params.content[0].text);
});
const attempt = (name, work) => { try { work(); return name + " worked"; } catch { return name + " failed"; } };
(async () => {
  const appInfo = { name: "clock", version: "1" };
  const { result } = await ask("ui/initialize", { appInfo, appCapabilities: {}, protocolVersion: "2026-01-26" });
  put("host", result.hostInfo.name + " " + result.hostContext.toolInfo.tool.name);
  send({ method: "ui/notifications/initialized" });
  send({ method: "ui/notifications/size-changed", params: { height: 99999 } });
  const fetched = await fetch("/", { credentials: "include" }).then(() => "fetch worked", () => "fetch failed");
  const stolen = [
    attempt("parent", () => parent.document.title),
    attempt("storage", () => localStorage.length),
    attempt("cookie", () => document.cookie),
  ];
  put("tried", [...stolen, fetched].join(", "));
})();
const told = async (method, params) => put("answer", JSON.stringify(await ask(method, params)));
document.getElementById("wind").onclick = () => told("tools/call", { name: "wind", arguments: { turns: 3 } });
document.getElementById("leave").onclick = () => told("ui/open-link", { url: "javascript:alert(1)" });
</script>"""
server = MCPServer("Clock")


@server.tool(ui="ui://clock")
async def now() -> str:
    """What time it is."""
    return "noon"


@server.tool
async def wind(turns: int) -> str:
    """Wind the clock."""
    return f"{turns} turns"


@server.app("ui://clock")
async def clock() -> str:
    """A clock with hands."""
    return PAGE


@pytest.fixture
async def shown(window: Browser, client: Running) -> AsyncIterator[Page]:
    """The page of a call, with the tool's page in it."""
    async with serving(server) as address:
        context = await window.new_context()
        page = await context.new_page()
        await page.goto(client.home + "/add")
        await page.get_by_label("Server URL").fill(address)
        await page.get_by_role("button", name="Connect").click()
        await page.get_by_role("link", name="now").click()
        await page.get_by_role("button", name="Call now").click()
        yield page
        await context.close()


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[data-app]")


async def test_page_learns_of_its_call(shown: Page) -> None:
    await expect(inside(shown).locator("#host")).to_have_text("webclient now")
    await expect(inside(shown).locator("#said")).to_have_text("noon")
    box = await shown.locator("iframe[data-app]").bounding_box()
    assert box
    assert box["height"] <= 1210


async def test_page_gets_out_of_nothing(shown: Page) -> None:
    await expect(inside(shown).locator("#tried")).to_have_text(
        "parent failed, storage failed, cookie failed, fetch failed"
    )


async def test_page_asks_before_it_calls_a_tool(shown: Page) -> None:
    await inside(shown).get_by_role("button", name="Wind").click()
    await expect(shown.get_by_text("The page wants to call the tool wind.")).to_be_visible()
    await expect(shown.locator("[data-app-detail]")).to_contain_text('"turns": 3')
    await shown.get_by_role("button", name="No", exact=True).click()
    await expect(inside(shown).locator("#answer")).to_contain_text("did not allow")
    await inside(shown).get_by_role("button", name="Wind").click()
    await shown.get_by_role("button", name="Allow once").click()
    await expect(inside(shown).locator("#answer")).to_contain_text("3 turns")


async def test_page_opens_web_addresses_only(shown: Page) -> None:
    await inside(shown).get_by_role("button", name="Leave").click()
    await expect(inside(shown).locator("#answer")).to_contain_text("Only web addresses")
