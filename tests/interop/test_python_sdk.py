"""The official Python SDK's client, which nobody here wrote, against the real service."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.auth.exceptions import OAuthFlowError
from mcp.shared.auth import OAuthClientInformationFull
from mcp.types import CallToolResult
from pydantic import AnyUrl

from tests.interop.browser import Person
from tests.interop.callback import Callback, listening
from tests.interop.sdk import Application, Wallet, seconds_left
from tests.interop.stranger import Era, Window
from tests.ports import free_port
from tests.processes import Program, add_client, running, start_service

WRITE = frozenset({"notes:write"})
ERAS = pytest.mark.parametrize(("era", "revision"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])


@pytest.fixture
async def callback() -> AsyncIterator[Callback]:
    async with listening() as callback:
        yield callback


@pytest.fixture
def application(service: Program, ada: Person, callback: Callback) -> Application:
    return Application(f"{service.url}/mcp", Window(ada), callback)


async def structured(client: Client, tool: str, **arguments: object) -> dict[str, object]:
    """A tool's structured result."""
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refused(http: httpx2.AsyncClient, url: str) -> httpx2.Response:
    """The first 401, once the token's time is over."""
    async with asyncio.timeout(30):
        while True:
            answer = await http.post(url, json={})
            if answer.status_code == 401:
                return answer
            await asyncio.sleep(0.1)


@ERAS
async def test_official_client_discovers_registers_signs_in_and_calls_a_tool(
    application: Application, era: Era, revision: str
) -> None:
    """MCP 2026-07-28, basic/authorization: the whole flow from a bare URL; and the handshake of 2025-11-25."""
    async with application.connect(era) as (client, _):
        assert client.protocol_version == revision
        assert (await structured(client, "whoami"))["username"] == "ada"
    assert application.wallet.registrations == 1
    assert len(application.window.asked) == 1
    assert application.window.asked[0].query["resource"] == application.mcp_url


@ERAS
async def test_official_client_keeps_a_note_and_finds_it_again(
    application: Application, era: Era, revision: str
) -> None:
    """MCP 2026-07-28, server/tools: a call with arguments and one that reads back what it did."""
    async with application.connect(era) as (client, _):
        added = await structured(client, "add_note", text=f"Written over {revision}")
        listing = await structured(client, "list_notes")
    assert added in listing["notes"]  # type: ignore[operator]


@ERAS
async def test_official_client_understands_every_tool_definition(
    application: Application, era: Era, revision: str
) -> None:
    """MCP 2026-07-28, server/tools, listing: names, schemas and what a tool promises about itself survive the SDK's
    own models.
    """
    async with application.connect(era) as (client, _):
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert {"whoami", "list_notes", "search_notes", "add_note", "delete_note"} <= tools.keys()
    assert tools["add_note"].input_schema["required"] == ["text"]
    assert tools["whoami"].output_schema is not None


@ERAS
async def test_tool_error_reaches_the_official_client_as_a_result(
    application: Application, era: Era, revision: str
) -> None:
    """MCP 2026-07-28, server/tools, error handling: a refusal of the tool is a result that the model can read."""
    async with application.connect(era) as (client, _):
        result = await client.call_tool("delete_note", {"id": 2**40})
    assert result.is_error
    assert result.content


@ERAS
async def test_official_client_steps_up_when_consent_withheld_a_scope(
    application: Application, era: Era, revision: str
) -> None:
    """MCP 2026-07-28, basic/authorization, step-up: a true 403, one more consent, and the call succeeds without
    losing other scopes.
    """
    application.window.withheld = [WRITE]
    async with application.connect(era) as (client, _):
        assert "notes:write" not in str(application.wallet.kept[-1].scope).split()
        added = await structured(client, "add_note", text="Allowed the second time")
        person = await structured(client, "whoami")
    assert ("/mcp", 403) in application.answers
    assert added["text"] == "Allowed the second time"
    assert person["scopes"] == ["notes:read", "notes:write", "offline_access", "profile"]
    assert len(application.window.asked) == 2
    assert set(application.window.asked[1].query["scope"].split()) >= {"notes:read", "notes:write", "profile"}


async def test_denied_consent_ends_the_official_clients_flow_with_no_token(application: Application) -> None:
    """RFC 6749 section 4.1.2.1: access_denied comes back with state and iss, and nothing was granted."""
    application.window.decision = "deny"
    with pytest.raises(BaseExceptionGroup) as failure:
        async with application.connect("auto"):
            pytest.fail("connected without consent")
    assert failure.group_contains(OAuthFlowError, match="No authorization code")
    assert application.wallet.kept == []


async def test_second_connection_reuses_the_kept_tokens(application: Application) -> None:
    """RFC 6749 section 1.4: a program that starts again with its stored token asks nobody anything."""
    for _ in range(2):
        async with application.connect("auto") as (client, _):
            assert (await structured(client, "whoami"))["username"] == "ada"
    assert len(application.window.asked) == 1


async def test_official_client_survives_a_restart_of_the_service(
    database: Path, ada: Person, callback: Callback
) -> None:
    """RFC 6749 section 1.4: clients, grants and keys outlive the process; nobody signs in or registers again."""
    port = free_port()
    application = Application(f"http://127.0.0.1:{port}/mcp", Window(ada), callback)
    for _ in range(2):
        with running(start_service(database, port=port)):
            async with application.connect("auto") as (client, _):
                assert (await structured(client, "whoami"))["username"] == "ada"
    assert len(application.window.asked) == 1
    assert application.wallet.registrations == 1


async def test_official_client_registers_as_a_public_client(application: Application) -> None:
    """RFC 7591 section 2: `none` is taken at its word, no secret is made, and PKCE carries the exchange."""
    application.auth_method = "none"
    async with application.connect("auto") as (client, _):
        assert (await structured(client, "whoami"))["username"] == "ada"
    assert application.wallet.client is not None
    assert application.wallet.client.client_secret is None


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_pre_registered_confidential_client_needs_no_registration(
    application: Application, database: Path, method: str
) -> None:
    """RFC 6749 section 2.3.1: credentials handed out by the operator work with either way of presenting them."""
    redirect_uri = application.callback.url
    credentials = add_client(database, redirect_uri, "--confidential")
    application.wallet = Wallet(
        OAuthClientInformationFull(
            client_id=credentials["client_id"],
            client_secret=credentials["client_secret"],
            redirect_uris=[AnyUrl(redirect_uri)],
            token_endpoint_auth_method=method,
        )
    )
    async with application.connect("auto") as (client, _):
        assert (await structured(client, "whoami"))["username"] == "ada"
    assert application.wallet.registrations == 0
    assert application.window.asked[0].query["client_id"] == credentials["client_id"]


async def test_pre_registered_client_with_a_wrong_secret_gets_no_token(
    application: Application, database: Path
) -> None:
    """RFC 6749 section 5.2: invalid_client, even with a genuine code."""
    redirect_uri = application.callback.url
    credentials = add_client(database, redirect_uri, "--confidential")
    application.wallet = Wallet(
        OAuthClientInformationFull(
            client_id=credentials["client_id"],
            client_secret="guessed",
            redirect_uris=[AnyUrl(redirect_uri)],
            token_endpoint_auth_method="client_secret_basic",
        )
    )
    with pytest.raises(BaseExceptionGroup):
        async with application.connect("auto"):
            pytest.fail("connected with a guessed secret")
    assert ("/token", 401) in application.answers
    assert application.wallet.kept == []


@pytest.fixture(scope="module")
def hasty(database: Path) -> Iterator[Program]:
    """A second process over the same database, whose access tokens last a moment."""
    with running(start_service(database, port=free_port(), settings={"access_token_lifetime": 3})) as program:
        yield program


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_official_client_refreshes_without_asking_the_person(
    hasty: Program, ada: Person, callback: Callback, era: Era
) -> None:
    """RFC 6749 section 6: after expiry the refresh token answers for the person, and is rotated."""
    application = Application(f"{hasty.url}/mcp", Window(ada), callback)
    async with application.connect(era) as (client, provider):
        first = application.wallet.kept[0]
        await asyncio.sleep(max(0, seconds_left(provider)) + 0.1)
        assert (await structured(client, "whoami"))["username"] == "ada"
    assert len(application.window.asked) == 1
    latest = application.wallet.kept[-1]
    assert latest.access_token != first.access_token
    assert latest.refresh_token != first.refresh_token


async def test_expired_access_token_is_answered_401_with_a_challenge(
    hasty: Program, ada: Person, callback: Callback
) -> None:
    """RFC 6750 section 3.1: invalid_token, and where to get another."""
    application = Application(f"{hasty.url}/mcp", Window(ada), callback)
    async with application.connect("auto"):
        pass
    headers = {"Authorization": f"Bearer {application.wallet.kept[-1].access_token}"}
    async with httpx2.AsyncClient(headers=headers) as http:
        answer = await refused(http, application.mcp_url)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert "resource_metadata=" in answer.headers["WWW-Authenticate"]
