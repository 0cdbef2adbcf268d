"""npm's mcp-remote, by which desktop programs that know stdio only reach a service with a sign-in, as a real process
against the real service.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests import provision
from tests.interop.browser import Person
from tests.interop.remote import McpRemote
from tests.interop.sdk import PythonConnection
from tests.interop.stranger import Window
from tests.ports import free_port
from tests.processes import Program, command, running, start_service

DEADLINE = 60
BOTH_ERAS = pytest.mark.parametrize("options", [(), ("--protocol", "auto")], ids=["legacy", "auto"])
"""Towards the service: the handshake as it came, or what 2026-07-28 has in its place.

The program that started it shakes hands in either case.
"""


@pytest.fixture
def window(ada: Person) -> Window:
    return Window(ada)


@pytest.fixture
def remote(tmp_path: Path) -> McpRemote:
    return provision.need(lambda: McpRemote(tmp_path))


@pytest.fixture(scope="module")
def hasty(database: Path) -> Iterator[Program]:
    """A second process over the same database, whose access tokens last a moment."""
    with running(start_service(database, port=free_port(), settings={"access_token_lifetime": 3})) as program:
        yield program


async def whoami(connection: PythonConnection) -> object:
    answer = await connection.call("whoami")
    assert not answer.is_error, answer.text
    assert answer.structured is not None
    return answer.structured["username"]


@BOTH_ERAS
async def test_person_is_signed_in_by_way_of_their_own_computer(
    remote: McpRemote, service: Program, window: Window, options: tuple[str, ...]
) -> None:
    """MCP 2025-11-25, basic/authorization: challenge, discovery, registration (RFC 7591), a loopback redirect (RFC
    8252 section 7.3), PKCE, and a tool.
    """
    remote.options = options
    async with asyncio.timeout(DEADLINE), remote.connect(f"{service.url}/mcp", window) as connection:
        assert connection.revision == "2025-11-25"
        assert await whoami(connection) == "ada"
        assert "add_note" in await connection.list_tools()
    (asked,) = window.asked
    assert asked.query["redirect_uri"] == f"http://localhost:{remote.port}/oauth/callback"
    assert asked.query["code_challenge_method"] == "S256"
    assert asked.query["resource"] == f"{service.url}/mcp"
    assert remote.kept.client["client_id"] == asked.query["client_id"]
    assert remote.kept.client["token_endpoint_auth_method"] == "none"
    assert {"access_token", "refresh_token"} <= set(remote.kept.tokens)


@BOTH_ERAS
async def test_next_start_uses_what_was_kept(
    remote: McpRemote, service: Program, window: Window, options: tuple[str, ...]
) -> None:
    """OAuth 2.1 section 1.3.2: desktop programs start it every morning, and nobody signs in or registers again."""
    remote.options = options
    for _ in range(2):
        async with asyncio.timeout(DEADLINE), remote.connect(f"{service.url}/mcp", window) as connection:
            assert await whoami(connection) == "ada"
    assert len(window.asked) == 1


async def test_next_start_refreshes_what_has_expired(remote: McpRemote, hasty: Program, window: Window) -> None:
    """OAuth 2.1 section 4.3: after a night, the refresh token answers for the person, and is rotated."""
    async with asyncio.timeout(DEADLINE):
        async with remote.connect(f"{hasty.url}/mcp", window) as connection:
            assert await whoami(connection) == "ada"
        first = remote.kept.tokens
        await expired(f"{hasty.url}/mcp", first["access_token"])
        async with remote.connect(f"{hasty.url}/mcp", window) as connection:
            assert await whoami(connection) == "ada"
    assert len(window.asked) == 1
    assert remote.kept.tokens["refresh_token"] != first["refresh_token"]


async def expired(url: str, token: str) -> None:
    """Return when the token is refused. Nothing tells when its second is over."""
    async with ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        while True:
            async with http.post(url, json={}) as answer:
                if answer.status == 401:
                    return
            await asyncio.sleep(0.1)


async def test_person_who_disconnected_it_is_asked_again(
    remote: McpRemote, service: Program, window: Window, ada: Person
) -> None:
    """On the account page; its tokens are refused from then on, and it begins anew by itself."""
    for _ in range(2):
        async with asyncio.timeout(DEADLINE), remote.connect(f"{service.url}/mcp", window) as connection:
            assert await whoami(connection) == "ada"
        page = await ada.open(f"{service.url}/account")
        while "Disconnect</button>" in page.text:
            form = next(form for form in page.all_forms() if "/connections/" in form.action)
            page = await ada.submit(page, form.fields, form)
    assert len(window.asked) == 2


async def test_job_without_a_person_gets_in_by_its_secret(
    remote: McpRemote, service: Program, database: Path, ada: Person
) -> None:
    """MCP extension oauth-client-credentials, as mcp-remote carries it out: no browser, and the caller is the
    client.
    """
    printed = command(
        "client",
        "add",
        "--name",
        "Nightly job",
        "--acts-for-itself",
        "--scope",
        "profile notes:read",
        database=database,
    )
    credentials = dict(line.split(": ", 1) for line in printed.splitlines())
    window = Window(ada)
    info = f'{{"client_id": "{credentials["client_id"]}", "client_secret": "{credentials["client_secret"]}"}}'
    remote.options = ("--client-credentials", "--static-oauth-client-info", info)
    async with asyncio.timeout(DEADLINE), remote.connect(f"{service.url}/mcp", window) as connection:
        assert await whoami(connection) == credentials["client_id"]
    assert window.asked == []


@BOTH_ERAS
async def test_person_who_allowed_less_is_asked_for_the_rest_when_it_is_needed(
    remote: McpRemote, service: Program, window: Window, options: tuple[str, ...]
) -> None:
    """MCP 2025-11-25 and 2026-07-28, authorization, step-up: a 403 that names the scopes leads to one more consent,
    and the call goes through.
    """
    remote.options, window.withheld = options, [frozenset({"notes:write"})]
    async with asyncio.timeout(DEADLINE), remote.connect(f"{service.url}/mcp", window) as connection:
        assert await whoami(connection) == "ada"
        answer = await connection.call("add_note", text="Allowed the second time")
    assert not answer.is_error, answer.text
    assert len(window.asked) == 2


async def test_program_in_a_terminal_far_away_asks_by_a_code(
    remote: McpRemote, service: Program, window: Window
) -> None:
    """RFC 8628: no browser there and no port to return to; the person types the code in where they are, and the next
    start needs none.
    """
    remote.options = ("--device-code",)
    for _ in range(2):
        async with asyncio.timeout(DEADLINE), remote.connect(f"{service.url}/mcp", window) as connection:
            assert await whoami(connection) == "ada"
    (asked,) = window.asked
    assert asked.path == "/device"
    assert "refresh_token" in remote.kept.tokens
