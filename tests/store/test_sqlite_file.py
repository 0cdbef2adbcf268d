"""SQLite's file: where it is, who may read it, and what cannot be one."""

import os
import re
import sqlite3
import threading
from pathlib import Path

import pytest

from mcpserver.store import StoreError, open_store

from .samples import account


@pytest.mark.parametrize("umask", [0o000, 0o022])
async def test_database_and_its_companions_are_private(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = await open_store(f"sqlite:///{tmp_path}/notes.db")
        await store.add_account(account())
    finally:
        os.umask(before)
    assert _modes(tmp_path) == {"notes.db": 0o600, "notes.db-wal": 0o600, "notes.db-shm": 0o600, "notes.db.mark": 0o600}
    await store.close()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
async def test_database_that_others_can_open_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "my notes.db"
    path.touch()
    path.chmod(mode)
    with pytest.raises(StoreError, match=re.escape(f"run `chmod 600 '{path}'`")):
        await open_store(f"sqlite:///{path}")
    path.chmod(0o600)
    await (await open_store(f"sqlite:///{path}")).close()


async def test_log_that_others_can_open_is_refused(tmp_path: Path) -> None:
    """The write-ahead log holds the newest rows."""
    (tmp_path / "notes.db").touch(0o600)
    (tmp_path / "notes.db-wal").touch(0o644)
    with pytest.raises(StoreError, match=r"notes\.db-wal can be opened by other users"):
        await open_store(f"sqlite:///{tmp_path}/notes.db")


async def test_relative_path_is_below_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    await (await open_store("sqlite:///here.db")).close()
    assert (tmp_path / "here.db").exists()


@pytest.mark.parametrize("name", ["a?b.db", "a#b.db", "100%25.db", "ü ö.db", "a'b.db"])
async def test_path_is_taken_literally(tmp_path: Path, name: str) -> None:
    await (await open_store(f"sqlite:///{tmp_path}/{name}")).close()
    assert set(_modes(tmp_path)) == {name, f"{name}.mark"}


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
async def test_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.chdir(tmp_path)
    await (await open_store(url)).close()
    assert _modes(tmp_path) == {}


@pytest.mark.parametrize(
    "url", ["", "notes.db", "sqlite:", "sqlite:/notes.db", "sqlite:///", "sqlite://notes.db", "sqlite:///a\0b"]
)
async def test_url_that_is_not_understood_is_named(url: str) -> None:
    with pytest.raises(StoreError, match=re.escape(f"The database URL {url!r} is not sqlite:///path")):
        await open_store(url)


@pytest.mark.parametrize("scheme", ["mysql", "SQLITE"])
async def test_password_in_another_databases_url_is_not_repeated(scheme: str) -> None:
    with pytest.raises(
        StoreError, match=re.escape(f"The database URL '{scheme}://localhost/notes' is not sqlite:///path")
    ) as refusal:
        await open_store(f"{scheme}://root:hunter2@localhost/notes")
    assert "hunter2" not in str(refusal.value)


async def test_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError,
        match=re.escape(f"The database {tmp_path}/no/notes.db cannot be created: No such file or directory."),
    ):
        await open_store(f"sqlite:///{tmp_path}/no/notes.db")


async def test_directory_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=re.escape(f"The database {tmp_path} is not a file.")):
        await open_store(f"sqlite:///{tmp_path}")


async def test_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.db").symlink_to(tmp_path / "no" / "where.db")
    with pytest.raises(StoreError, match=r"notes\.db cannot be used: unable to open database file\."):
        await open_store(f"sqlite:///{tmp_path}/notes.db")


async def test_connection_that_cannot_be_made_leaves_no_thread(tmp_path: Path) -> None:
    """A thread that outlives its event loop dies with a traceback, after the one sentence that the operator should
    read.
    """
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere.db")
    before = set(threading.enumerate())
    with pytest.raises(StoreError):
        await open_store(f"sqlite:///{tmp_path}/link.db")
    assert not [thread for thread in set(threading.enumerate()) - before if "connection_worker" in thread.name]


async def test_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.touch(0o600)
    path.write_text("Dear reader,\n" * 100)
    with pytest.raises(StoreError, match=re.escape(f"The database {path} cannot be used: file is not a database.")):
        await open_store(f"sqlite:///{path}")
    assert path.read_text() == "Dear reader,\n" * 100


async def test_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    path.touch(0o600)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos (id)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=re.escape(f"The database {path} belongs to another program")):
        await open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


async def test_second_store_of_a_process_does_not_loosen_the_first_ones_locks(tmp_path: Path) -> None:
    """POSIX drops a process's locks on a file when it closes any descriptor of it
    (https://sqlite.org/howtocorrupt.html, section 2.2).
    """
    url = f"sqlite:///{tmp_path}/notes.db"
    first = await open_store(url)
    await first.add_account(account())
    second = await open_store(url)
    await second.close()
    assert (tmp_path / "notes.db-wal").exists(), "the first store is open, so the last connection has not closed"
    assert await first.find_account("ann") == account()
    await first.close()
    assert not (tmp_path / "notes.db-wal").exists()


def _modes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
