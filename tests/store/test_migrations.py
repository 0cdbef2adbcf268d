"""A database is brought up to date at start, by one of the programs that start, and never by an older one."""

import asyncio
import re
import sqlite3
from itertools import takewhile
from pathlib import Path

import pytest

from mcpserver.accounts.models import Session
from mcpserver.oauth.protocol.models import Grant, RefreshToken, SigningKey
from mcpserver.store import StoreError, open_store
from mcpserver.store.migrations.migrate import migrations, pending

from .rivals import Rival
from .samples import account, digest


async def test_numbers_begin_at_one_and_leave_no_gap() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


async def test_applied_migrations_are_recorded(file_url: str, tmp_path: Path) -> None:
    await (await open_store(file_url)).close()
    assert _recorded(tmp_path / "notes.db") == [(migration.number, migration.name) for migration in migrations()]


async def test_grants_of_people_live_through_the_change_that_lets_clients_have_some(
    file_url: str, tmp_path: Path
) -> None:
    """Migration 5 makes a column of grants anew: nothing that hangs on them may go with it."""
    path = tmp_path / "notes.db"
    path.touch(0o600)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        for migration in migrations()[:4]:
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.number, migration.name))
        connection.execute("INSERT INTO accounts VALUES ('ann', 'ann', 'Ann', 1, 'hash', NULL, 0, NULL)")
        connection.execute(
            "INSERT INTO clients VALUES ('editor', 'An editor', '[]', 'operator', 1, 'none', NULL, '[]', NULL, '{}')"
        )
        connection.execute(
            "INSERT INTO grants VALUES ('grant', 'ann', 'editor', 'notes:read', 'https://notes.example/mcp', 1, 99, "
            "3, 7, NULL, 'print')"
        )
        connection.execute("INSERT INTO refresh_tokens VALUES (?, 'grant', 3, 99)", (digest("refresh"),))
    connection.close()
    store = await open_store(file_url)
    kept = Grant("grant", "ann", "editor", "notes:read", "https://notes.example/mcp", 1, 99, 3, 7, None, "print")
    assert await store.find_refresh_token(digest("refresh")) == (RefreshToken(digest("refresh"), "grant", 3, 99), kept)
    assert await store.remove_account("ann", now=50)
    assert await store.find_grant("grant") is None
    await store.close()


async def test_keys_of_before_rotation_by_the_clock_are_for_es256_and_sign_on(file_url: str, tmp_path: Path) -> None:
    """The one that signed goes on, the one that was retired stays so."""
    path = tmp_path / "notes.db"
    path.touch(0o600)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        for migration in takewhile(lambda migration: "signing_key_states" not in migration.name, migrations()):
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.number, migration.name))
        connection.execute(
            "INSERT INTO signing_keys VALUES ('new', 'sealed new', 5, NULL), ('old', 'sealed old', 1, 5)"
        )
    connection.close()
    store = await open_store(file_url)
    assert await store.list_signing_keys() == [
        SigningKey("new", "sealed new", 5, 5),
        SigningKey("old", "sealed old", 1, 1, retired_at=5),
    ]
    await store.close()


async def test_sessions_of_before_they_had_names_go_on_and_can_be_told_apart(file_url: str, tmp_path: Path) -> None:
    """Nobody has to sign in again because of an update."""
    path = tmp_path / "notes.db"
    path.touch(0o600)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        for migration in takewhile(lambda migration: "sessions_of_grants" not in migration.name, migrations()):
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.number, migration.name))
        connection.execute("INSERT INTO accounts VALUES ('ann', 'ann', 'Ann', 1, 'hash', NULL, 0, NULL)")
        connection.execute(
            "INSERT INTO sessions VALUES (?, 'ann', 5, 99), (?, 'ann', 6, 99)", (digest("one"), digest("other"))
        )
    connection.close()
    store = await open_store(file_url)
    kept = [
        Session(digest("other"), "ann", 6, 99, "ann.6", "", 6),
        Session(digest("one"), "ann", 5, 99, "ann.5", "", 5),
    ]
    assert await store.list_sessions("ann", now=10) == kept
    await store.close()


async def test_nothing_is_pending_when_all_is_applied() -> None:
    assert pending({migration.number for migration in migrations()}, "x") == []


async def test_programs_that_start_together_both_succeed(tmp_path: Path) -> None:
    for attempt in range(5):
        path = tmp_path / f"{attempt}.db"
        async with Rival("open", f"sqlite:///{path}") as one, Rival("open", f"sqlite:///{path}") as other:
            await asyncio.gather(one.ready(), other.ready())
            one.go()
            other.go()
            assert [await one.answer(), await other.answer()] == ["open", "open"]
        assert len(_recorded(path)) == len(migrations())


async def test_stores_that_open_together_in_one_process_all_succeed(file_url: str) -> None:
    stores = await asyncio.gather(*(open_store(file_url) for _ in range(8)))
    await stores[0].add_account(account())
    assert [len(await store.list_accounts()) for store in stores] == [1] * 8
    for store in stores:
        await store.close()


async def test_mark_that_another_process_is_about_to_write_is_none_yet(file_url: str, tmp_path: Path) -> None:
    """It exists before it is written; so it stays when that process is killed in between."""
    mark = tmp_path / "notes.db.mark"
    mark.touch(0o600)
    store = await open_store(file_url)
    await store.add_account(account())
    await store.close()
    assert mark.stat().st_size
    await (await open_store(file_url)).close()


async def test_database_of_a_newer_program_is_refused_and_left_alone(file_url: str, tmp_path: Path) -> None:
    await (await open_store(file_url)).close()
    _execute(tmp_path / "notes.db", "INSERT INTO migrations VALUES (9999, '9999_future.sql')")
    before = (tmp_path / "notes.db").read_bytes()
    with pytest.raises(
        StoreError, match=re.escape(f"The database {tmp_path}/notes.db was written by a newer version of mcpserver")
    ):
        await open_store(file_url)
    assert (tmp_path / "notes.db").read_bytes() == before


async def test_migration_that_fails_leaves_nothing_behind(file_url: str, tmp_path: Path) -> None:
    """Here a table stands in the way of the first migration's last statements."""
    path = tmp_path / "notes.db"
    path.touch(0o600)
    _execute(path, "CREATE TABLE migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
    _execute(path, "CREATE TABLE notes (id)")
    with pytest.raises(StoreError, match="cannot be used: table notes already exists"):
        await open_store(file_url)
    assert _recorded(path) == []
    _execute(path, "DROP TABLE notes")
    await (await open_store(file_url)).close()


async def test_start_gives_up_on_a_lock_that_stays(file_url: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.touch(0o600)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="cannot be used: database is locked"):
        await open_store(file_url, busy_timeout=0.1)
    connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="cannot be used: database is locked"):
        await open_store(file_url, busy_timeout=0.1)
    connection.execute("ROLLBACK")
    connection.close()
    await (await open_store(file_url)).close()


def _recorded(path: Path) -> list[tuple[int, str]]:
    connection = sqlite3.connect(path)
    rows: list[tuple[int, str]] = connection.execute("SELECT number, name FROM migrations ORDER BY number").fetchall()
    connection.close()
    return rows


def _execute(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(sql)
    connection.close()
