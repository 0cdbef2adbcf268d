"""Two services on one database share the housekeeping."""

import asyncio
import logging

import pytest
from aiohttp.test_utils import TestServer

from mcpserver.compose.service import SERVICE
from mcpserver.processes import Run
from mcpserver.settings import Settings
from mcpserver.store import Store

from ..clock import Clock
from ..postgresql import Server
from ..sample import create_app
from ..store.samples import account, digest, session

DEADLINE = 20
HOUR = 3600


@pytest.fixture(params=["sqlite-file", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: object) -> Settings:
    """A database for both, whose housekeeping nobody waits for."""
    request.getfixturevalue("monkeypatch").setattr("mcpserver.compose.housekeeping.KEEP_HOUSE", 0)
    server: Server | None = None if request.param == "sqlite-file" else request.getfixturevalue("postgresql_server")
    return Settings(
        database=server.new_database() if server else f"sqlite:///{tmp_path}/shared.db", secret="a secret of both " * 3
    )


async def finished(store: Store, task: str = "expire", *, after: int) -> Run:
    """The first turn that began after that instant and ended."""
    async with asyncio.timeout(DEADLINE):
        while True:
            run = next(run for run in await store.housekeeping_runs() if run.task == task)
            if (run.started_at or 0) > after and (run.finished_at or 0) >= (run.started_at or 0):
                return run
            await asyncio.sleep(0.01)


async def have_met(caplog: pytest.LogCaptureFixture) -> None:
    """The fast one knows that the other one is slow."""
    async with asyncio.timeout(DEADLINE):
        while True:
            if any("behind the one here" in line for line in caplog.messages):
                return
            await asyncio.sleep(0.01)


async def test_two_services_do_each_turn_once(
    settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mcpserver.processes.housekeeping")
    apps = [await create_app(settings, sources=clock.sources()) for _ in range(2)]
    store = apps[0][SERVICE].store
    async with TestServer(apps[0]), TestServer(apps[1]):
        await store.add_account(account())
        await finished(store, "purge", after=0)
        began = (await finished(store, after=0)).started_at or 0
        for turn in range(3):
            await store.add_session(session(f"of turn {turn}", expires_at=clock.now))
            clock.now += 60
            began = (await finished(store, after=began)).started_at or 0
            assert began == clock.now
    assert [line for line in caplog.messages if "expire removed" in line] == ["housekeeping: expire removed 1 rows"] * 3


async def test_host_whose_clock_is_an_hour_ahead_deletes_nothing_too_early(
    settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    fast = Clock(now=clock.now + HOUR)
    slow_app, fast_app = [await create_app(settings, sources=each.sources()) for each in (clock, fast)]
    store = slow_app[SERVICE].store
    async with TestServer(slow_app), TestServer(fast_app):
        await have_met(caplog)
        await finished(store, "purge", after=0)
        await store.add_account(account())
        await store.add_session(session("alive", expires_at=clock.now + HOUR // 2))
        await store.add_session(session("past", expires_at=clock.now))
        fast.now += 60
        assert (await finished(store, after=fast.now - 1)).rows_removed == 1
        assert await store.find_session(digest("alive"), now=clock.now) is not None
