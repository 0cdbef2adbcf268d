"""npm's mcp-remote: a proxy that a desktop program starts, which speaks stdio with that program, and HTTP with the
service once it has signed its person in.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec
from attrs import define, field, frozen
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from yarl import URL

from tests import provision
from tests.interop.callback import listener
from tests.interop.devices import decide, enter
from tests.interop.sdk import PythonConnection
from tests.interop.stranger import Window
from tests.ports import free_port

ADDRESS = re.compile(r"https?://\S+/authorize\?\S+")
DEVICE = re.compile(r"https?://\S+/device\?\S+")


@frozen
class Kept:
    """What it keeps between its runs, in a folder of its own: the registration, and the tokens."""

    folder: Path

    @property
    def client(self) -> dict[str, Any]:
        return self._read("client_info")

    @property
    def tokens(self) -> dict[str, Any]:
        return self._read("tokens")

    def _read(self, name: str) -> dict[str, Any]:
        (file,) = self.folder.glob(f"mcp-remote-v*/*_{name}.json")
        document: dict[str, Any] = msgspec.json.decode(file.read_bytes())
        return document


@define
class McpRemote:
    """Starts as often as it is told to, with the same folder and the same port.

    Raises LackError when it is not there.
    """

    folder: Path
    options: Sequence[str] = ()
    port: int = field(factory=free_port)
    command: Sequence[str] = field(factory=provision.mcp_remote)

    @property
    def kept(self) -> Kept:
        return Kept(self.folder)

    @asynccontextmanager
    async def connect(self, mcp_url: str, window: Window) -> AsyncIterator[PythonConnection]:
        """The program that starts it is built on the official Python SDK and knows the handshake only, as most such
        programs do.
        """
        node, *script = self.command
        environment = {"MCP_REMOTE_CONFIG_DIR": str(self.folder), "HOME": str(self.folder), "BROWSER": "true"}
        parameters = StdioServerParameters(
            command=node, args=[*script, mcp_url, str(self.port), *self.options], env=environment
        )
        async with (
            _attended(window) as said,
            Client(stdio_client(parameters, errlog=said), mode="legacy", read_timeout_seconds=30) as client,
        ):
            yield PythonConnection(client)


@asynccontextmanager
async def _attended(window: Window) -> AsyncIterator[TextIO]:
    """Where it says what it does; its person goes to the address that it names, and is no faster than it is itself
    to listen for the answer.
    """
    read, write = os.pipe()
    lines = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(read, "rb")
    )
    attending = asyncio.create_task(_attend(lines, window))
    with os.fdopen(write, "w") as said:
        yield said
    try:
        await attending
    finally:
        transport.close()


async def _attend(lines: asyncio.StreamReader, window: Window) -> None:
    while line := await lines.readline():
        if found := ADDRESS.search(line.decode()):
            await listener(URL(URL(found[0]).query["redirect_uri"]))
            await window.show(found[0])
        elif found := DEVICE.search(line.decode()):
            window.asked.append(URL(found[0]))
            await decide(window.person, await enter(window.person, found[0]), window.decision)
