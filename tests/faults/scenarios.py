"""The faults, each a coroutine that runs so many rounds and returns what it counted."""

import asyncio
import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from aiohttp import ClientError, ClientSession
from attrs import Factory, define

from ..asker import REDIRECT_URI
from ..ports import free_port
from ..postgresql import running_server
from ..processes import Program, add_client, add_user, start_service
from .ledger import Held
from .load import PASSWORD, Load, Refused

SECRET = "x" * 40
BOOTED = re.compile(r"Booting worker with pid: (\d+)")
PATIENCE = 60


@define
class Outcome:
    """``recoveries`` are seconds to the first answer that needed the database, from the kill of the service or, for
    other faults, from the end of the repair."""

    rounds: int = 0
    acknowledged: int = 0
    cut: int = 0
    refused: int = 0
    recoveries: list[float] = Factory(list)

    def __str__(self) -> str:
        times = sorted(self.recoveries)
        middle, last = times[len(times) // 2], times[-1]
        return (
            f"{self.rounds} rounds, {self.acknowledged} acknowledged changes, {self.cut} connections cut, "
            f"{self.refused} answers 503; recovery: median {middle:.2f} s, longest {last:.2f} s"
        )


async def sqlite_kill(folder: Path, rounds: int) -> Outcome:
    """Kill the service on a SQLite file at a random moment and start it again."""
    database, port = folder / "notes.db", free_port()
    program = await asyncio.to_thread(start_service, database, port=port)
    try:
        load, outcome = await _prepare(program.url, database), Outcome()
        for _ in range(rounds):
            running = asyncio.create_task(load.run())
            await asyncio.sleep(random.uniform(0.05, 0.6))
            program.process.kill()
            await asyncio.to_thread(program.process.wait)
            await _cancel(running)
            began = time.monotonic()
            program = await asyncio.to_thread(start_service, database, port=port)
            await _recovered(load, outcome, began)
            await load.check()
    finally:
        program.stop()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return outcome


async def worker_kill(folder: Path, rounds: int) -> Outcome:
    """Kill one of two workers on a SQLite file."""
    return await _workers(folder, rounds, {})


async def worker_kill_postgres(folder: Path, rounds: int) -> Outcome:
    """Kill one of two workers on PostgreSQL."""
    with running_server() as server:
        return await _workers(folder, rounds, {"database": server.new_database(), "secret": SECRET})


async def _workers(folder: Path, rounds: int, settings: Mapping[str, object]) -> Outcome:
    database = folder / "notes.db"
    program = await asyncio.to_thread(start_service, database, port=free_port(), settings={"workers": 2, **settings})

    killed: set[int] = set()

    async def kill() -> None:
        booted = _workers_of(program)
        chosen = random.choice([pid for pid in booted if pid not in killed])
        killed.add(chosen)
        os.kill(chosen, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while len(_workers_of(program)) == len(booted):  # noqa: ASYNC110 - printed by another process
                await asyncio.sleep(0.05)

    return await _rounds(program, database, settings, rounds, kill)


def _workers_of(program: Program) -> list[int]:
    return [int(found[1]) for line in list(program.lines) if (found := BOOTED.search(line))]


async def postgres_restart(folder: Path, rounds: int) -> Outcome:
    """Stop PostgreSQL as a crash does, and start it again."""
    with running_server({"max_connections": "100"}) as server:
        settings = {"database": server.new_database(), "secret": SECRET}
        database = folder / "unused.db"
        program = await asyncio.to_thread(start_service, database, port=free_port(), settings=settings)

        async def restart() -> None:
            await asyncio.to_thread(server.stop, "immediate")
            await asyncio.sleep(0.5)
            await asyncio.to_thread(server.start)

        return await _rounds(program, database, settings, rounds, restart)


async def _rounds(
    program: Program,
    database: Path,
    settings: Mapping[str, object],
    rounds: int,
    fault: Callable[[], Awaitable[None]],
) -> Outcome:
    """Load, fault in the middle of it, recovery, check; as often as asked."""
    try:
        load, outcome = await _prepare(program.url, database, str(settings.get("database", ""))), Outcome()
        for _ in range(rounds):
            running = asyncio.create_task(load.run())
            await asyncio.sleep(random.uniform(0.05, 0.6))
            began = time.monotonic()
            await fault()
            await _recovered(load, outcome, began)
            await _cancel(running)
            await load.check()
        return outcome
    finally:
        program.stop()


async def _prepare(url: str, database: Path, other: str = "") -> Load:
    """Ada and a client, on whichever database the service uses."""
    settings = {"database": other, "secret": SECRET} if other else None
    await asyncio.to_thread(add_user, database, "ada", PASSWORD, name="Ada", email="ada@example.org", settings=settings)
    client = await asyncio.to_thread(add_client, database, REDIRECT_URI, settings=settings)
    load = Load(url, client["client_id"])
    await load.sign_in()
    return load


async def _recovered(load: Load, outcome: Outcome, began: float) -> None:
    async with asyncio.timeout(PATIENCE), load.session() as http:
        while not await _is_ready(load, http):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    outcome.recoveries.append(time.monotonic() - began)
    outcome.rounds += 1
    outcome.acknowledged, outcome.cut, outcome.refused = (
        load.ledger.acknowledged,
        load.ledger.cut,
        load.ledger.refused,
    )


async def _is_ready(load: Load, http: ClientSession) -> bool:
    """Whether the service answers from its database: an unknown refresh token is refused with 400."""
    try:
        return await load.refresh(http, Held("", "unknown", "")) == 400
    except (ClientError, ConnectionError, TimeoutError, Refused):
        return False


async def _cancel(running: "asyncio.Task[None]") -> None:
    """End the load. Raises what it failed with, where that was before the end."""
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


SCENARIOS: Mapping[str, Callable[[Path, int], Awaitable[Outcome]]] = {
    "sqlite-kill": sqlite_kill,
    "worker-kill": worker_kill,
    "worker-kill-postgres": worker_kill_postgres,
    "postgres-restart": postgres_restart,
}
