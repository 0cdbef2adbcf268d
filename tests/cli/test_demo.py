"""``mcpserver demo`` as a real process."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from mcpserver.cli.console.passphrase import readable_password
from mcpserver.sources import Sources
from tests.processes import ROOT, read_until

from .conftest import Run


class Demo:
    """A running demo, read until it has said everything."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "mcpserver", "demo", "--port", "0", "--client-port", "0", *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.words = read_until(self.process, "The data is")

    def stop(self) -> str:
        """Ctrl-C as the terminal sends it; returns what it said then."""
        self.process.send_signal(2)
        rest, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, rest
        return rest

    def find(self, pattern: str) -> str:
        found = re.search(pattern, self.words)
        assert found is not None, self.words
        return found[1]


@pytest.fixture
def demo() -> Iterator[Demo]:
    demo = Demo()
    try:
        yield demo
    finally:
        demo.process.kill()
        demo.process.communicate()


def test_demo_names_where_to_go_and_whom_to_be_and_ends_cleanly(demo: Demo) -> None:
    with urlopen(demo.find(r"Open\n\n +(http://127\.0\.0\.1:\d+/k/[\w-]{43}/)\n"), timeout=10) as page:
        assert b"ntegration" in page.read()
    with urlopen(demo.find(r"integration +(http://127\.0\.0\.1:\d+)/mcp\n") + "/healthz", timeout=10) as answer:
        assert answer.status == 200
    assert demo.find(r"sign in as +(\S+)\n") == "ada"
    assert re.fullmatch(r"[a-z]{4}-[a-z]{4}-[a-z]{4}", demo.find(r"password +(\S+)\n"))
    assert demo.stop() == "The demo has ended.\n"


def test_demo_leaves_nothing_behind(demo: Demo) -> None:
    """No file is open for writing, for everything is in memory."""
    files = [
        Path(f"/proc/{demo.process.pid}/fd/{entry.name}").readlink()
        for entry in Path(f"/proc/{demo.process.pid}/fd").iterdir()
    ]
    assert not [file for file in files if file.suffix in {".db", ".key"}]
    demo.stop()


def test_demo_keeps_what_happens_in_a_database_that_is_named(tmp_path: Path, run: Run) -> None:
    database = f"sqlite:///{tmp_path}/demo.db"
    first = Demo("--database", database)
    first.stop()
    again = Demo("--database", database)
    again.stop()
    assert re.search(r"password +[a-z]{4}-", first.words)
    assert "that was printed when this database was new" in again.words
    assert "ada@example.com" in run("user", "list", "--database", database).stdout


def test_busy_port_is_named_with_its_own_way_out(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for arguments, option in (
            (("--port", str(port), "--client-port", "0"), "--port"),
            (("--port", "0", "--client-port", str(port)), "--client-port"),
        ):
            done = run("demo", *arguments)
            assert done.exit_code == 1
            assert f"port {port}: another program listens there. Choose another port with {option}.\n" in done.stderr


def test_wrong_port_of_the_web_client_is_misuse(run: Run) -> None:
    done = run("demo", "--port", "0", "--client-port", "eighty")
    assert done.exit_code == 2
    assert "--client-port" in done.stderr
    assert "eighty" in done.stderr


def test_readable_password_is_made_of_chance() -> None:
    assert readable_password(Sources(token_bytes=bytes)) == "baba-baba-baba"
    assert readable_password(Sources(token_bytes=lambda size: b"\xff" * size)) == "zozo-zozo-zozo"
    assert len({readable_password(Sources()) for _ in range(100)}) == 100
