"""The server as its author writes it, and its answer to one request of either era."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from ..principal import User
from .context import Context, Notify
from .errors import InvalidParams, MethodNotFound, ScopeRequired
from .jsonrpc import Request
from .revisions import SUPPORTED, handshake, modern
from .tools import Tool, make_tool

F = TypeVar("F", bound=Callable[..., Any])
Method = Callable[[Request, Context], Awaitable[dict[str, Any]]]

LIST_TTL_MS = 300_000
"""Milliseconds for which a list may be kept; it changes only with the program."""


class MCPServer:
    """Tools behind one endpoint. ``instructions`` tell a model how to use them together."""

    def __init__(self, name: str, *, version: str = "0", instructions: str | None = None, title: str | None = None) -> None:
        self.info = {"name": name, "version": version} | ({"title": title} if title else {})
        self.instructions = instructions
        self._tools: dict[str, Tool] = {}
        self._lists: dict[bool, msgspec.Raw] = {}
        self._modern: dict[str, Method] = {"server/discover": self._discover, "tools/list": self._list_tools, "tools/call": self._call_tool}
        self._handshake: dict[str, Method] = {
            "initialize": self._initialize,
            "ping": self._ping,
            "tools/list": self._list_tools,
            "tools/call": self._call_tool,
        }

    def tool(
        self,
        *,
        name: str | None = None,
        title: str | None = None,
        scope: str | None = None,
        read_only: bool | None = None,
        destructive: bool | None = None,
        idempotent: bool | None = None,
        open_world: bool | None = None,
    ) -> Callable[[F], F]:
        """Make a tool of a function: its docstring describes it, its types are its schema.

        A parameter of type ``User`` receives the caller, one of type ``Context`` the request; neither shows in the schema.
        ``scope`` is what a caller must have been granted. The hints are MCP's tool annotations.
        """
        hints = {"readOnlyHint": read_only, "destructiveHint": destructive, "idempotentHint": idempotent, "openWorldHint": open_world}
        annotations = {hint: value for hint, value in hints.items() if value is not None}

        def register(function: F) -> F:
            self._add(make_tool(function, name=name, title=title, scope=scope, annotations=annotations))
            return function

        return register

    def find_tool(self, name: object) -> Tool | None:
        return self._tools.get(name) if isinstance(name, str) else None

    async def handle(self, request: Request, user: User | None, notify: Notify) -> dict[str, Any]:
        """The result of a request of 2026-07-28. Raises RpcError or ScopeRequired."""
        context = modern.context_of(request, user, notify)
        result = await self._method(self._modern, request)(request, context)
        return modern.complete(result, self.info)

    async def handle_handshake(self, request: Request, user: User | None, notify: Notify, *, version: str) -> dict[str, Any]:
        """The result of a request of an earlier revision. Raises RpcError or ScopeRequired."""
        context = handshake.context_of(request, user, notify, version=version)
        return await self._method(self._handshake, request)(request, context)

    @staticmethod
    def _method(methods: dict[str, Method], request: Request) -> Method:
        if request.method not in methods:
            raise MethodNotFound(request.method)
        return methods[request.method]

    def _add(self, tool: Tool) -> None:
        if tool.name in self._tools:
            raise ValueError(f"There is a tool named {tool.name} already.")
        self._tools[tool.name] = tool
        self._lists.clear()

    def _capabilities(self) -> dict[str, Any]:
        return {"tools": {}}

    def _modern_capabilities(self) -> dict[str, Any]:
        """Tools may log to whoever asks in the request itself; before 2026-07-28 that took a session (utilities: logging)."""
        return {**self._capabilities(), "logging": {}}

    async def _discover(self, request: Request, context: Context) -> dict[str, Any]:
        """MCP 2026-07-28, server: discovery."""
        result: dict[str, Any] = {"supportedVersions": list(SUPPORTED), "capabilities": self._modern_capabilities()}
        if self.instructions:
            result["instructions"] = self.instructions
        return modern.cacheable(result, ttl_ms=LIST_TTL_MS)

    async def _initialize(self, request: Request, context: Context) -> dict[str, Any]:
        return handshake.initialize_result(request, capabilities=self._capabilities(), server_info=self.info, instructions=self.instructions)

    async def _ping(self, request: Request, context: Context) -> dict[str, Any]:
        return {}

    async def _list_tools(self, request: Request, context: Context) -> dict[str, Any]:
        """Every tool to everybody, in the order they were written: who lacks a scope can step up only to what they can see."""
        if request.params.get("cursor") is not None:
            raise InvalidParams("The cursor is unknown: the list of tools has one page.")
        is_modern = context.revision == modern.VERSION
        result = {"tools": self._encoded_list(objects_only=not is_modern)}
        return modern.cacheable(result, ttl_ms=LIST_TTL_MS) if is_modern else result

    def _encoded_list(self, *, objects_only: bool) -> msgspec.Raw:
        """Encoded once: the list is the same for everybody."""
        if objects_only not in self._lists:
            definitions = [tool.definition(objects_only=objects_only) for tool in self._tools.values()]
            self._lists[objects_only] = msgspec.Raw(msgspec.json.encode(definitions))
        return self._lists[objects_only]

    async def _call_tool(self, request: Request, context: Context) -> dict[str, Any]:
        tool = self._require_tool(request)
        arguments = request.params.get("arguments")
        arguments = {} if arguments is None else arguments
        if not isinstance(arguments, dict):
            raise InvalidParams('"arguments" must be an object.')
        if tool.scope is not None and context.user is not None and not context.user.has_scope(tool.scope):
            raise ScopeRequired(tool.scope)
        return await tool.call(arguments, context, objects_only=context.revision != modern.VERSION)

    def _require_tool(self, request: Request) -> Tool:
        tool = self.find_tool(request.params.get("name"))
        if tool is None:
            raise InvalidParams(f"Unknown tool: {request.params.get('name')}")
        return tool
