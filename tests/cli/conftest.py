"""Commands as a person runs them, with a database that lasts as long as the test."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mcpserver.cli import main

PASSWORD = "correct horse battery staple"

Run = Callable[..., Result]
Listed = Callable[..., Any]


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/notes.db"


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("user", "add", "ada", typed="...")``; the database is that of the test unless ``environ`` says
    otherwise.
    """
    runner = CliRunner()
    monkeypatch.setenv("COLUMNS", "120")

    def command(*arguments: str, typed: str | bytes = "", environ: dict[str, str] | None = None) -> Result:
        return runner.invoke(
            main, arguments, input=typed, env={"MCPSERVER_DATABASE": database, **(environ or {})}, prog_name="mcpserver"
        )

    return command


@pytest.fixture
def listed(run: Run) -> Listed:
    """``listed("user")``: what ``user list --json`` prints; nothing where there is no database."""

    def rows(group: str) -> Any:
        done = run(group, "list", "--json")
        return [] if "There is no database" in done.stderr else json.loads(done.stdout)

    return rows


@pytest.fixture
def add_ada(run: Run) -> Run:
    """Add the first person."""

    def add(*options: str) -> Result:
        return run("user", "add", "ada", "--password-stdin", *options, typed=PASSWORD + "\n")

    return add
