"""The official suite's command line: started, answered like a person would, and read back from its own result files."""

import asyncio
import json
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import frozen

DEADLINE = 120


@frozen
class Check:
    """One line of the suite's verdict: ``status`` is SUCCESS, FAILURE, WARNING, SKIPPED or INFO."""

    id: str
    status: str
    message: str | None = None


@frozen
class Suite:
    """``command`` starts the suite, ``results`` is the folder it writes to."""

    command: Sequence[str]
    results: Path

    async def run(self, *arguments: str, visit: Callable[[str], Awaitable[object]] | None = None) -> list[Check]:
        """Run the suite and return its checks. ``visit`` opens the address that the suite asks a person to open."""
        program = await asyncio.create_subprocess_exec(*self.command, *arguments, "--output-dir", str(self.results), stdout=PIPE, stderr=STDOUT)
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

    def checks(self) -> list[Check]:
        """Every check in the result files, in the order of the scenarios' names."""
        return [_check(entry) for path in sorted(self.results.rglob("checks.json")) for entry in json.loads(path.read_text(encoding="utf-8"))]


async def _converse(program: Process, visit: Callable[[str], Awaitable[object]] | None) -> str:
    assert program.stdout is not None
    printed = []
    async for line in program.stdout:
        text = line.decode()
        printed.append(text)
        if visit is not None and "code_challenge=" in text:
            await visit(text.strip())
    return "".join(printed)


def _check(entry: dict[str, str]) -> Check:
    return Check(entry["id"], entry["status"], entry.get("errorMessage"))
