"""Transport-independent dispatch of requests: finds the method, checks the caller's access and runs the handler."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType

from mcpbase.seal import Seal

from ...busy import Busy
from ...principal import User
from ...sources import Sources
from .. import Server
from ..features import Cursors, Prompt, Tool
from ..interaction import (
    PROMPTS,
    RESOURCES,
    TASK,
    TOOLS,
    UPDATED,
    Contained,
    Context,
    Notify,
    ReplayedInput,
    input_required,
)
from ..protocol import (
    MethodNotFound,
    Params,
    Request,
    RequestStates,
    Result,
    RoundTrip,
    traced,
    unavailable,
)
from ..tasks import MemoryTasks, TaskMethods, Tasks, TaskStore
from . import modern
from .capabilities import Capabilities
from .in_flight import UnderWay
from .methods import FeatureMethods, Method
from .modern import ModernRequest

MAY_ASK = frozenset({"tools/call", "prompts/get", "resources/read"})
"""Methods whose handlers may ask the client questions (MCP 2026-07-28, basic: MRTR, supported requests)."""

_ONLY_BEFORE = frozenset({"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"})
"""Methods of the revisions before 2026-07-28 that this revision removed."""

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
        self._catalogs = server.catalogs
        self.capabilities = Capabilities(server, extensions)
        self.tasks = Tasks(tasks or MemoryTasks(), server.subscriptions, sources, lifetime=server.task_lifetime)
        self.protected = protected
        self.sources = sources
        seal = seal or Seal(sources.token_bytes(32))
        self._under_way = UnderWay()
        self._states = RequestStates(seal, sources, server.question_lifetime)
        features = FeatureMethods(server, self.tasks, Cursors(seal, server.page_size), protected=protected)
        self._use_tool = features.use_tool
        self.methods = features.by_name()
        self._task_methods = TaskMethods(self.tasks)
        self._modern: dict[str, Method] = {
            **self.methods,
            "server/discover": self._discover,
            "subscriptions/listen": self._listen,
            "tasks/get": self._task_methods.get,
            "tasks/update": self._task_methods.update,
            "tasks/cancel": self._task_methods.cancel,
        }

    def named(self, message: Request) -> Tool | Prompt | None:
        """The tool or prompt that a request names, without regard to visibility. Runs no code of the author's."""
        if message.method == "tools/call":
            return self._catalogs.tools.find(message.params.get("name"))
        if message.method == "prompts/get":
            return self._catalogs.prompts.find(message.params.get("name"))
        return None

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
        self.capabilities.require_offered(request.method)
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
        tool = self._catalogs.tools.find(request.params.get("name")) if request.method == "tools/call" else None
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

    def _carried(self, request: Request, caller: User | None, replay: ReplayedInput) -> str:
        return self._states.write(request, caller, RoundTrip(replay.answers, replay.remembered, replay.misfits))

    async def _discover(self, params: Params, context: Context) -> Result:
        return modern.discovery(self.capabilities.declared(), self.server)

    async def _listen(self, params: Params, context: Context) -> Result:
        return await modern.listen(self.server, params, context, own_tasks=self._task_methods.owned)

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

    async def hear(self, method: str, about: str) -> None:
        """Tell the listeners of this process what another process has published."""
        if method == TASK:
            await self.tasks.hear(bytes.fromhex(about))
        else:
            self.server.subscriptions.spread(method, about, {"uri": about} if method == UPDATED else {})

    async def hear_all(self) -> None:
        """Tell the listeners that anything may have changed, after events of other processes were missed."""
        for method in (TOOLS, PROMPTS, RESOURCES):
            await self.hear(method, "")
        for method, about in self.server.subscriptions.subjects():
            await self.hear(method, about)
        await self.tasks.poll()

    async def _poll_tasks(self) -> None:
        while True:
            await asyncio.sleep(POLL_TASKS)
            try:
                await self.tasks.poll()
            except Exception:  # the outermost frame: otherwise polling would end unnoticed
                _log.exception("fault while looking after tasks")
