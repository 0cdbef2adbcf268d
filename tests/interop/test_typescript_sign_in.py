"""The official TypeScript client signs its person in by itself: from a 401 to a tool, by a document or registered,
and again when its token has expired.
"""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from mcpserver.compose.service import SERVICE
from mcpserver.network import Network
from tests import provision
from tests.conftest import Clock
from tests.interop.browser import Person
from tests.interop.conftest import PASSWORD
from tests.interop.stranger import Era, Window
from tests.interop.typescript import Typescript
from tests.network.place import Place, said, serving

ERAS = pytest.mark.parametrize(("era", "revision"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
HOUR = 3600


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """Where the application says what it is."""

    async def describe(request: web.BaseRequest) -> web.StreamResponse:
        document = {
            "client_id": f"{here.url}/client.json",
            "client_name": "TypeScript application",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        return await said(json.dumps(document))

    async with serving(describe) as here:
        yield here


@pytest.fixture
def network(place: Place) -> Network:
    return Network(strangers=place.fetcher())


@pytest.fixture
async def window(server: TestServer) -> AsyncIterator[Window]:
    """Ada's, at a service in this process: its clock is the test's, and it finds the place."""
    await server.app[SERVICE].accounts.add("ada", PASSWORD, name="Ada Lovelace")
    async with Person("ada", PASSWORD) as ada:
        yield Window(ada)


@ERAS
async def test_client_with_a_document_needs_no_registration(
    server: TestServer, place: Place, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28 and 2025-11-25, authorization: challenge, RFC 9728, RFC 8414, a client ID metadata document,
    PKCE, the code, and a tool.
    """
    client_id = f"{place.url}/client.json"
    mcp_url = server.app[SERVICE].settings.resource
    async with provision.need(lambda: Typescript(client_id)).connect(mcp_url, window, era) as connection:
        assert connection.revision == revision
        answer = await connection.call("whoami")
        seen = await connection.seen()
    assert (answer.structured or {})["username"] == "ada"
    (asked,) = window.asked
    assert (asked.query["client_id"], asked.query["code_challenge_method"], asked.query["resource"]) == (
        client_id,
        "S256",
        mcp_url,
    )
    assert [step for step in seen if step[1] != "/mcp"] == [
        ("GET", "/.well-known/oauth-protected-resource/mcp", 200),
        ("GET", "/.well-known/oauth-authorization-server", 200),
        ("POST", "/token", 200),
    ]
    assert seen[0] == ("POST", "/mcp", 401)
    assert len(place.asked) == 1
    (kept,) = await server.app[SERVICE].store.list_clients()
    assert (kept.id, kept.name) == (client_id, "TypeScript application")


@ERAS
async def test_client_without_a_document_registers(server: TestServer, window: Window, era: Era, revision: str) -> None:
    """RFC 7591 section 3, between discovery and the page."""
    async with provision.need(Typescript).connect(server.app[SERVICE].settings.resource, window, era) as connection:
        paths = [path for _, path, _ in await connection.seen() if path != "/mcp"]
        wallet = await connection.wallet()
    assert paths == [
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/register",
        "/token",
    ]
    assert window.asked[0].query["client_id"] == wallet["client"]["client_id"]


@ERAS
@pytest.mark.parametrize("has_document", [True, False])
async def test_client_refreshes_without_asking_its_person(
    server: TestServer, place: Place, clock: Clock, window: Window, era: Era, revision: str, has_document: bool
) -> None:
    """OAuth 2.1 section 4.3: an hour later the token is refused, the refresh token answers for the person, and is
    rotated.
    """
    stranger = provision.need(lambda: Typescript(f"{place.url}/client.json" if has_document else None))
    async with stranger.connect(server.app[SERVICE].settings.resource, window, era) as connection:
        before = (await connection.wallet())["tokens"]
        clock.now += HOUR
        answer = await connection.call("whoami")
        after, seen = (await connection.wallet())["tokens"], await connection.seen()
    assert (answer.structured or {})["username"] == "ada"
    assert len(window.asked) == 1
    assert before["refresh_token"] != after["refresh_token"]
    assert before["access_token"] != after["access_token"]
    asked = [status for _, path, status in seen if path == "/token"]
    assert len(asked) in (2, 3)  # the stream beside the call may refresh as well, each with a token of its own
    assert set(asked) == {200}


@ERAS
async def test_client_whose_grant_was_revoked_asks_its_person_again(
    server: TestServer, window: Window, era: Era, revision: str
) -> None:
    """OAuth 2.1 section 3.2.4: invalid_grant is the sign to begin anew, and one sign-in later the same call goes
    through.
    """
    service = server.app[SERVICE]
    async with provision.need(Typescript).connect(service.settings.resource, window, era) as connection:
        (ada,) = await service.store.list_accounts()
        for session in await service.accounts.list_sessions(ada):
            await service.accounts.end_session(ada, session.id, disconnect=True)
        await service.resource_server.poll_revocations()
        answer = await connection.call("whoami")
    assert (answer.structured or {})["username"] == "ada"
    assert len(window.asked) == 2
