"""nginx, HAProxy and Caddy with the files of examples/deploy, in front of two services."""

import asyncio
import json
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientResponse, ClientSession

from mcpserver.compose.service import SERVICE
from mcpserver.oauth.protocol.models import AuthorizationCode, Grant
from mcpserver.secrets import SecretKind, digest, mint, random_text
from mcpserver.settings import Settings
from tests.asker import CHALLENGE, VERIFIER
from tests.conftest import csrf_of
from tests.processes import Program, running
from tests.sample import create_app

from .conftest import CLIENT_ADDRESS, PASSWORD, PUBLIC_URL, REDIRECT_URI, Pair, address_of
from .proxies import FILES, HOST, PROXIES, Place, running_proxy

DEADLINE = 30
PATHS = ("/login", "/.well-known/oauth-authorization-server", "/jwks", "/healthz")
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def mcp(method: str, token: str, /, **params: Any) -> dict[str, Any]:
    """The arguments of a request to the MCP endpoint of revision 2026-07-28."""
    headers = {
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {token}",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": method,
        **({"Mcp-Name": params["name"]} if "name" in params else {}),
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
    headers["Content-Type"] = "application/json"
    return {"data": BytesIO(json.dumps(message).encode()), "headers": headers, "server_hostname": HOST}


async def token_of(pair: Pair, front: Place, caller: ClientSession) -> str:
    """What the token endpoint gives Ada's client for a code."""
    app = await create_app(Settings(public_url=PUBLIC_URL, database=f"sqlite:///{pair.database}"))
    own = app[SERVICE]
    account = await own.store.find_account_by_login("ada")
    assert account is not None
    now, code = own.sources.now(), mint(SecretKind.CODE, own.sources)
    grant_id, client_id = random_text(own.sources, 16), pair.client["client_id"]
    grant = Grant(grant_id, account.id, client_id, "profile notes:read", own.settings.resource, now, now + 3600)
    await own.store.add_grant(
        grant, AuthorizationCode(digest(SecretKind.CODE, code), grant_id, REDIRECT_URI, CHALLENGE, now + 60)
    )
    await own.store.close()
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "redirect_uri": REDIRECT_URI}
    async with caller.post(f"{front.url}/token", data={**form, **pair.client}, server_hostname=HOST) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["access_token"])


@asynccontextmanager
async def listening(front: Place, caller: ClientSession, token: str) -> AsyncIterator[ClientResponse]:
    """A stream of which the first event has come (MCP 2026-07-28, subscriptions)."""
    wanted = mcp("subscriptions/listen", token, notifications={"toolsListChanged": True})
    async with asyncio.timeout(DEADLINE), caller.post(f"{front.url}/mcp", **wanted) as stream:
        assert stream.status == 200, await stream.text()
        assert b"acknowledged" in await stream.content.readuntil(b"\n\n")
        try:
            yield stream
        finally:
            if stream.connection is not None and stream.connection.transport is not None:
                stream.connection.transport.abort()  # without the farewell of TLS, which a proxy may answer late


async def logged(programs: Sequence[Program], words: str, *, after: Sequence[int] = (0, 0)) -> None:
    """Return once each of the services has logged a line with these words after so many lines."""
    began = time.monotonic()
    while not all(
        any(words in line for line in program.lines[skipped:]) for program, skipped in zip(programs, after, strict=True)
    ):
        assert time.monotonic() - began < DEADLINE, words
        await asyncio.sleep(0.02)


async def test_person_signs_in_and_a_tool_answers(pair: Pair, front: Place, caller: ClientSession) -> None:
    """Host and cookies pass through in both directions, and both services answer in turn."""
    async with caller.get(f"{front.url}/login", server_hostname=HOST) as page:
        form = {"login": "ada", "password": PASSWORD, "csrf": csrf_of(await page.text())}
    async with caller.post(f"{front.url}/login", data=form, allow_redirects=False, server_hostname=HOST) as signed_in:
        assert signed_in.status == 303, await signed_in.text()
    token = await token_of(pair, front, caller)
    for _ in range(4):
        request = mcp("tools/call", token, name="whoami", arguments={})
        async with caller.post(f"{front.url}/mcp", **request) as answer:
            assert answer.status == 200, await answer.text()
            assert (await answer.json())["result"]["structuredContent"]["username"] == "ada"
    await logged(pair.programs, f"{CLIENT_ADDRESS} ada")


async def test_large_body_passes(pair: Pair, front: Place, caller: ClientSession) -> None:
    """nginx refuses more than 1 MiB where nobody says otherwise; the service's own limit is 4 MiB."""
    request = mcp("tools/list", await token_of(pair, front, caller), padding="a" * 3_000_000)
    async with caller.post(f"{front.url}/mcp", **request) as answer:
        assert answer.status == 200, await answer.text()


async def test_address_that_a_client_writes_is_not_believed(pair: Pair, front: Place, caller: ClientSession) -> None:
    """RFC 7239 section 8.1: both headers are replaced, so that the log and the limits have the client's own address."""
    forged = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.8;host=evil.example;proto=http"}
    before = [len(program.lines) for program in pair.programs]
    for _ in range(4):
        async with caller.get(f"{front.url}/nowhere", headers=forged, server_hostname=HOST) as answer:
            assert answer.status == 404
    await logged(pair.programs, f"{CLIENT_ADDRESS} - - GET", after=before)
    seen = [line for program in pair.programs for line in program.lines]
    assert not [line for line in seen if "203.0.113." in line or "evil.example" in line]


@pytest.mark.parametrize("name", [name for name in PROXIES if PROXIES[name].quiet], indirect=True)
async def test_stream_stays_open_while_it_is_quiet(
    name: str, pair: Pair, front: Place, caller: ClientSession, new_folder: Callable[[], Path]
) -> None:
    """The line that the file says it with is what decides: with one second in it, the stream ends."""
    token, quiet = await token_of(pair, front, caller), PROXIES[name].quiet
    assert quiet is not None
    with running_proxy(name, pair.upstreams, new_folder(), dict([quiet])) as impatient:
        async with listening(front, caller, token) as stream, listening(impatient, caller, token) as short:
            with suppress(ClientError):  # some proxies end the stream, some break it off
                await short.content.read()
            assert not stream.content.at_eof()


async def test_caddy_streams_and_bounds_no_quiet_time(pair: Pair, caller: ClientSession, new_folder: Any) -> None:
    text = (FILES / "Caddyfile").read_text()
    assert not [word for word in ("read_timeout", "response_header_timeout", "read_body", "write") if word in text]
    with running_proxy("Caddy", pair.upstreams, new_folder()) as front:
        async with listening(front, caller, await token_of(pair, front, caller)) as stream:
            assert not stream.content.at_eof()


async def test_stopped_service_is_left_out(pair: Pair, caller: ClientSession, new_folder: Any) -> None:
    with ExitStack() as stack:
        third = stack.enter_context(running(pair.start()))
        upstreams = [pair.upstreams[0], address_of(third)]
        fronts = [stack.enter_context(running_proxy(name, upstreams, new_folder())) for name in PROXIES]
        assert await statuses(fronts, caller) == {200}
        assert third.stop() == 0
        for _ in range(3):
            assert await statuses(fronts, caller) == {200}


async def statuses(fronts: Sequence[Place], caller: ClientSession) -> set[int]:
    found = set()
    for front in fronts:
        for path in PATHS:
            async with caller.get(f"{front.url}{path}", server_hostname=HOST) as answer:
                found.add(answer.status)
        async with caller.post(f"{front.url}/register", json=REGISTRATION, server_hostname=HOST) as answer:
            found.add(200 if answer.status == 201 else answer.status)
    return found


REGISTRATION = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}


async def test_post_that_was_sent_is_not_repeated(name: str, caller: ClientSession, new_folder: Any) -> None:
    """RFC 9110 section 9.2.2: a proxy must not repeat it, since it may have had its effect."""
    sent: list[bytes] = []

    async def fail(reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b" /healthz " in head:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        else:
            sent.append(head.partition(b"\r\n")[0])
        writer.close()

    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(await asyncio.start_server(fail, "127.0.0.1", 0)) for _ in range(2)]
        upstreams = ["{}:{}".format(*server.sockets[0].getsockname()) for server in servers]
        with running_proxy(name, upstreams, new_folder()) as front:
            async with caller.post(f"{front.url}/token", data={"a": "b"}, server_hostname=HOST) as answer:
                assert answer.status == 502
    assert sent == [b"POST /token HTTP/1.1"]


@pytest.mark.parametrize("name", ["nginx", "HAProxy"], indirect=True)
async def test_plain_http_is_redirected(front: Place, caller: ClientSession) -> None:
    """Caddy does it by itself."""
    async with caller.get(f"http://127.0.0.1:{front.plain}/login?a=b", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (308, f"{PUBLIC_URL}/login?a=b")
