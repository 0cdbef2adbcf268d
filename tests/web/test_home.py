"""The front page: what it tells somebody to paste, and where."""

import json
import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from mcpserver.settings import Settings

from ..sample import create_app

NAMES = ["mcpserver", "My notes", "a; rm -rf ~", 'O\'Neil "quoted" $HOME', "Notizbücher", "メモ", "<b>&amp;</b>"]


async def front_page(tmp_path: Path, **given: str) -> str:
    settings = Settings(database=f"sqlite:///{tmp_path / 'service.db'}", **given)  # type: ignore[arg-type]
    host = settings.public_url.partition("://")[2]
    async with TestServer(await create_app(settings)) as server, ClientSession(headers={"Host": host}) as browser:
        answer = await browser.get(server.make_url("/"))
        assert re.findall(r"<script[^>]*>", await answer.text()) == ['<script src="/static/copy.js" defer>']
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        return await answer.text()


def copied(page: str, id: str) -> str:  # noqa: A002 - HTML's name for it
    found = re.search(rf'<code class="copy" id="{id}">([^<]*)</code>', page)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_to_be_pasted_holds_whatever_the_name(tmp_path: Path, name: str) -> None:
    page = await front_page(tmp_path, name=name, public_url="https://mcp.example.org")
    words = shlex.split(copied(page, "claude-code"))
    assert words[:5] == ["claude", "mcp", "add", "--transport", "http"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", words[5])
    assert words[6:] == ["https://mcp.example.org/mcp"]
    assert json.loads(copied(page, "cursor")) == {"mcpServers": {name: {"url": "https://mcp.example.org/mcp"}}}


@pytest.mark.parametrize(
    ("public_url", "reached"),
    [
        ("https://mcp.example.org", True),
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("https://192.168.1.7", False),
        ("https://notes.internal", False),
        ("https://notes.lan:8443", False),
        ("https://localhost:8443", False),
    ],
)
async def test_clients_elsewhere_are_named_where_they_reach_the_address(
    tmp_path: Path, public_url: str, reached: bool
) -> None:
    """claude.ai and ChatGPT come from their own networks."""
    page = await front_page(tmp_path, public_url=public_url)
    assert ("Add custom connector" in page) is reached
    assert ("<summary>ChatGPT</summary>" in page) is reached
    assert ("cannot reach it" in page) is not reached
    assert copied(page, "address") == f"{public_url}/mcp"
