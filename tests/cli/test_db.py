"""``mcpserver db``: what an operator sees of the database, its backups and its moves."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from ..postgresql import Server
from .conftest import Run

SECRET = {"MCPSERVER_SECRET": "x" * 40}


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of another database, empty or absent."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/other.db"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    yield server.new_database()


@pytest.mark.parametrize("group", ["db", "database"])
def test_earlier_name_of_the_group_works_the_same(run: Run, add_ada: Run, tmp_path: Path, group: str) -> None:
    add_ada()
    assert run(group, "backup", str(tmp_path / "copy.db")).exit_code == 0
    assert run(group, "restored").stdout.startswith("All earlier tokens and sessions have ended")
    listed = run("--help").stdout
    assert "\n  db " in listed
    assert "\n  database " not in listed


def test_status_tells_what_there_is(run: Run, add_ada: Run, tmp_path: Path) -> None:
    add_ada()
    found = json.loads(run("db", "status", "--json").stdout)
    assert found["database"] == f"{tmp_path}/notes.db"
    assert found["kind"] == f"SQLite {sqlite3.sqlite_version}"
    assert found["schema"] == found["known_schema"] > 0
    assert found["size"] == (tmp_path / "notes.db").stat().st_size
    assert found["rows"]["accounts"] == 1
    shown = run("db", "status").stdout
    assert "rows of accounts" in shown
    assert f"{found['size']} bytes" in shown
    assert found["housekeeping"]["purge"] == {"finished_at": None, "rows_removed": 0, "error": None}
    assert "housekeeping: purge" in shown
    assert "last ended never" in shown
    with sqlite3.connect(tmp_path / "notes.db") as connection:
        connection.execute("UPDATE housekeeping SET finished_at = 0, rows_removed = 7 WHERE task = 'purge'")
    connection.close()
    assert "last ended 1970-01-01 00:00:00 UTC, removed 7 rows" in run("db", "status").stdout


def test_status_of_postgresql_tells_no_secret(run: Run, postgresql_server: Server) -> None:
    url = postgresql_server.new_database()
    run("user", "list", environ={"MCPSERVER_DATABASE": url})
    done = run("db", "status", environ={"MCPSERVER_DATABASE": url})
    assert "PostgreSQL " in done.output
    assert postgresql_server.password not in done.output


def test_migrate_says_what_it_did(run: Run, add_ada: Run, tmp_path: Path, postgresql_server: Server) -> None:
    add_ada()
    assert "there is nothing to do" in run("db", "migrate").stdout
    url = postgresql_server.new_database()
    assert "Migrated the schema from version 0 to " in run("db", "migrate", environ={"MCPSERVER_DATABASE": url}).stdout
    with sqlite3.connect(tmp_path / "notes.db") as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, '9999_later.sql')")
    connection.close()
    done = run("db", "migrate")
    assert done.exit_code == 1
    assert "was written by a newer version of mcpserver" in done.stderr


def test_check_lists_faults(run: Run, tmp_path: Path) -> None:
    run("key", "rotate", environ=SECRET)
    assert run("db", "check", environ=SECRET).stdout == f"No fault found in {tmp_path}/notes.db.\n"
    done = run("db", "check", environ={"MCPSERVER_SECRET": "y" * 40})
    assert done.exit_code == 1
    assert "does not open with this secret." in done.stdout
    done = run("db", "check")
    assert done.exit_code == 1
    assert "notes.db.key is not there" in done.stdout
    assert not (tmp_path / "notes.db.key").exists()


def test_backup_is_restored_into_either_kind(run: Run, add_ada: Run, tmp_path: Path, other: str) -> None:
    add_ada()
    run("db", "backup", str(tmp_path / "copy.db"))
    there = {"MCPSERVER_DATABASE": other, **SECRET}
    done = run("db", "restore", str(tmp_path / "copy.db"), environ=there)
    assert done.exit_code == 0, done.output
    assert "people and clients have to sign in again" in done.stdout
    assert "ada" in run("user", "list", environ=there).stdout
    again = run("db", "restore", str(tmp_path / "copy.db"), environ=there)
    assert again.exit_code == 1
    assert "is not empty, so nothing was written to it" in again.stderr
    assert run("db", "restore", str(tmp_path / "copy.db"), "--replace", environ=there).exit_code == 0
    assert run("db", "backup", str(tmp_path / "back.db"), environ=there).exit_code == 0
    assert run("db", "restore", str(tmp_path / "back.db"), "--replace").exit_code == 0
    assert run("db", "check", environ=there).exit_code == 0


def test_copy_moves_everything_and_shows_no_password(run: Run, add_ada: Run, database: str, other: str) -> None:
    add_ada()
    done = run("db", "copy", database, other)
    assert done.exit_code == 0, done.output
    assert "counts and digests agree" in done.stdout
    assert "accounts: 1 of 1\n" in done.stderr
    if "@" in other:
        assert other.partition("@")[0].rpartition(":")[2] not in done.output
    assert "ada" in run("user", "list", environ={"MCPSERVER_DATABASE": other}).stdout


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("sqlite:///{folder}/absent.db", "does not exist."),
        ("sqlite:///{folder}", "is not a file."),
        ("sqlite://", "is not sqlite:///path"),
        ("mysql://u:geheim@h/n", "is not sqlite:///path"),
        ("postgresql://u:geheim@127.0.0.1:9/n", "cannot be reached"),
        ("postgresql://u:geheim@h:x/n", "cannot be read"),
    ],
)
def test_database_that_cannot_be_used_is_one_sentence(run: Run, tmp_path: Path, source: str, sentence: str) -> None:
    url = source.format(folder=tmp_path)
    done = run("db", "copy", url, f"sqlite:///{tmp_path}/other.db")
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert "geheim" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_restore_beside_the_log_of_an_earlier_database_is_refused(run: Run, add_ada: Run, tmp_path: Path) -> None:
    """SQLite would read that log into the restored file, and what was ended would live again."""
    add_ada()
    backup, database = tmp_path / "b.db", tmp_path / "notes.db"
    assert run("db", "backup", str(backup)).exit_code == 0
    database.unlink()
    (tmp_path / "notes.db-wal").write_bytes(b"what a killed service left")
    done = run("db", "restore", str(backup))
    assert (done.exit_code, "notes.db-wal belongs to a database that was there before" in done.stderr) == (1, True)
    assert not database.exists()


def test_symbolic_link_is_not_replaced_by_a_file(run: Run, add_ada: Run, tmp_path: Path) -> None:
    """Whoever uses the file that it leads to would keep the old database."""
    add_ada()
    assert run("db", "backup", str(tmp_path / "b.db")).exit_code == 0
    (tmp_path / "link.db").symlink_to(tmp_path / "notes.db")
    link = {"MCPSERVER_DATABASE": f"sqlite:///{tmp_path}/link.db"}
    done = run("db", "restore", str(tmp_path / "b.db"), "--replace", environ=link)
    assert (done.exit_code, "is a symbolic link" in done.stderr) == (1, True)
    assert (tmp_path / "link.db").is_symlink()


def test_database_in_use_is_not_copied(run: Run, add_ada: Run, database: str, tmp_path: Path) -> None:
    """What the service writes meanwhile, revocations above all, would be missing in the copy."""
    add_ada()
    target = f"sqlite:///{tmp_path}/moved.db"
    with closing(sqlite3.connect(tmp_path / "notes.db")) as service:
        service.execute("SELECT COUNT(*) FROM accounts").fetchone()
        done = run("db", "copy", database, target)
        assert (done.exit_code, "is in use: stop the services" in done.stderr) == (1, True)
    assert run("db", "copy", database, target).exit_code == 0


def test_tables_of_another_program_are_not_dropped(
    run: Run, add_ada: Run, postgresql_server: Server, tmp_path: Path
) -> None:
    add_ada()
    assert run("db", "backup", str(tmp_path / "b.db")).exit_code == 0
    url = postgresql_server.new_database()
    asyncio.run(_execute(url, "CREATE TABLE invoices (number bigint)"))
    done = run("db", "restore", str(tmp_path / "b.db"), environ={"MCPSERVER_DATABASE": url})
    assert (done.exit_code, "belongs to another program" in done.stderr) == (1, True)
    asyncio.run(_execute(url, "SELECT number FROM invoices"))


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


def test_backup_changes_nothing_in_an_older_database(run: Run, add_ada: Run, tmp_path: Path) -> None:
    """Who installs the new version first and makes a backup then still has one that the old version reads."""
    add_ada()
    with closing(sqlite3.connect(tmp_path / "notes.db", isolation_level=None)) as connection:
        newest = connection.execute("SELECT MAX(number) FROM migrations").fetchone()[0]
        connection.execute("DELETE FROM migrations WHERE number = ?", (newest,))
        connection.execute("DROP TABLE housekeeping")
        for index in ("unspent_codes_by_end", "undecided_device_requests_by_end", "revocations_by_time"):
            connection.execute(f"DROP INDEX {index}")
    assert run("db", "backup", str(tmp_path / "b.db")).exit_code == 0
    for name in ("notes.db", "b.db"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            assert connection.execute("SELECT MAX(number) FROM migrations").fetchone()[0] == newest - 1


def test_backup_of_postgresql_needs_no_secret(run: Run, postgresql_server: Server, tmp_path: Path) -> None:
    url = {"MCPSERVER_DATABASE": postgresql_server.new_database()}
    run("user", "list", environ=url)
    done = run("db", "backup", str(tmp_path / "b.db"), environ=url)
    assert (done.exit_code, done.stderr.count("Error")) == (0, 0)


def test_password_in_what_is_no_url_is_not_shown(run: Run, database: str) -> None:
    """The other form in which libpq takes addresses."""
    done = run("db", "copy", database, "host=127.0.0.1 password=hidden-word dbname=x")
    assert done.exit_code == 1
    assert "hidden-word" not in done.output + done.stderr
