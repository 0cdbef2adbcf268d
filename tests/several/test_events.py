"""Events between processes: none is missed, none is written for nobody, and they are bounded."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from attrs import evolve

from mcpserver.processes import Event, ProcessEvents, Sent
from mcpserver.processes.events import ALIVE, APART, GONE, KEPT, MOST, SILENCE
from mcpserver.settings import Settings
from mcpserver.store import Store, StoreBusy, open_store

from ..clock import Clock
from ..sample import create_app


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await open_store("sqlite://")
    yield opened
    await opened.close()


class Process:
    """A process, and what it heard."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.heard: list[tuple[Event, int]] = []
        self.misses = 0
        self.events = ProcessEvents(store, clock.sources())
        self.events.on("change", lambda event, times: self.heard.append((event, times)))
        self.events.on_missed(self._missed)

    async def _missed(self) -> None:
        self.misses += 1

    async def turn(self) -> None:
        await self.events.read()
        await self.events.write()


async def met(store: Store, clock: Clock) -> tuple[Process, Process]:
    """Two processes that know each other."""
    one, other = Process(store, clock), Process(store, clock)
    await one.events.begin()
    await other.events.begin()
    for _ in range(2):
        await one.turn()
        await other.turn()
    assert not one.events.is_alone
    assert not other.events.is_alone
    return one, other


async def _rows(store: Store) -> int:
    return len(await store.database.fetch("SELECT 1 FROM events"))


async def test_event_is_heard_by_the_others_once_and_not_by_its_publisher(store: Store, clock: Clock) -> None:
    one, other = await met(store, clock)
    one.events.publish("change", "tools")
    await one.turn()
    await other.turn()
    await other.turn()
    assert (one.heard, other.heard) == ([], [(("change", "tools"), 1)])


async def test_equal_events_are_gathered(store: Store, clock: Clock) -> None:
    one, other = await met(store, clock)
    for _ in range(3):
        one.events.publish("change", "tools")
    await one.turn()
    await other.turn()
    assert other.heard == [(("change", "tools"), 3)]


async def test_nothing_is_written_while_a_process_is_alone(store: Store, clock: Clock) -> None:
    only = Process(store, clock)
    await only.events.begin()
    await only.turn()
    before = await _rows(store)
    only.events.publish("change", "tools")
    await only.turn()
    assert await _rows(store) == before


async def test_what_was_published_while_another_process_began_is_heard_by_it(store: Store, clock: Clock) -> None:
    """It reads from its beginning on, and the first one does not know yet that somebody listens."""
    one, other = Process(store, clock), Process(store, clock)
    await one.events.begin()
    await other.events.begin()
    one.events.publish("change", "tools")
    for _ in range(2):
        await one.turn()
        await other.turn()
    assert other.heard == [(("change", "tools"), 1)]


async def test_process_that_ended_is_not_written_for(store: Store, clock: Clock) -> None:
    one, other = await met(store, clock)
    await other.events.end()
    await one.turn()
    assert one.events.is_alone


async def test_process_that_was_killed_counts_as_gone_after_its_silence(store: Store, clock: Clock) -> None:
    one, _ = await met(store, clock)
    for _ in range(int(GONE) // 4 + 1):
        clock.now += 4
        await one.turn()
    assert one.events.is_alone


async def test_process_that_could_not_read_for_long_is_told_that_it_may_have_missed_events(
    store: Store, clock: Clock
) -> None:
    """The others may have taken it for gone, and have written nothing."""
    _, other = await met(store, clock)
    clock.now += int(SILENCE + 1)
    await other.turn()
    assert other.misses == 1
    clock.now += 1
    await other.turn()
    assert other.misses == 1


async def test_while_the_database_is_away_nobody_counts_as_gone_and_events_wait(clock: Clock) -> None:
    """What is published then is heard once the database is back."""
    store = await open_store("sqlite://")
    one, _ = await met(store, clock)
    await store.close()
    clock.now += int(GONE + 1)
    one.events.publish("change", "tools")
    with pytest.raises(StoreBusy):
        await one.events.write()
    again = await open_store("sqlite://")
    listening = Process(again, clock)
    await listening.events.begin()
    one.events._store = again  # the same process, reconnected
    await one.events.write()
    await listening.turn()
    assert listening.heard == [(("change", "tools"), 1)]
    await again.close()


async def test_events_that_wait_are_bounded(store: Store, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """However many different ones there are: they are dropped, and that is said once."""
    one, other = await met(store, clock)
    for number in range(MOST + 10):
        one.events.publish("change", str(number))
    await one.turn()
    await other.turn()
    assert len(other.heard) == MOST
    assert caplog.text.count("further ones are dropped") == 1


async def test_events_of_one_kind_do_not_take_the_places_of_others(store: Store, clock: Clock) -> None:
    """A client may cancel as many requests as it likes."""
    one, other = await met(store, clock)
    for number in range(MOST + 10):
        one.events.publish("noise", str(number))
    one.events.publish("change", "tools")
    await one.turn()
    await other.turn()
    assert other.heard == [(("change", "tools"), 1)]


async def test_event_is_heard_behind_those_that_were_published_before_it(store: Store, clock: Clock) -> None:
    """A success clears the failures before it and not those after it: what is gathered counts as the last of them."""
    one, other = await met(store, clock)
    for event, times in (("failed", 3), ("forgiven", 1), ("failed", 5)):
        one.events.publish("change", event, times=times)
    await one.turn()
    await other.turn()
    assert other.heard == [(("change", "forgiven"), 1), (("change", "failed"), 8)]


async def test_process_that_could_not_write_for_long_is_met_anew(store: Store, clock: Clock) -> None:
    """A full disk: it reads, but its signs of life are missing, and so is what it and the others published."""
    one, other = await met(store, clock)
    for _ in range(int(GONE) // 4 + 1):
        clock.now += 4
        await one.events.read()
        await other.events.read()
    assert one.events.is_alone
    one.events.publish("change", "tools")
    await one.events.keep_alive()
    await other.turn()
    await one.turn()
    await other.turn()
    assert other.heard == [(("change", "tools"), 1)]
    assert (one.misses, other.misses) == (1, 1)


async def test_after_an_outage_nobody_counts_as_gone_before_it_could_be_heard(store: Store, clock: Clock) -> None:
    one, other = await met(store, clock)
    clock.now += int(GONE) + 10
    await one.events.read()
    assert not one.events.is_alone
    one.events.publish("change", "tools")
    await one.turn()
    await other.turn()
    assert other.heard == [(("change", "tools"), 1)]


@pytest.mark.parametrize("content", ["nonsense", "{}", '{"now":1,"said":[],"events":[[]]}', "[]"])
async def test_row_that_cannot_be_read_does_not_keep_the_others_from_being_heard(
    store: Store, clock: Clock, content: str
) -> None:
    """A process of another version may write what is not known here."""
    one, other = await met(store, clock)
    await store.add_events(Sent("later version", content), now=1)
    one.events.publish("change", "tools")
    await one.turn()
    await other.turn()
    assert other.heard == [(("change", "tools"), 1)]


async def test_process_that_was_always_alone_gives_no_sign_of_life(store: Store, clock: Clock) -> None:
    """An idle service does not write to its disk."""
    only = Process(store, clock)
    await only.events.begin()
    await only.turn()
    before = await _rows(store)
    await only.events.keep_alive()
    assert await _rows(store) == before


async def test_rows_are_deleted_by_who_wrote_them(store: Store, clock: Clock) -> None:
    one, other = await met(store, clock)
    for _ in range(5):
        one.events.publish("change", "tools")
        await one.turn()
    assert await _rows(store) > 5
    for _ in range(3):
        clock.now += int(KEPT)
        await one.events.keep_alive()
        await other.events.keep_alive()
    assert await _rows(store) <= 4


async def test_rows_of_a_process_that_was_killed_are_deleted_by_housekeeping(store: Store, clock: Clock) -> None:
    await met(store, clock)
    clock.now += 86400 + 1
    await store.purge(int(clock.sources().now()))
    assert await _rows(store) == 0


async def test_handler_that_fails_does_not_keep_the_others_from_their_events(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = await met(store, clock)

    def fail(event: Event, times: int) -> None:
        raise ValueError("broken")

    other.events.on("broken", fail)
    one.events.publish("broken")
    one.events.publish("change", "tools")
    await one.turn()
    await other.turn()
    assert other.heard == [(("change", "tools"), 1)]
    assert "fault in the handler of broken" in caplog.text


@pytest.mark.parametrize("seconds", [3600, -3600])
async def test_clock_of_another_host_that_differs_is_said(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture, seconds: int
) -> None:
    """Lifetimes are instants that one host writes and another reads."""
    ours = clock.sources()
    one = Process(store, clock)
    theirs = evolve(ours, now=lambda: ours.now() + seconds, machine=None)
    other = ProcessEvents(store, theirs)
    await one.events.begin()
    await other.begin()
    await other.write()
    await one.turn()
    assert one.events.clock_difference == seconds
    assert "synchronize the clocks" in caplog.text


async def test_clocks_that_agree_are_not_spoken_of(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        one, _ = await met(store, clock)
    assert (one.events.clock_difference, caplog.text) == (0.0, "")
    assert ALIVE < APART


async def test_events_are_published_from_any_thread(store: Store, clock: Clock) -> None:
    """Tools run in threads, and say there that a resource has changed."""
    one, other = await met(store, clock)

    def publish() -> None:
        for _ in range(500):
            one.events.publish("change", "tools")

    writing = [asyncio.create_task(asyncio.to_thread(publish)) for _ in range(4)]
    while not all(task.done() for task in writing):
        await one.events.write()
        await asyncio.sleep(0)
    await one.events.write()
    await other.turn()
    assert sum(times for _, times in other.heard) == 2000


async def test_health_of_a_host_warns_of_the_clock_of_another(tmp_path: Path, clock: Clock) -> None:
    """It answers 200 all the same: neither host knows whose clock is right, and one that works is better than none."""
    settings = Settings(database=f"sqlite:///{tmp_path}/shared.db")
    ours = clock.sources()
    app = await create_app(settings, sources=ours)
    store = await open_store(settings.database)
    theirs = ProcessEvents(store, evolve(ours, now=lambda: ours.now() - 3600, machine=None))
    await theirs.begin()
    await theirs.write()
    async with TestClient(TestServer(app)) as client, asyncio.timeout(20):
        while "warning" not in (document := await (await client.get("/healthz")).json()):
            await store.changed(0.1)
    assert document["status"] == "ok"
    assert document["warning"].startswith("The clock of another process is 3600 seconds behind the one here")
    await store.close()


class Interrupted(Store):
    """A store that loses its connection between two reads, once."""

    fails = True

    async def events_between(self, first: int, last: int) -> list[tuple[int, Sent]]:
        if self.fails:
            self.fails = False
            raise StoreBusy("the connection was lost")
        return await super().events_between(first, last)


async def test_events_whose_reading_was_interrupted_count_as_missed(store: Store, clock: Clock) -> None:
    """They are known by their numbers already, and would not be read again."""
    interrupted = Interrupted(store.database)
    interrupted.fails = False
    one, other = await met(interrupted, clock)
    one.events.publish("change", "tools")
    await one.turn()
    interrupted.fails = True
    with pytest.raises(StoreBusy):
        await other.events.read()
    await other.turn()
    assert other.misses == 1
