"""A client at the other end of a channel: lines in, lines out, over a real pair of sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from attrs import define

from mcpserver import MCPServer, User
from mcpserver.transports.stdio.channel import Stdio

META = "io.modelcontextprotocol/"
Message = dict[str, Any]


def meta(version: str = "2026-07-28", **more: Any) -> Message:
    """The ``_meta`` of a modern request."""
    return {META + "protocolVersion": version, META + "clientCapabilities": more.pop("capabilities", {}), **more}


@define(eq=False)
class Other:
    """``served`` ends when the server does."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    served: asyncio.Task[None]

    async def send(self, *lines: bytes) -> None:
        self.writer.write(b"".join(line + b"\n" for line in lines))
        await self.writer.drain()

    async def say(self, method: str, **params: Any) -> None:
        await self.put({"jsonrpc": "2.0", "method": method, "params": params})

    async def put(self, message: Message | list[Message]) -> None:
        await self.send(json.dumps(message).encode())

    async def begin(self, number: int | str, method: str, **params: Any) -> None:
        """A request as it is given."""
        await self.put({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    async def modern(self, number: int | str, method: str, **params: Any) -> None:
        await self.begin(number, method, _meta=meta(**params.pop("meta", {})), **params)

    async def get(self) -> Any:
        """The next message."""
        line = await asyncio.wait_for(self.reader.readline(), 10)
        assert line.endswith(b"\n"), line
        return json.loads(line)

    async def call(self, number: int, name: str, **arguments: Any) -> Any:
        await self.modern(number, "tools/call", name=name, arguments=arguments)
        return await self.get()

    async def initialize(self, version: str = "2025-11-25", **capabilities: Any) -> Message:
        await self.begin(
            "init",
            "initialize",
            protocolVersion=version,
            capabilities=capabilities,
            clientInfo={"name": "t", "version": "1"},
        )
        answer: Message = await self.get()
        await self.say("notifications/initialized")
        return answer

    async def leave(self) -> list[Message]:
        """Close this end; what the server still says."""
        self.writer.write_eof()
        rest = (await asyncio.wait_for(self.reader.read(), 10)).splitlines()
        await asyncio.wait_for(self.served, 10)
        return [json.loads(line) for line in rest]


@asynccontextmanager
async def connected(
    server: MCPServer, *, caller: User | None = None, max_line: int = 65536, patience: float = 5
) -> AsyncIterator[Other]:
    theirs, ours = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)

    async def serve() -> None:
        try:
            await Stdio(server, caller=caller, max_line=max_line, patience=patience).serve(reader, writer)
        finally:
            writer.close()

    served = asyncio.create_task(serve())
    other = Other(*await asyncio.open_connection(sock=theirs, limit=2**20), served)
    try:
        yield other
    finally:
        other.writer.close()
        await asyncio.wait([served], timeout=10)
        assert served.done()
        served.result()
