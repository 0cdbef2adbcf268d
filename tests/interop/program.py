"""A Node program that says one JSON object a line, and hears what it is told the same way."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from tests import provision


@frozen
class NodeProgram:
    _process: Process

    async def heard(self) -> dict[str, Any]:
        """What it says next."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "The program ended; its last words are on standard error."
        message: dict[str, Any] = json.loads(line)
        return message

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")


@asynccontextmanager
async def telling(program: Path, *arguments: str) -> AsyncIterator[NodeProgram]:
    """Run it; at the end it hears that nobody tells it anything any more, and has to end by itself."""
    process = await asyncio.create_subprocess_exec(
        str(provision.node()), str(program), *arguments, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    try:
        yield NodeProgram(process)
    finally:
        process.stdin.close()
        await process.wait()
