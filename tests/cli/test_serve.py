"""``mcpserver serve`` as a real process."""

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.ports import free_port
from tests.processes import Program, running, start_service

from .conftest import Run


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with running(start_service(tmp_path / "notes.db", port=free_port())) as program:
        yield program


def get(program: Program, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(program.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_first_start_says_where_it_is_and_what_comes_next(program: Program) -> None:
    assert get(program, "/healthz") == (200, b'{"status": "ok"}')
    assert program.stop() == 0
    first, second = program.lines[:2]
    assert first == f"mcpserver answers at {program.url}/ and serves MCP at {program.url}/mcp\n"
    assert "mcpserver user add NAME" in second


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_cleanly_with_requests_under_way(program: Program, number: signal.Signals) -> None:
    """Half a request is on its way; the log has no traceback, and SQLite has folded its log into the database."""
    with socket.create_connection(("127.0.0.1", int(program.url.rpartition(":")[2]))) as connection:
        connection.sendall(b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        program.process.send_signal(number)
        assert program.process.wait(20) == 0
    assert "Traceback" not in "".join(program.lines)


def test_log_has_no_query_header_or_malformed_line(program: Program) -> None:
    """OWASP ASVS 5 section 16.2.5: codes, tokens and cookies stay out of logs."""
    get(
        program,
        "/authorize?code=wherever-it-goes",
        Cookie="mcpserver-session=wherever-it-goes",
        Authorization="Bearer wherever-it-goes",
    )
    with socket.create_connection(("127.0.0.1", int(program.url.rpartition(":")[2]))) as connection:
        connection.sendall(b"GET /?token=wherever-it-goes HTTP/9\r\nwherever-it-goes\r\n\r\n")
        assert b"400" in connection.recv(100)
    assert program.stop() == 0
    log = "".join(program.lines)
    assert "GET /authorize 400" in log
    assert "malformed HTTP from 127.0.0.1 was refused" in log
    assert "wherever-it-goes" not in log
    assert "Traceback" not in log


def test_log_level_is_a_setting(tmp_path: Path) -> None:
    with running(start_service(tmp_path / "notes.db", port=free_port(), settings={"log_level": "warning"})) as program:
        get(program, "/")
        with socket.create_connection(("127.0.0.1", int(program.url.rpartition(":")[2]))) as connection:
            connection.sendall(b"GET / HTTP/9\r\n\r\n")
            assert b"400" in connection.recv(100)
        assert program.stop() == 0
    assert len(program.lines) == 2


def test_service_fits_into_100_mb(program: Program) -> None:
    """It takes 81; measuring coverage takes some more."""
    with urlopen(program.url, timeout=10) as page:
        assert page.status == 200
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert resident < 100 * 1024


def test_port_zero_takes_a_free_port_that_the_public_url_names(tmp_path: Path) -> None:
    with running(start_service(tmp_path / "notes.db", port=0)) as program:
        address = program.lines[0].split()[3].rstrip("/")
        assert not address.endswith(":0")
        with urlopen(f"{address}/.well-known/oauth-authorization-server", timeout=10) as answer:
            assert json.load(answer)["issuer"] == address


def test_proxy_that_no_setting_names_is_said_at_the_start(tmp_path: Path) -> None:
    """Row N9: behind it everybody would count as one address."""
    settings = {"public_url": "https://mcp.example.org:8443"}
    with running(start_service(tmp_path / "notes.db", port=free_port(), settings=settings)) as program:
        program.stop()
    assert len([line for line in program.lines if "trusted_proxies" in line]) == 1
    with running(
        start_service(tmp_path / "notes.db", port=free_port(), settings={**settings, "trusted_proxies": "127.0.0.1"})
    ) as program:
        program.stop()
    assert not [line for line in program.lines if "trusted_proxies" in line]


def test_second_start_does_not_ask_for_people_again(tmp_path: Path) -> None:
    for expected in (True, False):
        with running(start_service(tmp_path / "notes.db", port=free_port())) as program:
            assert program.stop() == 0
            assert any("user add" in line for line in program.lines) is expected


def test_application_with_pages_is_served(tmp_path: Path) -> None:
    settings = {"app": "tests.cli.shop:open_shop", "name": "The shop"}
    with running(start_service(tmp_path / "shop.db", port=free_port(), settings=settings)) as program:
        assert get(program, "/goods") == (200, b"tea, coffee")
        assert b"A shop" in get(program, "/")[1]
        described = json.loads(get(program, "/.well-known/oauth-protected-resource/mcp")[1])
        assert "shop:read" in described["scopes_supported"]
        assert get(program, "/mcp")[0] == 401
        assert program.lines[0].startswith("The shop answers at ")
        assert program.stop() == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("open_ruin", "could not be opened: LookupError: no goods (line 31 of "),
        ("open_nothing", "returned an int, not an Application."),
    ],
)
def test_application_that_cannot_be_opened_is_one_sentence(run: Run, name: str, sentence: str) -> None:
    done = run("serve", "--port", "0", "--app", f"tests.cli.shop:{name}")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: tests.cli.shop:{name} ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_busy_port_is_named_with_the_way_out(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.exit_code == 1
    assert done.stderr.endswith(
        f"Error: Cannot listen on 127.0.0.1 port {port}: another program listens there. Choose another port with "
        "--port.\n"
    )


def test_host_that_is_not_here_is_named(run: Run) -> None:
    done = run("serve", "--host", "192.0.2.1", "--public-url", "https://mcp.example.org", "--port", "0")
    assert done.exit_code == 1
    assert "Cannot listen on 192.0.2.1 port 0: " in done.stderr
