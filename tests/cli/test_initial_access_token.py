"""``mcpserver initial-access-token``, and its alias ``invitation`` (RFC 7591 section 3)."""

import asyncio

import pytest

from mcpserver.secrets import SecretKind, digest
from mcpserver.store import open_store

from .conftest import Listed, Run


def test_token_is_shown_once_and_kept_as_a_digest(run: Run, listed: Listed, database: str) -> None:
    done = run("initial-access-token", "add", "--note", "the build", "--uses", "3", "--days", "2")
    assert done.exit_code == 0
    name, token = done.stdout.strip().split(": ")
    assert name == "initial_access_token"
    assert token.startswith("initial_access_")
    (kept,) = listed("initial-access-token")
    assert kept["expires"] - kept["created"] == 2 * 86400
    assert (kept["note"], kept["uses_left"]) == ("the build", 3)
    assert token not in run("initial-access-token", "list").stdout
    assert asyncio.run(has_initial_access_token(database, token, now=kept["created"]))


async def has_initial_access_token(database: str, token: str, *, now: int) -> bool:
    store = await open_store(database)
    try:
        return await store.has_initial_access_token(digest(SecretKind.INITIAL_ACCESS_TOKEN, token), now=now)
    finally:
        await store.close()


def test_one_use_within_a_week_when_nothing_is_said(run: Run, listed: Listed) -> None:
    run("initial-access-token", "add")
    (kept,) = listed("initial-access-token")
    assert (kept["uses_left"], kept["expires"] - kept["created"], kept["note"]) == (1, 7 * 86400, "")
    assert kept["id"] in run("initial-access-token", "list").stdout


def test_token_is_removed_once(run: Run, listed: Listed) -> None:
    run("initial-access-token", "add")
    (kept,) = listed("initial-access-token")
    done = run("initial-access-token", "remove", kept["id"])
    assert (done.exit_code, done.stdout) == (0, f"Removed {kept['id']}.\n")
    assert run("initial-access-token", "list").stdout == "There are no initial access tokens.\n"
    again = run("initial-access-token", "remove", kept["id"])
    assert (again.exit_code, again.stderr) == (1, f"Error: There is no initial access token {kept['id']!r}.\n")


def test_command_has_its_older_name_too(run: Run, listed: Listed) -> None:
    assert run("invitation", "add").exit_code == 0
    assert listed("invitation") == listed("initial-access-token") != []


@pytest.mark.parametrize("options", [("--uses", "0"), ("--days", "0"), ("--days", "x"), ("--note", "two\nlines")])
def test_what_cannot_be_is_misuse(run: Run, listed: Listed, options: tuple[str, ...]) -> None:
    assert run("initial-access-token", "add", *options).exit_code == 2
    assert listed("initial-access-token") == []
