"""A change is kept whole or not at all, whatever happens to its neighbours or its caller."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcpbase.sqlite.connection import transaction
from mcpserver.store import Statement, Store, StoreBusy, open_store
from mcpserver.store.sqlite import open_file, open_memory
from mcpserver.store.sqlite.database import SqliteDatabase

from ..sample import notes_in
from .samples import NOW, account, code, digest, grant, keep_grant, keep_redeemed_grant, refresh_token


@pytest.fixture(params=["file", "memory"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = await (open_memory() if request.param == "memory" else open_file(tmp_path / "notes.db", busy_timeout=1))
    yield opened
    await opened.close()


async def test_code_stays_unspent_when_its_refresh_token_cannot_be_kept(store: Store) -> None:
    """Both or neither: a code must not be lost with nothing to show for it."""
    await keep_redeemed_grant(store)
    await keep_grant(store, "other")
    taken = refresh_token("refresh", grant_id="other")
    assert not await store.spend_code(digest("code of other"), refresh_token=taken, now=NOW)
    assert await store.spend_code(digest("code of other"), refresh_token=None, now=NOW)


async def test_grant_is_not_kept_without_its_code(store: Store) -> None:
    await keep_grant(store)
    assert not await store.add_grant(grant("second"), code("code of grant", "second"))
    assert await store.find_grant("second") is None


async def test_grant_does_not_advance_without_its_successor(store: Store) -> None:
    await keep_redeemed_grant(store)
    assert not await store.rotate_refresh_token(refresh_token("refresh", generation=1), now=NOW)
    assert await store.find_grant("grant") == grant()


async def test_refused_change_takes_nobody_along(store: Store) -> None:
    """Changes that wait together share a commit, and nothing else."""
    await store.add_account(account())
    results = await asyncio.gather(
        *(store.add_account(account(str(n), username=name)) for n, name in enumerate(("bob", "ANN", "eve", "Bob")))
    )
    assert results == [True, False, True, False]
    assert {kept.username for kept in await store.list_accounts()} == {"ann", "bob", "eve"}


async def test_own_change_is_seen_by_the_next_read(store: Store) -> None:
    await store.add_account(account())

    async def write_and_read(text: str) -> bool:
        note = await notes_in(store).add_note("ann", text, now=NOW)
        return note in await notes_in(store).list_notes("ann", limit=1000)

    assert all(await asyncio.gather(*(write_and_read(str(n)) for n in range(100))))


async def test_change_is_kept_whole_when_its_caller_stops_waiting(store: Store) -> None:
    """A client that hangs up must not tear a redemption apart."""
    await keep_grant(store)
    callers = [asyncio.create_task(store.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW))]
    callers += [asyncio.create_task(store.add_account(account(str(n)))) for n in range(3)]
    await asyncio.sleep(0)
    for caller in callers[:2]:
        caller.cancel()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes] == [True, True, False, False]
    found = await store.find_code(digest("code of grant"))
    assert found is not None
    assert found[0].spent_at == NOW
    assert await store.find_refresh_token(digest("refresh")) is not None
    assert len(await store.list_accounts()) == 4


async def test_closing_finishes_the_changes_in_line(file_url: str) -> None:
    store = await open_store(file_url)
    added = []
    for n in range(8):  # the first is being committed while the others gather
        added.append(asyncio.create_task(store.add_account(account(str(n)))))
        await asyncio.sleep(0)
    await store.close()
    assert all(await asyncio.gather(*added))
    reopened = await open_store(file_url)
    assert len(await reopened.list_accounts()) == 8
    await reopened.close()


async def test_closed_store_is_busy_for_good(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreBusy, match="the store is closed"):
        await store.add_account(account())
    with pytest.raises(StoreBusy, match="the store is closed"):
        await store.find_account("ann")


async def test_answering_store_returns_from_ping(store: Store) -> None:
    await store.ping()


async def test_faulty_statement_is_told_to_its_caller_alone(database: SqliteDatabase) -> None:
    """A bug in one change must not become everybody's."""
    add = (
        "INSERT INTO accounts (id, username, name, created_at, password_hash, admin) VALUES (:id, :id, :id, 1, "
        "'hash', 0)"
    )
    good, faulty, doubled = await asyncio.gather(
        database.apply(Statement(add, {"id": "a"}, rows=1)),
        database.apply(Statement(add, {"id": "b"}), Statement("UPDATE nowhere SET x = 1")),
        database.apply(Statement(add, {"id": "c"}), Statement(add, {"id": "c"})),
        return_exceptions=True,
    )
    assert good == [[]]
    assert isinstance(faulty, sqlite3.OperationalError)
    assert isinstance(doubled, sqlite3.IntegrityError)
    assert await database.fetch("SELECT id FROM accounts") == [("a",)]


async def test_faulty_question_is_told_as_it_is(database: SqliteDatabase) -> None:
    """A mistake in SQL is a bug to be seen, not a busy database to wait for."""
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.fetch("SELECT 1 FROM nowhere")


def test_transaction_that_does_not_end_well_keeps_nothing() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE notes (id)")
    with pytest.raises(ZeroDivisionError), transaction(connection):
        connection.executemany("INSERT INTO notes VALUES (?)", ((1 // n,) for n in (1, 0)))
    assert connection.execute("SELECT * FROM notes").fetchall() == []
    connection.close()


async def test_guard_counts_the_rows_of_every_kind_of_statement(database: SqliteDatabase) -> None:
    key = Statement("INSERT INTO signing_keys (kid, sealed, created_at) VALUES ('k', 's', 1) RETURNING kid", rows=1)
    assert await database.apply(key) == [[("k",)]]
    assert await database.apply(Statement("UPDATE signing_keys SET sealed = 't' WHERE kid = 'other'", rows=1)) is None
    assert await database.apply(Statement("UPDATE signing_keys SET sealed = 't'", rows=0)) is None
    assert await database.apply(Statement("DELETE FROM signing_keys RETURNING sealed", rows=1)) == [[("s",)]]


async def test_values_of_a_statement_do_not_print() -> None:
    """Statements carry digests and password hashes: none of them may reach a log."""
    assert "secret" not in repr(Statement("SELECT :value", {"value": "secret"}))


def test_no_verb_of_the_store_is_defined_by_two_of_its_parts() -> None:
    """The second one would never be called."""
    verbs = Counter(name for part in Store.__bases__ for name in vars(part) if not name.startswith("_"))
    assert [name for name, times in verbs.items() if times > 1] == []
