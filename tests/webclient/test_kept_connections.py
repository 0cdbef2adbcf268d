"""Kept connections that the server ends unannounced: what may be repeated is repeated once, on a new one (RFC 9110
section 9.2.2, RFC 9112 section 9.3.1).
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from attrs import define, field

from webclient.errors import FlowError, Unreachable
from webclient.fetcher import Call, Fetcher, Limits
from webclient.mcp.client import MCPClient
from webclient.sources import Sources
from webclient.trace import MemoryHops, Trace

RESULTS = {
    "server/discover": {"supportedVersions": ["2026-07-28"], "capabilities": {}},
    "tools/list": {"tools": [{"name": "work", "inputSchema": {"type": "object"}}]},
    "tools/call": {"content": []},
    "prompts/get": {"messages": []},
    "resources/read": {"contents": []},
}
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


@define
class Forgetful:
    """Answers the first request of each connection, says nothing of its end, and meets the second with ``farewell``
    and the end.
    """

    farewell: bytes = b""
    abort: bool = False
    always: bool = False
    port: int = 0
    asked: list[str] = field(factory=list)
    """The method of each request, of MCP where there is one."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            if not self.always:
                writer.write(self.answer(await self.read(reader)))
            await self.read(reader)
            writer.write(self.farewell)
            await writer.drain()
            if self.abort:
                writer.transport.abort()
        writer.close()

    async def read(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        message: dict[str, Any] = json.loads(body) if body.startswith(b"{") else {}
        self.asked.append(message.get("method") or head.partition(b" ")[0].decode())
        return message

    @staticmethod
    def answer(message: dict[str, Any]) -> bytes:
        body = (
            json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": RESULTS[message["method"]]}).encode()
            if message
            else b"x"
        )
        return OK % (len(body), body)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.converse, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield f"http://127.0.0.1:{self.port}/mcp"


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[MCPClient]:
    fetcher = Fetcher(Limits(keep_alive=60))
    yield MCPClient(fetcher, Trace(MemoryHops(b"k" * 32), "test", Sources()), url)
    await fetcher.close()


@pytest.mark.parametrize("abort", [True, False])
@pytest.mark.parametrize(
    ("method", "ask"),
    [
        ("tools/list", lambda client: client.list_tools()),
        ("prompts/get", lambda client: client.get_prompt("p", {})),
        ("resources/read", lambda client: client.read_resource("x:y")),
        (
            "tools/call",
            lambda client: client.call_tool(
                {"name": "work", "inputSchema": {}, "annotations": {"readOnlyHint": True}}, {}
            ),
        ),
        (
            "tools/call",
            lambda client: client.call_tool(
                {"name": "work", "inputSchema": {}, "annotations": {"idempotentHint": True}}, {}
            ),
        ),
    ],
)
async def test_what_is_safe_to_repeat_is_repeated_once(
    abort: bool, method: str, ask: Callable[[MCPClient], Any]
) -> None:
    server = Forgetful(abort=abort)
    async with server.serving() as url, client_of(url) as client:
        await ask(client)
    assert server.asked == ["server/discover", method, method]


@pytest.mark.parametrize("annotations", [None, {"readOnlyHint": False}, {"idempotentHint": "true"}])
async def test_tool_that_may_do_something_is_not_called_twice(annotations: Any) -> None:
    server = Forgetful()
    async with server.serving() as url, client_of(url) as client:
        with pytest.raises(FlowError, match="closed the connection"):
            await client.call_tool({"name": "work", "inputSchema": {}, "annotations": annotations}, {})
    assert server.asked == ["server/discover", "tools/call"]


@pytest.mark.parametrize(
    "farewell", [b"H", b"HTTP/1.1 200 OK\r\nConte", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"]
)
async def test_request_whose_answer_has_begun_is_not_repeated(farewell: bytes) -> None:
    server = Forgetful(farewell)
    async with server.serving() as url, client_of(url) as client:
        with pytest.raises(FlowError):
            await client.list_tools()
    assert server.asked == ["server/discover", "tools/list"]


async def test_failure_of_a_new_connection_is_the_servers() -> None:
    server = Forgetful(always=True)
    async with server.serving() as url, client_of(url) as client:
        with pytest.raises(FlowError, match="closed the connection"):
            await client.list_tools()
    assert server.asked == ["server/discover"]


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("GET", 2)])
async def test_only_what_says_so_is_repeated(method: str, times: int) -> None:
    """A token request, for one, spends its code."""
    server, fetcher = Forgetful(), Fetcher(Limits(keep_alive=60))
    async with server.serving() as url:
        call = Call(method, url, "127.0.0.1", body=b"code=1" if method == "POST" else None)
        await fetcher.fetch(call)
        if times == 1:
            with pytest.raises(Unreachable):
                await fetcher.fetch(call)
        else:
            await fetcher.fetch(call)
    await fetcher.close()
    assert server.asked == [method] * (1 + times)


async def test_nothing_is_sent_on_a_connection_that_has_ended() -> None:
    """Then even what must not be repeated goes out on a new one."""
    ended = asyncio.Event()
    asked: list[int] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1)
        asked.append(writer.get_extra_info("peername")[1])
        writer.write(OK % (1, b"x"))
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        ended.set()

    server, fetcher = await asyncio.start_server(once, "127.0.0.1", 0), Fetcher(Limits(keep_alive=60))
    call = Call("POST", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "127.0.0.1", body=b"x")
    async with server:
        for _ in range(3):
            ended.clear()
            await fetcher.fetch(call)
            await ended.wait()
    await fetcher.close()
    assert len(set(asked)) == 3
