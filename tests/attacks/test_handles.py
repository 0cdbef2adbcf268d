"""Handles that a client carries - sessions, request states, tasks - in the hands of others; and clients that are
slow on purpose.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attrs import frozen

from mcpserver import Context, MCPServer, User
from mcpserver.oauth.protocol.errors import BearerError
from mcpserver.transports.http.timing import Timing
from mcpserver.transports.streamable_http import StreamableHTTP

Client = TestClient[web.Request, web.Application]
VERSION = "2026-07-28"
DECLARED: dict[str, Any] = {"elicitation": {}, "extensions": {"io.modelcontextprotocol/tasks": {}}}


class Doorman:
    """Knows everybody by the name they present."""

    async def authenticate(self, authorization: Any, query: Any, proof: Any) -> User:
        values = getattr(authorization, "authorization", authorization)
        if len(values) != 1:
            raise BearerError(status=401, code=None, description="No.", www_authenticate="Bearer")
        name = values[0].removeprefix("Bearer ")
        return User(name, name, name.title(), None, frozenset(), "client", "grant")

    def require_scope(self, user: User, scope: str) -> None:
        """Nothing here needs one."""


@frozen
class Name:
    name: str


def build(stuck: asyncio.Event) -> MCPServer:
    server = MCPServer("handles")

    @server.tool
    async def greet(user: User, context: Context) -> str:
        return f"{user.id} {(await context.elicit(Name, 'Who?', key='who')).name}"

    @server.tool(task=True)
    async def work() -> str:
        await asyncio.Event().wait()
        return "never"

    @server.tool
    async def flood(context: Context) -> str:
        try:
            while True:
                await context.info("x" * 100_000)
        finally:
            stuck.set()

    return server


@pytest.fixture
async def stuck() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def client(stuck: asyncio.Event) -> AsyncIterator[Client]:
    app = web.Application()
    endpoint = StreamableHTTP(build(stuck), Doorman(), timing=Timing(patience=0.2, look=0.1))
    app.router.add_route("*", "/mcp", endpoint.handle)
    endpoint.setup(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def modern(client: Client, person: str, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
    meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": DECLARED}
    name = params.get("name") or params.get("taskId")
    headers = {
        "Authorization": f"Bearer {person}",
        "MCP-Protocol-Version": VERSION,
        "Mcp-Method": method,
        **({"Mcp-Name": name} if name else {}),
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    async with client.post("/mcp", json=body, headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_t11_session_of_another_principal_is_not_there(client: Client, method: str) -> None:
    """2025-11-25, transports: session management: 404; who guesses an id learns nothing, and harms nobody."""
    opening = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}},
    }
    async with client.post("/mcp", json=opening, headers={"Authorization": "Bearer ada"}) as answer:
        session = answer.headers["Mcp-Session-Id"]
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    headers = {
        "Mcp-Session-Id": session,
        "MCP-Protocol-Version": "2025-11-25",
        "Accept": "application/json, text/event-stream",
    }
    body = ping if method == "POST" else None
    async with client.request(method, "/mcp", json=body, headers={**headers, "Authorization": "Bearer bob"}) as stolen:
        assert stolen.status == 404
    async with client.post("/mcp", json=ping, headers={**headers, "Authorization": "Bearer ada"}) as own:
        assert own.status == 200


async def test_t12_state_of_another_user_is_refused(client: Client) -> None:
    """MCP 2026-07-28, basic: MRTR, server requirements."""
    _, asked = await modern(client, "ada", "tools/call", name="greet", arguments={})
    retry: dict[str, Any] = {"name": "greet", "arguments": {}, "requestState": asked["result"]["requestState"]}
    retry["inputResponses"] = {"who": {"action": "accept", "content": {"name": "Zoe"}}}
    status, refused = await modern(client, "bob", "tools/call", **retry)
    assert (status, refused["error"]["code"]) == (400, -32602)
    _, own = await modern(client, "ada", "tools/call", **retry)
    assert own["result"]["content"][0]["text"] == "ada Zoe"


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_t12_task_of_another_user_is_refused(client: Client, method: str) -> None:
    """SEP-2663: security: a handle is bound to who made it."""
    _, created = await modern(client, "ada", "tools/call", name="work", arguments={})
    handle = created["result"]["taskId"]
    status, refused = await modern(client, "bob", method, taskId=handle, inputResponses={})
    assert (status, refused["error"]["code"]) == (400, -32602)
    _, own = await modern(client, "ada", "tasks/get", taskId=handle)
    assert own["result"]["status"] == "working"


def request(method: str, name: str, *, length: int | None = None) -> bytes:
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/logLevel": "debug",
    }
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": name, "_meta": meta}})
    lines = [
        "POST /mcp HTTP/1.1",
        "Host: 127.0.0.1",
        "Authorization: Bearer ada",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"MCP-Protocol-Version: {VERSION}",
        f"Mcp-Method: {method}",
        f"Mcp-Name: {name}",
        f"Content-Length: {length or len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def test_t15_reader_that_does_not_read_is_dropped(client: Client, stuck: asyncio.Event) -> None:
    """What is written for nobody does not pile up, and the work ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(request("tools/call", "flood"))
    async with asyncio.timeout(20):
        await stuck.wait()
    writer.transport.abort()
    assert reader is not None


async def test_t15_body_that_trickles_in_is_given_up(client: Client) -> None:
    """408, and the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(request("tools/call", "greet", length=100_000))
    async with asyncio.timeout(20):
        answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"Connection: close" in answer
    writer.close()
    await writer.wait_closed()
