"""An MCP client for tests, of any revision: sends requests, answers those of the server, and records notifications."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any, Self

from attrs import define, field, frozen

from ..mcp.protocol import MODERN_VERSION
from .wire import Failure, Message, Wire, events

Params = dict[str, Any]
Answers = Mapping[str, Any] | Callable[[str, Params], Any | Awaitable[Any]]
"""The client's answers to requests of the server: results by method, or a function of method and params.

A value of the mapping may also be a function of the params.
"""

EVERYTHING: Params = {"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {"listChanged": True}}
"""Capabilities of a client that can be asked anything."""

_META = "io.modelcontextprotocol/"
_TASKS = "io.modelcontextprotocol/tasks"


@frozen
class CallResult:
    """The result of a tool: ``text`` of all its content, ``structured`` value, and ``raw``, the whole result."""

    raw: Params

    @property
    def content(self) -> list[Params]:
        return list(self.raw["content"])

    @property
    def text(self) -> str:
        return "".join(block["text"] for block in self.content if block["type"] == "text")

    @property
    def structured(self) -> Any:
        return self.raw.get("structuredContent")

    @property
    def is_error(self) -> bool:
        return bool(self.raw.get("isError", False))


@define
class Client:
    """A test client; ``notifications`` are those received from the server, in order, as (method, params)."""

    wire: Wire
    revision: str = MODERN_VERSION
    answers: Answers = field(factory=dict)
    capabilities: Params = field(factory=lambda: dict(EVERYTHING))
    log_level: str | None = "debug"
    notifications: list[tuple[str, Params]] = field(factory=list)
    server: Params = field(factory=dict)
    _session: dict[str, str] = field(factory=dict)
    _count: int = 0

    @property
    def is_modern(self) -> bool:
        return self.revision == MODERN_VERSION

    async def open(self) -> Self:
        """Discover the server, or initialize a session, and store the result as ``server``."""
        if self.is_modern:
            self.server = await self.request("server/discover")
            return self
        params = {
            "protocolVersion": self.revision,
            "capabilities": self.capabilities,
            "clientInfo": {"name": "test", "version": "1"},
        }
        self.server = await self.request("initialize", **params)
        await self.notify("notifications/initialized")
        if self.log_level is not None:
            await self.request("logging/setLevel", level=self.log_level)
        return self

    async def request(self, method: str, /, **params: Any) -> Params:
        """Send a request, answer the server's requests meanwhile, and return the final result.

        Raises Failure or Refused.
        """
        result = await self._once(method, params)
        while result.get("resultType") == "input_required":
            given = {
                key: await self._answer(asked["method"], asked.get("params", {}))
                for key, asked in result.get("inputRequests", {}).items()
            }
            state = {"requestState": result["requestState"]} if "requestState" in result else {}
            result = await self._once(method, {**params, "inputResponses": given, **state})
        return await self._awaited(result) if result.get("resultType") == "task" else result

    async def notify(self, method: str, /, **params: Any) -> None:
        async for _ in self.wire.post(
            {"jsonrpc": "2.0", "method": method, "params": params}, self._headers(method, params)
        ):
            pass

    async def list_tools(self) -> list[Params]:
        return await self._list("tools/list", "tools")

    async def list_resources(self) -> list[Params]:
        return await self._list("resources/list", "resources")

    async def list_resource_templates(self) -> list[Params]:
        return await self._list("resources/templates/list", "resourceTemplates")

    async def list_prompts(self) -> list[Params]:
        return await self._list("prompts/list", "prompts")

    async def call_tool(self, name: str, arguments: Mapping[str, Any] | None = None, /, **more: Any) -> CallResult:
        """Call a tool; an error of the tool itself is a result with ``is_error``. Raises Failure or Refused."""
        meta = {"progressToken": f"progress {self._count}"}
        return CallResult(
            await self.request("tools/call", name=name, arguments={**(arguments or {}), **more}, _meta=meta)
        )

    async def read_resource(self, uri: str) -> list[Params]:
        return list((await self.request("resources/read", uri=uri))["contents"])

    async def get_prompt(self, name: str, arguments: Mapping[str, str] | None = None, /, **more: str) -> Params:
        return await self.request("prompts/get", name=name, arguments={**(arguments or {}), **more})

    async def complete(self, ref: str, argument: str, value: str, **others: str) -> list[str]:
        """Complete an argument; ``ref`` is the name of a prompt, or the URI template of a resource.

        ``others`` are the arguments that are known already.
        """
        reference = {"type": "ref/resource", "uri": ref} if "://" in ref else {"type": "ref/prompt", "name": ref}
        known = {"context": {"arguments": others}} if others else {}
        result = await self.request(
            "completion/complete", ref=reference, argument={"name": argument, "value": value}, **known
        )
        return list(result["completion"]["values"])

    @asynccontextmanager
    async def listen(self, **wanted: Any) -> AsyncIterator[AsyncIterator[Message]]:
        """Iterate over the notifications of a 2026-07-28 subscription, or of the GET stream of an earlier session."""
        if self.is_modern:
            message = self._message("subscriptions/listen", {"notifications": wanted})
            stream = self.wire.post(message, self._headers("subscriptions/listen", message["params"]))
            yield (each async for each, _ in stream)
            await stream.aclose()  # type: ignore[attr-defined]
            return
        headers = {**self.wire.headers, **self._headers("", {}), "Accept": "text/event-stream"}
        async with self.wire.session.get(self.wire.url, headers=headers) as answer:
            yield events(answer)

    async def close(self) -> None:
        """End the session, if there is one."""
        if self._session:
            async with self.wire.session.delete(self.wire.url, headers={**self.wire.headers, **self._headers("", {})}):
                self._session.clear()

    async def _once(self, method: str, params: Params) -> Params:
        message = self._message(method, params)
        async for each, answer in self.wire.post(message, self._headers(method, message["params"])):
            if "method" in each:
                await self._hear(each)
            elif "error" in each:
                raise Failure(each["error"], answer.status)
            elif each.get("id") == message["id"]:
                if "Mcp-Session-Id" in answer.headers:
                    self._session = {"Mcp-Session-Id": answer.headers["Mcp-Session-Id"]}
                return dict(each["result"])
        raise ConnectionError("the stream ended without an answer")

    async def _hear(self, message: Message) -> None:
        if "id" not in message:
            self.notifications.append((message["method"], message.get("params", {})))
            return
        result = await self._answer(message["method"], message.get("params", {}))
        async for _ in self.wire.post({"jsonrpc": "2.0", "id": message["id"], "result": result}, self._headers("", {})):
            pass

    async def _answer(self, method: str, params: Params) -> Any:
        given = self.answers(method, params) if callable(self.answers) else self.answers[method]
        given = given(params) if callable(given) else given
        return await given if isawaitable(given) else given

    async def _awaited(self, task: Params) -> Params:
        """Poll a task until it ends, and return its result. Raises Failure when it failed or was cancelled."""
        answered: set[str] = set()
        while True:
            seen = await self._once("tasks/get", {"taskId": task["taskId"]})
            if seen["status"] == "completed":
                return dict(seen["result"])
            if seen["status"] in ("failed", "cancelled"):
                raise Failure(seen.get("error", {"message": f"The task was {seen['status']}."}), 200)
            asked = {key: each for key, each in seen.get("inputRequests", {}).items() if key not in answered}
            if asked:
                given = {key: await self._answer(each["method"], each.get("params", {})) for key, each in asked.items()}
                await self._once("tasks/update", {"taskId": task["taskId"], "inputResponses": given})
                answered |= set(asked)
            await asyncio.sleep(min(seen.get("pollIntervalMs", 50), 50) / 1000)

    async def _list(self, method: str, member: str) -> list[Params]:
        result = await self.request(method)
        found = list(result[member])
        while "nextCursor" in result:
            result = await self.request(method, cursor=result["nextCursor"])
            found += result[member]
        return found

    def _message(self, method: str, params: Params) -> Message:
        self._count += 1
        if self.is_modern:
            level = {} if self.log_level is None else {_META + "logLevel": self.log_level}
            meta = {
                _META + "protocolVersion": self.revision,
                _META + "clientCapabilities": self.capabilities,
                **level,
                **params.get("_meta", {}),
            }
            params = {**params, "_meta": meta}
        return {"jsonrpc": "2.0", "id": self._count, "method": method, "params": params}

    def _headers(self, method: str, params: Params) -> dict[str, str]:
        if not self.is_modern:
            return {**self._session, **({"MCP-Protocol-Version": self.revision} if self._session else {})}
        name = params.get("name") or params.get("uri") or params.get("taskId")
        return {
            "MCP-Protocol-Version": self.revision,
            "Mcp-Method": method,
            **({"Mcp-Name": str(name)} if name else {}),
        }
