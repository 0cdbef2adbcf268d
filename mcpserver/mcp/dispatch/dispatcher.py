"""Transport-independent dispatch of requests: finds the method, checks the caller's access and runs the handler."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from mcpbase.seal import Seal

from ...busy import Busy
from ...principal import User
from ...sources import Sources
from .. import Server
from ..features import Cursors, Prompt, Registry, Tool
from ..interaction import Contained, Context, Notify, ReplayedInput, input_required
from ..protocol import (
    CompleteResult,
    InvalidParams,
    MethodNotFound,
    Params,
    ReadResourceResult,
    Request,
    RequestStates,
    ResourceNotFound,
    Result,
    RoundTrip,
    ServerCapabilities,
    traced,
    unavailable,
)
from ..tasks import MemoryTasks, Tasks, TaskStore
from . import modern
from .in_flight import UnderWay
from .modern import ModernRequest

Method = Callable[[Params, Context], Awaitable[Result]]

MAY_ASK = frozenset({"tools/call", "prompts/get", "resources/read"})
"""Methods whose handlers may ask the client questions (MCP 2026-07-28, basic: MRTR, supported requests)."""


_ONLY_BEFORE = frozenset({"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"})
"""Methods of the revisions before 2026-07-28 that this revision removed."""

_CAPABILITIES: dict[str, tuple[str, Mapping[str, bool]]] = {
    "tools": ("tools", {"listChanged": True}),
    "resources": ("resources", {"listChanged": True, "subscribe": True}),
    "prompts": ("prompts", {"listChanged": True}),
    "completion": ("completions", {}),
}
"""Name and value of the capability, by the prefix of the feature's methods."""


POLL_TASKS = 1
"""Seconds between polls of the running tasks."""

_log = logging.getLogger(__name__)


class Dispatcher:
    """The dispatcher of a server, shared by all its transports.

    ``protected`` says that the server has sign-in. ``seal`` authenticates cursors and request states; without one they
    are valid for the lifetime of the process. ``extensions`` are declared in addition to the server's own, for
    extensions that the surrounding application implements.
    """

    def __init__(
        self,
        server: Server,
        *,
        protected: bool = False,
        seal: Seal | None = None,
        sources: Sources = Sources(),  # noqa: B008 - frozen
        tasks: TaskStore | None = None,
        extensions: Mapping[str, dict[str, object]] = MappingProxyType({}),
    ) -> None:
        self.server = server
        self._extensions = extensions
        self.tasks = Tasks(tasks or MemoryTasks(), server.subscriptions, sources, lifetime=server.task_lifetime)
        self.protected = protected
        self.sources = sources
        seal = seal or Seal(sources.token_bytes(32))
        self._catalogs: dict[str, tuple[Registry[Any], ...]] = {
            "tools": (server.catalogs.tools,),
            "resources": (server.catalogs.resources, server.catalogs.templates),
            "prompts": (server.catalogs.prompts,),
            "completion": (server.catalogs.prompts, server.catalogs.templates),
            "skills": (server.catalogs.skills,),
        }
        self._under_way = UnderWay()
        self._cursors = Cursors(seal, server.page_size)
        self._states = RequestStates(seal, sources, server.question_lifetime)
        self.methods: dict[str, Method] = {
            "tools/list": self._list_tools,
            "tools/call": self._call_tool,
            "resources/list": self._list_resources,
            "resources/templates/list": self._list_templates,
            "resources/read": self._read_resource,
            "prompts/list": self._list_prompts,
            "prompts/get": self._get_prompt,
            "completion/complete": self._complete,
            "skills/list": self._list_skills,
            "skills/get": self._get_skill,
            "resources/directory/read": self._read_directory,
        }
        self._modern: dict[str, Method] = {
            **self.methods,
            "server/discover": self._discover,
            "subscriptions/listen": self._listen,
            **self._task_methods(),
        }

    def named(self, message: Request) -> Tool | Prompt | None:
        """The tool or prompt that a request names, without regard to visibility. Runs no code of the author's."""
        if message.method == "tools/call":
            return self.server.catalogs.tools.find(message.params.get("name"))
        return (
            self.server.catalogs.prompts.find(message.params.get("name")) if message.method == "prompts/get" else None
        )

    def read(self, message: Request, caller: User | None, named: Tool | Prompt | None) -> ModernRequest:
        """A request of 2026-07-28; ``named`` is the result of the method ``named``.

        Raises InvalidParams, and what the author's ``visible`` raises.
        """
        message.meta.require_modern()
        tool = named if isinstance(named, Tool) and named.access.sees(caller) else None
        return ModernRequest(message, caller, tool)

    async def handle(self, request: ModernRequest, notify: Notify) -> Result:
        """The result of a request. Raises RpcError, ScopeRequired or SignInRequired."""
        message, caller = request.message, request.caller
        state = self._states.read(message, caller) if message.method in MAY_ASK else RoundTrip()
        replay = ReplayedInput(state.answers, state.remembered, state.misfits)
        context = modern.context_of(request, notify, replay, anonymous=self.protected and caller is None)
        call = (
            partial(self._use_tool, request.tool)
            if message.method == "tools/call"
            else self._modern.get(message.method)
        )
        try:
            result = await self.run(call, message, context)
        except BaseException as error:
            asked = input_required(error)
            if asked is None:
                raise
            return modern.input_required(asked.questions, self._carried(message, caller, replay), self.server.info)
        if replay.answers:
            result = modern.uncacheable(result)
        return modern.complete(result, self.server.info)

    async def run(self, method: Method | None, request: Request, context: Context) -> Result:
        """The method's result; ``method`` is None when it is unknown.

        Raises RpcError (MethodNotFound for an unknown method), ScopeRequired or SignInRequired.
        """
        if method is None:
            raise MethodNotFound(request.method)
        self._require_offered(request.method)
        with traced(request.method, context.trace):
            return await self._under_way.run(
                self._answered(method, request, context), repeatable=lambda: self._is_repeatable(request)
            )

    async def _answered(self, method: Method, request: Request, context: Context) -> Result:
        """Run the method within ``Contained``. Raises RpcError, ScopeRequired or SignInRequired."""
        try:
            with Contained():
                return await method(request.params, context)
        except Busy as busy:
            raise unavailable(busy, request.method) from busy
        except asyncio.CancelledError:
            context.cancel()
            raise

    def _is_repeatable(self, request: Request) -> bool:
        """Whether the request may be repeated safely: all but tool calls, and calls of tools whose hints say so."""
        tool = self.server.catalogs.tools.find(request.params.get("name")) if request.method == "tools/call" else None
        return request.method != "tools/call" or (
            tool is not None and any(tool.annotations.get(hint) for hint in ("readOnlyHint", "idempotentHint"))
        )

    async def drain(self, patience: float) -> None:
        """End subscriptions and wait ``patience`` seconds for requests under way, then answer those with an error.

        Called when the server is about to stop.
        """
        self.server.subscriptions.close()
        await self._under_way.drain(patience)

    def knows(self, method: str) -> bool:
        """Whether a method exists in any revision."""
        return method in self._modern or method in _ONLY_BEFORE

    def capabilities(self) -> ServerCapabilities:
        """The ServerCapabilities object for discovery and ``initialize``."""
        features = dict(
            _CAPABILITIES[feature]
            for feature in _CAPABILITIES
            if any(catalog.used for catalog in self._catalogs[feature])
        )
        offered = cast(ServerCapabilities, {**features, "logging": {}})
        extensions = {**self.server.extensions, **self._extensions}
        if extensions:
            offered["extensions"] = extensions
        return offered

    def _require_offered(self, method: str) -> None:
        """Raises MethodNotFound for a method of a feature of which the server never had an entry."""
        catalogs = self._catalogs.get(method.partition("/")[0])
        if catalogs is not None and not any(catalog.used for catalog in catalogs):
            raise MethodNotFound(method)

    def _carried(self, request: Request, caller: User | None, replay: ReplayedInput) -> str:
        return self._states.write(request, caller, RoundTrip(replay.answers, replay.remembered, replay.misfits))

    async def _discover(self, params: Params, context: Context) -> Result:
        return modern.discovery(self.capabilities(), self.server)

    def _task_methods(self) -> dict[str, Method]:
        return {"tasks/get": self.tasks.get, "tasks/update": self.tasks.update, "tasks/cancel": self.tasks.cancel}

    async def _listen(self, params: Params, context: Context) -> Result:
        return await modern.listen(self.server, params, context, own_tasks=self.tasks.owned)

    async def _list_tools(self, params: Params, context: Context) -> Result:
        return self._listed("tools", self.server.catalogs.tools, params, context)

    async def _list_resources(self, params: Params, context: Context) -> Result:
        return self._listed("resources", self.server.catalogs.resources, params, context)

    async def _list_templates(self, params: Params, context: Context) -> Result:
        return self._listed("resourceTemplates", self.server.catalogs.templates, params, context)

    async def _list_prompts(self, params: Params, context: Context) -> Result:
        return self._listed("prompts", self.server.catalogs.prompts, params, context)

    def _listed(self, member: str, catalog: Registry[Any], params: Params, context: Context) -> Result:
        """One page of a catalog, in the order of registration.

        Entries whose scope the caller lacks are listed too, so that the caller can step up to them.
        """
        page, following = catalog.page(params.get("cursor"), context, self._cursors, objects_only=not context.is_modern)
        result: dict[str, Any] = {member: page}
        if following is not None:
            result["nextCursor"] = following
        return self._cacheable(result, context, ttl=self.server.list_ttl, private=catalog.differs)

    @staticmethod
    def _cacheable(result: Result, context: Context, *, ttl: int, private: bool) -> Result:
        return modern.cacheable(result, ttl=ttl, private=private) if context.is_modern else result

    async def _call_tool(self, params: Params, context: Context) -> Result:
        return await self._use_tool(self.server.catalogs.tools.find(params.get("name"), context), params, context)

    async def _use_tool(self, tool: Tool | None, params: Params, context: Context) -> Result:
        if tool is None:
            raise InvalidParams(f"Unknown tool: {params.get('name')}")
        arguments = _object(params, "arguments")
        tool.access.require(context)
        if tool.task:
            return await self.tasks.call(
                tool.task, lambda within: tool.call(arguments, within, objects_only=not context.is_modern), context
            )
        return await tool.call(arguments, context, objects_only=not context.is_modern)

    async def _read_resource(self, params: Params, context: Context) -> Result:
        uri = params.get("uri")
        found = self.server.catalogs.find_resource(uri, context)
        if found is None:
            raise ResourceNotFound(uri)
        resource, variables = found
        resource.access.require(context)
        result: ReadResourceResult = {"contents": await resource.read(str(uri), variables, context)}
        private = resource.is_personal or (self.protected and not resource.access.public)
        return self._cacheable(result, context, ttl=resource.described.ttl, private=private)

    async def _get_prompt(self, params: Params, context: Context) -> Result:
        prompt = self.server.catalogs.prompts.find(params.get("name"), context)
        if prompt is None:
            raise InvalidParams(f"Unknown prompt: {params.get('name')}")
        arguments = _object(params, "arguments")
        prompt.access.require(context)
        return await prompt.get(arguments, context)

    async def _list_skills(self, params: Params, context: Context) -> Result:
        return self._listed("skills", self.server.catalogs.skills, params, context)

    async def _get_skill(self, params: Params, context: Context) -> Result:
        """Answer ``skills/get`` (SEP-2640)."""
        skill = self.server.catalogs.skills.find(params.get("uri"), context)
        if skill is None:
            raise ResourceNotFound(params.get("uri"))
        return self._cacheable(
            {"skill": skill.definition(objects_only=False)},
            context,
            ttl=self.server.list_ttl,
            private=self.server.catalogs.skills.differs,
        )

    async def _read_directory(self, params: Params, context: Context) -> Result:
        """Answer ``resources/directory/read`` for the folders of skills (SEP-2640)."""
        uri = params.get("uri")
        for key, skill in self.server.catalogs.skills.items():
            children = skill.children(uri) if isinstance(uri, str) else None
            if children is not None and self.server.catalogs.skills.find(key, context) is not None:
                skill.access.require(context)
                return self._cacheable({"resources": children}, context, ttl=self.server.list_ttl, private=True)
        raise ResourceNotFound(uri)

    async def _complete(self, params: Params, context: Context) -> Result:
        """Answer ``completion/complete`` (MCP 2026-07-28, utilities: completion)."""
        argument = _object(params, "argument")
        name, value = argument.get("name"), argument.get("value")
        if not isinstance(name, str) or not isinstance(value, str):
            raise InvalidParams('"argument" must have a "name" and a "value", both strings.')
        entry = self._completed(_object(params, "ref"), context)
        entry.access.require(context)
        others = _object(_object(params, "context"), "arguments")
        known = {key: each for key, each in others.items() if isinstance(each, str)}
        result: CompleteResult = {"completion": await entry.completions.complete(name, value, known, context)}
        return result

    def _completed(self, ref: Params, context: Context) -> Any:
        kind = ref.get("type")
        if kind == "ref/prompt":
            found: Any = self.server.catalogs.prompts.find(ref.get("name"), context)
        elif kind == "ref/resource":
            found = self.server.catalogs.templates.find(ref.get("uri"), context)
        else:
            raise InvalidParams('"ref" must be of the type "ref/prompt" or "ref/resource".')
        if found is None:
            raise InvalidParams(f"There is nothing to complete: {ref.get('name') or ref.get('uri')}")
        return found

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the server and poll its tasks; at the end, close tasks and end subscriptions gracefully."""
        async with self.server.running():
            poller = asyncio.create_task(self._poll_tasks())
            try:
                yield
            finally:
                poller.cancel()
                await self.tasks.close()
                self.server.subscriptions.close()

    async def _poll_tasks(self) -> None:
        while True:
            await asyncio.sleep(POLL_TASKS)
            try:
                await self.tasks.poll()
            except Exception:  # the outermost frame: otherwise polling would end unnoticed
                _log.exception("fault while looking after tasks")


def _object(params: Params, name: str) -> dict[str, Any]:
    value = params.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidParams(f'"{name}" must be an object.')
    return value
