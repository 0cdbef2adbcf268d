"""The program as a process, behind https, and against servers that barely speak HTTP."""

import asyncio
import os
import re
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.ports import free_port
from webclient.app import create_app
from webclient.errors import Unreachable
from webclient.fetcher import Call, Fetcher, Limits
from webclient.settings import Settings

from .browser import Browser
from .foreign import Foreign

ROOT = str(Path(__file__).resolve().parents[2])


async def test_program_starts_answers_and_stops_on_a_signal(tmp_path: Path) -> None:
    port = free_port()
    arguments = ["-m", "webclient", "--port", str(port), "--database", f"sqlite:///{tmp_path}/c.db"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    found = re.fullmatch(rf"The web client is at (http://127\.0\.0\.1:{port}/k/[\w-]{{43}})/\n", line.decode())
    assert found is not None, line
    browser = Browser(found[1])
    assert "Connect your first MCP server" in (await browser.get("/")).text
    assert (await browser.get("/static/client.css")).status == 200
    await browser.close()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_busy_port_is_said_in_one_sentence(tmp_path: Path, foreign: Foreign) -> None:
    assert foreign.server is not None
    arguments = ["-m", "webclient", "--port", str(foreign.server.port), "--database", "sqlite://"]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
    _, error = await process.communicate()
    assert process.returncode == 1
    assert b"Choose another with --port." in error
    assert b"Traceback" not in error


async def test_behind_https_the_cookie_is_bound_to_the_host() -> None:
    """RFC 6265bis section 4.1.3.2; RFC 6797."""
    app = create_app(Settings(database="sqlite://", public_url="https://client.example", open_to_all="on"))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/", headers={"Host": "client.example"})
        assert answer.headers["Set-Cookie"].startswith("__Host-webclient=")
        assert "Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_file_in_a_form_is_no_text(browser: Browser) -> None:
    page = await browser.get("/add")
    form = aiohttp.FormData({"csrf": page.form("/add").fields["csrf"]})
    form.add_field("url", b"https://x.example", filename="url.txt")
    async with browser.session.post(browser.home + "/add", data=form) as answer:
        assert answer.status == 400


@pytest.fixture
async def rude() -> AsyncIterator[Callable[[bytes], Awaitable[str]]]:
    """Starts servers that answer any request with the given bytes and hang up."""
    servers: list[asyncio.Server] = []

    async def start(said: bytes) -> str:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(65536)
            writer.write(said)
            await writer.drain()
            writer.close()

        servers.append(await asyncio.start_server(speak, "127.0.0.1", 0))
        return f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}/mcp"

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    guarded = Fetcher(Limits())
    yield guarded
    await guarded.close()


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", "closed the connection or sent something that is not HTTP"),
        (b"", "closed the connection or sent something that is not HTTP"),
        (
            HEAD + b"Content-Type: text/event-stream\r\n\r\ndata: [1]\n\ndata: {}\n\n",
            "ended its stream without a response",
        ),
        (HEAD + b"Content-Type: application/json\r\n\r\n[]", "is not an MCP server"),
        (HEAD + b"Content-Type: application/json\r\n\r\n" + b"[" * 200_000, "is not an MCP server"),
        (HEAD + b"Content-Type: text/event-stream\r\n\r\n" + b"data: x" * 200_000, "larger than"),
        (
            HEAD + b'Content-Type: application/json\r\n\r\n{"jsonrpc": "2.0", "id": 1, "error": {"code": "x"}}',
            "no reason given",
        ),
    ],
)
async def test_rude_server_ends_in_a_sentence(
    browser: Browser, rude: Callable[[bytes], Awaitable[str]], said: bytes, sentence: str
) -> None:
    page = await browser.add(await rude(said))
    assert page.status == 200
    assert sentence in page.text


async def test_untrusted_certificate_is_named(tmp_path: Path, fetcher: Fetcher) -> None:
    """RFC 9110 section 4.3.4."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=x",
    ]
    process = await asyncio.create_subprocess_exec(
        "openssl", *command, "-keyout", str(key), "-out", str(certificate), stderr=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0
    context.load_cert_chain(certificate, key)

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    with pytest.raises(Unreachable, match="self-signed certificate"):
        await fetcher.fetch(Call("GET", f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "127.0.0.1"))
    server.close()
    await server.wait_closed()


async def test_name_that_leads_home_is_not_contacted(fetcher: Fetcher) -> None:
    """The resolver speaks before any connection: localhost is private and was not typed."""
    with pytest.raises(Unreachable, match="private address that you did not enter"):
        await fetcher.fetch(Call("GET", "https://localhost/", "typed.example"))
