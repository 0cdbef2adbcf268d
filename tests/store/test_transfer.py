"""Copies of whole databases between SQLite and PostgreSQL, their backups, and what is found in them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcpserver.notes.store import NoteStore
from mcpserver.store import Statement, Store, StoreError, open_store
from mcpserver.store.migrations.migrate import migrations
from mcpserver.store.transfer import back_up, copy, examine, read_status, restore

from ..postgresql import Server
from .full_disk import no_file_larger_than
from .samples import NOW, account, client, code, digest, grant, session, signing_key

APPLICATION = (
    "CREATE TABLE pages (number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT REFERENCES accounts ON DELETE CASCADE, "
    "title TEXT NOT NULL DEFAULT 'none', content BLOB, seen BIGINT, UNIQUE (owner, title))",
    "CREATE INDEX pages_by_time ON pages (seen DESC) WHERE seen IS NOT NULL",
)
"""Tables of an application that no migration knows."""


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a second database of each kind, empty or absent."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/other.db"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notes.db"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()


def silent(name: str, done: int, rows: int) -> None:
    """No progress."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def filled(url: str) -> None:
    """Make a database with something in many tables."""
    store = await open_store(url)
    await store.add_account(account())
    await store.add_client(client())
    await store.add_session(session())
    await store.add_signing_key(signing_key())
    await store.add_grant(grant(), code())
    await store.database.apply(
        Statement(
            "INSERT INTO refresh_tokens VALUES (:digest, 'grant', 0, :end)", {"digest": digest("r"), "end": 2**40}
        )
    )
    notes = await NoteStore.open(store.database)
    for text in ("Grüße 🎈", "", 'it\'s; "quoted"'):
        await notes.add_note("ann", text, now=NOW)
    await notes.remove_note("ann", 3)
    await store.database.define(*APPLICATION)
    await store.database.apply(
        Statement(
            "INSERT INTO pages (owner, title, content, seen) VALUES ('ann', 'x', :content, :big), "
            "(NULL, 'y', NULL, NULL)",
            {"content": bytes(range(256)), "big": -(2**62)},
        )
    )
    await store.close()


async def everything(url: str) -> dict[str, list[Any]]:
    """The rows of all tables, sorted."""
    store = await open_store(url)
    try:
        names = (await read_status(url)).rows
        return {name: sorted(await store.database.fetch(f"SELECT * FROM {name}"), key=repr) for name in names}
    finally:
        await store.close()


async def test_copy_holds_everything_and_goes_on(url: str, other_url: str) -> None:
    await filled(url)
    before = await everything(url)
    assert {"notes", "pages", "accounts"} <= before.keys()
    await copy(url, other_url, progress=silent)
    assert await everything(other_url) == before, "and a start of the copy ends nothing"
    store = await open_store(other_url)
    assert await store.find_session(session().digest, now=NOW) is not None
    notes = await NoteStore.open(store.database)
    assert (await notes.add_note("ann", "next", now=NOW)).id == 4, "a number that was given is not given again"
    added = await store.database.apply(Statement("INSERT INTO pages (title) VALUES ('z') RETURNING number"))
    assert added == [[(3,)]]
    assert await store.database.has_table("pages_by_time")
    assert await store.remove_account("ann", now=NOW)
    assert [row[0] for row in await store.database.fetch("SELECT title FROM pages ORDER BY number")] == ["y", "z"]
    await store.close()
    assert (await examine(other_url)).faults == []


async def test_there_and_back_is_the_same(postgresql_server: Server, tmp_path: Path) -> None:
    first, middle, last = f"sqlite:///{tmp_path}/1.db", postgresql_server.new_database(), f"sqlite:///{tmp_path}/2.db"
    await filled(first)
    await copy(first, middle, progress=silent)
    await copy(middle, last, progress=silent)
    assert await everything(first) == await everything(last)


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            st.none() | st.binary(),
            st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
        ),
        max_size=20,
    )
)
async def test_values_of_each_type_come_back_exactly(
    postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("values")
    first, middle, last = f"sqlite:///{folder}/1.db", postgresql_server.new_database(), f"sqlite:///{folder}/2.db"
    store = await open_store(first)
    await store.database.define("CREATE TABLE kinds (a TEXT, b BLOB, c BIGINT)")
    for a, b, c in rows:
        await store.database.apply(Statement("INSERT INTO kinds VALUES (:a, :b, :c)", {"a": a, "b": b, "c": c}))
    await store.close()
    await copy(first, middle, progress=silent)
    await copy(middle, last, progress=silent)
    assert (await everything(last))["kinds"] == sorted(rows, key=repr)


async def test_copy_into_a_database_with_rows_is_refused(url: str, other_url: str) -> None:
    await filled(url)
    await filled(other_url)
    before = await everything(other_url)
    with pytest.raises(StoreError, match="is not empty, so nothing was written to it"):
        await copy(url, other_url, progress=silent)
    assert await everything(other_url) == before


async def test_copy_into_a_database_that_was_only_started_succeeds(url: str, other_url: str) -> None:
    await filled(url)
    await (await open_store(other_url)).close()
    await copy(url, other_url, progress=silent)
    assert await everything(other_url) == await everything(url)


async def test_copy_that_is_interrupted_leaves_nothing(url: str, other_url: str, tmp_path: Path) -> None:
    """All is one transaction of the target."""
    await filled(url)

    def interrupt(name: str, done: int, rows: int) -> None:
        if name == "pages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await copy(url, other_url, progress=interrupt)
    assert not [name for name in names(tmp_path) if name.startswith("other")]
    await copy(url, other_url, progress=silent)


async def test_copy_reads_in_portions(url: str, other_url: str) -> None:
    store = await open_store(url)
    await store.add_account(account())
    await store.database.apply(
        Statement(
            "INSERT INTO notes (user_id, text, created_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
            "FROM n WHERE i < 2500) SELECT 'ann', 'x', i FROM n"
        )
    )
    await store.close()
    heard: list[int] = []
    await copy(url, other_url, progress=lambda name, done, rows: heard.append(done) if name == "notes" else None)
    assert heard == [0, 1000, 2000, 2500]


async def test_copy_while_a_service_uses_the_target_is_refused(url: str, other_url: str) -> None:
    await filled(url)
    used = await open_store(other_url)
    await used.changed(0.01)
    await used.ping()
    with pytest.raises(StoreError, match="is in use: stop the services"):
        await copy(url, other_url, progress=silent)
    await used.close()


async def test_source_of_an_earlier_schema_is_migrated_in_the_copy(other_url: str, tmp_path: Path) -> None:
    """The source itself stays as it was, for a way back."""
    earlier(tmp_path / "notes.db")
    copied = await copy(f"sqlite:///{tmp_path}/notes.db", other_url, progress=silent)
    assert copied.migrations
    assert (await read_status(f"sqlite:///{tmp_path}/notes.db")).schema == 16
    assert (await read_status(other_url)).schema == (await read_status(other_url)).known
    store = await open_store(other_url)
    assert [key.kid for key in await store.list_signing_keys()] == ["key"]
    await store.close()


def earlier(path: Path) -> None:
    """Make a database of schema 16."""
    path.touch(0o600)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        for migration in migrations()[:16]:
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (migration.number, migration.name))
        connection.execute("INSERT INTO signing_keys VALUES ('key', 'sealed', 1, NULL, 'ES256', 1)")
        connection.commit()


async def test_restored_backup_revives_nothing(url: str, other_url: str, tmp_path: Path) -> None:
    """O5: what was revoked or spent after the backup stays so in a database of either kind."""
    await filled(url)
    await backed_up(url, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert [name for name in names(tmp_path) if name.startswith("copy")] == ["copy.db"]
    await restore(tmp_path / "copy.db", other_url, now=NOW, replaces=False, progress=silent)
    rows = await everything(other_url)
    assert [rows[name] for name in ("sessions", "codes", "refresh_tokens")] == [[], [], []]
    before = await everything(url)
    assert [rows[name] for name in ("accounts", "notes", "pages")] == [
        before[name] for name in ("accounts", "notes", "pages")
    ]
    ((_, _, is_copy, voided_at),) = rows["history"]
    assert (is_copy, voided_at) == (0, NOW)


async def test_restore_replaces_only_when_told_so(url: str, tmp_path: Path) -> None:
    await filled(url)
    await backed_up(url, tmp_path / "copy.db")
    store = await open_store(url)
    await store.add_account(account("bea"))
    await store.close()
    with pytest.raises(StoreError, match="is not empty, so nothing was written to it"):
        await restore(tmp_path / "copy.db", url, now=NOW, replaces=False, progress=silent)
    await restore(tmp_path / "copy.db", url, now=NOW, replaces=True, progress=silent)
    rows = await everything(url)
    assert [row[0] for row in rows["accounts"]] == ["ann"]
    assert rows["sessions"] == []
    assert (await examine(url)).faults == []


async def backed_up(url: str, path: Path) -> None:
    if url.startswith("postgresql:"):
        await back_up(url, path, progress=silent)
        return
    store = await open_store(url)
    await store.copy_to(path)
    await store.close()


async def test_backup_is_not_copied_but_restored(url: str, other_url: str, tmp_path: Path) -> None:
    await filled(url)
    await backed_up(url, tmp_path / "copy.db")
    with pytest.raises(StoreError, match="is a backup: put it into a database with `mcpserver db restore`"):
        await copy(f"sqlite:///{tmp_path}/copy.db", other_url, progress=silent)


async def test_backup_of_postgresql_takes_the_place_of_no_file(postgresql_server: Server, tmp_path: Path) -> None:
    url = postgresql_server.new_database()
    await filled(url)
    (tmp_path / "copy.db").write_text("something of mine")
    with pytest.raises(StoreError, match=r"The backup .*copy\.db cannot be made: File exists\."):
        await back_up(url, tmp_path / "copy.db", progress=silent)
    assert (tmp_path / "copy.db").read_text() == "something of mine"


async def test_copy_that_the_disk_has_no_room_for_leaves_nothing_behind(
    postgresql_server: Server, tmp_path: Path
) -> None:
    url = postgresql_server.new_database()
    await filled(url)
    with no_file_larger_than(8192), pytest.raises(StoreError, match=r"copy\.db cannot be used"):
        await back_up(url, tmp_path / "copy.db", progress=silent)
    assert names(tmp_path) == []


@pytest.mark.parametrize("kind", ["text", "truncated", "folder", "absent", "foreign", "newer", "empty"])
async def test_wrong_file_is_refused_and_nothing_is_lost(kind: str, file_url: str, tmp_path: Path) -> None:
    await filled(file_url)
    before = await everything(file_url)
    path = tmp_path / "copy.db"
    await filled(f"sqlite:///{tmp_path}/made.db")
    await backed_up(f"sqlite:///{tmp_path}/made.db", path)
    spoil(path, kind)
    with pytest.raises(StoreError, match=str(path)):
        await restore(path, file_url, now=NOW, replaces=True, progress=silent)
    assert await everything(file_url) == before


def spoil(path: Path, kind: str) -> None:
    content = path.read_bytes()
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind in ("text", "truncated", "empty"):
        path.write_bytes(
            {"text": b"not a database" * 500, "truncated": content[: len(content) // 2], "empty": b""}[kind]
        )
    elif kind in ("foreign", "newer"):
        with closing(sqlite3.connect(path)) as connection:
            if kind == "newer":
                connection.deserialize(content)
                connection.execute("INSERT INTO migrations VALUES (9999, '9999_later.sql')")
                connection.commit()
                path.write_bytes(connection.serialize())
            else:
                connection.execute("CREATE TABLE theirs (x)")


FAULTS = [
    ("DROP TABLE notes", "The table notes is missing."),
    ("ALTER TABLE accounts DROP COLUMN email", "The column email of accounts is missing."),
    ("DROP INDEX notes_by_user", "The index notes_by_user is missing."),
    ("UPDATE unused_client_count SET clients = 7", "The table unused_client_count has 7 where 0 is right."),
]


@pytest.mark.parametrize(("damage", "sentence"), FAULTS)
async def test_fault_is_found(url: str, damage: str, sentence: str) -> None:
    store = await open_store(url)
    assert (await examine(url)).faults == []
    await store.database.apply(Statement(damage))
    await store.close()
    assert (await examine(url)).faults == [sentence]


async def test_rows_that_refer_to_nothing_are_found(file_url: str, postgresql_server: Server, tmp_path: Path) -> None:
    lost = "INSERT INTO logins VALUES ('bea', 'bea')"
    await (await open_store(file_url)).close()
    with sqlite3.connect(tmp_path / "notes.db") as connection:
        connection.execute(lost)
    connection.close()
    url = postgresql_server.new_database()
    await (await open_store(url)).close()
    name = url.rpartition("/")[2]
    postgresql_server.run(f"SET session_replication_role = replica; {lost}", name)
    for each in (file_url, url):
        assert (await examine(each)).faults == ["1 rows of logins refer to rows of accounts that are not there."]


async def test_number_that_would_be_given_twice_is_found(postgresql_server: Server) -> None:
    url = postgresql_server.new_database()
    store: Store = await open_store(url)
    await store.add_account(account())
    await store.database.apply(Statement("INSERT INTO notes VALUES (5, 'ann', 'x', 1)"))
    await store.close()
    assert (await examine(url)).faults == ["The next number of notes would be 1, but 5 is taken."]


async def test_status_changes_nothing(tmp_path: Path) -> None:
    earlier(tmp_path / "notes.db")
    found = await read_status(f"sqlite:///{tmp_path}/notes.db")
    assert (found.schema, found.kind) == (16, f"SQLite {sqlite3.sqlite_version}")
    assert found.schema < found.known
    assert found.rows["signing_keys"] == 1
    assert found.size == (tmp_path / "notes.db").stat().st_size
