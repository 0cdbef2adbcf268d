"""``mcpserver dev`` as a real process."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from mcpserver.cli.process.reload import changed, snapshot
from tests.ports import free_port
from tests.processes import ROOT, read_until

SERVER = "from mcpserver import MCPServer\nserver = MCPServer({name!r})\n"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``dev mine.py`` with a server in it."""
    (tmp_path / "mine.py").write_text(SERVER.format(name="First"))
    with developing(tmp_path, "mine.py") as program:
        yield program


@contextmanager
def developing(tmp_path: Path, app: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``dev APP``, and the address it will have; its throwaway database lies under ``tmp``."""
    (tmp_path / "tmp").mkdir()
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MCPSERVER_")}
    environ = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(tmp_path / "tmp"),
    }
    command = [sys.executable, "-m", "mcpserver", "dev", app, "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


def test_developer_is_signed_in_and_changes_are_served(
    program: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, url = program
    words = read_until(process, "Press Ctrl-C to stop it.")
    assert words.startswith(f"First answers at {url}/ and serves MCP at {url}/mcp\n")
    assert f"claude mcp add --transport http first {url}/mcp" in words
    assert 'Every browser on this machine is signed in as "developer"' in words
    with urlopen(url, timeout=10) as page:
        assert "Local developer" in page.read().decode()
    (tmp_path / "mine.py").write_text("this is no Python\n")
    words = read_until(process, "Waiting for a change.")
    assert "Changed: mine.py.\n" in words
    assert "SyntaxError: invalid syntax (line 1 of " in words
    assert "mine.py: this is no Python)\n" in words
    assert "The server from before this change goes on." in words
    with urlopen(url, timeout=10) as page:
        assert "First" in page.read().decode()
    assert "127.0.0.1 developer - GET / 200" in read_until(process, "GET / 200")
    (tmp_path / "mine.py").write_text(SERVER.format(name="Second") + "@server.tool\ndef greet(name: str) -> str: ...\n")
    words = read_until(process, f"Second answers at {url}/")
    assert "Changed: mine.py.\nNew tool greet.\n" in words
    with urlopen(url, timeout=10) as page:
        assert "Local developer" in page.read().decode()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_application_with_pages_is_developed(tmp_path: Path) -> None:
    shop = (Path(__file__).parent / "shop.py").read_text()
    (tmp_path / "shop.py").write_text(shop)
    with developing(tmp_path, "shop.py:open_shop") as (process, url):
        read_until(process, "Press Ctrl-C to stop it.")
        assert get(f"{url}/goods") == "tea, coffee"
        (tmp_path / "shop.py").write_text(shop.replace("MCPServer(", "undefined("))
        assert "NameError: name 'undefined' is not defined (line " in read_until(process, "Waiting for a change.")
        (tmp_path / "shop.py").write_text(shop.replace("def goods(", "def offers("))
        assert "New tool offers, tool goods is gone.\n" in read_until(process, "Press Ctrl-C to stop it.")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def get(url: str) -> str:
    with urlopen(url, timeout=10) as page:
        text: str = page.read().decode()
        return text


def test_developer_cannot_prove_more_and_is_never_signed_out(program: tuple[subprocess.Popen[str], str]) -> None:
    """There is no password to ask for, so a client that insists on a fresh sign-in gets the consent page, and a
    session that ends begins anew.
    """
    process, url = program
    read_until(process, "Press Ctrl-C to stop it.")
    body = {"client_name": "Asker", "redirect_uris": ["https://c.example/cb"], "token_endpoint_auth_method": "none"}
    with urlopen(
        Request(f"{url}/register", json.dumps(body).encode(), {"Content-Type": "application/json"}), timeout=10
    ) as answer:
        client_id = json.load(answer)["client_id"]
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    for insisting in ({"prompt": "login"}, {"max_age": "0"}, {"prompt": "select_account"}):
        assert "Allow Asker to use your account?" in get(f"{url}/authorize?{urlencode(asked | insisting)}")
    with urlopen(f"{url}/account", timeout=10) as answer:
        page, visitor = answer.read().decode(), answer.headers["Set-Cookie"].partition(";")[0]
    (path,) = re.findall(r'action="(/account/sessions/[^"]+)"', page)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    with urlopen(Request(url + path, urlencode({"csrf": csrf}).encode(), {"Cookie": visitor}), timeout=10) as answer:
        assert re.findall(r'action="(/account/sessions/[^"]+)"', answer.read().decode()) != [path]
    consent = get(f"{url}/authorize?{urlencode(asked)}")
    assert "Allow Asker to use your account?" in consent
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


async def test_only_files_that_an_author_edits_are_watched(tmp_path: Path) -> None:
    for name in ("a.py", "b.txt", ".venv/c.py", "inner/d.py", "__pycache__/e.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    before = snapshot(tmp_path)
    assert sorted(before) == [str(tmp_path / "a.py"), str(tmp_path / "inner/d.py")]
    (tmp_path / "broken.py").symlink_to(tmp_path / "nowhere")
    assert snapshot(tmp_path) == before
    stop = asyncio.Event()
    stop.set()
    assert not await changed(before, tmp_path, stop)
    (tmp_path / "new.py").touch()
    assert await changed(before, tmp_path, stop)
