"""Rows O4, O6 and O9 of the attack catalogue, with real processes: one is killed, one of two is killed, the disk is
full.
"""

import asyncio
import os
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from aiohttp import ClientConnectionError, ClientSession, TCPConnector

from mcpserver.compose.service import SERVICE
from mcpserver.settings import Settings

from ..asker import VERIFIER
from ..ports import free_port
from ..processes import Program, add_client, add_user, running, start_service
from ..sample import create_app
from ..several.conftest import PASSWORD, REDIRECT_URI, Pair

CODES = 60


@asynccontextmanager
async def operated(database: Path, *ports: int) -> AsyncIterator[Pair]:
    """A way to give codes to the services at the ports, and to ask them; the public URL is that of the first."""
    add_user(database, "ada", PASSWORD, name="Ada", email="ada@example.com")
    client = add_client(database, REDIRECT_URI, "--confidential")
    urls = (f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[-1]}")
    app = await create_app(Settings(public_url=urls[0], database=f"sqlite:///{database}"))
    own = app[SERVICE]
    account = await own.store.find_account_by_login("ada")
    assert account is not None
    try:
        async with ClientSession(
            connector=TCPConnector(force_close=True)
        ) as http:  # none is left over from a process that died
            yield Pair(database, urls, own, http, account.id, client)
    finally:
        await own.store.close()


async def redeem_until_killed(
    pair: Pair, codes: list[str], victim: Program, *, at: int = 0, after: int = 20
) -> set[str]:
    """Redeem eight at a time, and kill the service with some under way; returns the codes for which it had given
    tokens.
    """
    given: set[str] = set()
    waiting = iter(codes)

    async def caller() -> None:
        for code in waiting:
            try:
                status, _ = await pair.redeem(code, at=at)
            except ClientConnectionError:
                return
            assert status == 200
            given.add(code)
            if len(given) == after:
                victim.process.kill()

    await asyncio.gather(*(caller() for _ in range(8)))
    assert after <= len(given) < len(codes), "it must die in the midst"
    return given


async def test_o6_service_killed_in_the_midst_of_commits_gives_nothing_twice_and_recovers_by_itself(
    tmp_path: Path,
) -> None:
    """OAuth 2.1 section 4.1.3, with SQLite: what was answered is kept, what was not is kept whole or not at all, and
    the next start needs no help.
    """
    database, port = tmp_path / "mcpserver.db", free_port()
    async with operated(database, port) as pair:
        codes = await asyncio.gather(*(pair.code() for _ in range(CODES)))
        with running(start_service(database, port=port)) as service:
            given = await redeem_until_killed(pair, codes, service)
        with running(start_service(database, port=port)):
            again = {code: (await pair.redeem(code))[0] for code in codes}
    assert {again[code] for code in given} == {400}, "a second token for one code"
    assert 200 in again.values()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT COUNT(*) FROM codes WHERE spent_at IS NULL").fetchone() == (0,)


async def test_o9_of_two_services_the_one_that_lives_serves_on_and_nothing_shared_is_lost(tmp_path: Path) -> None:
    """A code that the dead one redeemed is spent for the other too, and no lock of it is left
    (https://sqlite.org/wal.html).
    """
    database, ports = tmp_path / "mcpserver.db", (free_port(), free_port())
    settings = {"public_url": f"http://127.0.0.1:{ports[0]}"}
    async with operated(database, *ports) as pair:
        with (
            running(start_service(database, port=ports[0])) as first,
            running(start_service(database, port=ports[1], settings=settings)),
        ):
            codes, mine = [await asyncio.gather(*(pair.code() for _ in range(number))) for number in (CODES, 10)]
            given, *beside = await asyncio.gather(
                redeem_until_killed(pair, codes, first),
                *(pair.redeem(code, at=1) for code in mine),
            )
            assert {status for status, _ in beside} == {200}
            again = {code: (await pair.redeem(code, at=1))[0] for code in codes}
            assert {again[code] for code in given} == {400}
            status, tokens = await pair.redeem(await pair.code(), at=1)
            assert status == 200
            await pair.revoke(tokens["refresh_token"], at=1)
            assert (await pair.refresh(tokens["refresh_token"], at=1))[0] == 400


class Disk(Protocol):
    """Where a database lies; it can be full for a process."""

    path: Path

    def fill(self, process: subprocess.Popen[str]) -> None: ...

    def free(self, process: subprocess.Popen[str]) -> None: ...


class SmallDisk:
    """A file system of some megabytes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, process: subprocess.Popen[str]) -> None:
        descriptor = os.open(self.path / "filler", os.O_CREAT | os.O_WRONLY)
        try:
            while True:
                os.write(descriptor, bytes(4096))
        except OSError:
            os.close(descriptor)

    def free(self, process: subprocess.Popen[str]) -> None:
        (self.path / "filler").unlink()


class LimitedFiles:
    """Where nobody may mount anything: no file of the process may grow, which is a full disk to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, process: subprocess.Popen[str]) -> None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def free(self, process: subprocess.Popen[str]) -> None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def small_disk(path: Path) -> Iterator[Disk]:
    mounted = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(path)], capture_output=True, check=False
        ).returncode
        == 0
    )
    try:
        yield SmallDisk(path) if mounted else LimitedFiles(path)
    finally:
        if mounted:
            subprocess.run(["umount", str(path)], check=True)


@contextmanager
def limited_files(path: Path) -> Iterator[Disk]:
    yield LimitedFiles(path)


@pytest.fixture(params=[small_disk, limited_files], ids=["file system", "process"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with request.param(tmp_path) as disk:
        yield disk


async def redeem_until_full(pair: Pair, codes: Iterator[str]) -> tuple[dict[str, str], str]:
    """The refresh token of each code that was redeemed still (there is some room in the write-ahead log), and the
    first code that was not.
    """
    given: dict[str, str] = {}
    for code in codes:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": VERIFIER,
            "redirect_uri": REDIRECT_URI,
            **pair.client,
        }
        async with pair.http.post(f"{pair.urls[0]}/token", data=form) as answer:
            said = await answer.json()
            if answer.status == 503:
                assert answer.headers["Retry-After"] == "5"
                assert said["error"] == "temporarily_unavailable"
                return given, code
            assert answer.status == 200, said
            given[code] = said["refresh_token"]
    raise AssertionError("The disk was never full.")


async def test_o4_full_disk_is_503_loses_nothing_and_passes(disk: Disk) -> None:
    """RFC 9110 section 15.6.4: no token is given that is not kept, and the same code is good once there is room
    again.
    """
    database, port = disk.path / "mcpserver.db", free_port()
    async with operated(database, port) as pair:
        codes = iter(await asyncio.gather(*(pair.code() for _ in range(250))))
        with running(start_service(database, port=port)) as service:
            disk.fill(service.process)
            given, refused = await redeem_until_full(pair, codes)
            async with pair.http.get(f"{pair.urls[0]}/healthz") as answer:
                assert answer.status == 200, "reading goes on"
            disk.free(service.process)
            assert (await pair.redeem(refused))[0] == 200
            assert (await pair.redeem(next(codes)))[0] == 200
            for code, refresh_token in list(given.items())[-20:]:
                assert (await pair.refresh(refresh_token))[0] == 200
                assert (await pair.redeem(code))[0] == 400
        with running(start_service(database, port=port)):
            assert (await pair.redeem(refused))[0] == 400
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
