"""Servers of other people's software that can be stopped and started again on their port, and remember what they
were asked.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from aiohttp import ClientSession
from attrs import define, field
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.streamable_http import EventCallback, EventId, EventMessage, EventStore, StreamId
from mcp.types import JSONRPCMessage
from starlette.responses import JSONResponse

from tests.ports import free_port

FORM = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
READY = "ready"
RINGING: list[Callable[[], Awaitable[str]]] = []
"""Questions to be asked when nothing is under way any more."""


class Events(EventStore):
    """In memory, so that it is lost with the process."""

    def __init__(self) -> None:
        self._events: list[tuple[StreamId, JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: StreamId, message: JSONRPCMessage | None) -> EventId:
        self._events.append((stream_id, message))
        return str(len(self._events))

    async def replay_events_after(self, last_event_id: EventId, send_callback: EventCallback) -> StreamId | None:
        stream_id = self._events[int(last_event_id) - 1][0]
        for number, (stream, message) in enumerate(self._events, 1):
            if number > int(last_event_id) and stream == stream_id and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream_id


def tools(*, line: bool = False) -> MCPServer:
    """``line`` puts questions on the stream that belongs to no request: an answer in JSON has no room for them."""
    server = MCPServer("Restarting")

    @server.tool()
    async def quick(number: int) -> int:
        return number

    @server.tool()
    async def ask(name: str, ctx: Context) -> str:
        request = None if line else ctx.request_id
        said = await ctx.session.elicit_form(f"A word for {name}?", FORM, related_request_id=request)
        return f"{name} got {(said.content or {}).get('word', said.action)}"

    @server.tool()
    async def change(ctx: Context) -> str:
        await ctx.session.send_tool_list_changed()
        return "changed"

    @server.tool()
    async def later(ctx: Context) -> str:
        async def ring() -> str:
            said = await ctx.session.elicit_form("A word, out of the blue?", FORM)
            return str((said.content or {}).get("word", said.action))

        RINGING.append(ring)
        return "later"

    return server


APPS: dict[str, Callable[[], Any]] = {
    "stateful": lambda: tools().streamable_http_app(),
    "json": lambda: tools(line=True).streamable_http_app(json_response=True),
    "events": lambda: tools().streamable_http_app(event_store=Events(), retry_interval=50),
    "sse": lambda: tools().sse_app(sse_path="/mcp"),
}


class _Telling(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        print(READY, flush=True)


def recorded(app: Any) -> Any:
    """The same, with what it was asked at ``/requests``: the session, the method and the id of each JSON-RPC request.

    ``/ring`` asks the question that was kept for later, and answers with what was said to it.
    """
    requests: list[tuple[str, str, object]] = []

    async def recording(scope: Any, receive: Any, send: Any) -> None:
        async def heard() -> Any:
            message = await receive()
            if message["type"] == "http.request" and message.get("body"):
                said = json.loads(message["body"])
                if "method" in said and "id" in said:
                    session = dict(scope["headers"]).get(b"mcp-session-id", scope["query_string"]).decode()
                    requests.append((session, said["method"], said["id"]))
            return message

        if scope["type"] == "http" and scope["path"] == "/requests":
            await JSONResponse(requests)(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/ring":
            await JSONResponse(await RINGING.pop()())(scope, receive, send)
        else:
            await app(scope, heard if scope["type"] == "http" else receive, send)

    return recording


@define
class Restarting:
    """``kind`` is one of APPS; each start is a process of its own, and each stop a sudden death."""

    kind: str
    port: int = field(factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    async def start(self) -> None:
        command = (sys.executable, "-m", __name__, self.kind, str(self.port))
        self._process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        assert (await self._process.stdout.readline()).decode().strip() == READY

    async def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.communicate()

    async def requests(self) -> list[tuple[str, str, object]]:
        """Since the last start."""
        async with ClientSession() as http, http.get(f"http://127.0.0.1:{self.port}/requests") as answer:
            return [(session, method, id_) for session, method, id_ in await answer.json()]

    async def ring(self) -> str:
        """Let the server ask what it kept for later, and wait for what is said to it."""
        async with ClientSession() as http, http.get(f"http://127.0.0.1:{self.port}/ring") as answer:
            said: str = await answer.json()
            return said

    async def asked(self, method: str) -> int:
        return sum(each[1] == method for each in await self.requests())

    async def repeated_ids(self) -> list[tuple[str, object]]:
        """Which ids came twice in one session."""
        counted = Counter((session, id_) for session, _, id_ in await self.requests())
        return [key for key, count in counted.items() if count > 1]


if __name__ == "__main__":
    _, chosen, port = sys.argv
    _Telling(uvicorn.Config(recorded(APPS[chosen]()), port=int(port), log_level="critical", lifespan="on")).run()
