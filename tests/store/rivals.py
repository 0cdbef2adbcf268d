"""Starts ``rival.py``, the other process that uses the same database."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Self

_ROOT = Path(__file__).parents[2]
_PROGRAM = Path(__file__).with_name("rival.py")


class Rival:
    """A process that announces ``ready``, waits for the word to go and answers with one line or more."""

    _process: Process

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments

    async def __aenter__(self) -> Self:
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(_PROGRAM), *self._arguments, stdin=PIPE, stdout=PIPE, env=environment
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()

    async def ready(self) -> None:
        assert await self.answer() == "ready"

    def go(self) -> None:
        assert self._process.stdin
        self._process.stdin.write(b"go\n")

    async def answer(self) -> str:
        """Its next line; empty when it has ended."""
        assert self._process.stdout
        return (await self._process.stdout.readline()).decode().strip()

    async def kill(self) -> list[str]:
        """SIGKILL, and what it had said until then and nobody read."""
        self._process.kill()
        return await self.last_words()

    async def last_words(self) -> list[str]:
        """What it says until it ends and nobody read."""
        said, _ = await self._process.communicate()
        return said.decode().splitlines()
