"""``server.run()``: a server alone, from its author's own file."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from mcpserver.cli.commands.serve import open_words
from mcpserver.settings import Settings
from tests.processes import ADDRESS, ROOT
from tests.transports.channel import meta

SERVER = """
from mcpserver import MCPServer

server = MCPServer("Notes", title="My notes", scopes={{"notes:read": "Read your notes"}})

@server.tool(scope="notes:read")
async def greet() -> str:
    return "hello"

server.run({arguments})
"""


@contextmanager
def running(folder: Path, arguments: str, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The process, the address it printed, and its lines so far."""
    (folder / "mine.py").write_text(SERVER.format(arguments=arguments))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MCPSERVER_")}
    environ = {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environ}
    program = subprocess.Popen(
        [sys.executable, "mine.py"],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert program.stdout is not None
    lines: list[str] = []
    try:
        for line in program.stdout:
            lines.append(line)
            if found := ADDRESS.search(line):
                yield program, found[0], lines
                break
        else:
            yield program, "", lines
    finally:
        program.kill() if program.poll() is None else None
        program.communicate(timeout=20)


def call(url: str) -> tuple[int, Any]:
    params = {"_meta": meta(), "name": "greet", "arguments": {}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
    }
    headers |= {"Mcp-Method": "tools/call", "Mcp-Name": "greet"}
    try:
        with urlopen(Request(f"{url}/mcp", body, headers), timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_with_sign_in_until_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "port=0") as (program, url, lines):
        assert lines[0] == f"My notes answers at {url}/ and serves MCP at {url}/mcp\n"
        assert call(url)[0] == 401
        with urlopen(f"{url}/.well-known/oauth-protected-resource/mcp", timeout=10) as answer:
            assert json.loads(answer.read())["scopes_supported"] == ["profile", "notes:read"]
        with urlopen(f"{url}/", timeout=10) as page:
            text = page.read().decode()
        assert "My notes in any MCP client" in text
        assert "Read your notes" in text
        assert "Open your notes" not in text
        program.send_signal(number)
        assert program.wait(20) == 0


def test_without_sign_in_everybody_is_let_in(tmp_path: Path) -> None:
    with running(tmp_path, "port=0, auth=None") as (program, url, lines):
        assert lines == [f"My notes serves MCP at {url}/mcp without sign-in.\n"]
        status, answer = call(url)
        assert (status, answer["result"]["content"][0]["text"]) == (200, "hello")
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0
    assert not list(tmp_path.glob("*.db"))


def test_whoever_can_reach_an_open_server_is_told() -> None:
    words = open_words(Settings(host="0.0.0.0", public_url="https://mcp.example.org", name="Ours"))
    assert words == [
        "Ours serves MCP at https://mcp.example.org/mcp without sign-in.",
        "Everybody who reaches 0.0.0.0 can use it.",
    ]


def test_address_for_others_needs_a_public_url(tmp_path: Path) -> None:
    with running(tmp_path, "'0.0.0.0', 0, auth=None") as (program, _, lines):
        assert program.wait(20) == 1
        assert "The setting public_url is missing" in "".join(lines)


def test_what_cannot_start_says_why(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path, f"port={port}") as (program, _, lines):
            assert program.wait(20) == 1
            assert (
                "".join(lines)
                == f"Error: Cannot listen on 127.0.0.1 port {port}: another program listens there. Choose another "
                "port with --port.\n"
            )


def test_name_that_no_scope_can_have_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, "port=0) if server.scopes.update({'a b': 'x'}) else server.run(port=0") as (
        program,
        _,
        lines,
    ):
        assert program.wait(20) == 1
        assert "The server Notes cannot be served: 'a b' cannot be the name of a scope" in "".join(lines)
