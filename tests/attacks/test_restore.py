"""Rows O5 and O11 of the attack catalogue: a database that is set back to a backup, or changed for another while the
service runs.
"""

import logging
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from attrs import define

from mcpserver.compose.service import SERVICE
from mcpserver.settings import Settings
from mcpserver.store import StoreBusy, StoreError, StoreReplaced, open_store

from ..asker import Asker
from ..conftest import PASSWORD, Clock, SignIn
from ..holders import HOST, PUBLIC_URL
from ..processes import command
from ..sample import create_app
from ..store.samples import NOW, account, session

WITH_SECRET = {"token_endpoint_auth_method": "client_secret_post"}

Backup = Callable[[Path, Path], None]


@define
class House:
    """Where a database lives, and a service on it that may stop and start."""

    database: Path
    clock: Clock

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Asker]:
        settings = Settings(public_url=PUBLIC_URL, database=f"sqlite:///{self.database}")
        app = await create_app(settings, sources=self.clock.sources())
        async with TestClient(TestServer(app), headers={"Host": HOST}, cookie_jar=CookieJar(unsafe=True)) as http:
            yield Asker(http, app[SERVICE])


@pytest.fixture
def house(tmp_path: Path, clock: Clock) -> House:
    return House(tmp_path / "mcpserver.db", clock)


def by_command(database: Path, copy: Path) -> None:
    command("database", "backup", str(copy), database=database)


def by_sqlite(database: Path, copy: Path) -> None:
    """As with ``sqlite3 mcpserver.db ".backup copy.db"``."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def restore(copy: Path, database: Path) -> None:
    for companion in ("-wal", "-shm"):
        database.with_name(database.name + companion).unlink(missing_ok=True)
    shutil.copyfile(copy, database)


async def is_signed_in(asker: Asker) -> bool:
    return 'name="password"' not in (await asker.send("GET", "/account")).text


@pytest.mark.parametrize("backup", [by_command, by_sqlite])
async def test_o5_restored_backup_revives_nothing_that_was_used_or_revoked(
    house: House, tmp_path: Path, sign_in: SignIn, backup: Backup
) -> None:
    """RFC 7009 section 2.1 and OAuth 2.1 section 4.1.3 hold on: what ended after the backup was made stays ended."""
    async with house.served() as asker:
        await asker.service.accounts.add("ada", PASSWORD)
        await asker.register()
        await sign_in(asker.http, "ada")
        code, spent, revoked = await asker.code(), await asker.code(), await asker.tokens()
        cookies = {cookie.key: cookie.value for cookie in asker.http.session.cookie_jar}
        backup(house.database, tmp_path / "copy.db")
        tokens = (await asker.redeem(spent)).json
        await asker.send("POST", "/revoke", data={"token": revoked["refresh_token"], "client_id": asker.client_id})
        assert not await asker.is_live(revoked["access_token"])
        kids = [key["kid"] for key in (await asker.send("GET", "/jwks")).json["keys"]]
        client_id = asker.client_id
    restore(tmp_path / "copy.db", house.database)
    async with house.served() as asker:
        asker.client_id = client_id
        asker.http.session.cookie_jar.update_cookies(cookies, asker.http.make_url("/"))
        for presented in (code, spent):
            assert (await asker.redeem(presented)).refusal == (400, "invalid_grant")
        for each in (revoked, tokens):
            assert (await asker.refresh(each["refresh_token"])).refusal == (400, "invalid_grant")
            assert not await asker.is_live(each["access_token"])
        assert not await is_signed_in(asker)
        assert [key["kid"] for key in (await asker.send("GET", "/jwks")).json["keys"]] == kids
        await sign_in(asker.http, "ada")
        assert await asker.is_live((await asker.tokens())["access_token"])


async def test_o5_restart_is_no_restore(house: House, sign_in: SignIn) -> None:
    async with house.served() as asker:
        await asker.service.accounts.add("ada", PASSWORD)
        await asker.register()
        await sign_in(asker.http, "ada")
        tokens = await asker.tokens()
        cookies = {cookie.key: cookie.value for cookie in asker.http.session.cookie_jar}
    for _ in range(2):
        async with house.served() as asker:
            asker.http.session.cookie_jar.update_cookies(cookies, asker.http.make_url("/"))
            assert await is_signed_in(asker)
            assert await asker.is_live(tokens["access_token"])


async def test_o5_database_that_comes_without_its_mark_counts_as_restored(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """On another machine nothing tells a backup from the database itself."""
    url = f"sqlite:///{tmp_path / 'mcpserver.db'}"
    store = await open_store(url)
    await store.add_account(account())
    assert await store.add_session(session())
    await store.close()
    (tmp_path / "mcpserver.db.mark").unlink()
    with caplog.at_level(logging.WARNING):
        store = await open_store(url)
    assert "everything" not in caplog.text
    assert "every token, initial access token, code and session issued before has ended" in caplog.text
    assert await store.find_session(session().digest, now=NOW) is None
    assert await store.find_account("ann") == account()
    await store.close()
    caplog.clear()
    await (await open_store(url)).close()
    assert not caplog.records, "once is enough"


async def test_o5_copy_is_known_wherever_it_is_put(tmp_path: Path) -> None:
    """Also where no mark could tell it, because nothing was written since it was made."""
    path = tmp_path / "mcpserver.db"
    store = await open_store(f"sqlite:///{path}")
    await store.add_account(account())
    await store.add_session(session())
    await store.copy_to(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match=r"copy\.db cannot be made: File exists"):
        await store.copy_to(tmp_path / "copy.db")
    await store.close()
    restore(tmp_path / "copy.db", path)
    store = await open_store(f"sqlite:///{path}")
    assert await store.find_session(session().digest, now=NOW) is None
    assert await store.find_account("ann") == account()
    await store.close()


async def test_o5_backup_beside_the_log_of_another_database_is_refused(tmp_path: Path) -> None:
    """SQLite would put changes of the lost database into the pages of the backup
    (https://sqlite.org/howtocorrupt.html section 1.4).
    """
    path, aside = tmp_path / "mcpserver.db", tmp_path / "aside"
    aside.mkdir()
    store = await open_store(f"sqlite:///{path}")
    by_sqlite(path, tmp_path / "copy.db")
    await store.add_account(account())
    for name in ("mcpserver.db-wal", "mcpserver.db-shm"):
        shutil.copyfile(tmp_path / name, aside / name)
    await store.close()
    await (await open_store(f"sqlite:///{path}")).close()
    for name in ("mcpserver.db-wal", "mcpserver.db-shm"):
        shutil.copyfile(aside / name, tmp_path / name)
        (tmp_path / name).chmod(0o600)
    shutil.copyfile(tmp_path / "copy.db", path)
    with pytest.raises(StoreError, match=r"mcpserver\.db-wal beside it belongs to the database that was here before"):
        await open_store(f"sqlite:///{path}")


async def test_o5_operator_can_say_that_a_disk_was_restored(house: House, sign_in: SignIn) -> None:
    """Database, mark and all: nothing tells it, and the command ends everything in services that run, too."""
    async with house.served() as asker:
        await asker.service.accounts.add("ada", PASSWORD)
        await asker.register()
        await sign_in(asker.http, "ada")
        code, tokens = await asker.code(), await asker.tokens()
        assert await asker.is_live(tokens["access_token"])
        command("database", "restored", database=house.database)
        await asker.service.resource_server.poll_revocations()
        assert not await asker.is_live(tokens["access_token"])
        assert (await asker.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
        assert (await asker.redeem(code)).refusal == (400, "invalid_grant")
        assert not await is_signed_in(asker)


def delete(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    """By rename, as rsync does it and most programs that save a file."""
    shutil.copyfile(path, path.with_suffix(".new"))
    path.with_suffix(".new").rename(path)


def overwrite(path: Path) -> None:
    """With the backup that was made before, in place, as ``cp`` does it."""
    shutil.copyfile(path.with_name("copy.db"), path)


@pytest.mark.parametrize("harm", [delete, replace, overwrite])
async def test_o11_database_that_is_not_there_any_more_takes_nothing(
    house: House, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """What goes into a file that nobody will find again is lost, whatever was acknowledged: 503, until the operator
    looks (RFC 9110 section 15.6.4).
    """
    async with house.served() as asker:
        by_sqlite(house.database, house.database.with_name("copy.db"))
        assert (await asker.register(**WITH_SECRET)).status == 201
        for _ in range(5):  # as many looks as it takes until the log is folded into the file
            await asker.service.store.look_around()
        assert (await asker.send("GET", "/healthz")).status == 200
        harm(house.database)
        with pytest.raises(StoreReplaced):
            await asker.service.store.look_around()
        ill = await asker.send("GET", "/healthz")
        assert (ill.status, ill.headers["Retry-After"]) == (503, "60")
        assert "the database file was" in ill.text
        refused = await asker.register(**WITH_SECRET)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "60")
        assert [record.levelname for record in caplog.records if "while the server runs" in record.message] == [
            "ERROR"
        ], "told once"


async def test_o11_write_notices_without_anybody_looking(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/mcpserver.db")
    (tmp_path / "mcpserver.db").unlink()
    with pytest.raises(StoreBusy, match="deleted"):
        await store.add_account(account())
    os.close(os.open(tmp_path / "mcpserver.db", os.O_CREAT))
    with pytest.raises(StoreBusy, match="replaced"):
        await store.add_account(account())
    await store.close()
