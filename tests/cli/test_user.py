"""``mcpserver user``: adding, showing, keeping out and forgetting people."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from mcpbase.sign_in.passwords import Passwords
from mcpserver.compose.service import create_accounts
from mcpserver.oauth.protocol.models import Client, ClientKind, Grant
from mcpserver.settings import Settings
from mcpserver.sources import Sources
from mcpserver.store import open_store

from .conftest import PASSWORD, Listed, Run


def test_person_is_added_and_shown(run: Run, add_ada: Run, listed: Listed, tmp_path: Path) -> None:
    done = add_ada("--email", "ada@example.com", "--name", "Ada Lovelace", "--admin")
    assert (done.exit_code, done.stdout) == (0, f"Added ada, in {tmp_path}/notes.db.\n")
    (ada,) = listed("user")
    assert ada.pop("created") > 1_700_000_000
    assert ada == {
        "username": "ada",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "admin": True,
        "enabled": True,
    }
    header, row = run("user", "list").stdout.splitlines()
    assert header.split() == ["username", "name", "email", "admin", "enabled", "created"]
    assert row.startswith("ada       Ada Lovelace  ada@example.com  yes    yes      20")


def test_option_that_does_nothing_yet_is_not_offered(run: Run) -> None:
    assert "--admin" not in run("user", "add", "--help").stdout


def test_nobody_yet(run: Run, listed: Listed) -> None:
    run("initial-access-token", "add")
    assert "There is nobody yet" in run("user", "list").stdout
    assert listed("user") == []


def test_password_is_asked_twice_and_hidden(run: Run, tmp_path: Path) -> None:
    done = run("user", "add", "ada", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    assert is_password(tmp_path, "ada", PASSWORD)


def test_passwords_that_differ_are_asked_again(run: Run) -> None:
    done = run("user", "add", "ada", typed=f"{PASSWORD}\nanother\n")
    assert done.exit_code == 1
    assert "do not match" in done.output


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("  two  spaces  \n", "  two  spaces  "),
        ("ends like Windows\r\n", "ends like Windows"),
        ("no end of line", "no end of line"),
    ],
)
def test_line_of_standard_input_is_the_password_as_it_stands(
    run: Run, tmp_path: Path, line: str, password: str
) -> None:
    assert run("user", "add", "ada", "--password-stdin", typed=line.encode()).exit_code == 0
    assert is_password(tmp_path, "ada", password)


@pytest.mark.parametrize(
    ("name", "options", "password", "sentence"),
    [
        ("ada", (), "short", "Error: The password is too short: use at least 8 characters.\n"),
        ("ada", (), "", "Error: The password is too short: use at least 8 characters.\n"),
        ("ada", (), "x" * 1025, "Error: The password is too long: use at most 1024 characters.\n"),
        ("ada", (), "password123", "Error: This password is easy to guess: choose another one.\n"),
        ("a b", (), PASSWORD, "Error: A name to sign in with has"),
        ("ada", ("--email", "nowhere"), PASSWORD, "Error: The e-mail address must look like name@example.com.\n"),
        ("ada", ("--name", "two\nlines"), PASSWORD, "Error: A full name has"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    run: Run, listed: Listed, name: str, options: tuple[str, ...], password: str, sentence: str
) -> None:
    done = run("user", "add", name, "--password-stdin", *options, typed=password + "\n")
    assert done.exit_code == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
    assert listed("user") == []


def test_password_that_is_no_text_is_refused(run: Run) -> None:
    done = run("user", "add", "ada", "--password-stdin", typed=b"\xff\xfe\xff\xfe\xff\xfe\xff\xfe\n")
    assert (done.exit_code, done.stderr) == (1, "Error: The password on standard input is not UTF-8 text.\n")


@pytest.mark.parametrize("name", ["ada", "ADA"])
def test_name_that_is_taken_is_refused(run: Run, add_ada: Run, name: str) -> None:
    add_ada()
    done = run("user", "add", name, "--password-stdin", typed=PASSWORD)
    assert (done.exit_code, done.stderr) == (1, f"Error: The name {name} or the e-mail address is taken.\n")


def test_person_is_disabled_and_enabled(run: Run, add_ada: Run, listed: Listed) -> None:
    add_ada()
    assert run("user", "disable", "ada").stdout == "Disabled ada.\n"
    assert listed("user")[0]["enabled"] is False
    assert run("user", "enable", "ada").stdout == "Enabled ada.\n"
    assert listed("user")[0]["enabled"] is True


def test_password_is_changed(run: Run, add_ada: Run, tmp_path: Path) -> None:
    add_ada()
    done = run("user", "set-password", "ada", "--password-stdin", typed="another good one\n")
    assert (done.exit_code, done.stdout) == (0, "Changed the password of ada.\n")
    assert is_password(tmp_path, "ada", "another good one")
    refused = run("user", "set-password", "ada", "--password-stdin", typed="ada\n")
    assert (refused.exit_code, refused.stderr) == (1, "Error: The password is too short: use at least 8 characters.\n")


def test_person_is_removed_by_name_or_address(run: Run, add_ada: Run, listed: Listed) -> None:
    add_ada("--email", "ada@example.com")
    done = run("user", "remove", "ada@example.com")
    assert (done.exit_code, done.stdout) == (0, "Removed ada@example.com.\n")
    assert listed("user") == []


@pytest.mark.parametrize("command", ["disable", "enable", "set-password", "remove"])
def test_unknown_person_is_refused_before_anything_is_asked(run: Run, command: str) -> None:
    run("initial-access-token", "add")
    done = run("user", command, "bob")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "Error: There is no user 'bob'.\n")


def is_password(directory: Path, username: str, password: str) -> bool:
    """Whether the hash that was kept is that password's."""
    connection = sqlite3.connect(directory / "notes.db")
    (kept,) = connection.execute("SELECT password_hash FROM accounts WHERE username = ?", (username,)).fetchone()
    connection.close()
    passwords = Passwords(1)
    try:
        return asyncio.run(passwords.verify(kept, password))
    finally:
        passwords.close()


@pytest.fixture
def sessions(database: str, add_ada: Run) -> str:
    """Ada, signed in at one browser, in which she connected an application. The id of the session."""
    add_ada()
    return asyncio.run(sign_in_and_connect(database))


async def sign_in_and_connect(database: str, sources: Sources | None = None) -> str:
    settings = Settings(database=database)
    store, sources = await open_store(database), sources or Sources()
    accounts = create_accounts(settings, store, sources)
    value = await accounts.sign_in("ada", PASSWORD, address="127.0.0.1", browser="Firefox on Linux")
    found = await accounts.find_session(value)
    assert found is not None
    session, account = found
    now = sources.now()
    await store.add_client(Client("editor", "An editor", ("https://c.example/cb",), ClientKind.OPERATOR, now))
    grant = Grant(
        "grant", account.id, "editor", "notes:read", settings.resource, now, now + 3600, session_id=session.id
    )
    assert await store.add_grant(grant)
    await store.close()
    return session.id


def grant_is_revoked(tmp_path: Path) -> bool:
    with sqlite3.connect(tmp_path / "notes.db") as connection:
        ((revoked_at,),) = connection.execute("SELECT revoked_at FROM grants").fetchall()
    connection.close()
    return revoked_at is not None


def test_sessions_are_shown_with_what_was_connected_in_them(run: Run, sessions: str) -> None:
    (shown,) = json.loads(run("user", "sessions", "ada", "--json").stdout)
    assert {name: shown[name] for name in ("session", "browser", "connected")} == {
        "session": sessions,
        "browser": "Firefox on Linux",
        "connected": ["An editor"],
    }
    assert "Firefox on Linux" in run("user", "sessions", "ada").stdout


@pytest.mark.parametrize("disconnect", [True, False])
def test_session_ends_with_what_was_allowed_in_it_or_alone(
    run: Run, sessions: str, tmp_path: Path, disconnect: bool
) -> None:
    options = ["--disconnect"] if disconnect else []
    done = run("user", "end-session", "ada", sessions, *options)
    assert (done.exit_code, done.stdout) == (0, f"Ended the session {sessions} of ada.\n")
    assert run("user", "sessions", "ada").stdout == "ada is not signed in anywhere.\n"
    assert grant_is_revoked(tmp_path) is disconnect
    again = run("user", "end-session", "ada", sessions, *options)
    assert (again.exit_code, again.stderr) == (1, f"Error: ada has no session '{sessions}'.\n")


def test_session_whose_id_begins_with_a_hyphen_ends(run: Run, database: str, add_ada: Run) -> None:
    add_ada()
    session = asyncio.run(sign_in_and_connect(database, Sources(token_bytes=lambda size: b"\xfb" * size)))
    assert session.startswith("-")
    assert run("user", "end-session", "ada", session).stdout == f"Ended the session {session} of ada.\n"
