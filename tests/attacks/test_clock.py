"""Row O7 of the attack catalogue: a clock that is set back or forward, beside what chapters C and V have of it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from mcpserver.compose.service import SERVICE
from mcpserver.secrets import SecretKind, digest
from mcpserver.settings import Settings

from ..asker import Asker
from ..conftest import Clock
from ..holders import HOST, PUBLIC_URL
from ..sample import create_app

HOUR = 3600


async def is_signed_in(asker: Asker) -> bool:
    return 'name="password"' not in (await asker.send("GET", "/account")).text


async def test_o7_expired_code_is_dropped_when_it_is_presented(asker: Asker, clock: Clock) -> None:
    """Whatever the clock of another process says afterwards: there is nothing left to redeem."""
    code = await asker.code()
    clock.now += 60
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")
    assert await asker.service.store.find_code(digest(SecretKind.CODE, code)) is None


async def test_o7_clock_that_steps_back_revives_no_session_and_no_refresh_token(asker: Asker, clock: Clock) -> None:
    tokens = await asker.tokens()
    clock.now += asker.service.settings.refresh_token_lifetime
    assert not await is_signed_in(asker)
    assert (await asker.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
    clock.step(-asker.service.settings.refresh_token_lifetime)
    assert not await is_signed_in(asker)
    assert (await asker.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
    assert not await asker.is_live(tokens["access_token"])


async def test_o7_clock_that_steps_back_reopens_no_window_for_a_rotated_token(asker: Asker, clock: Clock) -> None:
    """OAuth 2.1 section 4.3.1: a used token that comes back an hour later is reuse, whatever the clock says by then."""
    tokens = await asker.tokens()
    second = (await asker.refresh(tokens["refresh_token"])).json["refresh_token"]
    clock.now += HOUR
    assert await is_signed_in(asker)
    clock.step(-HOUR)
    assert (await asker.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
    assert (await asker.refresh(second)).refusal == (400, "invalid_grant")


async def test_o7_time_goes_on_after_a_step_back(asker: Asker, clock: Clock) -> None:
    """A clock that stood still for the hour would let a code of one minute live for that hour."""
    clock.step(-HOUR)
    code = await asker.code()
    clock.now += 60
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")


@asynccontextmanager
async def served(database: Path, clock: Clock) -> AsyncIterator[Asker]:
    """A service of its own on a database, as after a restart."""
    app = await create_app(Settings(public_url=PUBLIC_URL, database=f"sqlite:///{database}"), sources=clock.sources())
    async with TestClient(TestServer(app), headers={"Host": HOST}, cookie_jar=CookieJar(unsafe=True)) as http:
        yield Asker(http, app[SERVICE])


async def test_o7_clock_set_back_while_nothing_runs_revives_nothing(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The newest instant is kept with what was written at it."""
    async with served(tmp_path / "mcpserver.db", clock) as asker:
        clock.now += HOUR
    clock.step(-HOUR)
    with caplog.at_level(logging.WARNING):
        async with served(tmp_path / "mcpserver.db", clock) as asker:
            assert asker.service.sources.now() == clock.now + HOUR
    assert "the machine's clock was set back by 3600 seconds" in caplog.text


async def test_o7_clock_that_was_years_ahead_is_not_believed_for_years(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise one wrong start would date everything wrongly for good."""
    clock.step(10**8)
    async with served(tmp_path / "mcpserver.db", clock):
        pass
    clock.step(-(10**8))
    async with served(tmp_path / "mcpserver.db", clock) as asker:
        assert asker.service.sources.now() == clock.now
    assert "ahead of the machine's clock" in caplog.text
