"""What the store said is kept is kept: after a restart, a kill, a full disk and beside a locked database."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcpserver.store import StoreBusy, open_store
from mcpserver.store.sqlite.opening import prepare_writer

from ..sample import notes_in
from .full_disk import no_file_larger_than
from .rivals import Rival
from .samples import (
    NOW,
    account,
    announced,
    client,
    code,
    digest,
    grant,
    keep_redeemed_grant,
    refresh_token,
    session,
    signing_key,
)


async def test_restart_keeps_everything(file_url: str) -> None:
    store = await open_store(file_url)
    await keep_redeemed_grant(store)
    await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW)
    await store.add_session(session())
    await store.add_signing_key(signing_key())
    await store.revoke_grant("grant", now=NOW)
    note = await notes_in(store).add_note("ann", "text", now=NOW)
    await store.close()

    store = await open_store(file_url)
    assert await store.find_client("editor") == client()
    assert await store.find_session(digest("session"), now=NOW) == (session(), account())
    assert await store.list_signing_keys() == [signing_key()]
    assert await notes_in(store).list_notes("ann") == [note]
    assert await announced(store) == ["grant"]
    await store.close()


async def test_spent_code_and_revoked_grant_stay_dead_after_a_restart(file_url: str) -> None:
    store = await open_store(file_url)
    await keep_redeemed_grant(store)
    await store.add_grant(grant("other"), code("code of other", "other"))
    await store.revoke_grant("other", now=NOW)
    await store.close()

    store = await open_store(file_url)
    assert not await store.spend_code(digest("code of grant"), refresh_token=None, now=NOW)
    assert not await store.spend_code(digest("code of other"), refresh_token=None, now=NOW)
    await store.close()


async def test_killed_process_loses_nothing_it_acknowledged(file_url: str) -> None:
    store = await open_store(file_url)
    await store.add_account(account())
    await store.close()
    for _ in range(3):
        async with Rival("write", file_url) as writer:
            await writer.ready()
            writer.go()
            acknowledged = [int(await writer.answer()) for _ in range(50)]
            acknowledged += [int(line) for line in (await writer.kill())]
        store = await open_store(file_url)
        kept = {note.id for note in await notes_in(store).list_notes("ann", limit=1_000_000)}
        await store.close()
        assert set(acknowledged) <= kept


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """With the write-ahead log only ``synchronous = FULL`` survives a power cut
    (https://sqlite.org/pragma.html#pragma_synchronous).
    """
    connection = sqlite3.connect(tmp_path / "notes.db", isolation_level=None)
    prepare_writer(connection, "notes.db", patience=1)
    assert [
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
    ] == ["wal", 2, 1]
    connection.close()


async def test_locked_database_is_busy_and_keeps_nothing_of_the_change(file_url: str, tmp_path: Path) -> None:
    store = await open_store(file_url, busy_timeout=0.05)
    await keep_redeemed_grant(store)
    with _locked(tmp_path / "notes.db"):
        with pytest.raises(StoreBusy, match="database is locked"):
            await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW)
        assert await store.find_grant("grant") == grant()  # reading goes on
    assert await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW)
    await store.close()


async def test_change_waits_for_a_short_lock(file_url: str, tmp_path: Path) -> None:
    store = await open_store(file_url)
    with _locked(tmp_path / "notes.db"):
        adding = asyncio.create_task(store.add_account(account()))
        done, _ = await asyncio.wait({adding}, timeout=0.1)
        assert not done
    assert await adding
    await store.close()


async def test_database_out_of_reach_is_busy_until_it_is_back(tmp_path: Path) -> None:
    """Its volume goes away and comes back; nothing needs a restart."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    store = await open_store(f"sqlite:///{home}/notes.db")
    home.rename(elsewhere)
    with pytest.raises(StoreBusy):
        await store.ping()
    elsewhere.rename(home)
    await store.ping()
    await store.close()


@pytest.mark.parametrize("size", [1_000_000, 10_000_000], ids=["at the commit", "in the middle"])
async def test_full_disk_is_busy_for_all_who_share_the_commit(file_url: str, tmp_path: Path, size: int) -> None:
    """Ten megabytes do not fit the page cache, so that the fault comes before the commit."""
    store = await open_store(file_url)
    await store.add_account(account())
    with no_file_larger_than((tmp_path / "notes.db-wal").stat().st_size + 4096):
        outcomes = await asyncio.gather(
            *(notes_in(store).add_note("ann", text, now=NOW) for text in ("a", "x" * size, "b")), return_exceptions=True
        )
    assert [type(outcome) for outcome in outcomes] == [StoreBusy] * 3
    assert await notes_in(store).list_notes("ann") == []
    note = await notes_in(store).add_note("ann", "there is room again", now=NOW)
    assert await notes_in(store).list_notes("ann") == [note]
    await store.close()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()
