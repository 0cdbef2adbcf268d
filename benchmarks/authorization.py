"""What the authorization server does in a second, beside npm's oidc-provider and the official Python SDK.

    python -m benchmarks.authorization [--requests 1000] [--connections 16]

Each server is a process of its own, asked in turns by this one over loopback. Ours keeps everything in an SQLite file
and answers when it is durable there, and so does oidc-provider on PostgreSQL; the others keep theirs in memory. Prints
the medians over the rounds: requests per second, with the ratio to ours, and the processor time of a request in all
threads of the server (on Linux, and without PostgreSQL's own), which other work on the machine changes less. What a
server does not serve is left out, and so is, with a word, a server that lacks something here: oidc-provider needs Node
(``python -m tests.provision node``), and a PostgreSQL to keep things in.
"""

import argparse
import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from attrs import frozen

from tests.ports import free_port
from tests.provision.lack import LackError
from tests.provision.nodejs import node
from tests.provision.packages import oidc_provider, pg

from .postgres import programs, running

ROUNDS = 3
VERIFIER = "a-verifier-of-enough-characters-to-be-one-at-all"
CONFIRMED = (b"HTTP/1.1 200", b"HTTP/1.1 201")

Next = Callable[[bytes | None], bytes | None]
"""The request after the answer with this body, or the first one; None ends the connection."""


@frozen
class Measured:
    """Requests per second, and microseconds of processor time for each."""

    rate: float
    cost: float


@frozen
class Peer:
    pid: int
    port: int
    client_id: str
    client_secret: str
    codes: list[str]
    paths: dict[str, str]

    def form(self, path: str, **fields: str) -> bytes:
        body = urlencode({**fields, "client_id": self.client_id, "client_secret": self.client_secret})
        return self.request("POST", path, "application/x-www-form-urlencoded", body)

    def request(self, method: str, path: str, kind: str = "", body: str = "", **headers: str) -> bytes:
        described = {"Content-Type": kind, "Content-Length": str(len(body))} if body else {}
        lines = [
            f"{method} {self.paths[path]} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            *(f"{name}: {value}" for name, value in (described | headers).items()),
        ]
        return "\r\n".join([*lines, "", body]).encode()


async def _commands(count: int, stack: AsyncExitStack) -> AsyncIterator[tuple[str, list[str]]]:
    """What starts each server; the stack ends the database that one of them needs."""
    for name in ("ours", "sdk"):
        yield name, [sys.executable, "-m", "benchmarks.issuing", name, str(free_port()), str(count), VERIFIER]
    try:
        yield "oidc-provider", _provider(count)
        driver, database = pg(), programs()
        yield "on PostgreSQL", [*_provider(count), str(driver), str(await stack.enter_async_context(running(database)))]
    except LackError as lack:
        print(lack, file=sys.stderr)


def _provider(count: int) -> list[str]:
    return [
        str(node()),
        str(Path(__file__).parent / "provider.mjs"),
        str(oidc_provider()),
        str(free_port()),
        str(count),
        VERIFIER,
    ]


@asynccontextmanager
async def started(command: list[str]) -> AsyncIterator[Peer]:
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=2**24)
    assert process.stdout is not None
    try:
        while not (line := await process.stdout.readline()).startswith(b"{"):
            if not line:
                raise RuntimeError(f"{command} ended; its last words are on standard error.")
        yield Peer(process.pid, **json.loads(line))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Caller(asyncio.Protocol):
    """One connection that asks what comes next as soon as it is answered, and is done when nothing does."""

    transport: asyncio.Transport

    def __init__(self, ask: Next) -> None:
        self._ask, self._received = ask, b""
        self.answers = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._next(None)

    def data_received(self, data: bytes) -> None:
        self._received += data
        body = _body(self._received)
        if body is None:
            return
        if not self._received.startswith(CONFIRMED):
            self.done.set_exception(RuntimeError(self._received[:600].decode()))
            return
        self._received = b""
        self.answers += 1
        self._next(body)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError("The connection was closed."))

    def _next(self, body: bytes | None) -> None:
        asked = self._ask(body)
        if asked is None:
            self.done.set_result(None)
        else:
            self.transport.write(asked)


def _body(received: bytes) -> bytes | None:
    """The body when it has come whole."""
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        return None
    _, sized, rest = head.lower().partition(b"content-length: ")
    if sized:
        return body if len(body) >= int(rest.partition(b"\r\n")[0]) else None
    return body if body.endswith(b"0\r\n\r\n") else None


def processor_time(pid: int) -> float:
    """Seconds that the threads of a process have run; a thread that ends takes its share along, which none here
    does. 0 where the kernel does not tell.
    """
    return sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


async def measured(peer: Peer, asks: Iterable[Next]) -> Measured:
    """Until every caller is done."""
    loop, start, used = asyncio.get_running_loop(), perf_counter(), processor_time(peer.pid)
    callers = [(await loop.create_connection(lambda ask=ask: Caller(ask), "127.0.0.1", peer.port))[1] for ask in asks]  # type: ignore[misc]
    await asyncio.gather(*(caller.done for caller in callers))
    elapsed, used = perf_counter() - start, processor_time(peer.pid) - used
    for caller in callers:
        caller.transport.abort()
    answers = sum(caller.answers for caller in callers)
    return Measured(answers / elapsed, used / answers * 1e6)


def from_stock(stock: list[bytes], kept: Callable[[bytes], object] = id) -> Next:
    """Each caller takes the next of one stock; ``kept`` gets what was answered."""

    def ask(body: bytes | None) -> bytes | None:
        if body is not None:
            kept(body)
        return stock.pop() if stock else None

    return ask


def in_turn(first: str, request: Callable[[str], bytes], count: int) -> Next:
    """Every refresh with the token that the one before gave."""
    left = count

    def ask(body: bytes | None) -> bytes | None:
        nonlocal left
        token = first if body is None else json.loads(body)["refresh_token"]
        left -= 1
        return request(token) if left >= 0 else None

    return ask


async def measure(peer: Peer, count: int, connections: int) -> dict[str, Measured]:
    """By what was asked for."""
    bodies: list[dict[str, Any]] = []
    codes = [peer.codes.pop() for _ in range(count)]
    redeemed = {"grant_type": "authorization_code", "redirect_uri": "https://c.example/cb", "code_verifier": VERIFIER}
    exchange = from_stock(
        [peer.form("token", code=code, **redeemed) for code in codes], lambda body: bodies.append(json.loads(body))
    )
    rates = {"code exchange": await measured(peer, [exchange] * connections)}

    def refresh(token: str) -> bytes:
        return peer.form("token", grant_type="refresh_token", refresh_token=token)

    rates["refresh"] = await measured(
        peer, [in_turn(body["refresh_token"], refresh, count // connections) for body in bodies[:connections]]
    )
    document = {
        "client_name": "Bench",
        "redirect_uris": ["https://c.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
    }
    stocks = {
        "metadata": [peer.request("GET", "metadata")] * count,
        "registration": [
            peer.request(
                "POST",
                "registration",
                "application/json",
                json.dumps(document),
                **{"X-Forwarded-For": f"2001:db8:{n // 60000:x}:{n % 60000:x}::1"},
            )
            for n in range(len(peer.codes), len(peer.codes) + count)
        ],
    }
    if "introspection" in peer.paths:
        stocks["client credentials"] = [peer.form("token", grant_type="client_credentials", scope="notes:read")] * count
        stocks["introspection"] = [
            peer.form("introspection", token=body["refresh_token"]) for body in bodies[connections:]
        ]
    for name, stock in stocks.items():
        rates[name] = await measured(peer, [from_stock(stock)] * connections)
    return rates


async def main(count: int, connections: int) -> None:
    async with AsyncExitStack() as stack:
        peers = {
            name: await stack.enter_async_context(started(command))
            async for name, command in _commands(count * ROUNDS, stack)
        }
        rounds = [
            {name: await measure(peer, count, connections) for name, peer in peers.items()} for _ in range(ROUNDS)
        ]
    print(f"{'':20}" + "".join(f"{name:>26}" for name in peers))
    for title in rounds[0]["ours"]:
        rates = {name: median(each[name][title].rate for each in rounds) for name in peers if title in rounds[0][name]}
        costs = {name: median(each[name][title].cost for each in rounds) for name in rates}
        cells = (
            f"{rates[name]:,.0f}/s {rates['ours'] / rates[name]:.2f}x {costs[name]:,.0f}us" if name in rates else "-"
            for name in peers
        )
        print(f"{title:20}" + "".join(f"{cell:>26}" for cell in cells))
    print("\nx: how many times as many requests ours answers; us: processor time of a request.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000, help="how many of each kind and round")
    parser.add_argument("--connections", type=int, default=16)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.requests, arguments.connections))
