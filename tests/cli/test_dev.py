"""``mcpserver dev`` as a real process: a server while it is being written."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from tests.processes import ROOT, Program, free_port, running

DEADLINE = 30


@contextmanager
def started(arguments: list[str], port: int, folder: Path) -> Iterator[Program]:
    environ = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, *arguments], cwd=folder, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    program = Program(process, f"http://127.0.0.1:{port}")
    program.wait_until_ready()
    with running(program):
        yield program


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "tests" / "cli" / "dice.py", tmp_path)
    return tmp_path


def page(url: str, *, accept: str = "text/html") -> tuple[int, str]:
    """As a browser gets it, with its cookie; waits while the program starts, or starts again."""
    until = monotonic() + DEADLINE
    while True:
        with suppress(ConnectionError, HTTPException):
            status, text, cookie = _get(url, accept, "")
            return (status, text) if status != 303 else _get(url, accept, cookie)[:2]
        assert monotonic() < until


def _get(url: str, accept: str, cookie: str) -> tuple[int, str, str]:
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=DEADLINE)) as connection:
        connection.request("GET", parts.path, headers={"Accept": accept, "Cookie": cookie})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get("Set-Cookie", "").partition(";")[0]


def test_dev_signs_the_developer_in_and_starts_again_on_a_change(folder: Path) -> None:
    port = free_port()
    with started(["-m", "mcpserver", "dev", "dice:server", "--port", str(port)], port, folder) as program:
        words = "".join(program.lines)
        assert f"claude mcp add --transport http dice http://127.0.0.1:{port}/mcp" in words + _rest(program, "Ctrl-C ends it.")
        assert "Developer" in page(f"{program.url}/")[1]
        script = folder / "dice.py"
        script.write_text(script.read_text().replace("Roll your dice", "Throw your dice"))
        until = monotonic() + DEADLINE
        while "Throw your dice" not in page(f"{program.url}/")[1]:
            assert monotonic() < until
        script.write_text("1 / 0")
        _rest(program, "ZeroDivisionError")
        shutil.copy(ROOT / "tests" / "cli" / "dice.py", script)
        while "Roll your dice" not in page(f"{program.url}/")[1]:
            assert monotonic() < until + DEADLINE


def _rest(program: Program, words: str) -> str:
    """What was printed, once it holds the words."""
    until = monotonic() + DEADLINE
    while words not in "".join(program.lines):
        assert monotonic() < until, program.lines
    return "".join(program.lines)
