"""``mcpserver stdio`` as a real process (MCP 2026-07-28, stdio)."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, add_user
from tests.transports.channel import meta

from .conftest import PASSWORD, Run


def start(
    *options: str, stdin: Any = subprocess.PIPE, stdout: Any = subprocess.PIPE, **environ: str
) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MCPSERVER_")}
    command = [sys.executable, "-m", "mcpserver", "stdio", *options]
    return subprocess.Popen(
        command, cwd=ROOT, env={**kept, **environ}, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE
    )


def request(number: int, method: str, **params: Any) -> bytes:
    return (
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": {"_meta": meta(), **params}}).encode()
        + b"\n"
    )


SAY = request(1, "tools/call", name="say", arguments={})
APP = ("--app", "tests.cli.noisy:server")


def said(*options: str, **environ: str) -> str:
    """What the tool says, in the only line on standard output."""
    with start(*APP, *options, **environ) as program:
        out, log = program.communicate(SAY, timeout=90)
    assert program.returncode == 0, log
    (line,) = out.splitlines()
    assert b"noise of a child" in log
    text: str = json.loads(line)["result"]["content"][0]["text"]
    return text


def test_standard_output_carries_messages_and_nothing_else() -> None:
    assert said() == "nobody ''"


def test_environment_names_the_person() -> None:
    assert said(MCPSERVER_USER="ada") == "ada ada None ['notes:read', 'notes:write'] ''"
    more = {"MCPSERVER_USER_NAME": "Ada Lovelace", "MCPSERVER_USER_EMAIL": "ada@example.com"}
    assert said(MCPSERVER_USER="ada", **more) == "ada Ada Lovelace ada@example.com ['notes:read', 'notes:write'] ''"


def test_person_of_the_database_is_who_they_are_there(tmp_path: Path, run: Run) -> None:
    add_user(tmp_path / "notes.db", "ada", PASSWORD, name="Ada Lovelace", email="ada@example.com")
    database = f"sqlite:///{tmp_path}/notes.db"
    words = said("--user", "ada@example.com", "--database", database, MCPSERVER_USER="eve").split()
    assert words[0] != "ada"
    assert words[1:4] == ["Ada", "Lovelace", "ada@example.com"]
    run("user", "disable", "ada")
    with start(*APP, "--user", "ada", "--database", database) as program:
        assert b"ada is disabled: `mcpserver user enable ada`" in program.communicate(SAY, timeout=90)[1]
    assert program.returncode == 1


def test_person_who_is_not_there_is_named(tmp_path: Path, run: Run) -> None:
    run("initial-access-token", "add")
    with start(*APP, "--user", "eve", "--database", f"sqlite:///{tmp_path}/notes.db") as program:
        out, log = program.communicate(SAY, timeout=90)
    assert (program.returncode, out) == (1, b"")
    assert b"There is no user eve in sqlite:///" in log


def test_server_must_be_named() -> None:
    with start() as program:
        assert b"Name the server with --app" in program.communicate(b"", timeout=90)[1]
    assert program.returncode == 2


def test_application_with_pages_is_refused(run: Run) -> None:
    """Its pages need people who sign in; here nobody does."""
    with start("--app", "tests.cli.shop:open_shop") as program:
        error = program.communicate(b"", timeout=90)[1].decode()
    assert program.returncode == 2
    assert error == (
        "Error: tests.cli.shop:open_shop opens an application with pages, which `mcpserver serve` and `mcpserver dev` "
        "serve: name an MCPServer here.\n"
    )


def test_input_and_output_may_be_files(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"".join(request(number, "server/discover") for number in range(1500)))
    with (
        (tmp_path / "in").open("rb") as source,
        (tmp_path / "out").open("wb") as target,
        start(*APP, stdin=source, stdout=target) as program,
    ):
        assert program.wait(30) == 0
        program.communicate()
    answers = [json.loads(line) for line in (tmp_path / "out").read_bytes().splitlines()]
    assert sorted(answer["id"] for answer in answers if "result" in answer) == list(range(1500))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_subscriptions_gracefully(number: signal.Signals) -> None:
    """2026-07-28, patterns: subscriptions, graceful closure."""
    with start(*APP) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(request(1, "subscriptions/listen", notifications={}))
        program.stdin.flush()
        assert b"acknowledged" in program.stdout.readline()
        program.send_signal(number)
        assert json.loads(program.stdout.readline())["result"]["resultType"] == "complete"
        assert program.wait(10) == 0
        program.communicate()


def test_function_in_a_thread_cannot_keep_the_program(tmp_path: Path) -> None:
    """2026-07-28, stdio: shutdown."""
    began = time.monotonic()
    with start(*APP) as program:
        program.communicate(request(1, "tools/call", name="linger"), timeout=90)
    assert program.returncode == 0
    assert time.monotonic() - began < 20
