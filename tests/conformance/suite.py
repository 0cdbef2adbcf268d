"""The official suite's command line: started, answered like a person would, and read back from its own result files."""

import asyncio
import json
import subprocess
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import frozen

DEADLINE = 300
"""Seconds for a run of the suite."""
CLIENT_DEADLINE = 240_000
"""Milliseconds for each client that the suite starts.

It starts all of a run at once, and on a busy machine its own 30 s end while some have not begun.
"""


@frozen
class Check:
    """One line of the suite's verdict: ``status`` is SUCCESS, FAILURE, WARNING, SKIPPED or INFO."""

    id: str
    status: str
    message: str | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.id}: {self.message}"


@frozen
class Suite:
    """``command`` starts the suite, ``results`` is the folder it writes to."""

    command: Sequence[str]
    results: Path

    async def run(self, *arguments: str, visit: Callable[[str], Awaitable[object]] | None = None) -> list[Check]:
        """Run the suite and return its checks. ``visit`` opens the address that the suite asks a person to open."""
        patience = ("--timeout", str(CLIENT_DEADLINE)) if arguments[0] == "client" else ()
        program = await asyncio.create_subprocess_exec(
            *self.command, *arguments, *patience, "--output-dir", str(self.results), stdout=PIPE, stderr=STDOUT
        )
        try:
            async with asyncio.timeout(DEADLINE):
                printed = await _converse(program, visit)
                await program.wait()
        finally:
            with suppress(ProcessLookupError):
                program.kill()
        checks = self.checks()
        assert checks, f"The suite reported nothing:\n{printed}"
        return checks

    def judge(self, *arguments: str) -> dict[str, list[Check]]:
        """Run the suite's ``server`` command, which asks nobody anything. Returns the checks of each scenario."""
        command = [*self.command, "server", *arguments, "--output-dir", str(self.results)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=DEADLINE, check=False
        )
        verdicts = {_scenario(path.parent.name): _checks(path) for path in sorted(self.results.rglob("checks.json"))}
        assert verdicts, f"The suite reported nothing:\n{done.stdout}"
        return verdicts

    def list_server_scenarios(self) -> str:
        """What ``list --server`` prints."""
        return subprocess.run(
            [*self.command, "list", "--server"], capture_output=True, encoding="utf-8", timeout=DEADLINE, check=True
        ).stdout

    def list_client_scenarios(self) -> str:
        """What ``list --client`` prints."""
        return subprocess.run(
            [*self.command, "list", "--client"], capture_output=True, encoding="utf-8", timeout=DEADLINE, check=True
        ).stdout

    def checks(self) -> list[Check]:
        """Every check in the result files, in the order of the scenarios' names."""
        return [check for path in sorted(self.results.rglob("checks.json")) for check in _checks(path)]


async def _converse(program: Process, visit: Callable[[str], Awaitable[object]] | None) -> str:
    assert program.stdout is not None
    printed = []
    async for line in program.stdout:
        text = line.decode()
        printed.append(text)
        if visit is not None and "code_challenge=" in text:
            await visit(text.strip())
    return "".join(printed)


def _scenario(folder: str) -> str:
    """Of a folder of results: ``server-ping-2026-11-23T04-36-19-166Z``."""
    return folder.removeprefix("server-")[: -len("-2026-11-23T04-36-19-166Z")]


def _checks(path: Path) -> list[Check]:
    return [_check(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def _check(entry: dict[str, str]) -> Check:
    return Check(entry["id"], entry["status"], entry.get("errorMessage"))
