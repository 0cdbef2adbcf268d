"""Chapter S of the attack catalogue: what the resource server tells, and whom."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientError, ClientResponse, web
from aiohttp.test_utils import TestClient
from attrs import define, evolve
from pytest_aiohttp import AiohttpClient

from mcpserver import MCPServer
from mcpserver.accounts.models import Account
from mcpserver.compose.service import SERVICE
from mcpserver.oauth.protocol.models import Client, ClientKind, Grant
from mcpserver.settings import Settings

from ..holders import HOST, PUBLIC_URL, Installation, connect, install
from ..sample import create_app, notes_in

METADATA_URL = f"{PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"
DOORS = ("GET /api/notes", "POST /api/notes", "GET /api/notes/1", "DELETE /api/notes/1", "POST /mcp")
MCP_HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
Answer = tuple[int, dict[str, str], str]


@define
class Caller:
    """Somebody outside, who may hold a token."""

    installation: Installation
    client: TestClient[web.Request, web.Application]

    async def knock(
        self, door: str, *, headers: dict[str, str] | None = None, query: str = "", json: object = None
    ) -> Answer:
        """Status, challenge parameters and body."""
        method, path = door.split()
        if method == "POST" and json is None:
            json = call("list_notes") if path == "/mcp" else {"text": "A note"}
        extra = MCP_HEADERS if path == "/mcp" else {}
        async with self.client.request(method, path + query, headers=extra | (headers or {}), json=json) as answer:
            return answer.status, challenge(answer.headers.get("WWW-Authenticate", "")), await answer.text()


def call(tool: str, **arguments: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def challenge(header: str) -> dict[str, str]:
    """The parameters of the one Bearer challenge in a WWW-Authenticate field (RFC 9110 section 11.6.1)."""
    if not header:
        return {}
    assert re.fullmatch(r'Bearer [a-z_]+="[^"\\]*"(, [a-z_]+="[^"\\]*")*', header)
    pairs = re.findall(r'([a-z_]+)="([^"]*)"', header)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@pytest.fixture
async def caller(aiohttp_client: AiohttpClient) -> Caller:
    installation = await install()
    return Caller(installation, await connect(aiohttp_client, installation))


@pytest.mark.parametrize("door", DOORS)
async def test_s1_no_token_is_told_where_to_get_one_and_no_error(caller: Caller, door: str) -> None:
    """OAuth 2.1 section 5.3.2, RFC 9728 section 5.1: no error code for who did not try."""
    status, told, _ = await caller.knock(door)
    assert status == 401
    assert told == {"resource_metadata": METADATA_URL, "scope": "profile notes:read notes:write"}


@pytest.mark.parametrize("door", DOORS)
async def test_s1_another_scheme_counts_as_no_token(caller: Caller, door: str) -> None:
    """RFC 6750 section 3.1: an unsupported method of authentication gets no error code either."""
    status, told, _ = await caller.knock(door, headers={"Authorization": "Basic YWRhOnNlY3JldA=="})
    assert (status, told.get("error")) == (401, None)


async def test_s1_challenge_leads_to_metadata_of_the_address_that_was_asked(caller: Caller) -> None:
    """RFC 9728 section 3.3: the resource in the metadata is the address of the request that was challenged."""
    _, told, _ = await caller.knock("POST /mcp")
    async with caller.client.get(told["resource_metadata"].removeprefix(PUBLIC_URL)) as answer:
        assert (await answer.json())["resource"] == f"{PUBLIC_URL}/mcp"


@pytest.mark.parametrize("door", DOORS)
async def test_s2_expired_token_is_refused(caller: Caller, door: str) -> None:
    """MCP 2026-07-28, authorization, token handling: 401 for invalid or expired tokens."""
    bearer = await caller.installation.bearer()
    caller.installation.clock.now += caller.installation.service.settings.access_token_lifetime
    status, told, _ = await caller.knock(door, headers=bearer)
    assert (status, told["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("door", DOORS)
async def test_s2_revoked_token_is_refused_at_once_though_it_was_known(caller: Caller, door: str) -> None:
    """RFC 7009 section 2: revoked through the front door, by the client itself."""
    bearer = await caller.installation.bearer()
    await caller.knock("GET /api/notes", headers=bearer)
    token = bearer["Authorization"].removeprefix("Bearer ")
    async with caller.client.post("/revoke", data={"token": token, "client_id": "client"}) as answer:
        assert answer.status == 200
    status, told, _ = await caller.knock(door, headers=bearer)
    assert (status, told["error"]) == (401, "invalid_token")


async def test_s2_token_revoked_by_another_process_is_refused_within_moments(caller: Caller) -> None:
    """The command line disables a person while the service runs: the announcement is polled once a second."""
    bearer = await caller.installation.bearer()
    assert (await caller.knock("GET /api/notes", headers=bearer))[0] == 200
    await caller.installation.service.store.disable_account("ada", now=caller.installation.clock.now)
    async with asyncio.timeout(10):
        while (await caller.knock("GET /api/notes", headers=bearer))[0] != 401:
            continue


@pytest.mark.parametrize("door", DOORS)
async def test_s2_token_for_another_resource_is_refused(caller: Caller, door: str) -> None:
    """RFC 8707 section 2: signed by us, meant for somebody else."""
    grant: Grant = evolve(await caller.installation.grant(), resource="https://elsewhere.example/mcp")
    token = caller.installation.service.access_tokens.issue(grant)
    status, told, _ = await caller.knock(door, headers={"Authorization": f"Bearer {token}"})
    assert (status, told["error"]) == (401, "invalid_token")


@pytest.mark.parametrize(
    ("door", "granted", "needed"),
    [
        ("GET /api/notes", "profile", "profile notes:read"),
        ("POST /api/notes", "notes:read", "notes:read notes:write"),
        ("GET /api/notes/1", "notes:write", "notes:read notes:write"),
        ("DELETE /api/notes/1", "profile notes:read", "profile notes:read notes:write"),
        ("POST /mcp", "notes:write", "notes:read notes:write"),
    ],
)
async def test_s3_missing_scope_is_a_403_that_names_everything_needed(
    caller: Caller, door: str, granted: str, needed: str
) -> None:
    """RFC 6750 section 3.1; MCP 2026-07-28, authorization, scope challenge handling: one challenge, nothing granted
    before is lost.
    """
    status, told, _ = await caller.knock(door, headers=await caller.installation.bearer(granted))
    assert status == 403
    assert (told["error"], told["scope"], told["resource_metadata"]) == ("insufficient_scope", needed, METADATA_URL)


async def test_s3_refused_for_its_scope_leaves_nothing_behind(caller: Caller) -> None:
    for door, json in (("POST /api/notes", {"text": "smuggled"}), ("POST /mcp", call("add_note", text="smuggled"))):
        assert (await caller.knock(door, headers=await caller.installation.bearer("profile notes:read"), json=json))[
            0
        ] == 403
    assert await notes_in(caller.installation.service.store).list_notes("ada") == []


@pytest.mark.parametrize("door", DOORS)
async def test_s4_token_in_the_query_counts_as_absent(caller: Caller, door: str) -> None:
    """OAuth 2.1 section 5.1: never in the address, where logs and history would keep it."""
    status, told, _ = await caller.knock(door, query=f"?access_token={await caller.installation.token()}")
    assert (status, told.get("error")) == (401, None)


@pytest.mark.parametrize("door", DOORS)
async def test_s4_token_in_query_and_header_is_a_malformed_request(caller: Caller, door: str) -> None:
    """RFC 6750 section 3.1: more than one method."""
    token = await caller.installation.token()
    status, told, _ = await caller.knock(
        door, query=f"?access_token={token}", headers={"Authorization": f"Bearer {token}"}
    )
    assert (status, told["error"]) == (400, "invalid_request")


async def test_s4_token_in_a_form_counts_as_absent(caller: Caller) -> None:
    """OAuth 2.1 section 5.1.2 is not offered: bearer_methods_supported names the header alone."""
    async with caller.client.post(
        "/api/notes", data={"access_token": await caller.installation.token(), "text": "x"}
    ) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:8000.evil.example", "https://127.0.0.1:8000"]
)
async def test_s5_foreign_origin_is_refused_at_the_mcp_endpoint(caller: Caller, origin: str) -> None:
    """MCP 2026-07-28, Streamable HTTP, security: 403 against DNS rebinding, token or not."""
    assert (await caller.knock("POST /mcp", headers={"Origin": origin}))[0] == 403
    assert (await caller.knock("POST /mcp", headers={"Origin": origin} | await caller.installation.bearer()))[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8001", "127.0.0.1.evil.example:8000"])
@pytest.mark.parametrize("door", ["GET /api/notes", "POST /mcp"])
async def test_s5_foreign_host_is_refused(caller: Caller, door: str, host: str) -> None:
    """RFC 9110 section 7.4: a rebound name reaches our address, but it is not our name."""
    status, _, _ = await caller.knock(door, headers={"Host": host} | await caller.installation.bearer())
    assert 400 <= status < 500


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "444"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"Forwarded": "for=evil.example;host=evil.example", "X-Forwarded-For": "203.0.113.7"},
        {"X-Forwarded-Prefix": "/evil", "X-Original-URL": "/evil"},
    ],
)
async def test_s6_forwarding_headers_change_no_address_of_ours(caller: Caller, forged: dict[str, str]) -> None:
    """RFC 9700 section 4.13: the public URL is a setting."""
    _, told, _ = await caller.knock("POST /mcp", headers=forged)
    assert told["resource_metadata"] == METADATA_URL
    for path in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"):
        async with caller.client.get(path, headers=forged) as answer, caller.client.get(path) as plain:
            assert await answer.json() == await plain.json()
            assert "evil" not in await answer.text()


async def test_s7_token_goes_no_further(caller: Caller) -> None:
    """MCP 2026-07-28, authorization security, token passthrough: no answer of any tool or door contains the token it
    came with.
    """
    bearer = await caller.installation.bearer()
    token = bearer["Authorization"].removeprefix("Bearer ")
    for door, json in (
        ("POST /mcp", call("whoami")),
        ("POST /mcp", call("nonsense")),
        ("GET /api/notes", None),
        ("DELETE /api/notes/9", None),
    ):
        _, told, body = await caller.knock(door, headers=bearer, json=json)
        assert token not in body + str(told)
        assert token.rpartition(".")[2] not in body


@pytest.mark.parametrize("path", ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"])
async def test_s8_metadata_does_not_advertise_offline_access(caller: Caller, path: str) -> None:
    """MCP 2026-07-28, authorization, refresh tokens."""
    async with caller.client.get(path) as answer:
        assert "offline_access" not in await answer.text()


async def test_s8_challenges_do_not_advertise_offline_access(caller: Caller) -> None:
    _, told, _ = await caller.knock(
        "POST /api/notes", headers=await caller.installation.bearer("notes:read offline_access")
    )
    assert told["scope"] == "notes:read notes:write"
    _, told, _ = await caller.knock("POST /mcp")
    assert "offline_access" not in told["scope"]


LISTEN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "subscriptions/listen",
    "params": {
        "notifications": {"toolsListChanged": True},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    },
}
MODERN = {**MCP_HEADERS, "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"}
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
}


@asynccontextmanager
async def listening(caller: Caller, bearer: dict[str, str]) -> AsyncIterator[ClientResponse]:
    """A stream of 2026-07-28 that has begun."""
    async with caller.client.post("/mcp", json=LISTEN, headers=MODERN | bearer) as stream:
        assert b"acknowledged" in await stream.content.readuntil(b"\n\n")
        yield stream


@asynccontextmanager
async def listening_beside(caller: Caller, bearer: dict[str, str]) -> AsyncIterator[ClientResponse]:
    """The stream of a session of 2025-11-25 that has begun."""
    async with caller.client.post("/mcp", json=HELLO, headers=MCP_HEADERS | bearer) as answer:
        session = {"Mcp-Session-Id": answer.headers["Mcp-Session-Id"]}
    await caller.client.post(
        "/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=MCP_HEADERS | bearer | session
    )
    async with caller.client.get("/mcp", headers=MCP_HEADERS | bearer | session) as stream:
        await stream.content.readuntil(b"\n\n")
        yield stream


@pytest.mark.parametrize("listen", [listening, listening_beside])
@pytest.mark.parametrize("all_of_them", [False, True])
async def test_s2_stream_of_a_revoked_grant_is_cut_and_no_other(
    caller: Caller, listen: Callable[..., AbstractAsyncContextManager[ClientResponse]], all_of_them: bool
) -> None:
    """RFC 7009 section 2.1: what began with a good token ends with its grant; after the loss of a key, whatever may
    have begun with it.
    """
    service = caller.installation.service
    doomed, safe = await caller.installation.grant(), await caller.installation.grant()
    headers = [{"Authorization": f"Bearer {service.access_tokens.issue(grant)}"} for grant in (doomed, safe)]
    async with listen(caller, headers[0]) as cut, listen(caller, headers[1]) as kept, asyncio.timeout(10):
        await service.store.revoke_grant(doomed.id, now=caller.installation.clock.now)
        if all_of_them:
            service.resource_server.forget_all()
        else:
            await service.resource_server.poll_revocations()
        with pytest.raises(ClientError):
            await cut.content.read()
        if all_of_them:
            with pytest.raises(ClientError):
                await kept.content.read()
        else:
            assert not kept.content.at_eof()
            assert kept.connection is not None
    assert (await caller.knock("POST /mcp", headers=headers[0]))[0] == 401
    assert (await caller.knock("POST /mcp", headers=headers[1]))[0] in (200, 400)


async def test_s2_call_that_waits_when_its_grant_is_revoked_gets_no_answer(aiohttp_client: AiohttpClient) -> None:
    """Nothing that is found out for a thief reaches them, and what 2026-07-28 calls leaving ends the work too."""
    server, begun, ended = MCPServer("slow"), asyncio.Event(), asyncio.Event()

    @server.tool(scope="profile")
    async def wait() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "never"

    app = await create_app(Settings(public_url=PUBLIC_URL, database="sqlite://"), server=server)
    service = app[SERVICE]
    http = await aiohttp_client(app, headers={"Host": HOST})
    now = service.sources.now()
    await service.store.add_account(Account("ada", "ada", "Ada", now, "no password"))
    await service.store.add_client(Client("client", "A client", (), ClientKind.OPERATOR, now))
    grant = Grant("slow", "ada", "client", "profile", service.settings.resource, now, now + 60)
    assert await service.store.add_grant(grant)
    params = {"name": "wait", "arguments": {}, "_meta": LISTEN["params"]["_meta"]}  # type: ignore[index]
    message = {**LISTEN, "method": "tools/call", "params": params}
    headers = {
        **MODERN,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "wait",
        "Authorization": f"Bearer {service.access_tokens.issue(grant)}",
    }
    call = asyncio.create_task(http.post("/mcp", json=message, headers=headers))
    async with asyncio.timeout(10):
        await begun.wait()
        await service.store.revoke_grant("slow", now=now)
        await service.resource_server.poll_revocations()
        with pytest.raises(ClientError):
            await call
        await ended.wait()
