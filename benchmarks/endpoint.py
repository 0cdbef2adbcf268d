"""What MCP costs over what the web framework costs by itself, and beside the official SDK.

    python -m benchmarks.endpoint [--seconds 2] [--connections 16] [--listeners 500]

Each server is a process of its own, asked in turns by this one over loopback: a ``tools/call`` (ours with a bearer
token), a ``tools/list`` of 100 tools, a call that answers with a stream of ten events, all of revision 2026-07-28; then
idle ``subscriptions/listen`` streams are held open and the memory that each takes is read off the process. Prints
requests per second, and the ratio to the bare handler: 1.00 would be a protocol that costs nothing.
"""

import argparse
import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import msgspec
from attrs import frozen

from mcpserver.mcp.protocol.request_meta import CLIENT_CAPABILITIES, PROTOCOL_VERSION
from mcpserver.mcp.protocol.versions import MODERN_VERSION as VERSION

ROUNDS = 5


@frozen
class Peer:
    process: Process
    port: int
    token: str

    def resident(self) -> int:
        """Kilobytes of memory in use."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


@asynccontextmanager
async def started(name: str) -> AsyncIterator[Peer | None]:
    """The server in its own process; None when it cannot start here."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.served", name, stdout=PIPE)
    assert process.stdout is not None
    try:
        port, _, token = (await process.stdout.readline()).decode().strip().partition(" ")
        yield Peer(process, int(port), token) if port else None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def request(method: str, peer: Peer, *, name: str | None = None, **params: object) -> bytes:
    meta = {PROTOCOL_VERSION: VERSION, CLIENT_CAPABILITIES: {}, "progressToken": "t"}
    named = {} if name is None else {"name": name}
    body = msgspec.json.encode(
        {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**named, **params, "_meta": meta}}
    )
    lines = [
        "POST /mcp HTTP/1.1",
        f"Host: 127.0.0.1:{peer.port}",
        "Accept: application/json, text/event-stream",
        "Content-Type: application/json",
        f"MCP-Protocol-Version: {VERSION}",
        f"Mcp-Method: {method}",
        f"Content-Length: {len(body)}",
        *([f"Authorization: Bearer {peer.token}"] if peer.token else []),
        *([f"Mcp-Name: {name}"] if name else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Visitor(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    transport: asyncio.Transport

    def __init__(self, asked: bytes) -> None:
        self._asked = asked
        self._received = b""
        self.answers = 0
        self.heard = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._asked)

    def data_received(self, data: bytes) -> None:
        self._received += data
        self.heard.set()
        if self._complete():
            if not self._received.startswith(b"HTTP/1.1 200") or b'"isError":true' in self._received:
                raise RuntimeError(self._received[:500].decode())
            self._received = b""
            self.answers += 1
            self.transport.write(self._asked)

    def _complete(self) -> bool:
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return False
        _, sized, rest = head.lower().partition(b"content-length: ")
        return len(body) >= int(rest.partition(b"\r\n")[0]) if sized else body.endswith(b"0\r\n\r\n")


async def rate(port: int, asked: bytes, *, seconds: float, connections: int) -> float:
    """Requests per second."""
    loop = asyncio.get_running_loop()
    visitors = [
        (await loop.create_connection(lambda: Visitor(asked), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    start = perf_counter()
    await asyncio.sleep(seconds)
    total, elapsed = sum(visitor.answers for visitor in visitors), perf_counter() - start
    for visitor in visitors:
        visitor.transport.abort()
    return total / elapsed


async def idle_memory(peer: Peer, listeners: int) -> float:
    """Kilobytes that one open subscription takes."""
    asked = request("subscriptions/listen", peer, notifications={"toolsListChanged": True})
    loop, before = asyncio.get_running_loop(), peer.resident()
    visitors = [
        (await loop.create_connection(lambda: Visitor(asked), "127.0.0.1", peer.port))[1] for _ in range(listeners)
    ]
    for visitor in visitors:
        await visitor.heard.wait()
    after = peer.resident()
    for visitor in visitors:
        visitor.transport.abort()
    return (after - before) / listeners


async def main(seconds: float, connections: int, listeners: int) -> None:
    async with started("bare") as bare, started("ours") as ours, started("sdk") as sdk:
        peers = {name: peer for name, peer in (("bare", bare), ("ours", ours), ("sdk", sdk)) if peer is not None}
        print(f"{'':24}" + "".join(f"{name:>20}" for name in peers))
        for title, method, params in (
            ("tools/call", "tools/call", {"name": "greet", "arguments": {"name": "Bob"}}),
            ("tools/list of 100", "tools/list", {}),
            ("ten events", "tools/call", {"name": "stream", "arguments": {}}),
        ):
            measured: dict[str, list[float]] = {name: [] for name in peers}
            for _ in range(ROUNDS):
                for name, peer in peers.items():
                    asked = request(method, peer, **params)  # type: ignore[arg-type]
                    measured[name].append(
                        await rate(peer.port, asked, seconds=seconds / ROUNDS, connections=connections)
                    )
            rates = {name: median(values) for name, values in measured.items()}
            print(
                f"{title:24}" + "".join(f"{value:>10,.0f}/s {value / rates['bare']:>6.2f} " for value in rates.values())
            )
        memory = [await idle_memory(peer, listeners) for peer in peers.values()]
        print(f"{'memory of a listener':24}" + "".join(f"{value:>16,.1f} KB " for value in memory))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to measure each")
    parser.add_argument("--connections", type=int, default=16, help="how many ask at once")
    parser.add_argument("--listeners", type=int, default=500, help="how many subscriptions to hold open")
    asyncio.run(main(**vars(parser.parse_args())))
