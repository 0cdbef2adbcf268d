"""Copies of a database in use, and the mark beside it (docs/security.md, O5)."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mcpserver.store import StoreError, open_store

from .full_disk import no_file_larger_than
from .samples import account


async def test_copy_is_private_complete_and_in_one_file(file_url: str, tmp_path: Path) -> None:
    store = await open_store(file_url)
    await store.add_account(account())
    (tmp_path / "backups").mkdir()
    await store.copy_to(tmp_path / "backups" / "copy.db")
    await store.close()
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "backups").iterdir()} == {"copy.db": 0o600}
    copy = await open_store(f"sqlite:///{tmp_path}/backups/copy.db")
    assert await copy.find_account("ann") == account()
    await copy.close()


async def test_copy_takes_the_place_of_no_file(file_url: str, tmp_path: Path) -> None:
    store = await open_store(file_url)
    (tmp_path / "copy.db").write_text("something of mine")
    with pytest.raises(StoreError, match=r"The backup .*copy\.db cannot be made: File exists\."):
        await store.copy_to(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "something of mine"
    await store.close()


async def test_copy_into_a_folder_that_is_not_there_is_refused(file_url: str, tmp_path: Path) -> None:
    store = await open_store(file_url)
    with pytest.raises(StoreError, match="No such file or directory"):
        await store.copy_to(tmp_path / "absent" / "copy.db")
    await store.close()


async def test_copy_that_the_disk_has_no_room_for_leaves_nothing_behind(file_url: str, tmp_path: Path) -> None:
    store = await open_store(file_url)
    with no_file_larger_than(8192), pytest.raises(StoreError, match=r"The backup .*copy\.db cannot be made: "):
        await store.copy_to(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    await store.copy_to(tmp_path / "copy.db")
    await store.close()


async def test_file_that_is_no_mark_is_refused_with_the_remedy(file_url: str, tmp_path: Path) -> None:
    await (await open_store(file_url)).close()
    (tmp_path / "notes.db.mark").write_text("12 twelve")
    with pytest.raises(StoreError, match=r"notes\.db\.mark is not the mark of a database: remove it, and start again"):
        await open_store(file_url)


async def test_mark_that_cannot_be_read_is_named(file_url: str, tmp_path: Path) -> None:
    (tmp_path / "notes.db.mark").mkdir()
    with pytest.raises(
        StoreError, match=r"notes\.db\.mark, which tells a restored database, cannot be read: Is a directory"
    ):
        await open_store(file_url)


async def test_mark_that_cannot_be_written_is_named(file_url: str, tmp_path: Path) -> None:
    (tmp_path / "notes.db.mark").symlink_to(tmp_path / "absent" / "mark")
    with pytest.raises(
        StoreError, match=r"notes\.db\.mark, which tells a restored database, cannot be written: No such file"
    ):
        await open_store(file_url)


async def test_damage_to_the_mark_while_the_server_runs_loses_no_change(
    file_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What it marks is kept; the log says that a later restore may go unnoticed."""
    store = await open_store(file_url)
    (tmp_path / "notes.db.mark").write_text("damaged")
    assert await store.add_account(account())
    assert "notes.db.mark cannot be written" in caplog.text
    await store.close()
    with closing(sqlite3.connect(tmp_path / "notes.db")) as connection:
        assert connection.execute("SELECT id FROM accounts").fetchall() == [("ann",)]


async def test_mark_says_how_far_the_database_has_come(file_url: str, tmp_path: Path) -> None:
    """Two numbers of fixed width: the changes that were committed, and those of them that the file itself holds."""
    store = await open_store(file_url)
    await store.add_account(account())
    await store.add_account(account("bea"))
    await store.close()
    changes, in_file = map(int, (tmp_path / "notes.db.mark").read_text().split())
    with closing(sqlite3.connect(tmp_path / "notes.db")) as connection:
        assert connection.execute("SELECT changes FROM history").fetchone() == (changes,) == (2,)
    assert in_file <= changes
