"""One process at a time does housekeeping, whatever happens to the one that does. Intervals in seconds."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from mcpserver.processes import EXPIRE, HOUSEKEEPING_LEASE, PURGE, Housekeeping, LeaseLost, Run, Turn
from mcpserver.store import Store, StoreBusy, open_store
from mcpserver.store.tables.purge import PORTION

from ..clock import Clock
from ..postgresql import Server
from .samples import account, code, digest, grant, keep_grant, session

Process = tuple[Store, Housekeeping]


@pytest.fixture(params=["sqlite-file", "postgresql"])
async def processes(
    request: pytest.FixtureRequest, file_url: str, clock: Clock
) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes with one clock."""
    server: Server | None = None if request.param == "sqlite-file" else request.getfixturevalue("postgresql_server")
    url = server.new_database() if server else file_url
    stores = [await open_store(url, sources=clock.sources()) for _ in range(2)]
    here, there = (Housekeeping(store, name, lambda: clock.now) for store, name in zip(stores, "ab", strict=True))
    yield (stores[0], here), (stores[1], there)
    for store in stores:
        await store.close()


async def run_of(store: Store, task: str = "expire") -> Run:
    return next(run for run in await store.housekeeping_runs() if run.task == task)


async def nothing(turn: Turn) -> None:
    """A turn without work."""


async def test_of_many_that_begin_at_once_one_does_the_turn(processes: tuple[Process, Process], clock: Clock) -> None:
    (one, here), (_, there) = processes
    for _ in range(5):
        done = await asyncio.gather(*(process.take_turn(EXPIRE, nothing) for process in (here, there) * 10))
        assert sum(done) == 1
        assert (await run_of(one)).finished_at == clock.now
        clock.now += EXPIRE.interval


async def test_turn_is_due_again_after_the_interval(processes: tuple[Process, Process], clock: Clock) -> None:
    (_, here), (_, there) = processes
    assert await here.take_turn(PURGE, nothing)
    clock.now += PURGE.interval - 1
    assert not await there.take_turn(PURGE, nothing)
    clock.now += 1
    assert await there.take_turn(PURGE, nothing)
    assert not await here.take_turn(PURGE, nothing)


async def test_turn_of_a_process_that_died_is_taken_over_when_its_lease_has_run_out(
    processes: tuple[Process, Process], clock: Clock
) -> None:
    """Without waiting for the next turn."""
    (one, _), (_, there) = processes
    assert await one.begin_turn(Turn(PURGE, "killed", lambda: clock.now))
    clock.now += HOUSEKEEPING_LEASE - 1
    assert not await there.take_turn(PURGE, nothing)
    clock.now += 1
    assert await there.take_turn(PURGE, nothing)
    assert (await run_of(one, "purge")).holder == "b"


async def test_each_portion_renews_the_lease(processes: tuple[Process, Process], clock: Clock) -> None:
    (one, here), (_, there) = processes
    taken = []

    async def long_work(turn: Turn) -> None:
        for _ in range(5):
            clock.now += HOUSEKEEPING_LEASE - 1
            await one.expire(clock.now, turn)
            taken.append(await there.take_turn(EXPIRE, nothing))

    assert await here.take_turn(EXPIRE, long_work)
    assert taken == [False] * 5


async def test_process_that_lost_its_lease_deletes_nothing_more(
    processes: tuple[Process, Process], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It stood still for longer than the lease, as a suspended machine does."""
    (one, here), (two, there) = processes
    await one.add_account(account())
    await one.add_session(session("old", expires_at=clock.now))

    async def stands_still(turn: Turn) -> None:
        clock.now += HOUSEKEEPING_LEASE
        assert await two.begin_turn(Turn(EXPIRE, "b", lambda: clock.now))
        with pytest.raises(LeaseLost):
            await one.expire(clock.now, turn)
        assert await one.find_session(digest("old"), now=0) is not None
        await one.expire(clock.now, turn)

    assert not await here.take_turn(EXPIRE, stands_still)
    assert "another process goes on" in caplog.text
    assert (await run_of(two)).holder == "b"
    assert not await there.take_turn(EXPIRE, nothing)


async def test_process_that_ends_gives_the_task_back_between_two_portions(
    processes: tuple[Process, Process], clock: Clock
) -> None:
    (one, here), (two, there) = processes
    begun = asyncio.Event()

    async def work(turn: Turn) -> None:
        await one.expire(clock.now, turn)
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(here.take_turn(EXPIRE, work))
    await begun.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await there.take_turn(EXPIRE, nothing)
    assert (await run_of(two)).holder == "b"


async def test_last_run_is_shown(
    processes: tuple[Process, Process], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mcpserver")
    (one, here), _ = processes
    assert [run.started_at for run in await one.housekeeping_runs()] == [None, None, None]
    await one.add_account(account())
    await one.add_session(session("old", expires_at=clock.now))
    began = clock.now

    async def work(turn: Turn) -> None:
        clock.now += 7
        await one.expire(clock.now, turn)

    assert await here.take_turn(EXPIRE, work)
    assert await run_of(one) == Run("expire", "a", began + 7, began, began + 7, 1, None)
    assert caplog.messages == ["housekeeping: expire removed 1 rows"]


async def test_error_ends_the_turn_until_the_next_one(processes: tuple[Process, Process], clock: Clock) -> None:
    """Only its name is kept: what it says is in the log."""
    (one, here), (_, there) = processes

    async def fails(turn: Turn) -> None:
        raise StoreBusy("a secret")

    with pytest.raises(StoreBusy):
        await here.take_turn(EXPIRE, fails)
    assert (await run_of(one)).last_error == "StoreBusy"
    assert not await there.take_turn(EXPIRE, nothing)
    clock.now += EXPIRE.interval
    assert await there.take_turn(EXPIRE, nothing)
    assert (await run_of(one)).last_error is None


async def test_clock_an_hour_ahead_delays_others_by_an_hour_at_most(
    processes: tuple[Process, Process], clock: Clock
) -> None:
    """The host with the wrong clock died in its turn."""
    (one, _), (_, there) = processes
    assert await one.begin_turn(Turn(EXPIRE, "fast", lambda: clock.now + 3600))
    clock.now += 3600 + HOUSEKEEPING_LEASE - 1
    assert not await there.take_turn(EXPIRE, nothing)
    clock.now += 1
    assert await there.take_turn(EXPIRE, nothing)


async def test_grants_are_deleted_in_portions(processes: tuple[Process, Process], clock: Clock) -> None:
    """Those that stay are between those that go."""
    (one, here), _ = processes
    await keep_grant(one, "first")
    for number in range(2 * PORTION + 1):
        ends = clock.now + (PURGE.interval * 1000 if number % 2 else 60)
        name = f"grant {number:05}"
        assert await one.add_grant(grant(name), code(f"code of {name}", name, expires_at=ends))
    clock.now += 2 * 86400

    async def work(turn: Turn) -> None:
        await one.purge(clock.now, turn)

    assert await here.take_turn(PURGE, work)
    left = await one.database.fetch("SELECT id FROM grants ORDER BY id")
    assert [row[0] for row in left] == [f"grant {number:05}" for number in range(1, 2 * PORTION, 2)]
