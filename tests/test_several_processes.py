"""Two services as real processes on one database, and commands beside them: what one ends is over in the others within a second."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from attrs import define

from mcpserver.app import create_app
from mcpserver.oauth.models import AuthorizationCode, Grant
from mcpserver.settings import Settings
from mcpserver.web.service import SERVICE, Service

from .processes import add_client, add_user, command, free_port, running, start_service

WITHIN = 1.0
"""Seconds, from the moment that the command has ended or the answer of the other process has come."""
DEADLINE = 20
PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "a horse of another colour"

Urls = tuple[str, str]


@define
class Pair:
    """Two services under the public URL of the first, with Ada and one client; ``own`` is a third, in this process, to give tokens with."""

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
        grant = Grant("grant", self.user_id, self.client["client_id"], "notes:read", self.own.settings.resource, now, now + 3600)
        assert await self.own.store.add_grant(grant, AuthorizationCode(b"code", grant.id, "https://c.example/cb", "challenge", now + 60))
        return self.own.access_tokens.issue(grant)

    async def statuses(self, token: str) -> list[int]:
        return [await self._status(url, token) for url in self.urls]

    async def revoke(self, token: str) -> None:
        """RFC 7009, at the first of the two."""
        async with self.http.post(f"{self.urls[0]}/revoke", data={"token": token, **self.client}) as answer:
            assert answer.status == 200

    async def seconds_alive(self, token: str) -> float:
        """How much later a request still passed at one of them, counted to when it was sent: a slow machine answers late, and is no less safe."""
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
        async with self.http.get(f"{url}/api/notes", headers={"Authorization": f"Bearer {token}", **self._host}) as answer:
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
    with running(start_service(database, port=port)), running(start_service(database, port=free_port(), settings=settings)) as other:
        yield public_url, other.url


@pytest.fixture
async def pair(database: Path, urls: Urls) -> AsyncIterator[Pair]:
    add_user(database, "ada", PASSWORD, name="Ada", email="ada@example.com")
    client = add_client(database, "https://c.example/cb", "--confidential")
    app = await create_app(Settings(public_url=urls[0], database=f"sqlite:///{database}"))
    own = app[SERVICE]
    account = await own.store.find_account_by_login("ada")
    assert account is not None
    async with ClientSession() as http:
        yield Pair(database, urls, own, http, account.id, client)
    await own.store.remove_account(account.id, now=own.sources.now())
    await own.store.close()


COMMANDS: dict[str, Callable[[Pair], tuple[str, ...]]] = {
    "disabling the person": lambda pair: ("user", "disable", "ada"),
    "removing the person": lambda pair: ("user", "remove", "ada", "--yes"),
    "removing the client": lambda pair: ("client", "remove", pair.client["client_id"]),
    "a new password that disconnects": lambda pair: ("user", "set-password", "ada", "--password-stdin", "--disconnect"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
async def test_command_ends_known_tokens_in_every_process_within_a_second(pair: Pair, words: Callable[[Pair], tuple[str, ...]]) -> None:
    """RFC 7009 section 2.1: what hangs on a grant ends with it, although the tokens carry their own signature (RFC 9068)."""
    token = await pair.known_token()
    await asyncio.to_thread(command, *words(pair), database=pair.database, typed=f"{OTHER_PASSWORD}\n")
    assert await pair.seconds_alive(token) <= WITHIN


async def test_client_that_revokes_ends_its_token_there_at_once_and_elsewhere_within_a_second(pair: Pair) -> None:
    """RFC 7009 section 2.1."""
    token = await pair.known_token()
    await pair.revoke(token)
    assert (await pair.statuses(token))[0] == 401
    assert await pair.seconds_alive(token) <= WITHIN


async def test_new_password_alone_leaves_clients_connected(pair: Pair) -> None:
    """Our policy: who forgot a password need not connect every assistant anew."""
    token = await pair.known_token()
    cursor, _ = await pair.own.store.revocations_since(0)
    await asyncio.to_thread(command, "user", "set-password", "ada", "--password-stdin", database=pair.database, typed=f"{OTHER_PASSWORD}\n")
    assert await pair.own.store.revocations_since(cursor) == (cursor, [])
    assert await pair.statuses(token) == [200, 200]


async def test_token_of_a_new_key_passes_in_processes_that_had_not_heard_of_it(pair: Pair) -> None:
    """RFC 7517 section 4.5: a key id that is not known is looked for, every five seconds at most."""
    before = pair.own.keys.active.kid
    await asyncio.to_thread(command, "key", "rotate", "--now", database=pair.database)
    await pair.own.keys.refresh()
    assert pair.own.keys.active.kid != before
    await pair.wait_until_known(await pair.token())
    assert [await pair.published(url) for url in pair.urls] == [[pair.own.keys.active.kid, before]] * 2
