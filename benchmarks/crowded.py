"""What others wait while one caller asks for too much.

    python -m benchmarks.crowded [SCENE ...] [--listeners 8000]

Each scene starts ``mcpserver serve`` with its defaults (but for the bounds of one caller where listeners are counted),
lets one client that acts for itself do what the scene names, and lets another one call a small tool, again and again,
on a connection of its own. Printed are the times that the second one waited (median, 99th percentile, longest;
milliseconds), and the memory of the service before and at the end.
"""

import argparse
import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from aiohttp import ClientSession
from attrs import field, frozen

from benchmarks.endpoint import Peer, Visitor, request

APP = Path(__file__).with_name("crowded_app.py")
PAUSE = 0.005
WARM = 200
PERIODS = 5.0


@frozen
class Service:
    process: Process
    port: int
    guest: Peer
    other: Peer

    def resident(self) -> float:
        """Megabytes of memory in use."""
        return self.guest.resident() / 1024


@frozen
class Waited:
    """How long each call of the other client took, in seconds."""

    times: list[float] = field(factory=list)

    def told(self) -> str:
        ordered = sorted(self.times)
        middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
        return (
            f"{len(ordered):>6} calls  median {1000 * middle:>7.1f}  p99 {1000 * late:>7.1f}  longest "
            f"{1000 * ordered[-1]:>7.1f} ms"
        )


async def command(folder: Path, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mcpserver", *words, cwd=folder, stdout=PIPE, stderr=STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(said.decode())
    return said.decode()


@asynccontextmanager
async def served(*options: str) -> AsyncIterator[Service]:
    with TemporaryDirectory() as name:
        folder, database = Path(name), f"sqlite:///{name}/crowded.db"
        made = [
            await command(
                folder,
                "client",
                "add",
                "--database",
                database,
                "--name",
                who,
                "--acts-for-itself",
                "--scope",
                "use",
                "--app",
                f"{APP}:server",
            )
            for who in ("Guest", "Other")
        ]
        words = ["serve", "--app", f"{APP}:server", "--database", database, "--port", "0", *options]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mcpserver", *words, cwd=folder, stdout=PIPE, stderr=STDOUT
        )
        assert process.stdout is not None
        try:
            port = await _port(process.stdout)
            draining = asyncio.create_task(_drain(process.stdout))
            guest, other = [Peer(process, port, await _token(port, said)) for said in made]
            yield Service(process, port, guest, other)
            draining.cancel()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _port(output: asyncio.StreamReader) -> int:
    while line := await output.readline():
        if found := re.search(rb"http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise SystemExit("The service did not start.")


async def _drain(output: asyncio.StreamReader) -> None:
    while await output.read(65536):
        pass


async def _token(port: int, said: str) -> str:
    client, secret = (re.search(rf"{name}: (\S+)", said) for name in ("client_id", "client_secret"))
    assert client
    assert secret
    basic = b64encode(f"{client[1]}:{secret[1]}".encode()).decode()
    async with ClientSession() as session:
        form = {"grant_type": "client_credentials", "scope": "use", "resource": f"http://127.0.0.1:{port}/mcp"}
        async with session.post(
            f"http://127.0.0.1:{port}/token", data=form, headers={"Authorization": f"Basic {basic}"}
        ) as answer:
            return str((await answer.json())["access_token"])


def call(peer: Peer, tool: str, **arguments: object) -> bytes:
    return request("tools/call", peer, name=tool, arguments=arguments)


async def visit(peer: Peer, asked: bytes) -> Visitor:
    _, visitor = await asyncio.get_running_loop().create_connection(lambda: Visitor(asked), "127.0.0.1", peer.port)
    return visitor


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> None:
    writer.write(asked)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))


@asynccontextmanager
async def watched(service: Service) -> AsyncIterator[Waited]:
    """Calls of the other client while the block runs."""
    waited, asked = Waited(), call(service.other, "greet", name="Bob")
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    for _ in range(WARM):
        await ask(reader, writer, asked)

    async def calls() -> None:
        while True:
            begun = perf_counter()
            await ask(reader, writer, asked)
            waited.times.append(perf_counter() - begun)
            await asyncio.sleep(PAUSE)

    calling = asyncio.create_task(calls())
    try:
        yield waited
    finally:
        calling.cancel()
        writer.transport.abort()


async def nobody(service: Service) -> Waited:
    """Nobody else."""
    async with watched(service) as waited:
        await asyncio.sleep(PERIODS)
    return waited


async def bodies(service: Service) -> Waited:
    """Twenty connections that post 4 MiB of "[[],[],..." each."""
    head, _, _ = call(service.guest, "greet", name="Bob").partition(b"Content-Length")
    body = b"[" + b"[]," * (4 * 1024 * 1024 // 3 - 2) + b"[]]"
    large = (
        head
        + b"Content-Length: %d\r\nMcp-Name: greet\r\nAuthorization: Bearer %b\r\n\r\n"
        % (len(body), service.guest.token.encode())
        + body
    )

    async def post() -> None:
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            writer.write(large)
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await writer.drain()
                await reader.read(65536)
            writer.transport.abort()

    async with watched(service) as waited:
        posting = [asyncio.create_task(post()) for _ in range(20)]
        await asyncio.sleep(PERIODS)
        for task in posting:
            task.cancel()
    return waited


async def progress(service: Service) -> Waited:
    """A tool that reports progress 200,000 times, to a reader who keeps up."""
    async with watched(service) as waited:
        visitor = await visit(service.guest, call(service.guest, "report", times=200_000))
        await asyncio.sleep(PERIODS)
        visitor.transport.abort()
    return waited


async def stalled(service: Service) -> Waited:
    """The same to 200 readers who read nothing."""
    async with watched(service) as waited:
        visitors = [await visit(service.guest, call(service.guest, "report", times=200_000)) for _ in range(200)]
        for visitor in visitors:
            visitor.transport.pause_reading()
        await asyncio.sleep(PERIODS)
        for visitor in visitors:
            visitor.transport.abort()
    return waited


async def half_open(service: Service) -> Waited:
    """2,000 connections with half a request each."""
    async with watched(service) as waited:
        writers = [(await asyncio.open_connection("127.0.0.1", service.port))[1] for _ in range(2000)]
        for writer in writers:
            writer.write(b"POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
        await asyncio.sleep(PERIODS)
        for writer in writers:
            writer.transport.abort()
    return waited


LISTENERS = 8_000
"""As many calls as a process takes, of which a listener is one."""


async def fan_out(service: Service) -> Waited:
    """Listeners who are all told of a change, three times, and of keep-alives."""
    asked = request("subscriptions/listen", service.guest, notifications={"toolsListChanged": True})
    before, visitors = service.resident(), [await visit(service.guest, asked) for _ in range(LISTENERS)]
    for visitor in visitors:
        await visitor.heard.wait()
    print(f"  {LISTENERS} listeners take {1024 * (service.resident() - before) / LISTENERS:.1f} KB each")
    async with watched(service) as waited:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        for _ in range(3):
            await ask(reader, writer, call(service.guest, "announce"))
            await asyncio.sleep(PERIODS)
        await asyncio.sleep(20)
        writer.transport.abort()
    for visitor in visitors:
        visitor.transport.abort()
    return waited


async def ending(service: Service) -> Waited:
    """The service is told to end with 1,000 streams and 50 calls under way."""
    waited = Waited()
    visitors = [
        await visit(
            service.guest, request("subscriptions/listen", service.guest, notifications={"toolsListChanged": True})
        )
        for _ in range(1000)
    ]
    visitors += [await visit(service.guest, call(service.guest, "wait")) for _ in range(50)]
    for visitor in visitors:
        await visitor.heard.wait()
    begun = perf_counter()
    service.process.send_signal(signal.SIGTERM)
    await service.process.wait()
    waited.times.append(perf_counter() - begun)
    return waited


async def sessions(service: Service) -> Waited:
    """300 sessions of 2025-11-25, each with answers that are kept for whoever reconnects."""
    url, headers = (
        f"http://127.0.0.1:{service.port}/mcp",
        {"Authorization": f"Bearer {service.guest.token}", "Accept": "application/json, text/event-stream"},
    )

    async def one(client: ClientSession) -> None:
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "crowd", "version": "1"}}
        async with client.post(
            url, json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}, headers=headers
        ) as answer:
            more = {**headers, "Mcp-Session-Id": answer.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
        async with client.post(url, json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=more):
            pass
        for number in range(20):
            params = {"name": "recite", "arguments": {"size": 50_000}, "_meta": {"progressToken": number}}
            async with client.post(
                url, json={"jsonrpc": "2.0", "id": number + 2, "method": "tools/call", "params": params}, headers=more
            ) as answer:
                await answer.read()

    async with watched(service) as waited, ClientSession() as client:
        for _ in range(30):
            await asyncio.gather(*(one(client) for _ in range(10)))
    return waited


SCENES: dict[str, Callable[[Service], Awaitable[Waited]]] = {
    scene.__name__: scene for scene in (nobody, bodies, progress, stalled, half_open, fan_out, ending, sessions)
}
MORE = ["--streams-per-caller", "10000", "--calls-per-caller", "10000"]
OPTIONS = {"fan_out": MORE, "ending": MORE}


async def main(names: list[str]) -> None:
    for name in names or SCENES:
        async with served(*OPTIONS.get(name, [])) as service:
            before = service.resident()
            print(f"{name}: {(SCENES[name].__doc__ or '').strip()}", flush=True)
            waited = await SCENES[name](service)
            after = f", {service.resident():.0f} MB then" if service.process.returncode is None else ""
            print(f"  {waited.told()}; {before:.0f} MB before{after}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", choices=[*SCENES, []], metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--listeners", type=int, default=LISTENERS, help="how many are told of a change")
    chosen = parser.parse_args()
    LISTENERS = chosen.listeners
    os.environ.setdefault("PYTHONPATH", str(APP.parent.parent))
    asyncio.run(main(chosen.scenes))
