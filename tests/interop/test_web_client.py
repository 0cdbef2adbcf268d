"""The web client's engine with servers and authorization servers that nobody here wrote, on real ports."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from attrs import evolve

from tests.interop.test_elsewhere import provider
from tests.interop.theirs import SCOPE, SERVERS, Theirs
from tests.ports import free_port
from tests.processes import running, start_service
from webclient import FileTokenStore, MemoryTokenStore, Preferences, connect

CONSENTING = Path(__file__).parent / "consenting.mjs"


class Visitor:
    """A person who says yes: follows the consent page back to the program.

    ``asked`` has the query of each consent page.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    async def __call__(self, url: str) -> None:
        self.asked.append({name: value for name, [value] in parse_qs(urlsplit(url).query).items()})
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
            browser.get(url) as page,
        ):
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
    """MCP authorization: from the challenge to the tool, for the resource that was asked for and no other scope than
    it wants.
    """
    async with connect(theirs.url, preferences=Preferences(protocol=protocol), open_browser=visitor) as client:
        assert [tool["name"] for tool in (await client.list_tools()).items] == ["greet"]
        assert (await client.call_tool("greet", {"name": "Ada"}))["content"] == [
            {"type": "text", "text": "Hello, Ada!"}
        ]
    [asked] = visitor.asked
    assert (asked["resource"], asked["scope"], asked["code_challenge_method"]) == (theirs.url, SCOPE, "S256")
    [registered] = theirs.provider.clients.values()
    assert registered.client_id == asked["client_id"]


async def test_token_is_refreshed_and_ended_sign_in_begun_anew(theirs: Theirs, visitor: Visitor) -> None:
    """OAuth 2.1 section 4.3: the person is asked again only when nothing else helps, and the client stays
    registered.
    """
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


@pytest.mark.parametrize(("dpop", "nonces"), [(False, ""), (True, ""), (True, "nonces")])
async def test_independent_authorization_server_signs_a_person_in(
    visitor: Visitor, tmp_path: Path, dpop: bool, nonces: str
) -> None:
    """npm's oidc-provider: RFC 7591 with its rules for native clients, PKCE, RFC 9207, RFC 8707, offline access, RFC
    9449; our service trusts it.
    """
    port, store = free_port(), FileTokenStore(tmp_path / "tokens.json")
    url = f"http://127.0.0.1:{port}/mcp"
    async with provider(url, nonces, CONSENTING) as issuer:
        settings = {"app": "tests.interop.greeter:server", "authorization_server": issuer}
        with running(start_service(tmp_path / "service.db", port=port, settings=settings)):
            async with connect(
                url, token_store=store, preferences=Preferences(dpop=dpop), open_browser=visitor
            ) as client:
                assert (await client.call_tool("whoami"))["structuredContent"]["id"] == "ada"
            saved = await store.load(url)
            assert saved.tokens is not None
            assert (saved.tokens.kind, saved.tokens.issuer) == ("DPoP" if dpop else "Bearer", issuer)
            ran_out = evolve(saved.tokens, expires_at=0)
            await store.change(url, lambda before: evolve(before, tokens=ran_out))
            async with connect(url, token_store=store, preferences=Preferences(dpop=dpop), open_browser=None) as client:
                assert (await client.call_tool("whoami"))["structuredContent"]["id"] == "ada"
    [asked] = visitor.asked
    assert (asked["resource"], "offline_access" in asked["scope"].split(), asked["prompt"], "dpop_jkt" in asked) == (
        url,
        True,
        "consent",
        dpop,
    )
