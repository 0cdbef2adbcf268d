"""An MCP client over HTTP for every revision: one object for one server, with a method for each request."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Literal, Self, cast, overload

from attrs import define, field

from ..errors import ProtocolFailure
from ..fetcher import Fetcher
from ..json_text import JsonObject
from ..trace import CLIENT, Chapter, Trace
from ..wire import (
    CallToolResult,
    CompleteResult,
    GetPromptResult,
    Prompt,
    ReadResourceResult,
    Reference,
    Resource,
    ResourceTemplate,
    Skill,
    SubscriptionFilter,
    Tool,
)
from .augmented_tasks import AugmentedTasks
from .connection import Connection
from .messaging import (
    Ask,
    Step,
    completing,
    getting,
    pinging,
    reading,
    resource_subscription,
    setting_level,
)
from .protocol import (
    MODERN,
    Anonymous,
    Authorizer,
    Host,
    Listing,
    Options,
    Silent,
    file_of,
    presentable,
    require_listed,
    require_verified,
)
from .subscriptions import News, listening, subscription
from .tasks import Tasks
from .tool_calls import ToolCalls
from .transports import HttpSse, Legacy, Modern, Server, Session

__all__ = ["Listing", "MCPClient", "News", "Options", "Server", "Session"]


@define(eq=False)
class MCPClient:
    """A client of one server at ``url``, connected by the first request or open(), and closed at the end of an ``async
    with`` block.

    With ``keeps_session`` the given ``session`` stays open, so that another client can continue with it; otherwise it
    is ended.

    All methods raise FlowError: NeedsSignIn, NeedsScope and whatever else the authorizer raises, Unreachable, RpcError,
    StrangeAnswer, ProtocolFailure, and Declined when the host does not answer a question.
    """

    fetcher: Fetcher
    trace: Trace
    url: str
    authorizer: Authorizer = field(factory=Anonymous)
    host: Host = field(factory=Silent)
    options: Options = field(factory=Options)
    session: Session = field(factory=Session)
    """The state of the server's session; another client can continue with it."""
    keeps_session: bool = False
    connection: Connection = field(init=False)
    _tools: ToolCalls = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.connection = Connection(
            self.fetcher,
            self.trace,
            self.url,
            self.authorizer,
            self.host,
            self.options,
            self.session,
            self.keeps_session,
        )
        self._tools = ToolCalls(self.connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def server(self) -> Server:
        """The server's introduction; its fields are empty before the first request."""
        return self.connection.server

    @property
    def tasks(self) -> Tasks | AugmentedTasks:
        """The server's tasks, for work that outlives its request: get, update (since 2026-07-28), cancel, result."""
        return self.connection.tasks

    async def open(self) -> Server:
        """Negotiate with the server, discarding what was known of it."""
        return await self.connection.open()

    async def close(self) -> None:
        """Close all streams, and end the session unless it is kept."""
        await self.connection.close()

    async def end(self) -> None:
        """Close, and end the session even when it is kept."""
        await self.connection.end()

    # Tools

    async def list_tools(self, *, fresh: bool = False) -> Listing[Tool]:
        """All tools that can be offered, and one line for each that cannot.

        ``fresh`` asks the server even when a cached list is still valid.
        """
        return await self._tools.list_all(fresh=fresh)

    @overload
    async def call_tool(
        self, tool: str | Tool, arguments: Mapping[str, object] | None = None, *, follow: Literal[True] = True
    ) -> CallToolResult: ...

    @overload
    async def call_tool(
        self, tool: str | Tool, arguments: Mapping[str, object] | None = None, *, follow: Literal[False]
    ) -> JsonObject: ...

    async def call_tool(
        self, tool: str | Tool, arguments: Mapping[str, object] | None = None, *, follow: bool = True
    ) -> CallToolResult | JsonObject:
        """Call a tool, which is a name, or a tool from list_tools().

        The result is as the server sent it, checked against the tool's output schema. Without ``follow`` the result of
        a long call is its task (``resultType`` is task). Raises InvalidResult for a result that does not fit the output
        schema.
        """
        if isinstance(tool, str):
            return await self._tools.call_by_name(tool, arguments or {}, follow=follow)
        return await self._tools.call(tool, arguments or {}, follow=follow)

    async def call(self, name: str, arguments: Mapping[str, object]) -> CallToolResult:
        """Call a tool by its name."""
        return await self.call_tool(name, arguments)

    async def task_result(self, tool: Tool, task: Mapping[str, object]) -> CallToolResult:
        """Wait for the result of a call that continues as a task."""
        return cast(CallToolResult, await self._tools.result(tool, task))

    # Resources and prompts

    async def list_resources(self, *, fresh: bool = False) -> Listing[Resource]:
        return presentable(await self.connection.list_all("resources/list", "resources", fresh), "resources", "uri")

    async def list_resource_templates(self, *, fresh: bool = False) -> Listing[ResourceTemplate]:
        return presentable(
            await self.connection.list_all("resources/templates/list", "resourceTemplates", fresh),
            "resourceTemplates",
            "uriTemplate",
        )

    async def read_resource(self, uri: str, *, fresh: bool = False) -> ReadResourceResult:
        """Read a resource; the result has ``contents`` as the server sent them."""
        return cast(ReadResourceResult, await self.connection.kept(reading(uri), fresh))

    async def subscribe(self, uri: str) -> None:
        """Subscribe to a resource, on servers before 2026-07-28 only; listen() works with all."""
        await self._ask_legacy(resource_subscription("resources/subscribe", uri))
        self.session.subscribes(uri, "client")

    async def unsubscribe(self, uri: str) -> None:
        if self.session.unsubscribes(uri, "client"):
            await self._ask_legacy(resource_subscription("resources/unsubscribe", uri))

    async def list_prompts(self, *, fresh: bool = False) -> Listing[Prompt]:
        return presentable(await self.connection.list_all("prompts/list", "prompts", fresh), "prompts", "name")

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> GetPromptResult:
        """Get a prompt; the result has ``messages`` as the server sent them."""
        return cast(GetPromptResult, await self.connection.completed(getting(name, arguments)))

    async def complete(
        self, ref: Reference, name: str, value: str, context: Mapping[str, str] | None = None
    ) -> list[str]:
        """Get suggestions for the value of one argument.

        ``ref`` is a ref/prompt or ref/resource object, ``context`` has the arguments chosen so far.
        """
        result = cast(CompleteResult, await self.connection.ask(completing(ref, name, value, context or {})))
        return result["completion"]["values"]

    async def list_skills(self, *, fresh: bool = False) -> Listing[Skill]:
        """List the server's skills; no file of a skill is fetched here (SEP-2640)."""
        return presentable(await self.connection.list_all("skills/list", "skills", fresh), "skills", "uri")

    async def read_skill(self, skill: Skill, uri: str | None = None) -> bytes:
        """Read a file of a skill from list_skills(); its manifest unless ``uri`` is given.

        Raises Untrusted for a file that is not listed or does not match its entry.
        """
        wanted = uri or skill["uri"]
        require_listed(skill, wanted)
        data = file_of(await self.read_resource(wanted, fresh=True))
        async with self.trace.hop(
            CLIENT, CLIENT, Chapter.USING, "Verify the file", rule="SEP-2640, integrity and verification"
        ) as notes:
            require_verified(skill, wanted, data)
            notes.meaning = "The file matches its description in the server's list."
        return data

    # Everything else

    async def listen(self, notifications: SubscriptionFilter) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        """Listen for change notifications: ``async with await client.listen({"toolsListChanged": True}) as news: async
        for each in news``.

        ``notifications`` is the filter of subscriptions/listen, translated for servers before 2026-07-28. The first
        item is the acknowledgment.
        """
        return listening(subscription(await self.connection.spoken(), notifications).run)

    async def set_level(self, level: str) -> None:
        """Set the log level: with a request of its own before 2026-07-28, and with every later request since."""
        if not isinstance(await self.connection.spoken(), Modern):
            await self.connection.ask(setting_level(level))
        self.session.level = level

    async def ping(self) -> None:
        """Check that the server still answers."""
        revision = await self.connection.spoken()
        await revision.ask(pinging(isinstance(revision, Modern)))

    async def roots_changed(self) -> None:
        """Notify a server before 2026-07-28 that the roots changed; later ones ask for the roots whenever they need
        them.
        """
        revision = await self.connection.spoken()
        if isinstance(revision, Legacy | HttpSse):
            await revision.tell(
                "notifications/roots/list_changed",
                {},
                Step("Notify that the roots changed", "MCP 2025-11-25, roots", Chapter.USING),
            )

    async def _ask_legacy(self, ask: Ask) -> None:
        if isinstance(await self.connection.spoken(), Modern):
            raise ProtocolFailure(
                f"Revision {MODERN} has no {ask.method}; its servers report changes to clients that subscribe."
            )
        await self.connection.ask(ask)
