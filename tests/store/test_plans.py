"""No statement of a request, and none of housekeeping, reads more the more people there are: the databases are asked
how they would carry each out, among thousands of rows in every table that grows.
"""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from attrs import frozen

from mcpserver.compose.service import SERVICE
from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from mcpserver.processes import EXPIRE, PURGE, Housekeeping, Turn
from mcpserver.settings import Settings
from mcpserver.store import Store, open_store

from ..asker import Asker
from ..clock import Clock
from ..conftest import PASSWORD, SignIn
from ..device import Device, decide, enter
from ..postgresql import Server
from ..sample import create_app
from ..seeding import Crowd, seed
from .plans import postgresql_scans, sqlite_scans
from .recording import RecordingDatabase

PEOPLE = 4_000

BOUNDED = {
    "WHERE unused_since IS NOT NULL GROUP BY": "counts the clients that wait for a grant: max_unused_clients of them",
    "LIMIT 1 OFFSET 0) LIMIT :portion": "marks clients that wait for a grant: max_unused_clients of them",
}
"""Parts of statements that read all of something that a setting bounds, each with the reason."""


@frozen
class Busy:
    """A database with many people, and what is recorded of its use."""

    url: str
    store: Store
    recording: RecordingDatabase

    async def scans(self) -> list[str]:
        statements = {
            sql: values for sql, values in self.recording.statements.items() if not any(part in sql for part in BOUNDED)
        }
        if self.url.startswith("sqlite"):
            return sqlite_scans(self.url.removeprefix("sqlite:///"), statements)
        return await postgresql_scans(self.url, statements)


@pytest.fixture(params=["sqlite-file", "postgresql"])
async def busy(request: pytest.FixtureRequest, file_url: str, clock: Clock) -> AsyncIterator[Busy]:
    server: Server | None = None if request.param == "sqlite-file" else request.getfixturevalue("postgresql_server")
    url = server.new_database() if server else file_url
    await seed(url, Crowd(PEOPLE, clock.now, grants=2))
    opened = await open_store(url, sources=clock.sources())
    recording = RecordingDatabase(opened.database)
    yield Busy(url, Store(recording), recording)
    await opened.close()


async def test_requests_read_as_much_among_many_people_as_among_few(busy: Busy, clock: Clock, sign_in: SignIn) -> None:
    settings = Settings(database=busy.url, secret="a secret of some length " * 3, max_unused_clients=10 * PEOPLE)
    app = await create_app(settings, store=busy.store, sources=clock.sources())
    headers = {"Host": "127.0.0.1:8000"}
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True), headers=headers) as http:
        asker = Asker(http, app[SERVICE])
        await app[SERVICE].accounts.add("ada", PASSWORD, name="Ada")
        assert (await asker.register()).status == 201
        await sign_in(http, "ada")
        await use_tokens(asker)
        await use_pushed_request(asker)
        await use_device(asker, clock)
        await use_confidential_client(asker)
        await use_session(asker)
        await use_account(asker)
        await sign_in(http, "ada")
    assert len(busy.recording.statements) > 50
    assert await busy.scans() == []


async def use_tokens(asker: Asker) -> None:
    """Allow, redeem, call a tool, refresh, revoke."""
    tokens = await asker.tokens(scope="notes:read notes:write offline_access")
    assert await asker.is_live(tokens["access_token"])
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_notes", "arguments": {}}}
    bearer = {"Authorization": f"Bearer {tokens['access_token']}", "MCP-Protocol-Version": "2025-11-25"}
    assert (await asker.send("POST", "/mcp", json=message, headers=bearer)).status == 200
    refreshed = await asker.refresh(tokens["refresh_token"])
    assert refreshed.status == 200
    assert (await asker.refresh(tokens["refresh_token"])).status == 200  # within the window of a repetition
    assert (await asker.token(path="/revoke", token=refreshed.json["refresh_token"])).status == 200
    code = await asker.code()
    assert (await asker.redeem(code)).status == 200
    assert (await asker.redeem(code)).status == 400


async def use_pushed_request(asker: Asker) -> None:
    """RFC 9126."""
    pushed = await asker.send("POST", "/par", data=dict(asker.request()))
    assert pushed.status == 201, pushed.text
    page = await asker.send("GET", f"/authorize?client_id={asker.client_id}&request_uri={pushed.json['request_uri']}")
    assert (await asker.decide(page)).redirect["code"]


async def use_device(asker: Asker, clock: Clock) -> None:
    """RFC 8628."""
    other = Asker(asker.http, asker.service)
    await other.register(client_name="Display", redirect_uris=[], grant_types=[DEVICE_CODE, "refresh_token"])
    device = await Device.begin(other, clock, scope="notes:read")
    assert (await device.poll()).status == 400
    assert (await decide(asker, await enter(asker, device.codes["user_code"]))).status == 200
    assert (await device.wait_and_poll()).status == 200


async def use_confidential_client(asker: Asker) -> None:
    """RFC 7662; and RFC 7592, management of a registration."""
    other = Asker(asker.http, asker.service)
    kept = await other.register(client_name="Kept", token_endpoint_auth_method="client_secret_post")
    assert kept.status == 201
    bearer = {"Authorization": f"Bearer {kept.json['registration_access_token']}"}
    path = "/" + kept.json["registration_client_uri"].split("/", 3)[3]
    assert (await other.send("GET", path, headers=bearer)).status == 200
    tokens = await other.tokens(scope="notes:read")
    assert (await other.token(path="/introspect", token=tokens["access_token"])).status == 200
    assert (await other.send("DELETE", path, headers=bearer)).status == 204


async def use_account(asker: Asker) -> None:
    """End one's own session with all that was allowed in it."""
    page = await asker.send("GET", "/account")
    assert "Asker" in page.text
    found = re.search(r'action="(/account/sessions/[^"]+)"', page.text)
    assert found is not None
    form = {"csrf": page.field("csrf"), "disconnect": "yes"}
    assert (await asker.send("POST", found[1], data=form)).status == 303


async def use_session(asker: Asker) -> None:
    """A session of 2025-11-25, begun and ended."""
    tokens = await asker.tokens(scope="notes:read")
    bearer = {
        "Authorization": f"Bearer {tokens['access_token']}",
        "Accept": "application/json, text/event-stream",
    }
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "plans", "version": "1"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    begun = await asker.send("POST", "/mcp", json=message, headers=bearer)
    assert begun.status == 200, begun.text
    session = bearer | {"Mcp-Session-Id": begun.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    assert (await asker.send("POST", "/mcp", json=ping, headers=session)).status == 200
    assert (await asker.send("DELETE", "/mcp", headers=session)).status in (200, 204)


async def test_housekeeping_reads_what_it_deletes(busy: Busy, clock: Clock) -> None:
    """The grants are read too, in portions."""
    housekeeping = Housekeeping(busy.store, "a", lambda: clock.now)
    assert await housekeeping.take_turn(EXPIRE, lambda turn: busy.store.expire(clock.now, turn))

    async def purge(turn: Turn) -> None:
        await busy.store.purge(clock.now, turn)

    assert await housekeeping.take_turn(PURGE, purge)
    assert len(busy.recording.statements) > 20
    assert await busy.scans() == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM accounts WHERE name = :name",
        "SELECT COUNT(*) FROM revocations",
        "UPDATE grants SET revoked_at = 1 WHERE COALESCE(session_id, '') = :name",
        "SELECT id FROM clients ORDER BY created_at, id LIMIT 1",
    ],
)
async def test_scan_is_noticed(busy: Busy, sql: str) -> None:
    busy.recording.statements[sql] = {"name": "somebody"} if ":name" in sql else {}
    assert len(await busy.scans()) == 1
