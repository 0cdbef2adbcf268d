"""One line a request: whose it was, where it came from, what was called, and nothing that must not be read by
others.
"""

import logging
import socket
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiohttp import ClientSession, CookieJar

from mcpserver.attribution import word
from mcpserver.cli.process.logging_setup import MaskingFormatter
from mcpserver.cli.process.serving import answering, port_of
from mcpserver.compose.service import SERVICE
from mcpserver.oauth.protocol.models import Grant
from mcpserver.settings import Settings
from mcpserver.testing.client import Client
from mcpserver.testing.wire import Failure, Wire
from mcpserver.values import origin

from ..asker import Asker
from ..conftest import PASSWORD, ServiceClient, csrf_of
from ..sample import create_app

THROUGH = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
async def asker(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Asker]:
    """A client and the browser of Ada, both behind a proxy, at the service as ``mcpserver serve`` runs it."""
    caplog.set_level(logging.INFO, "aiohttp.access")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = origin("127.0.0.1", port_of(listener))
        settings = Settings(public_url=url, database="sqlite://", trusted_proxies=("127.0.0.1",), openid=True)
        app = await create_app(settings)
        async with (
            answering(app, listener, settings),
            ClientSession(url, cookie_jar=CookieJar(unsafe=True), headers=THROUGH) as http,
        ):
            await app[SERVICE].accounts.add("ada", PASSWORD)
            yield Asker(cast(ServiceClient, http), app[SERVICE])


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Without the time that each took."""
    found = [record.getMessage() for record in caplog.records if record.name == "aiohttp.access"]
    return [line.rpartition(" ms")[0].rpartition(" ")[0] for line in found]


def shown(client_id: str) -> str:
    """The id of a public client in the log: without the registration that it has in it."""
    return f"client.{client_id.rpartition('.')[2]}"


async def sign_in(asker: Asker) -> None:
    page = await asker.send("GET", "/login")
    assert (
        await asker.send("POST", "/login", data={"login": "ada", "password": PASSWORD, "csrf": csrf_of(page.text)})
    ).status == 303


async def test_line_names_the_person_and_the_client_once_they_are_known(
    asker: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    """The address is that of whoever speaks to the trusted proxy."""
    await asker.register()
    await sign_in(asker)
    tokens = await asker.tokens(scope="openid notes:read")
    await asker.send("GET", "/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    client = shown(asker.client_id)
    assert lines(caplog) == [
        f"203.0.113.9 - {client} POST /register 201",
        "203.0.113.9 - - GET /login 200",
        "203.0.113.9 ada - POST /login 303",
        f"203.0.113.9 ada {client} GET /authorize 200",
        f"203.0.113.9 ada {client} POST /consent 303",
        f"203.0.113.9 - {client} POST /token 200",
        f"203.0.113.9 ada {client} GET /userinfo 200",
    ]


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
async def test_line_of_a_call_names_the_tool(asker: Asker, caplog: pytest.LogCaptureFixture, revision: str) -> None:
    """Of tools that there are: any other name was chosen by whoever calls, and so was any other method."""
    await asker.register()
    await sign_in(asker)
    tokens = await asker.tokens(scope="notes:read notes:write")
    caplog.clear()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    mcp = await Client(Wire(cast(ClientSession, asker.http), "/mcp", headers), revision).open()
    await mcp.call_tool("add_note", text="a-canary-in-an-argument")
    for name in ("made-up", "another"):
        with pytest.raises(Failure):
            await mcp.call_tool(name)
    await mcp.close()
    who = f"203.0.113.9 ada {shown(asker.client_id)} POST /mcp"
    found = lines(caplog)
    assert f"{who} tools/call add_note 200" in found
    assert not [line for line in found if "canary" in line or "made-up" in line or "another" in line]
    assert [line for line in found if line.startswith(f"{who} tools/call 4") or line == f"{who} tools/call 200"]


async def test_nobody_is_named_who_did_not_prove_it(asker: Asker, caplog: pytest.LogCaptureFixture) -> None:
    page = await asker.send("GET", "/login")
    await asker.send("POST", "/login", data={"login": "ada", "password": "guessed wrong", "csrf": csrf_of(page.text)})
    await asker.send("GET", "/authorize?client_id=somebody")
    await asker.send(
        "POST", "/token", data={"client_id": "somebody", "grant_type": "refresh_token", "refresh_token": "x"}
    )
    await asker.send(
        "POST",
        "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        headers={"Authorization": "Bearer nothing"},
    )
    assert [line.split()[1:3] for line in lines(caplog)] == [["-", "-"]] * 5


async def test_address_that_is_made_up_is_not_believed(asker: Asker, caplog: pytest.LogCaptureFixture) -> None:
    await asker.send("GET", "/healthz", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    await asker.send("GET", "/healthz", headers={"X-Forwarded-For": "evil words"})
    assert lines(caplog) == ["203.0.113.7 - - GET /healthz 200", "127.0.0.1 - - GET /healthz 200"]


async def test_proxy_that_is_not_named_is_not_believed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiohttp.access")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = origin("127.0.0.1", port_of(listener))
        settings = Settings(public_url=url, database="sqlite://")
        async with (
            answering(await create_app(settings), listener, settings),
            ClientSession(url, headers=THROUGH) as http,
            http.get("/healthz"),
        ):
            pass
    assert lines(caplog) == ["127.0.0.1 - - GET /healthz 200"]


async def test_client_that_acts_for_itself_is_no_person(asker: Asker, caplog: pytest.LogCaptureFixture) -> None:
    """OAuth 2.1 section 4.2."""
    service = asker.service
    await asker.register(token_endpoint_auth_method="client_secret_post")
    now = service.sources.now()
    grant = Grant("night", None, asker.client_id, "notes:read", service.settings.resource, now, now + 60)
    await service.store.add_grant(grant)
    await asker.send(
        "POST",
        "/mcp",
        json=message("tools/list"),
        headers={"Authorization": f"Bearer {service.access_tokens.issue(grant)}"},
    )
    assert lines(caplog)[-1].startswith(f"203.0.113.9 - {asker.client_id} POST /mcp tools/list")


def message(method: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method}


async def test_longest_client_id_stays_short_in_every_line(asker: Asker, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever formats the line masks it once more; the end of the id tells clients apart."""
    await asker.register(redirect_uris=[f"https://c.example/{number}/{'x' * 150}" for number in range(4)])
    assert 800 < len(asker.client_id) <= 1024
    await sign_in(asker)
    assert (await asker.ask(redirect_uri="https://evil.example/cb")).status == 400
    short = shown(asker.client_id)
    assert len(short) == len("client.") + 22
    assert word(asker.client_id) == short
    assert lines(caplog)[0] == f"203.0.113.9 - {short} POST /register 201"
    formatter = MaskingFormatter("%(message)s")
    said = [formatter.format(record) for record in caplog.records]
    assert [line for line in said if line.startswith(f"redirect_uri mismatch: client {short} ")]
    assert asker.client_id[:40] not in "".join(said)
    assert formatter.format(logging.makeLogRecord({"msg": f"of {asker.client_id}."})) == f"of {short}."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("client.q3V0ZmVuLWdlbmVyaWMtc2VjcmV0LW9mLTI1Ni1iaXRz", "client.***"),
        ("ada", "ada"),
        ("", "-"),
        (None, "-"),
        ("https://c.example/client.json", "https://c.example/client.json"),
        ("two words", "'two words'"),
        ("a\nb", "'a\\nb'"),
        ("Zoë", "Zoë"),
        ("secret_q3V0ZmVuLWdlbmVyaWMtc2VjcmV0LW9mLTI1Ni1iaXRz", "secret_***"),
    ],
)
def test_word_stays_one_word_of_one_line(text: str | None, shown: str) -> None:
    """OWASP ASVS 5 section 16.4.1: log injection."""
    assert word(text) == shown
