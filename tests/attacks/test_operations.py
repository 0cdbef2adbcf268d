"""Chapter O of the attack catalogue, what concerns the store: files, crashes, disks and locks."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attrs import evolve

from mcpserver.settings import Settings
from mcpserver.store import StoreBusy, StoreError, open_store

from ..holders import HOST, PUBLIC_URL, install
from ..store.rivals import Rival
from ..store.samples import NOW, account, client, code, digest, grant, keep_grant, keep_redeemed_grant, refresh_token


async def test_o2_new_database_has_mode_0600(tmp_path: Path) -> None:
    """OWASP ASVS 5 section 13.2: nobody else on the machine reads the accounts and tokens."""
    path = tmp_path / "mcpserver.db"
    store = await open_store(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o777 == 0o600
    await store.close()


async def test_o2_database_that_others_can_read_refuses_to_start(tmp_path: Path) -> None:
    path = tmp_path / "mcpserver.db"
    await (await open_store(f"sqlite:///{path}")).close()
    path.chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        await open_store(f"sqlite:///{path}")


async def test_o3_crash_between_redemption_and_issue_keeps_both_or_neither(tmp_path: Path) -> None:
    """A process dies by SIGKILL in the midst of 2,000 redemptions: no spent code without its refresh token, none the
    other way.
    """
    url, number = f"sqlite:///{tmp_path}/mcpserver.db", 2_000
    store = await open_store(url)
    await store.add_account(account())
    await store.add_client(client())
    await asyncio.gather(
        *(
            store.add_grant(grant(str(n)), evolve(code(grant_id=str(n)), digest=f"code {n}".encode()))
            for n in range(number)
        )
    )
    await store.close()

    async with Rival("redeem", url, str(NOW), str(number)) as rival:
        await rival.ready()
        rival.go()
        acknowledged = {int(line) for line in await rival.last_words()}
    assert 0 < len(acknowledged) < number, "it must die in the midst"

    store = await open_store(url)
    for n in range(number):
        found = await store.find_code(f"code {n}".encode())
        assert found is not None
        assert (found[0].spent_at is not None) is (await store.find_refresh_token(f"refresh {n}".encode()) is not None)
        assert found[0].spent_at is not None or n not in acknowledged
    await store.close()


async def test_o3_code_whose_refresh_token_cannot_be_kept_is_not_spent(tmp_path: Path) -> None:
    """Both are one change: where the second part of it fails, there was no first."""
    store = await open_store(f"sqlite:///{tmp_path}/mcpserver.db")
    await keep_redeemed_grant(store, "other")
    await keep_grant(store)
    assert not await store.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW), (
        "the other grant's has that digest"
    )
    assert await store.spend_code(digest("code of grant"), refresh_token=refresh_token("another"), now=NOW)
    await store.close()


async def test_o4_locked_database_redeems_nothing(tmp_path: Path) -> None:
    """No token may be returned unless it is kept: the code is still good when the lock is gone."""
    path = tmp_path / "mcpserver.db"
    store = await open_store(f"sqlite:///{path}", busy_timeout=0.05)
    await keep_grant(store)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        await store.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW)
    blocker.close()
    assert await store.find_refresh_token(digest("refresh")) is None
    assert await store.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW)
    await store.close()


async def test_o10_token_that_was_revoked_passes_no_longer_than_five_seconds_while_revocations_cannot_be_read(
    tmp_path: Path,
) -> None:
    """RFC 7009 section 2.1: here the announcements are gone from the database, and everything else is there."""
    installation = await install(Settings(public_url=PUBLIC_URL, database=f"sqlite:///{tmp_path / 'mcpserver.db'}"))
    async with TestClient(TestServer(installation.app), headers={"Host": HOST}) as http:
        headers = await installation.bearer()
        await installation.service.resource_server.poll_revocations()
        assert await status(http, headers) == 200
        with sqlite3.connect(tmp_path / "mcpserver.db") as connection:
            connection.execute("ALTER TABLE revocations RENAME TO lost")
            connection.execute("UPDATE grants SET revoked_at = 1")
        connection.close()
        installation.clock.now += 6
        assert await status(http, headers) == 401


async def test_o10_database_that_answers_nothing_lets_no_token_pass_for_longer_than_five_seconds() -> None:
    """Whoever cannot tell what is revoked says so, and when to come back (RFC 9110 section 15.6.4)."""
    installation = await install()
    async with TestClient(TestServer(installation.app), headers={"Host": HOST}) as http:
        headers = await installation.bearer()
        await installation.service.resource_server.poll_revocations()
        assert await status(http, headers) == 200
        await installation.service.store.close()
        for path in ("/mcp", "/api/notes"):
            installation.clock.now += 6
            async with http.post(path, headers=headers, json=WHOAMI) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


WHOAMI = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def status(http: TestClient[web.Request, web.Application], headers: dict[str, str]) -> int:
    async with http.post(
        "/mcp", headers={**headers, "Accept": "application/json, text/event-stream"}, json=WHOAMI
    ) as answer:
        return answer.status
