"""X7: a server that writes markup into every string it may send; nothing of it becomes markup on any page of the
workbench.
"""

import json
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import pytest
from aiohttp import web

from tests.ports import free_port

from .browser import Browser, Page

EVIL = "\"'><script src=//evil></script><img src=x onerror=alert(1)><a href='javascript:alert(2)'>{{7*7}}</a>"
SCHEMA = {
    "type": "object",
    "title": EVIL,
    "description": EVIL,
    "properties": {
        EVIL: {"type": "string", "title": EVIL, "description": EVIL, "default": EVIL, "pattern": "a+"},
        "e": {"enum": [EVIL, "x"], "title": EVIL},
        "o": {"oneOf": [{"const": EVIL, "title": EVIL}, {"const": "y", "title": EVIL}]},
        "u": {"oneOf": [{"type": "string", "title": EVIL}, {"type": "integer", "title": EVIL}]},
        "m": {"type": "array", "items": {"enum": [EVIL]}, "uniqueItems": True},
    },
}
CONTENT = [
    {"type": "text", "text": EVIL},
    {"type": "text", "text": f"# {EVIL}\n\n[x](javascript:alert(3)) ![y](https://evil.example/pixel.png)"},
    {"type": "image", "mimeType": EVIL, "data": EVIL},
    {
        "type": "resource_link",
        "uri": "javascript:alert(4)",
        "name": EVIL,
        "title": EVIL,
        "mimeType": EVIL,
        "description": EVIL,
    },
    {"type": "resource", "resource": {"uri": EVIL, "mimeType": EVIL, "text": EVIL}},
    {"type": "resource", "resource": {"uri": EVIL, "mimeType": "text/html", "blob": "PGI+"}},
    {"type": EVIL, EVIL: EVIL},
]
RESULTS: dict[str, dict[str, Any]] = {
    "server/discover": {
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {}, "resources": {}, "prompts": {}, "completions": {}},
        "instructions": EVIL,
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": EVIL, "title": EVIL, "version": EVIL}},
    },
    "tools/list": {
        "tools": [
            {"name": name, "title": EVIL, "description": EVIL, "inputSchema": SCHEMA, "annotations": {"title": EVIL}}
            for name in ("t", "r", EVIL)
        ]
    },
    "resources/list": {
        "resources": [{"uri": EVIL, "name": EVIL, "title": EVIL, "description": EVIL, "mimeType": EVIL}]
    },
    "resources/templates/list": {
        "resourceTemplates": [
            {"uriTemplate": EVIL + "{v}", "name": EVIL, "title": EVIL, "description": EVIL, "mimeType": EVIL}
        ]
    },
    "resources/read": {"contents": [{"uri": EVIL, "mimeType": EVIL, "text": EVIL}]},
    "prompts/list": {
        "prompts": [
            {
                "name": EVIL,
                "title": EVIL,
                "description": EVIL,
                "arguments": [{"name": EVIL, "title": EVIL, "description": EVIL}],
            }
        ]
    },
    "prompts/get": {"description": EVIL, "messages": [{"role": EVIL, "content": each} for each in CONTENT]},
    "completion/complete": {"completion": {"values": [EVIL]}},
    "tools/call": {"content": CONTENT, "structuredContent": {EVIL: EVIL, "rows": [{EVIL: EVIL}]}},
}


async def answer(request: web.Request) -> web.Response:
    message = json.loads(await request.read())
    head = {"jsonrpc": "2.0", "id": message["id"]}
    if message["params"].get("name") == "r" or message["method"] not in RESULTS:
        return web.json_response({**head, "error": {"code": -32602, "message": EVIL, "data": EVIL}})
    return web.json_response(
        {
            **head,
            "result": {"resultType": "complete", "ttlMs": 0, "cacheScope": "private", **RESULTS[message["method"]]},
        }
    )


@pytest.fixture
async def hostile() -> AsyncIterator[str]:
    port, app = free_port(), web.Application()
    app.router.add_post("/mcp", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/mcp"
    await runner.cleanup()


class Markup(HTMLParser):
    """What would run, be loaded or be followed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads = name in ("src", "href", "action", "formaction", "data", "poster")
            if (
                name.startswith("on")
                or name == "style"
                or (
                    leads
                    and not (value or "").startswith(("/", "#", "data:image/", "https://modelcontextprotocol.io/"))
                )
            ):
                self.found.append(f"{tag} {name}={value}")
        if tag == "script" and not dict(attrs).get("src"):
            self.found.append("script")


def require_clean(page: Page) -> None:
    markup = Markup()
    markup.feed(page.html)
    assert markup.found == [], page.url
    assert page.status < 500
    assert 'evil.example/pixel.png"' not in page.html
    assert ">49<" not in page.html


async def test_x7_nothing_a_server_says_is_markup(browser: Browser, hostile: str) -> None:
    page = await browser.add(hostile)
    assert "Connected" in page.text
    assert "<script src=//evil>" in page.text
    room = browser.room_of(page)
    for path in ("", "/resources", "/prompts", "/calls", "/changes", "/settings", "/trace?open=all", "/tool?name=t"):
        require_clean(await browser.get(room + path))
    for tool in ("t", "r", EVIL):
        require_clean(await browser.call(page, tool))
    resources = await browser.get(f"{room}/resources")
    require_clean(await browser.submit(resources, resources.form("/read", uri=EVIL)))
    template = resources.form("/read", template=EVIL + "{v}")
    require_clean(await browser.submit(resources, template, **{"do": "suggest:v"}))
    prompts = await browser.get(f"{room}/prompts")
    require_clean(await browser.submit(prompts, prompts.form("/get"), do=f"suggest:{EVIL}"))
    require_clean(await browser.submit(prompts, prompts.form("/get")))
    require_clean(await browser.get(f"{room}/calls"))
    require_clean(await browser.get("/"))


async def test_x7_a_file_is_never_a_page(browser: Browser, hostile: str) -> None:
    done = await browser.call(await browser.add(hostile), "t")
    saved = [link for words, link in done.reader.links.items() if words.startswith("Save ")]
    assert saved
    for link in saved:
        file = await browser.get(link)
        assert file.headers["Content-Type"] == "application/octet-stream"
        assert file.headers["Content-Disposition"].startswith("attachment; ")
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert (await browser.get(f"{done.path}/files/99")).status == 404
