"""nginx in front, with its defaults and the few lines of docs/settings.md: people sign in, tools answer, streams
stream.
"""

import asyncio
import json
import re
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientSession

from mcpserver.compose.service import SERVICE
from mcpserver.oauth.protocol.models import AuthorizationCode, Grant
from mcpserver.settings import Settings
from tests import provision
from tests.interop.browser import Person
from tests.ports import free_port
from tests.processes import ROOT, add_client, running, start_service
from webclient import connect

from ..sample import create_app

DEADLINE = 30
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
MODERN = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28"}
CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{front}; {location} }}
}}
"""


@pytest.fixture(scope="module")
def front(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address at which nginx answers for the service."""
    program, folder, port, back = (
        provision.need(provision.nginx),
        tmp_path_factory.mktemp("nginx"),
        free_port(),
        free_port(),
    )
    location = re.findall(
        r"^```nginx\n(.*?)^```$", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE | re.DOTALL
    )[0]
    configuration = folder / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder, front=port, location=location.replace("127.0.0.1:8000", f"127.0.0.1:{back}")
        )
    )
    url = f"http://127.0.0.1:{port}"
    with running(start_service(database, port=back, settings={"public_url": url, "trusted_proxies": "127.0.0.1"})):
        process = subprocess.Popen([program, "-p", folder, "-c", configuration, "-e", folder / "errors"])
        try:
            wait_for(port)
            yield url
        finally:
            process.terminate()
            process.wait(DEADLINE)


def wait_for(port: int) -> None:
    until = time.monotonic() + DEADLINE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < until, "nginx did not start."
            time.sleep(0.05)


@pytest.fixture
async def caller(front: str, database: Path) -> AsyncIterator[ClientSession]:
    """Ada's client, with her token."""
    client = add_client(database, "https://c.example/cb")
    app = await create_app(Settings(public_url=front, database=f"sqlite:///{database}"))
    service = app[SERVICE]
    account = await service.store.find_account_by_login("ada")
    assert account is not None
    now = service.sources.now()
    grant = Grant(
        "behind", account.id, client["client_id"], "notes:read notes:write", service.settings.resource, now, now + 3600
    )
    await service.store.add_grant(
        grant, AuthorizationCode(b"behind", grant.id, "https://c.example/cb", "challenge", now + 60)
    )
    async with ClientSession(
        headers={**MODERN, "Authorization": f"Bearer {service.access_tokens.issue(grant)}"}
    ) as session:
        yield session
    await service.store.close()


async def test_person_signs_in_and_a_tool_answers(front: str, ada: Person) -> None:
    """Discovery, registration, sign-in, consent, token and a call, all of it by way of nginx."""
    async with (
        asyncio.timeout(DEADLINE),
        connect(f"{front}/mcp", open_browser=ada.consent, patience=DEADLINE) as client,
    ):
        assert (await client.call_tool("whoami"))["structuredContent"]["username"] == "ada"


async def test_stream_comes_through_as_it_is_written_and_large_bodies_too(front: str, caller: ClientSession) -> None:
    """MCP 2026-07-28, subscriptions: the acknowledgement arrives though the stream goes on; and nginx takes what the
    service takes.
    """
    listen = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "subscriptions/listen",
        "params": {"notifications": {"toolsListChanged": True}, "_meta": META},
    }
    async with (
        asyncio.timeout(DEADLINE),
        caller.post(f"{front}/mcp", json=listen, headers={"Mcp-Method": "subscriptions/listen"}) as stream,
    ):
        assert stream.status == 200, await stream.text()
        assert b"acknowledged" in await stream.content.readuntil(b"\n\n")
        large = {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/list",
            "params": {"_meta": META, "padding": "a" * 3_000_000},
        }
        async with caller.post(
            f"{front}/mcp",
            data=BytesIO(json.dumps(large).encode()),
            headers={"Mcp-Method": "tools/list", "Content-Type": "application/json"},
        ) as answer:
            assert (answer.status, (await answer.json())["id"]) == (200, 2)
        assert not stream.content.at_eof()
