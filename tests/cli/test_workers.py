"""``serve --workers``: several processes behind one port, as real programs."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from ..ports import free_port
from ..postgresql import Server
from ..processes import Program, running, start_service

BOOTED = re.compile(r"Booting worker with pid: (\d+)")
PATIENCE = 30


def workers(program: Program) -> list[int]:
    """The processes that were started so far."""
    return [int(found[1]) for line in list(program.lines) if (found := BOOTED.search(line))]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what another process prints is no event here
            await asyncio.sleep(0.05)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with running(start_service(tmp_path / "notes.db", port=free_port(), settings={"workers": 2})) as started:
        started.wait_until_ready()
        yield started


async def answers(url: str) -> int:
    """The status of a request on a connection of its own."""
    async with aiohttp.ClientSession() as session, session.get(url + "/healthz") as response:
        return response.status


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended may stay in the table until somebody asks for its status."""
    try:
        os.kill(pid, 0)
        return not Path("/proc/self").exists() or ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


async def test_worker_that_is_killed_is_replaced(program: Program) -> None:
    await until(lambda: len(workers(program)) == 2)
    assert await answers(program.url) == 200
    first = workers(program)[0]
    os.kill(first, signal.SIGKILL)
    await until(lambda: len(workers(program)) == 3)
    assert {await answers(program.url) for _ in range(20)} == {200}


async def test_reload_loses_no_request(program: Program) -> None:
    """SIGHUP: the new processes listen before the old ones go."""
    await until(lambda: len(workers(program)) == 2)
    before = workers(program)
    statuses: list[int] = []

    async def ask() -> None:
        while any(map(is_alive, before)):
            statuses.append(await answers(program.url))

    program.process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(ask() for _ in range(4)))
    assert len(statuses) > 4
    assert set(statuses) == {200}
    assert len(workers(program)) == 4


async def test_reload_of_broken_code_keeps_the_processes_that_answer(tmp_path: Path) -> None:
    served = tmp_path / "served.py"
    served.write_text("from mcpserver import MCPServer\nserver = MCPServer('first')\n")
    settings = {"workers": 2, "app": f"{served}:server"}
    with running(start_service(tmp_path / "notes.db", port=free_port(), settings=settings)) as program:
        program.wait_until_ready()
        await until(lambda: len(workers(program)) == 2)
        assert await answers(program.url) == 200
        served.write_text("server = MCPServer(")
        program.process.send_signal(signal.SIGHUP)
        await until(lambda: any("Nothing was replaced: " in line for line in list(program.lines)))
        assert await answers(program.url) == 200
        assert len(workers(program)) == 2
        served.write_text("from mcpserver import MCPServer\nserver = MCPServer('second')\n")
        program.process.send_signal(signal.SIGHUP)
        await until(lambda: len(workers(program)) == 4)
        await until(lambda: not any(map(is_alive, workers(program)[:2])))
        assert await answers(program.url) == 200


async def test_worker_that_cannot_start_for_now_is_tried_again(postgresql_server: Server, tmp_path: Path) -> None:
    """The others go on answering while the database lets nobody new in."""
    url = postgresql_server.new_database()
    name = url.rpartition("/")[2]
    settings = {"workers": 2, "database": url, "secret": "x" * 40}
    with running(start_service(tmp_path / "unused.db", port=free_port(), settings=settings)) as program:
        program.wait_until_ready()
        await until(lambda: len(workers(program)) == 2)
        assert await answers(program.url) == 200
        postgresql_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        os.kill(workers(program)[0], signal.SIGKILL)
        await until(lambda: len(workers(program)) >= 4)
        assert program.process.poll() is None
        postgresql_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        before = len(workers(program))
        await until(lambda: len(workers(program)) > before or is_alive(workers(program)[-1]))
        assert await answers(program.url) == 200


async def test_all_processes_end_with_the_first(program: Program) -> None:
    await until(lambda: len(workers(program)) == 2)
    program.process.terminate()
    assert program.process.wait(PATIENCE) == 0
    assert not any(map(is_alive, workers(program)))


async def test_processes_end_when_the_one_above_them_is_gone(program: Program) -> None:
    await until(lambda: len(workers(program)) == 2)
    assert await answers(program.url) == 200
    program.process.kill()
    await until(lambda: not any(map(is_alive, workers(program))))


def refused(*arguments: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "mcpserver", "serve", "--workers", "2", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    return ended.returncode, ended.stderr


def test_database_in_memory_is_refused() -> None:
    status, said = refused("--database", "sqlite://")
    assert status == 2
    assert "each would have a database in memory of its own" in said


def test_wrong_secret_is_told_before_any_process_starts(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/notes.db"
    with running(start_service(tmp_path / "notes.db", port=free_port())) as program:
        program.wait_until_ready()
    status, said = refused("--port", "0", "--database", database, environment={"MCPSERVER_SECRET": "x" * 40})
    assert status == 2
    assert "is not the one that sealed the keys" in said
    assert "Booting worker" not in said


def test_application_that_cannot_be_loaded_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("server = 5\n")
    database = f"sqlite:///{tmp_path}/notes.db"
    status, said = refused("--port", "0", "--database", database, "--app", f"{tmp_path}/broken.py:server")
    assert status == 2
    assert said.count("Error: ") == 1
    assert "broken.py:server is an int, not an MCPServer" in said
    assert "gunicorn" not in said


async def test_processes_share_a_postgresql_database(postgresql_server: Server, tmp_path: Path) -> None:
    settings = {"workers": 2, "database": postgresql_server.new_database(), "secret": "x" * 40}
    with running(start_service(tmp_path / "unused.db", port=free_port(), settings=settings)) as program:
        program.wait_until_ready()
        await until(lambda: len(workers(program)) == 2)
        assert {await answers(program.url) for _ in range(20)} == {200}


def test_missing_package_is_named(tmp_path: Path) -> None:
    """gunicorn is an extra."""
    code = (
        "import sys; sys.modules['gunicorn'] = None; from mcpserver.cli import main; main(['serve', '--workers', '2'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ended.returncode == 1
    assert "pip install 'mcpserver[workers]'" in ended.stderr


@pytest.mark.parametrize(
    ("source", "page"),
    [
        (
            "from mcpserver import MCPServer\nserver = MCPServer('counter', title='Counting house')\n"
            '@server.tool\ndef count() -> int:\n    """Count."""\n    return 1\n',
            "Counting house",
        ),
        (
            "from mcpserver import MCPServer\nfrom mcpserver.application import Application\n"
            "async def server(host):\n    return Application(MCPServer('pages'), headline='A shelf of books')\n",
            "A shelf of books",
        ),
    ],
    ids=["server", "application"],
)
async def test_each_process_serves_the_application(tmp_path: Path, source: str, page: str) -> None:
    (tmp_path / "served.py").write_text(source)
    settings = {"workers": 2, "app": f"{tmp_path}/served.py:server"}
    with running(start_service(tmp_path / "notes.db", port=free_port(), settings=settings)) as program:
        program.wait_until_ready()
        for _ in range(6):
            async with aiohttp.ClientSession() as session, session.get(program.url + "/") as response:
                assert page in await response.text()
