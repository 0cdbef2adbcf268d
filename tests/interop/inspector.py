"""MCP Inspector's command line: a process for each request, which keep their sign-in in one home folder."""

import asyncio
import json
import re
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import frozen

from tests import provision
from tests.interop.stranger import Answer, Era, Window
from tests.interop.typescript import answer, text_of
from tests.ports import free_port

NAVIGATE = re.compile(rb"Please navigate to: (\S+)")
TOOL_ERROR = 5
"""Exit status for a tool's own error, whose result is printed all the same."""


@frozen
class InspectorConnection:
    """``command`` is what all requests have in common."""

    command: Sequence[str]
    home: Path
    window: Window
    revision: str = ""

    async def list_tools(self) -> dict[str, dict[str, object]]:
        return {tool["name"]: tool for tool in (await self.request("tools/list"))["tools"]}

    async def call(self, tool: str, **arguments: object) -> Answer:
        return answer(await self.request("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments)))

    async def read(self, uri: str) -> str:
        return text_of((await self.request("resources/read", "--uri", uri))["contents"])

    async def prompt(self, name: str, **arguments: str) -> str:
        pairs = [f"{key}={value}" for key, value in arguments.items()]
        (message,) = (await self.request("prompts/get", "--prompt-name", name, "--prompt-args", *pairs))["messages"]
        return text_of([message["content"]])

    async def request(self, method: str, *options: str) -> dict[str, Any]:
        """The result. Raises RuntimeError with what it printed when it failed."""
        process = await self._start("--method", method, *options)
        printed, complaints = await asyncio.gather(self._result(process), self._attend(process))
        if await process.wait() not in {0, TOOL_ERROR}:
            raise RuntimeError(complaints.decode())
        result: dict[str, Any] = json.loads(printed)["result"]
        return result

    async def _start(self, *options: str) -> Process:
        environment = {
            "HOME": str(self.home),
            "MCP_INSPECTOR_SECRET_STORE": "file",
            "MCP_AUTO_OPEN_ENABLED": "true",
            "BROWSER": "true",
        }
        return await asyncio.create_subprocess_exec(
            *self.command, *options, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )

    async def _result(self, process: Process) -> bytes:
        """What it prints, having said yes in advance to "Proceed with step-up authorization?"."""
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"y\n")
        process.stdin.close()
        return await process.stdout.read()

    async def _attend(self, process: Process) -> bytes:
        """Show the person the page it names, and keep what it says."""
        assert process.stderr is not None
        said = b""
        while line := await process.stderr.readline():
            said += line
            if found := NAVIGATE.search(line):
                await self.window.show(found[1].decode())
        return said


class Inspector:
    """npm's ``@modelcontextprotocol/inspector --cli``.

    Registers itself when it is given no ``client_id``. Raises LackError when it is not there.
    """

    def __init__(self, client_id: str | None = None) -> None:
        known = ["--client-id", client_id] if client_id is not None else []
        self.command = [*provision.inspector(), "--cli", "--transport", "http", "--format", "json", *known]

    @asynccontextmanager
    async def connect(self, mcp_url: str, window: Window, era: Era) -> AsyncIterator[InspectorConnection]:
        callback = f"http://127.0.0.1:{free_port()}/oauth/callback"
        command = [*self.command, "--server-url", mcp_url, "--protocol-era", era, "--callback-url", callback]
        with TemporaryDirectory() as home:
            connection = InspectorConnection(command, Path(home), window)
            revision = (await connection.request("initialize"))["protocolVersion"]
            yield InspectorConnection(command, Path(home), window, revision)
