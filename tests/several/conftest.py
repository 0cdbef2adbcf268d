"""Two services as real processes on one database, with a person and a client."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, TCPConnector
from attrs import define

from mcpserver.compose.service import SERVICE, Service
from mcpserver.oauth.protocol.models import AuthorizationCode, Grant
from mcpserver.secrets import SecretKind, digest, mint, random_text
from mcpserver.settings import Settings
from tests.ports import free_port

from ..asker import CHALLENGE, VERIFIER
from ..conftest import csrf_of
from ..processes import add_client, add_user, running, start_service
from ..sample import create_app

DEADLINE = 20
CONNECTIONS = 200
"""To both services together; more callers wait for their turn."""
PASSWORD = "correct horse battery staple"
REDIRECT_URI = "https://c.example/cb"

Urls = tuple[str, str]


@define
class Browser:
    """Ada's, signed in."""

    url: str
    _cookies: CookieJar

    async def allow(self, client_id: str) -> str:
        """Allow a client to read notes; returns the code."""
        asked = {
            "client_id": client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "notes:read offline_access",
        }
        query = urlencode({**asked, "code_challenge": CHALLENGE, "code_challenge_method": "S256"})
        page = await self._get(f"/authorize?{query}")
        form = {"csrf": csrf_of(page), "request": _field(page, "request"), "scope": "notes:read", "decision": "allow"}
        return parse_qs(urlsplit(await self._post("/consent", form)).query)["code"][0]

    async def end_session(self, **fields: str) -> None:
        """The one session that the account page shows."""
        page = await self._get("/account")
        (path,) = re.findall(r'action="(/account/sessions/[^"]+)"', page)
        await self._post(path, {"csrf": csrf_of(page), **fields})

    async def _get(self, path: str) -> str:
        async with ClientSession(self.url, cookie_jar=self._cookies) as http, http.get(path) as answer:
            return await answer.text()

    async def _post(self, path: str, form: Mapping[str, str]) -> str:
        async with (
            ClientSession(self.url, cookie_jar=self._cookies) as http,
            http.post(path, data=form, allow_redirects=False) as answer,
        ):
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"]


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page
    return unescape(found[1])


@define
class Pair:
    """Two services under the public URL of the first, with Ada and one client; ``own`` is a third, in this process,
    to give tokens with.
    """

    database: Path
    urls: Urls
    own: Service
    http: ClientSession
    user_id: str
    client: dict[str, str]

    async def known_token(self) -> str:
        """What Ada allows the client; both services have seen it, and need not look at the database for it any more."""
        token = await self.token()
        assert await self.statuses(token) == [200, 200]
        return token

    async def token(self) -> str:
        now = self.own.sources.now()
        grant = Grant(
            "grant", self.user_id, self.client["client_id"], "notes:read", self.own.settings.resource, now, now + 3600
        )
        assert await self.own.store.add_grant(
            grant, AuthorizationCode(b"code", grant.id, "https://c.example/cb", "challenge", now + 60)
        )
        return self.own.access_tokens.issue(grant)

    async def code(self, scope: str = "notes:read offline_access") -> str:
        """What Ada allows the client, not redeemed yet."""
        now, grant_id, code = (
            self.own.sources.now(),
            random_text(self.own.sources, 16),
            mint(SecretKind.CODE, self.own.sources),
        )
        grant = Grant(
            grant_id, self.user_id, self.client["client_id"], scope, self.own.settings.resource, now, now + 3600
        )
        assert await self.own.store.add_grant(
            grant, AuthorizationCode(digest(SecretKind.CODE, code), grant.id, REDIRECT_URI, CHALLENGE, now + 60)
        )
        return code

    async def redeem(self, code: str, *, at: int = 0) -> tuple[int, dict[str, Any]]:
        """Status and document; ``at`` says which of the services is asked."""
        return await self._ask(
            at, grant_type="authorization_code", code=code, code_verifier=VERIFIER, redirect_uri=REDIRECT_URI
        )

    async def refresh(self, refresh_token: str, *, at: int = 0) -> tuple[int, dict[str, Any]]:
        return await self._ask(at, grant_type="refresh_token", refresh_token=refresh_token)

    async def _ask(self, at: int, **form: str) -> tuple[int, dict[str, Any]]:
        async with self.http.post(f"{self.urls[at]}/token", data={**form, **self.client}, headers=self._host) as answer:
            return answer.status, await answer.json()

    async def sign_in(self) -> Browser:
        """A browser of Ada's at the first service."""
        jar = CookieJar(unsafe=True)
        async with ClientSession(self.urls[0], cookie_jar=jar, headers=self._host) as http:
            form = {"login": "ada", "password": PASSWORD, "csrf": csrf_of(await (await http.get("/login")).text())}
            assert (await http.post("/login", data=form, allow_redirects=False)).status == 303
        return Browser(self.urls[0], jar)

    async def statuses(self, token: str) -> list[int]:
        return [await self._status(url, token) for url in self.urls]

    async def revoke(self, token: str, *, at: int = 0) -> None:
        """RFC 7009."""
        async with self.http.post(
            f"{self.urls[at]}/revoke", data={"token": token, **self.client}, headers=self._host
        ) as answer:
            assert answer.status == 200

    @asynccontextmanager
    async def listening(self, token: str, *, at: int) -> AsyncIterator[ClientResponse]:
        """A stream of notifications (MCP 2026-07-28, subscriptions) that has begun."""
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        params = {"notifications": {"toolsListChanged": True}, "_meta": meta}
        headers = {
            **self._host,
            "Authorization": f"Bearer {token}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params}
        async with self.http.post(
            f"{self.urls[at]}/mcp", json=message, headers={**headers, "Mcp-Method": "subscriptions/listen"}
        ) as stream:
            assert stream.status == 200, await stream.text()
            assert b"acknowledged" in await stream.content.readuntil(b"\n\n")
            yield stream

    async def seconds_alive(self, token: str) -> float:
        """How much later a request still passed at one of them, counted to when it was sent: a slow machine answers
        late, and is no less safe.
        """
        began, alive = time.monotonic(), 0.0
        while (sent := time.monotonic() - began) < DEADLINE:
            if await self.statuses(token) == [401, 401]:
                return alive
            alive = sent
            await asyncio.sleep(0.02)
        return alive

    async def wait_until_known(self, token: str) -> None:
        """Ask both until both let it in."""
        began = time.monotonic()
        while (answers := await self.statuses(token)) != [200, 200]:
            assert time.monotonic() - began < DEADLINE, f"The token is answered {answers}."
            await asyncio.sleep(0.02)

    async def published(self, url: str) -> list[str]:
        async with self.http.get(f"{url}/jwks", headers=self._host) as answer:
            return [key["kid"] for key in (await answer.json())["keys"]]

    async def _status(self, url: str, token: str) -> int:
        async with self.http.get(
            f"{url}/api/notes", headers={"Authorization": f"Bearer {token}", **self._host}
        ) as answer:
            return answer.status

    @property
    def _host(self) -> dict[str, str]:
        """The second listens elsewhere, as behind a balancer."""
        return {"Host": self.urls[0].removeprefix("http://")}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("several") / "several.db"


@pytest.fixture(scope="module")
def urls(database: Path) -> Iterator[Urls]:
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    settings = {"public_url": public_url}
    with (
        running(start_service(database, port=port)),
        running(start_service(database, port=free_port(), settings=settings)) as other,
    ):
        yield public_url, other.url


@pytest.fixture
async def pair(database: Path, urls: Urls) -> AsyncIterator[Pair]:
    add_user(database, "ada", PASSWORD, name="Ada", email="ada@example.com")
    client = add_client(database, REDIRECT_URI, "--confidential")
    app = await create_app(Settings(public_url=urls[0], database=f"sqlite:///{database}"))
    own = app[SERVICE]
    account = await own.store.find_account_by_login("ada")
    assert account is not None
    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as http:
        yield Pair(database, urls, own, http, account.id, client)
    await own.store.remove_account(account.id, now=own.sources.now())
    await own.store.close()
