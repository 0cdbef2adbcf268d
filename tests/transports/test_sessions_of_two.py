"""Sessions of the earlier revisions when two processes serve them from one database (2025-11-25, transports: session
management).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from pytest_aiohttp import AiohttpClient

from mcpserver.mcp.legacy.handshake import Session
from mcpserver.mcp.legacy.sessions import LOOKS_AFTER, LOOKS_AGAIN, MemorySessions, Sessions, SessionStore
from mcpserver.principal import principal_of
from mcpserver.store import Store, StoreBusy, open_store

from ..holders import Clock
from ..mcp.desk import ADA
from .visitor import Stage, Visitor, application, request

LIFETIME = 600


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/sessions.db", busy_timeout=0.05)
    yield opened
    await opened.close()


def process(store: SessionStore, clock: Clock) -> Sessions:
    return Sessions(store, clock.sources(), LIFETIME)


async def begun(sessions: Sessions) -> str:
    return await sessions.begin(Session(principal=principal_of(ADA)))


async def test_session_ended_in_one_process_ends_in_the_other(store: Store) -> None:
    clock = Clock()
    one, other = process(store, clock), process(store, clock)
    session_id = await begun(one)
    held = await other.find(session_id, ADA)
    assert held
    await one.end(held)
    assert await one.find(session_id, ADA) is None
    clock.now += LOOKS_AGAIN
    assert await other.find(session_id, ADA) is None


async def test_session_that_was_ended_does_not_come_back(store: Store) -> None:
    """Neither by what it learns elsewhere, nor because it is renewed there."""
    clock = Clock()
    one, other = process(store, clock), process(store, clock)
    learning, renewed = await begun(one), await begun(one)
    held = [await other.find(each, ADA) for each in (learning, renewed)]
    assert held[0]
    assert held[1]
    await asyncio.gather(*(one.end(each) for each in held if each))
    held[0].log_level = "debug"
    await other.save(held[0])
    held[1].expires_at = clock.now + 1
    assert await other.find(renewed, ADA) is None
    assert [await process(store, clock).find(each, ADA) for each in (learning, renewed)] == [None, None]


async def test_what_one_process_learns_the_other_knows(store: Store) -> None:
    clock = Clock()
    one, other = process(store, clock), process(store, clock)
    session_id = await begun(one)
    here, there = await one.find(session_id, ADA), await other.find(session_id, ADA)
    assert here
    assert there
    here.log_level = "debug"
    here.subscriptions.add("memo://one")
    await one.save(here)
    clock.now += LOOKS_AGAIN
    assert await other.find(session_id, ADA) is there  # whoever is being answered holds it
    assert (there.log_level, there.subscriptions) == ("debug", {"memo://one"})


async def test_change_on_its_way_is_newer_than_what_the_store_has(tmp_path: Path, store: Store) -> None:
    clock = Clock()
    sessions = process(store, clock)
    session_id = await begun(sessions)
    session = await sessions.find(session_id, ADA)
    assert session
    session.log_level = "debug"
    saving = asyncio.create_task(sessions.save(session))
    await asyncio.sleep(0)
    clock.now += LOOKS_AGAIN
    assert await sessions.find(session_id, ADA) is session
    assert session.log_level == "debug"
    await saving
    assert (await sessions.find(session_id, ADA)) is session


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_session_is_renewed_by_use(store: Store, kind: str) -> None:
    clock = Clock()
    sessions = process(MemorySessions() if kind == "memory" else store, clock)
    session_id = await begun(sessions)
    for _ in range(4):
        clock.now += LIFETIME - 1
        assert await sessions.find(session_id, ADA)
    clock.now += LIFETIME
    assert await sessions.find(session_id, ADA) is None


async def test_session_that_learns_after_others_took_its_place_at_hand_is_kept(store: Store) -> None:
    clock = Clock()
    session_id = await begun(process(store, clock))
    session = await process(store, clock).find(session_id, ADA)
    assert session
    session.log_level = "error"
    await process(store, clock).save(session)
    again = await process(store, clock).find(session_id, ADA)
    assert again
    assert again.log_level == "error"


async def test_end_that_cannot_be_kept_leaves_the_session_as_it_was(store: Store, tmp_path: Path) -> None:
    """Or it would be gone for the client, and back after a restart."""
    clock = Clock()
    sessions = process(store, clock)
    session_id = await begun(sessions)
    session = await sessions.find(session_id, ADA)
    assert session
    with closing(sqlite3.connect(tmp_path / "sessions.db", isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            await sessions.end(session)
        rival.execute("ROLLBACK")
    assert await sessions.find(session_id, ADA) is session
    await sessions.end(session)
    assert await process(store, clock).find(session_id, ADA) is None


async def test_delete_at_one_process_is_heard_at_the_other(aiohttp_client: AiohttpClient, store: Store) -> None:
    """2025-11-25: the server MUST answer 404 to requests of a session that it terminated."""
    clock = Clock()
    sources = clock.sources()
    one, other = [await aiohttp_client(application(Stage(), sessions=store, sources=sources)) for _ in range(2)]
    visitor = await Visitor(one).initialize()
    there = Visitor(other, session=visitor.session)
    assert (await there.post(request(1, "ping")))[0] == 200
    assert await visitor.delete() == 204
    clock.now += LOOKS_AGAIN
    assert (await there.post(request(2, "ping")))[0] == 404


@pytest.mark.parametrize("kind", ["database", "memory"])
async def test_sessions_that_nobody_ends_make_room_for_newer_ones(store: Store, kind: str) -> None:
    """Many clients begin a session for each run and end none.

    What one of them leaves behind is bounded, and costs nobody else theirs.
    """
    clock = Clock()
    sessions = Sessions(store if kind == "database" else MemorySessions(), clock.sources(), LIFETIME, most_of_one=3)
    anonymous = await sessions.begin(Session(principal=principal_of(None)))
    mine = []
    for _ in range(LOOKS_AFTER):
        clock.now += 1
        mine.append(await begun(sessions))
    clock.now += LOOKS_AGAIN
    held = [await sessions.find(each, ADA) for each in mine]
    assert [each is not None for each in held] == [False] * (LOOKS_AFTER - 3) + [True] * 3
    assert await sessions.find(anonymous, None)
