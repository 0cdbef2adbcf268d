"""The program as a whole: its name, version, help, and how it says no."""

import runpy
import sqlite3
import sys
from pathlib import Path

import pytest

from mcpserver.store import open_store

from .conftest import Run


def test_version_is_one_line(run: Run) -> None:
    done = run("--version")
    assert (done.exit_code, done.stdout) == (0, "mcpserver 0.1.0\n")


def test_module_is_the_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["mcpserver", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("mcpserver", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == "mcpserver 0.1.0\n"


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_the_commands(run: Run, option: str) -> None:
    done = run(option)
    assert done.exit_code == 0
    for name in ("serve", "demo", "user", "client", "key"):
        assert f"\n  {name} " in done.stdout


def test_help_of_serve_names_every_setting_and_its_default(run: Run) -> None:
    done = run("serve", "--help")
    assert "--public-url URL" in done.stdout
    assert "[default: sqlite:///mcpserver.db]" in " ".join(done.stdout.split())
    assert "--session-lifetime SECONDS" in done.stdout
    assert "--secret " not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("sing",), ("user", "sing"), ("serve", "--loud"), ("--loud",), ("user", "add"), ("client", "add", "--name", "x")],
)
def test_what_does_not_exist_or_is_missing_is_misuse(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.output


def test_option_without_a_command_belongs_to_serve(run: Run) -> None:
    done = run("--port", "eighty")
    assert done.exit_code == 2
    assert (
        done.stderr == "Error: The setting port from --port is 'eighty': it accepts a whole number from 0 to 65535.\n"
    )


def test_wrong_setting_is_one_sentence_from_every_command(run: Run) -> None:
    done = run("user", "list", environ={"MCPSERVER_PROT": "1"})
    assert done.exit_code == 2
    assert (
        done.stderr
        == "Error: The environment variable MCPSERVER_PROT is no setting; MCPSERVER_PORT is the nearest that exists.\n"
    )


def test_configuration_file_counts_for_every_command(run: Run, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("database = 'notes.db'")
    done = run("key", "list", "--config", str(tmp_path / "wrong.toml"), environ={"MCPSERVER_DATABASE": ""})
    assert done.exit_code == 2
    assert "The setting database from the file " in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("user", "list"),
        ("user", "disable", "ada"),
        ("user", "set-password", "ada"),
        ("client", "list"),
        ("client", "remove", "x"),
        ("initial-access-token", "list"),
        ("key", "list"),
        ("key", "remove", "x"),
        ("db", "backup", "copy.db"),
        ("db", "status"),
        ("db", "migrate"),
        ("db", "check"),
        ("db", "restored"),
        ("database", "backup", "copy.db"),
        ("database", "restored"),
        ("stdio", "--app", "tests.cli.dice:server", "--user", "ada"),
    ],
)
def test_command_that_adds_nothing_makes_no_database(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    """A name that was mistyped must not look like a service without people."""
    done = run(*command)
    assert done.exit_code == 1
    assert f"There is no database {tmp_path}/notes.db: name that of the service with --database" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("user", "add", "ada", "--password-stdin"),
        ("client", "add", "--name", "An editor", "--redirect-uri", "https://editor.example/callback"),
        ("initial-access-token", "add"),
        ("key", "rotate"),
    ],
)
def test_command_that_makes_the_database_says_so_once(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    made = f"Created the database {tmp_path}/notes.db.\n"
    first, second = (run(*command, typed="correct horse battery staple\n") for _ in range(2))
    assert first.exit_code == 0
    assert first.stderr == made
    assert made not in second.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("client", "add", "--name", "E", "--redirect-uri", "https://e.example/"),
        ("key", "rotate"),
        ("serve", "--port", "0"),
    ],
)
def test_database_that_cannot_be_used_is_one_sentence(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(
        *command, environ={"MCPSERVER_DATABASE": f"sqlite:///{tmp_path}/nowhere/notes.db", "MCPSERVER_SECRET": "x" * 32}
    )
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: The database ")
    assert "No such file or directory" in done.stderr
    assert done.stderr.count("\n") == 1


def test_newer_database_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("initial-access-token", "add").exit_code == 0
    with sqlite3.connect(tmp_path / "notes.db") as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, 'from the future')")
    connection.close()
    done = run("user", "list")
    assert done.exit_code == 1
    assert "newer version of mcpserver" in done.stderr


def test_busy_database_is_one_sentence(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock stays for longer than the command waits: its patience is shortened, not replaced."""
    assert run("initial-access-token", "add").exit_code == 0
    monkeypatch.setattr(
        "mcpserver.store.open_store.__kwdefaults__",
        {**(open_store.__kwdefaults__ or {}), "busy_timeout": 0.05},
        raising=False,
    )
    blocker = sqlite3.connect(tmp_path / "notes.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    done = run("client", "add", "--name", "An editor", "--redirect-uri", "https://editor.example/callback")
    blocker.close()
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: The database")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("user", "list"), ("key", "list"), ("client", "remove", "x")])
def test_command_on_a_database_in_memory_is_misuse(run: Run, command: tuple[str, ...]) -> None:
    """Its work would be gone with it."""
    done = run(*command, environ={"MCPSERVER_DATABASE": "sqlite://"})
    assert done.exit_code == 2
    assert "name a file" in done.stderr
