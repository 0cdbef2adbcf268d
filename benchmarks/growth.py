"""What growth costs: more workers, more people, more listeners.

    python -m benchmarks.growth [--people 10 1000 100000] [--full] [--listeners 100 1000 10000] [--seconds 4]
                                [--workers 1 2 4] [--output FOLDER]

Each size is a database of its own, on SQLite and on a PostgreSQL of its own with everything durable, written in bulk:
so many people with ten grants each. Then ``mcpserver serve`` with its defaults is asked over loopback by several
connections, each of which refreshes its token again and again, or calls a tool. Printed, and written to
``growth.json`` and ``growth.svg``: requests per second, the times that callers waited (milliseconds), processor time
of the service per request (milliseconds), and bytes on disk. The drivers share the machine with the service. Listeners
wait for a changed list of tools; measured are the memory that each takes, and how long it takes until all have been
told.

``--full`` adds a million people.
"""

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from time import perf_counter
from typing import Any

import asyncpg
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from attrs import asdict, frozen

from benchmarks import crowded
from benchmarks.endpoint import request
from benchmarks.growth_plot import Panel, draw
from mcpserver.secrets import SecretKind, digest, mint
from mcpserver.sources import Sources
from tests.ports import free_port
from tests.postgresql import running_server
from tests.seeding import Crowd, seed

CONNECTIONS = 8
PATIENCE = 60
"""Seconds for a service to start."""
SPARE = 200
"""More refresh tokens than connections, so that each run has new ones."""
TICKS = os.sysconf("SC_CLK_TCK")
DATABASES = ("SQLite", "PostgreSQL")
SECRET = "a secret for measuring only, of no worth at all"


@frozen
class Measured:
    """Of one kind of request: per second, milliseconds waited (median and 99th percentile), and milliseconds of
    processor time of the service for each.
    """

    rate: float
    p50: float
    p99: float
    cpu: float


@frozen
class Service:
    """``mcpserver serve``, with as many tokens as there are grants of its first people."""

    url: str
    process: Process
    tokens: list[str]

    def cpu(self) -> float:
        """Seconds of processor time that its processes have used."""
        return sum(_cpu(pid) for pid in _family(self.process.pid))


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def _databases(names: list[str]) -> Any:
    """Gives for each name a function that makes an empty database and returns its URL."""
    with TemporaryDirectory() as folder, running_server({}) as server:
        numbers = iter(range(1000))
        makers: dict[str, Callable[[], str]] = {
            "SQLite": lambda: f"sqlite:///{folder}/{next(numbers)}.db",
            "PostgreSQL": server.new_database,
        }
        yield {name: makers[name] for name in names}


async def _size(url: str) -> int:
    """Bytes on disk."""
    if url.startswith("sqlite"):
        return _file_size(url.removeprefix("sqlite:///"))
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
    finally:
        await connection.close()


def _file_size(path: str) -> int:
    return sum(Path(path + end).stat().st_size for end in ("", "-wal") if Path(path + end).exists())


def write(figures: dict[str, Any], output: Path) -> None:
    """Write ``growth.json`` and ``growth.svg`` into a folder."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "growth.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    (output / "growth.svg").write_text(draw(panels(figures), "Cost of growth"), "utf-8")


@asynccontextmanager
async def _serving(url: str, people: int, *, workers: int = 1) -> AsyncIterator[Service]:
    """Seed the database, and serve it."""
    port, sources = free_port(), Sources()
    tokens = [mint(SecretKind.REFRESH_TOKEN, sources) for _ in range(min(SPARE, 10 * people))]
    known = [digest(SecretKind.REFRESH_TOKEN, token) for token in tokens]
    crowd = Crowd(people, int(time.time()), resource=f"http://127.0.0.1:{port}/mcp", extras=False, known=known)
    begun = perf_counter()
    await seed(url, crowd)
    print(f"  {people:,} people written in {perf_counter() - begun:.0f} s", flush=True)
    words = ["serve", "--port", str(port), "--workers", str(workers)]
    settings = {"MCPSERVER_DATABASE": url, "MCPSERVER_SECRET": SECRET}
    with TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mcpserver", *words, env={**os.environ, **settings}, stdout=DEVNULL, stderr=log
        )
        try:
            service = Service(f"http://127.0.0.1:{port}", process, tokens)
            if not await _answers(service, workers):
                log.seek(0)
                raise SystemExit(f"The service did not start: {log.read().decode()[-2000:]}")
            yield service
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await process.wait()


async def _answers(service: Service, workers: int) -> bool:
    """Wait until the service answers, with all of its workers; false when it ended, or does not in ``PATIENCE``."""
    expected, until = 1 if workers == 1 else workers + 1, perf_counter() + PATIENCE
    async with ClientSession(timeout=ClientTimeout(5)) as http:
        while service.process.returncode is None and perf_counter() < until:
            with suppress(OSError, TimeoutError, ClientError):
                async with http.get(f"{service.url}/healthz") as answer:
                    if answer.status == 200 and len(_family(service.process.pid)) >= expected:
                        return True
            await asyncio.sleep(0.1)
    return False


async def measure(service: Service, seconds: float, *, connections: int = CONNECTIONS) -> dict[str, Measured]:
    """Refresh, then call a tool."""
    connections = min(connections, len(service.tokens))
    tokens, access = service.tokens[:connections], [""] * connections
    async with ClientSession(connector=TCPConnector(limit=connections)) as http:

        async def refresh(number: int) -> None:
            form = {"grant_type": "refresh_token", "client_id": "client0", "refresh_token": tokens[number]}
            async with http.post(f"{service.url}/token", data=form) as answer:
                if answer.status != 200:
                    raise SystemExit(await answer.text())
                given = await answer.json()
            tokens[number], access[number] = given["refresh_token"], given["access_token"]

        async def call(number: int) -> None:
            meta = {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            message = {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": "list_notes", "arguments": {}, "_meta": meta},
            }
            headers = {
                "Authorization": f"Bearer {access[number]}",
                "Accept": "application/json, text/event-stream",
                "MCP-Protocol-Version": "2026-07-28",
                "Mcp-Method": "tools/call",
                "Mcp-Name": "list_notes",
            }
            async with http.post(f"{service.url}/mcp", json=message, headers=headers) as answer:
                if answer.status != 200:
                    raise SystemExit(await answer.text())
                await answer.read()

        measured = {}
        for name, ask in (("refresh", refresh), ("tool call", call)):
            measured[name] = await _drive(service, ask, connections, seconds)
        return measured


async def _drive(service: Service, ask: Callable[[int], Awaitable[None]], connections: int, seconds: float) -> Measured:
    """Ask from all connections for so long, after each has asked once."""
    await asyncio.gather(*(ask(number) for number in range(connections)))
    waited: list[float] = []
    used, begun = service.cpu(), perf_counter()

    async def go_on(number: int) -> None:
        while (now := perf_counter()) - begun < seconds:
            await ask(number)
            waited.append(perf_counter() - now)

    await asyncio.gather(*(go_on(number) for number in range(connections)))
    elapsed, count = perf_counter() - begun, len(waited)
    ordered = sorted(waited)
    return Measured(
        rate=round(count / elapsed, 1),
        p50=round(1000 * ordered[count // 2], 2),
        p99=round(1000 * ordered[min(count - 1, count * 99 // 100)], 2),
        cpu=round(1000 * (service.cpu() - used) / count, 3),
    )


async def listen(count: int) -> dict[str, float]:
    """Kilobytes for each listener, and seconds until all were told of a change."""
    most = str(min(count + 100, 10_000))
    bounds = ["--streams-per-caller", most, "--calls-per-caller", most, "--max-connections", str(count + 200)]
    async with crowded.served(*bounds) as service:
        asked = request("subscriptions/listen", service.guest, notifications={"toolsListChanged": True})
        before, visitors = service.resident(), [await crowded.visit(service.guest, asked) for _ in range(count)]
        for visitor in visitors:
            await visitor.heard.wait()
        memory = 1024 * (service.resident() - before) / count
        for visitor in visitors:
            visitor.heard.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        begun = perf_counter()
        await crowded.ask(reader, writer, crowded.call(service.guest, "announce"))
        async with asyncio.timeout(120):
            for visitor in visitors:
                await visitor.heard.wait()
        told = perf_counter() - begun
        for visitor in visitors:
            visitor.transport.abort()
        writer.transport.abort()
    return {"kilobytes": round(memory, 1), "seconds": round(told, 4)}


async def measure_all(people: list[int], workers: list[int], listeners: list[int], seconds: float) -> dict[str, Any]:
    """Return the figures of all."""
    figures: dict[str, Any] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load before": round(os.getloadavg()[0], 1),
        "people": {},
        "workers": {},
        "listeners": {},
    }
    with _databases(list(DATABASES)) as databases:
        for name, make in databases.items():
            for count in people:
                print(f"{name}, {count:,} people", flush=True)
                url = make()
                async with _serving(url, count) as service:
                    size = await _size(url)
                    measured = await measure(service, seconds)
                _keep(figures["people"], name, count, measured, bytes=size)
            for count in workers:
                print(f"{name}, {count} workers", flush=True)
                async with _serving(make(), 1000, workers=count) as service:
                    measured = await measure(service, seconds, connections=32)
                _keep(figures["workers"], name, count, measured)
    for count in listeners:
        figures["listeners"][str(count)] = told = await listen(count)
        print(f"{count} listeners: {told}", flush=True)
    return figures


def _keep(figures: dict[str, Any], name: str, count: int, measured: dict[str, Measured], **more: int) -> None:
    kept = {kind: asdict(each) for kind, each in measured.items()} | more
    figures.setdefault(name, {})[str(count)] = kept
    print(f"  {kept}", flush=True)


def panels(figures: dict[str, Any]) -> list[Panel]:
    """The diagrams of the figures."""

    def lines(of: str, *names: str, scale: float = 1.0) -> dict[str, list[tuple[float, float]]]:
        return {
            database: [(float(count), round(_at(each, *names) * scale, 3)) for count, each in sizes.items()]
            for database, sizes in figures[of].items()
        }

    listening = figures["listeners"].items()
    drawn = [
        Panel("Refresh, 99th percentile (ms)", "people", lines("people", "refresh", "p99")),
        Panel("Refresh, processor time of the service (ms)", "people", lines("people", "refresh", "cpu")),
        Panel("Tool call, 99th percentile (ms)", "people", lines("people", "tool call", "p99")),
        Panel("Size on disk (MB)", "people", lines("people", "bytes", scale=1e-6)),
        Panel("Refreshes per second", "workers", lines("workers", "refresh", "rate")),
        Panel(
            "Until all listeners are told (s)",
            "listeners",
            {"one process": [(float(count), each["seconds"]) for count, each in listening]},
        ),
    ]
    return [panel for panel in drawn if any(panel.lines.values())]


def _at(figures: dict[str, Any], *names: str) -> float:
    value: Any = figures
    for name in names:
        value = value[name]
    return float(value)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="*", default=[10, 1_000, 100_000], help="sizes to measure")
    parser.add_argument("--full", action="store_true", help="a million people too")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4], help="numbers of workers to measure")
    parser.add_argument("--listeners", type=int, nargs="*", default=[100, 1_000, 10_000], help="how many listen")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long to measure each")
    parser.add_argument("--output", type=Path, default=Path(), help="the folder for growth.json and growth.svg")
    return parser.parse_args()


if __name__ == "__main__":
    chosen = _arguments()
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parent.parent))
    sizes = [*chosen.people, *([1_000_000] if chosen.full else [])]
    write(asyncio.run(measure_all(sizes, chosen.workers, chosen.listeners, chosen.seconds)), chosen.output)
