"""The web client's engine with servers and authorization servers that nobody here wrote, on real ports."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.interop.theirs import SCOPE, SERVERS, Theirs
from webclient import MemoryTokenStore, Preferences, connect


class Visitor:
    """A person who says yes: follows the consent page back to the program. ``asked`` has the query of each consent page."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    async def __call__(self, url: str) -> None:
        self.asked.append({name: value for name, [value] in parse_qs(urlsplit(url).query).items()})
        async with aiohttp.ClientSession() as browser, browser.get(url) as page:
            assert page.status == 200, await page.text()


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture(params=SERVERS)
async def theirs(request: pytest.FixtureRequest) -> AsyncIterator[Theirs]:
    async with SERVERS[request.param]() as server:
        yield server


@pytest.mark.parametrize("protocol", ["", "2025-11-25", "2025-06-18", "2025-03-26"])
async def test_person_is_signed_in_at_every_revision(theirs: Theirs, visitor: Visitor, protocol: str) -> None:
    """MCP authorization: from the challenge to the tool, for the resource that was asked for and no other scope than it wants."""
    async with connect(theirs.url, preferences=Preferences(protocol=protocol), open_browser=visitor) as client:
        assert [tool["name"] for tool in (await client.list_tools()).items] == ["greet"]
        assert (await client.call_tool("greet", {"name": "Ada"}))["content"] == [{"type": "text", "text": "Hello, Ada!"}]
    [asked] = visitor.asked
    assert (asked["resource"], asked["scope"], asked["code_challenge_method"]) == (theirs.url, SCOPE, "S256")
    [registered] = theirs.provider.clients.values()
    assert registered.client_id == asked["client_id"]


async def test_token_is_refreshed_and_ended_sign_in_begun_anew(theirs: Theirs, visitor: Visitor) -> None:
    """OAuth 2.1 section 4.3: the person is asked again only when nothing else helps, and the client stays registered."""
    store = MemoryTokenStore()
    async with connect(theirs.url, token_store=store, open_browser=visitor) as client:
        await client.call_tool("greet", {"name": "Ada"})
        theirs.forget_access_tokens()
        await client.call_tool("greet", {"name": "Ada"})
        assert len(visitor.asked) == 1
    theirs.forget_people()
    async with connect(theirs.url, token_store=store, open_browser=visitor) as client:
        await client.call_tool("greet", {"name": "Ada"})
    assert len(visitor.asked) == 2
    assert len(theirs.provider.clients) == 1
