"""A chat endpoint on a real port, as strict about requests as those in use are, which says what a test wrote down
for it.
"""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEY = "sk-the-canary-key"
Line = str | dict[str, Any] | tuple[int, Any] | web.Response | Callable[[dict[str, Any]], Any]


def wants(*calls: tuple[str, Any], text: str | None = None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A reply that asks for tools; each is named by how its function's name begins."""

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        known = [tool["function"]["name"] for tool in body.get("tools", [])]
        listed = []
        for number, (tool, arguments) in enumerate(calls):
            name = next((each for each in known if each.startswith(tool)), tool)
            written = arguments if isinstance(arguments, str) else json.dumps(arguments)
            listed.append(
                {
                    "id": f"wish_{len(body['messages'])}_{number}",
                    "type": "function",
                    "function": {"name": name, "arguments": written},
                }
            )
        return {"role": "assistant", "content": text, "tool_calls": listed}

    return reply


@define
class Model:
    """``lines`` are said one after the other; ``asked`` are the requests that came.

    ``held`` keeps an answer back until it is set.
    """

    lines: list[Line] = field(factory=list)
    asked: list[dict[str, Any]] = field(factory=list)
    keys: list[str | None] = field(factory=list)
    held: asyncio.Event | None = None
    arrived: asyncio.Event = field(factory=asyncio.Event)
    _server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("/v1"))

    async def start(self) -> "Model":
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._server = TestServer(app, host="127.0.0.1")
        await self._server.start_server()
        return self

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.close()

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization"))
        self.arrived.set()
        if self.held:
            await self.held.wait()
        wrong = faults(body)
        if wrong:
            return web.json_response({"error": {"message": wrong, "type": "invalid_request_error"}}, status=400)
        line = self.lines.pop(0)
        said = line(body) if callable(line) else line
        if isinstance(said, web.Response):
            return said
        if isinstance(said, tuple):
            return web.json_response(said[1], status=said[0])
        message = {"role": "assistant", "content": said} if isinstance(said, str) else said
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "wise-1", "choices": [choice]}
        )


def faults(body: dict[str, Any]) -> str:
    """What such an endpoint refuses: a wish that was not answered, an answer that nobody wished for, a name that is
    none, too many tools.
    """
    tools = body.get("tools", [])
    if "tools" in body and not 0 < len(tools) <= 128:
        return "tools must be 1 to 128"
    names = [tool["function"]["name"] for tool in tools]
    if len(set(names)) != len(names) or not all(NAME.fullmatch(name) for name in names):
        return f"names of functions: {names}"
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting or not isinstance(message["content"], str):
                return "a tool message that answers nothing"
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            return f"{waiting} were not answered"
        waiting = [call["id"] for call in message.get("tool_calls", [])]
        if not all(
            isinstance(json.loads(call["function"]["arguments"]), dict) for call in message.get("tool_calls", [])
        ):
            return "arguments that are no object"
    return f"{waiting} were not answered" if waiting else ""
