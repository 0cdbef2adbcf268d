"""Clients that go before their answer comes (MCP 2026-07-28, Streamable HTTP: cancellation).

The server here is aiohttp's own runner: its test server cancels every handler by itself, which a service does not.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from attrs import define

from .endpoint import META, VERSION, Bell, build_application

PATIENCE = 10
"""Seconds until something that does not happen fails the test."""


@define
class Visitor:
    """Somebody with a socket, who calls the tool ``wait``."""

    port: int
    bell: Bell

    async def call(self, version: str, *, talk: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Returns once the tool runs, and when it talks, was heard."""
        self.bell.begun.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request(version, {"talk": talk}))
        await self.bell.begun.wait()
        if talk:
            await reader.readuntil(b"notifications/progress")
        return reader, writer


def request(version: str, arguments: dict[str, Any]) -> bytes:
    meta = (META if version == VERSION else {}) | {"progressToken": "t"}
    body = msgspec.json.encode(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "wait", "arguments": arguments, "_meta": meta},
        }
    )
    headers = {
        "Host": "server.example",
        "Authorization": "Bearer ada",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "wait",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    return (
        "\r\n".join(["POST /mcp HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()
        + body
    )


async def alone() -> None:
    """Until no task runs but the test's."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    bell = Bell()
    runner = web.AppRunner(build_application(bell))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield Visitor(runner.addresses[0][1], bell)
    await runner.cleanup()


@pytest.mark.parametrize("talk", [False, True])
async def test_call_ends_with_its_client_and_leaves_nothing_running(visitor: Visitor, talk: bool) -> None:
    """A closed connection is the one way to cancel: silent tools and talking ones alike."""
    async with asyncio.timeout(PATIENCE):
        _, writer = await visitor.call(VERSION, talk=talk)
        writer.transport.abort()
        await visitor.bell.ended.wait()
        assert visitor.bell.how == "cancelled"
        await alone()


@pytest.mark.parametrize("talk", [False, True])
async def test_earlier_call_outlives_its_client(visitor: Visitor, talk: bool) -> None:
    """MCP 2025-11-25, transports: disconnection SHOULD NOT be interpreted as the client cancelling its request."""
    async with asyncio.timeout(PATIENCE):
        _, earlier = await visitor.call("2025-11-25", talk=talk)
        earlier.transport.abort()
        _, modern = await visitor.call(VERSION, talk=False)
        modern.transport.abort()
        await visitor.bell.ended.wait()
        assert visitor.bell.how == "cancelled"
        visitor.bell.ended.clear()
        visitor.bell.go_on.set()
        await visitor.bell.ended.wait()
        assert visitor.bell.how == "finished"
        await alone()


async def test_call_that_outlasts_several_looks_is_answered(visitor: Visitor) -> None:
    """The client still listens: nothing is cancelled, however long it takes."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await visitor.call(VERSION, talk=False)
        asyncio.get_running_loop().call_later(1.2, visitor.bell.go_on.set)
        assert b'"waited"' in await reader.read()
        writer.close()
        await writer.wait_closed()
    assert visitor.bell.how == "finished"
