"""Connections as both programs open them (https://sqlite.org/wal.html, https://sqlite.org/lang_transaction.html)."""

import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from mcpbase.sqlite.connection import Connection, connect, transaction, use_write_ahead_log
from mcpbase.sqlite.file import address


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    path.touch(0o600)
    return path


def opened(path: Path, patience: float = 0) -> "closing[sqlite3.Connection]":
    return closing(connect(address(path), patience=patience))


def test_connection_is_prepared_for_durable_writes(path: Path) -> None:
    with opened(path) as connection:
        use_write_ahead_log(connection, patience=0)
        settings = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert settings == ["wal", 2, 1]


def test_change_of_the_journal_waits_for_a_lock_as_long_as_it_may(path: Path) -> None:
    with opened(path) as holder, opened(path) as connection:
        holder.execute("BEGIN EXCLUSIVE")
        begun = monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            use_write_ahead_log(connection, patience=0.1)
        assert monotonic() - begun >= 0.1


def test_lock_that_goes_away_is_waited_for(path: Path) -> None:
    with opened(path) as holder, opened(path) as connection:
        holder.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(0.05, holder.execute, ["COMMIT"])
        release.start()
        use_write_ahead_log(connection, patience=60)
        release.join()
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_is_no_database_is_an_error_at_once(path: Path) -> None:
    path.write_text("This is no database, and it is longer than a page header would be." * 20)
    with opened(path) as connection, pytest.raises(sqlite3.DatabaseError, match="not a database"):
        use_write_ahead_log(connection, patience=60)


def write_in_vain(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute("INSERT INTO kept VALUES (1)")
        connection.execute("INSERT INTO absent VALUES (1)")


def test_transaction_keeps_all_or_nothing(path: Path) -> None:
    with opened(path) as connection:
        with transaction(connection):
            connection.execute("CREATE TABLE kept (id)")
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            write_in_vain(connection)
        assert connection.execute("SELECT COUNT(*) FROM kept").fetchone() == (0,)
        assert not connection.in_transaction


async def test_work_is_done_in_the_thread_of_the_connection(path: Path) -> None:
    async with Connection(partial(connect, address(path), patience=0)) as connection:
        thread = await connection.run(lambda bare: (bare.execute("SELECT 1").fetchone(), threading.current_thread()))
        assert thread[0] == (1,)
        assert thread[1] is not threading.current_thread()
        assert thread[1].daemon


async def test_connection_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    connection = Connection(partial(connect, address(tmp_path / "absent.db"), patience=0))
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await connection.__aenter__()
    assert not connection._thread.is_alive()
