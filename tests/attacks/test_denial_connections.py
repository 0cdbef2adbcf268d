"""Chapter N of the attack catalogue, connections: who is slow, silent or many shuts nobody out, at either program.

Limits are short here, and no test asks how fast something went: what has to end ends, what has to be answered is
answered.
"""

import asyncio
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from mcpbase.serving.connection import MOST_AHEAD, MOST_HEAD
from mcpbase.serving.limits import LOOPBACK, RESERVE, Limits, group_of
from tests.ports import free_port
from tests.processes import ROOT
from webclient.pages.http.place import PATTERN

from .wire import DEADLINE, PROGRAMS, open_server, service

LONG = Limits(head=300, idle=300, stall=300)
"""Nobody is ended for being slow."""
PATHS = {
    "service": ["/token", "/login", "/register", "/mcp", "/api/notes", "/nowhere", "/", "/sse"],
    "webclient": ["/add", "/", "/nowhere"],
    "open": ["/mcp", "/"],
}

programs = pytest.mark.parametrize("program", PROGRAMS)


@programs
async def test_n1_connection_that_says_nothing_is_ended(program: str) -> None:
    """OWASP ASVS 5 section 13.1.2, our policy: a place is for who asks something."""
    async with PROGRAMS[program]() as target:
        assert await (await target.connect()).rest() == b""


@programs
async def test_n1_dripping_head_has_a_deadline_that_no_byte_moves(program: str) -> None:
    """RFC 9110 section 15.5.9."""
    async with PROGRAMS[program]() as target:
        answer = await (await target.connect()).drip(b"GET / HTTP/1.1\r\n" + b"X-Drip: 1\r\n" * 1000)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"Connection: close" in answer


@programs
async def test_n1_deadline_of_a_head_begins_anew_after_each_answer(program: str) -> None:
    async with PROGRAMS[program]() as target:
        wire = await target.connect()
        wire.send(target.head("GET /nowhere"))
        assert (await wire.answer()).startswith(b"HTTP/1.1 ")
        wire.send(b"GET / HT")
        assert b"HTTP/1.1 408 " in await wire.rest()


@programs
async def test_n1_connection_without_another_request_is_ended(program: str) -> None:
    async with PROGRAMS[program]() as target:
        wire = await target.connect()
        wire.send(target.head("GET /nowhere"))
        assert (await wire.answer()).startswith(b"HTTP/1.1 ")
        assert b"HTTP/1.1" not in await wire.rest()


@programs
async def test_n1_body_that_never_comes_has_a_deadline_on_every_path(program: str) -> None:
    """RFC 9110 section 15.5.9. A route that needs no body answers without, and its connection ends all the same."""
    async with PROGRAMS[program]() as target:
        wires = [await target.connect() for _ in PATHS[program]]
        for wire, path in zip(wires, PATHS[program], strict=True):
            wire.send(
                target.head(f"POST {path}", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 1000")
                + b"a="
            )
        for answer in await asyncio.gather(*(wire.rest() for wire in wires)):
            assert re.match(rb"HTTP/1\.1 4\d\d ", answer)


@pytest.mark.parametrize(
    ("program", "path", "media"),
    [
        ("service", "/token", "application/x-www-form-urlencoded"),
        ("service", "/register", "application/json"),
        ("webclient", "/add", ""),
        ("open", "/mcp", "json"),
    ],
)
async def test_n1_dripping_body_is_answered_and_ended(program: str, path: str, media: str) -> None:
    """RFC 9110 section 15.5.9: 408, in the shape of the route; a byte now and then is no body on its way."""
    media = {"": "application/x-www-form-urlencoded", "json": "application/json"}.get(media, media)
    async with PROGRAMS[program]() as target:
        wire = await target.connect()
        wire.send(target.head(f"POST {target.base}{path}", f"Content-Type: {media}", "Content-Length: 100000"))
        answer = await wire.drip(b"a" * 100_000)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive in time" in answer
    assert (b'"jsonrpc"' in answer) == (program == "open")
    assert (b"<!doctype html>" in answer.lower()) == (program == "webclient")


async def test_n1_slow_and_honest_body_is_waited_for() -> None:
    """An upload over a bad line: longer than the patience with it, and faster than the slowest that is taken."""
    message = b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"padding":"%s"}}' % (b"a" * 40_000)
    async with open_server(Limits(idle=30)) as target:
        wire = await target.connect()
        wire.send(target.head("POST /mcp", "Content-Type: application/json", f"Content-Length: {len(message)}"))
        for start in range(0, len(message), 2000):
            wire.send(message[start : start + 2000])
            await asyncio.sleep(0.07)  # slow is what this is about
        assert b" 408 " not in await wire.answer()


@programs
async def test_n1_newcomer_is_served_in_place_of_who_waits_longest(program: str) -> None:
    """Half-open connections fill no house: the oldest goes for each that comes."""
    async with PROGRAMS[program](Limits(most=10, head=300, idle=300)) as target:
        first, *others = await target.silent(10)
        assert (await target.ask("GET /nowhere")).startswith(b"HTTP/1.1 ")
        assert await first.rest() == b""
        assert [wire for wire in others if wire.reader.at_eof()] == []


async def test_n1_unfinished_bodies_make_room_as_well() -> None:
    async with service(Limits(most=5, head=300, idle=300), body_timeout=300) as target:
        for wire in await target.silent(5):
            wire.send(
                target.head("POST /token", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 1000")
            )
        assert b" 200 " in await target.ask("GET /healthz")


async def test_n1_who_is_being_answered_makes_no_room() -> None:
    """With nothing but busy connections the newcomer is told to come back (RFC 9110 section 15.6.4)."""
    async with open_server(Limits(most=3, head=300, idle=300)) as target:
        streams = [await target.stream() for _ in range(3)]
        refused = await target.ask("POST /mcp")
        assert refused == b"" or refused.startswith(b"HTTP/1.1 503 ")
        assert [stream for stream in streams if stream.reader.at_eof()] == []
        streams.pop().leave()
        async with asyncio.timeout(DEADLINE):
            while b" 404 " not in await target.ask("GET /nowhere"):
                pass


async def test_n1_one_address_has_its_own_bound() -> None:
    """It crowds out itself: what others have stays."""
    async with open_server(Limits(most=40, most_each=3, head=300, idle=300, unbounded=())) as target:
        (other,) = await target.silent(1, source="127.0.0.2")
        first, *_ = await target.silent(3)
        later = await target.silent(3)
        assert await first.rest() == b""
        assert not other.reader.at_eof()
        assert [wire for wire in later if wire.reader.at_eof()] == []
        streams = [await target.stream() for _ in range(3)]
        assert b"HTTP/1.1 200" not in await target.ask("GET /nowhere")
        assert b"HTTP/1.1 404" in await target.ask("GET /nowhere", source="127.0.0.2")
        assert [stream for stream in streams if stream.reader.at_eof()] == []


async def test_n1_declared_proxy_may_have_all_there_are() -> None:
    """Behind it is everybody."""
    async with open_server(Limits(most=10, most_each=1, unbounded=("127.0.0.0/8",))) as target:
        streams = [await target.stream() for _ in range(9)]
        assert (await target.ask("GET /nowhere")).startswith(b"HTTP/1.1 404")
        assert [stream for stream in streams if stream.reader.at_eof()] == []


def test_n1_household_counts_as_one_address() -> None:
    """RFC 6177 section 2: whoever has IPv6 has at least a /64 of it."""
    assert group_of("2001:db8::1") == group_of("2001:db8::ffff:1")
    assert group_of("2001:db8:0:1::1") != group_of("2001:db8::1")
    assert group_of("::ffff:192.0.2.1") == group_of("192.0.2.1") != group_of("192.0.2.2")
    assert not Limits().is_bounded(group_of("::1"))
    assert Limits().is_bounded(group_of("2001:db8::1"))
    assert not Limits(unbounded=(*LOOPBACK, "2001:db8::/32")).is_bounded(group_of("2001:db8::1"))


def test_n1_bounds_leave_descriptors_for_everything_else() -> None:
    """And none may take more than a quarter."""
    assert Limits(most=5000, most_each=5000).within(1024) == Limits(
        most=1024 - RESERVE, most_each=(1024 - RESERVE) // 4
    )
    assert Limits(most=100, most_each=10).within(65536) == Limits(most=100, most_each=10)


@programs
async def test_n1_head_without_end_is_refused(program: str) -> None:
    """RFC 6585 section 5. aiohttp bounds each line, and lets through a hundred of them."""
    async with PROGRAMS[program](LONG) as target:
        wire = await target.connect()
        wire.send(b"GET / HTTP/1.1\r\n" + (b"X-Long: %s\r\n" % (b"a" * 5000)) * (MOST_HEAD // 5000 + 1))
        answer = await wire.rest()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


async def test_n1_requests_sent_far_ahead_of_the_answers_end_the_connection() -> None:
    """RFC 9112 section 9.3.2 allows to pipeline; what piles up behind an answer that takes long is bounded."""
    async with open_server(LONG) as target:
        wire = await target.stream()
        ahead = target.head("GET /nowhere", f"X-Long: {'a' * 5000}")
        wire.send(ahead * (MOST_AHEAD // len(ahead) + 1))
        await wire.rest()


async def test_n1_many_small_requests_at_once_are_answered() -> None:
    """RFC 9112 section 9.3.2."""
    async with service(LONG) as target:
        wire = await target.connect()
        wire.send(target.head("GET /healthz") * 100 + target.head("GET /healthz", "Connection: close"))
        assert (await wire.rest()).count(b"HTTP/1.1 200 OK") == 101


async def test_n1_body_behind_a_body_is_no_head() -> None:
    """RFC 9112 section 9.3: the end of one body and the beginning of the next request may come in one piece."""
    async with open_server(Limits(head=300, idle=300)) as target:
        wire = await target.connect()
        head = target.head("POST /mcp", "Content-Type: application/json", f"Content-Length: {MOST_HEAD * 8}")
        for _ in range(3):
            wire.send(head + b"[" * (MOST_HEAD * 8))
            assert (await wire.answer()).startswith(b"HTTP/1.1 400 ")
            assert b"-32700" in await wire.reader.readuntil(b"}}")


@pytest.mark.parametrize("number", [1, 2000])
@pytest.mark.parametrize(
    ("program", "path"), [("service", "/login"), ("service", "/static/server.css"), ("webclient", "/static/client.css")]
)
async def test_n1_reader_of_pages_that_does_not_read_is_let_go(program: str, path: str, number: int) -> None:
    """What is written for nobody is not kept: not only on streams."""
    async with PROGRAMS[program]() as target:
        before = descriptors()
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", target.port))
            sending = asyncio.ensure_future(
                asyncio.get_running_loop().sock_sendall(connection, target.head(f"GET {path}") * number)
            )
            for _ in range(20 * DEADLINE):
                if descriptors() <= before + 1:
                    break
                await asyncio.sleep(0.05)  # nothing tells when the system has closed one
            assert descriptors() <= before + 1
            sending.cancel()
            await asyncio.wait({sending})


def descriptors() -> int:
    """How many this process has; both ends of a connection are its own."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("path", ["/sse", "/mcp"])
async def test_n1_head_of_a_stream_is_answered(path: str) -> None:
    """RFC 9110 section 15.5.6: HEAD has no place where GET would never end."""
    async with service(LONG) as target:
        assert (await target.ask(f"HEAD {path}")).startswith((b"HTTP/1.1 405 ", b"HTTP/1.1 401 "))


async def test_n1_no_stream_of_either_program_takes_head() -> None:
    async with service(LONG) as target, PROGRAMS["webclient"](LONG) as pages:
        below = ("/events", "/integrations/{id}/events", "/assistant/{conversation}/events")
        streams = [("/sse", target), *((PATTERN.replace(":[A-Za-z0-9_-]{43}", "") + path, pages) for path in below)]
        for path, owner in streams:
            methods = {
                route.method
                for resource in owner.app.router.resources()
                if resource.canonical == path
                for route in resource
            }
            assert methods == {"GET"}, path


COMMANDS = {"service": ["mcpserver", "serve", "--port"], "webclient": ["webclient", "--port"]}


@contextmanager
def limited(name: str, limits: str, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes], Path]]:
    """A program under what ``ulimit`` says, once it answers: its port, its process and its log."""
    module, *arguments = COMMANDS[name]
    port, log = free_port(), folder / "log"
    words = (
        f"{limits}; exec {sys.executable} -m {module} {' '.join(arguments)} {port} --database sqlite:///{folder}/d.db"
    )
    with log.open("wb") as output:
        process = subprocess.Popen(["/bin/sh", "-c", words], cwd=ROOT, stdout=output, stderr=output)
    try:
        assert b" 200 " in asked(port)
        yield port, process, log
    finally:
        process.terminate()
        process.wait(DEADLINE)


def asked(port: int) -> bytes:
    """What an honest caller is answered, who tries again when there is nobody yet or their connection is taken from
    them.
    """
    until = time.monotonic() + 2 * DEADLINE
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port)
            if answer := connection.recv(4096):
                return answer
        time.sleep(0.05)
    raise AssertionError("Nobody answered.")


@pytest.mark.parametrize("name", COMMANDS)
def test_n1_few_descriptors_are_no_outage_and_no_flood_of_lines(name: str, tmp_path: Path) -> None:
    """accept(2), EMFILE: those who wait longest make room, and the log says so once a second at most."""
    with limited(name, "ulimit -n 40", tmp_path) as (port, process, log), ExitStack() as crowd:
        for _ in range(120):
            crowd.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert b" 200 " in asked(port)
        assert process.poll() is None
    assert "Traceback" not in log.read_text()
    assert log.stat().st_size < 10_000


@pytest.mark.parametrize("name", COMMANDS)
def test_n1_soft_limit_of_descriptors_is_raised(name: str, tmp_path: Path) -> None:
    """setrlimit(2): the soft limit is what older programs can bear, the hard one what the operator allows."""
    with limited(name, "ulimit -Sn 100; ulimit -Hn 2000", tmp_path) as (_, process, _):
        assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (2000, 2000)
