"""What takes SQLite a moment is done on the event loop, and never anything that would hold it up."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mcpserver.store import Statement, StoreBusy
from mcpserver.store.database.driver import Database
from mcpserver.store.sqlite import open_file
from mcpserver.store.sqlite.inline import STEPS, InlineConnection, WouldBlock
from mcpserver.store.sqlite.writer import apply_at_once, keep

_NUMBERS = (
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count) SELECT n "
    "FROM numbers"
)
_ADD = "INSERT INTO revocations (grant_id, revoked_at) VALUES (:grant_id, 1)"
_ADD_MANY = f"INSERT INTO revocations (grant_id, revoked_at) SELECT 'many', n FROM ({_NUMBERS})"
_ENDLESS = 1_000_000_000


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_file(tmp_path / "notes.db", busy_timeout=1)
    yield opened
    await opened.close()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Of somebody else to the same file."""
    opened = sqlite3.connect(tmp_path / "notes.db", timeout=0, isolation_level=None)
    yield opened
    opened.close()


async def test_read_by_key_is_answered_before_anything_else_happens(database: Database) -> None:
    others = asyncio.ensure_future(asyncio.sleep(0))
    assert await database.fetch("SELECT name FROM migrations WHERE number = 1") == [("0001_begin.sql",)]
    assert not others.done()
    await others


async def test_long_read_lets_others_go_on(database: Database) -> None:
    for _ in range(2):  # the second time it is known to be long
        others = asyncio.ensure_future(asyncio.sleep(0))
        assert len(await database.fetch(_NUMBERS, count=20_000)) == 20_000
        assert others.done()


async def test_read_without_end_is_interrupted(connection: sqlite3.Connection) -> None:
    at_once = InlineConnection(connection)
    for _ in range(2):
        with pytest.raises(WouldBlock):
            at_once.execute(_NUMBERS, {"count": _ENDLESS})
    assert at_once.execute("SELECT 1", {}) == ([(1,)], -1)


async def test_short_read_is_never_interrupted(connection: sqlite3.Connection) -> None:
    """SQLite counts the steps of all runs of a statement together."""
    at_once = InlineConnection(connection)
    for _ in range(2_000):
        assert len(at_once.execute(_NUMBERS, {"count": 20})[0]) == 20


async def test_short_change_is_never_interrupted(database: Database, connection: sqlite3.Connection) -> None:
    """Not even by the savepoints around it, whose steps are counted on as well."""
    medium = [Statement(_NUMBERS, {"count": STEPS // 40}), Statement(_ADD, {"grant_id": "one"}, rows=1)]
    outcomes = apply_at_once(connection, InlineConnection(connection), [medium] * 3000, now=1).outcomes
    keep(connection)
    assert len([outcome for outcome in outcomes if outcome is not None]) == 3000


async def test_long_change_takes_those_beside_it_along_to_the_thread(database: Database) -> None:
    for _ in range(2):
        outcomes = await asyncio.gather(
            database.apply(Statement(_ADD, {"grant_id": "before"}, rows=1)),
            database.apply(Statement(_ADD_MANY, {"count": 20_000}, rows=20_000)),
            database.apply(Statement("UPDATE revocations SET revoked_at = 2 WHERE grant_id = 'nobody'", rows=1)),
            database.apply(Statement(_ADD, {"grant_id": "after"}, rows=1)),
        )
        assert list(outcomes) == [[[]], [[]], None, [[]]]
    assert await database.fetch("SELECT grant_id, COUNT(*) FROM revocations GROUP BY grant_id") == [
        ("after", 2),
        ("before", 2),
        ("many", 40_000),
    ]


async def test_interrupted_changes_leave_nothing_behind(database: Database, connection: sqlite3.Connection) -> None:
    changes = [[Statement(_ADD, {"grant_id": "before"})], [Statement(_ADD_MANY, {"count": _ENDLESS})]]
    with pytest.raises(WouldBlock):
        apply_at_once(connection, InlineConnection(connection), changes, now=1)
    assert not connection.in_transaction
    assert await database.fetch("SELECT * FROM revocations") == []


async def test_changes_are_seen_once_they_are_kept(database: Database, connection: sqlite3.Connection) -> None:
    """A reader that sees what a power cut may still undo would tell others of it."""
    apply_at_once(connection, InlineConnection(connection), [[Statement(_ADD, {"grant_id": "one"})]], now=1)
    assert await database.fetch("SELECT grant_id FROM revocations") == []
    keep(connection)
    assert await database.fetch("SELECT grant_id FROM revocations") == [("one",)]


async def test_open_transaction_is_not_added_to(database: Database, connection: sqlite3.Connection) -> None:
    """Its caller stopped waiting, and the thread is about to commit it."""
    apply_at_once(connection, InlineConnection(connection), [[Statement(_ADD, {"grant_id": "one"})]], now=1)
    with pytest.raises(WouldBlock):
        apply_at_once(connection, InlineConnection(connection), [[Statement(_ADD, {"grant_id": "two"})]], now=1)
    keep(connection)
    assert await database.fetch("SELECT grant_id FROM revocations") == [("one",)]


async def test_lock_of_another_process_holds_up_the_change_and_nothing_else(
    database: Database, connection: sqlite3.Connection
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    adding = asyncio.ensure_future(database.apply(Statement(_ADD, {"grant_id": "one"})))
    await asyncio.sleep(0)
    assert await database.fetch("SELECT grant_id FROM revocations") == []
    assert not adding.done()
    connection.execute("ROLLBACK")
    assert await adding == [[]]


async def test_lock_that_stays_is_busy_each_time(database: Database, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        with pytest.raises(StoreBusy, match="database is locked"):
            await database.apply(Statement(_ADD, {"grant_id": "one"}))
    connection.execute("ROLLBACK")
    assert await database.apply(Statement(_ADD, {"grant_id": "one"})) == [[]]
