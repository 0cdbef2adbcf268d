"""An MCP client over HTTP, in every revision: one object for one server, and a method for everything that can be asked of it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from attrs import define

from ..errors import ProtocolFailure
from ..trace import CLIENT, Chapter
from .augmented_tasks import is_by_task
from .conversation import Conversation
from .messaging.endpoint import Step
from .messaging.exchange import Ask
from .messaging.requests import calling, calling_by_task, completing, getting, pinging, reading, resource_subscription, setting_level
from .protocol.listing import Listing, presentable
from .protocol.options import Options
from .protocol.parameters import InvalidTool, parameter_headers
from .protocol.results import HEADER_MISMATCH, RpcError
from .protocol.revisions import AUGMENTED, MODERN
from .protocol.skills import file_of, require_listed, require_verified
from .protocol.tools import read_tools
from .subscriptions import News, listening, subscription
from .transports.http_sse import HttpSse
from .transports.legacy import Legacy
from .transports.modern import TASK, Modern, kind_of
from .transports.session import Server, Session

__all__ = ["Listing", "MCPClient", "News", "Options", "Server", "Session"]


@define(eq=False)
class MCPClient(Conversation):
    """One server at ``url``.

    Everything raises FlowError: NeedsSignIn, NeedsScope and what else the authorizer raises, Unreachable, RpcError, StrangeAnswer, ProtocolFailure,
    Declined when the host does not answer a question.
    """

    # Tools

    async def list_tools(self, *, fresh: bool = False) -> Listing:
        """Every tool that can be offered, and a line for each that cannot. ``fresh`` asks the server even when an older list still holds."""
        found = await self._list("tools/list", "tools", fresh)
        tools, set_aside = read_tools(found.items, by_task=self.session.protocol in (MODERN, AUGMENTED))
        return Listing(tools, [*found.set_aside, *set_aside])

    async def call_tool(self, tool: Mapping[str, Any], arguments: Mapping[str, Any], *, follow: bool = True) -> dict[str, Any]:
        """The result as the server gave it, held against the tool's output schema. ``tool`` is one of list_tools().

        Without ``follow`` a long call comes back as its task (``resultType`` is task). Raises InvalidResult for a result that breaks the tool's promise.
        """
        try:
            headers = parameter_headers(tool["inputSchema"], dict(arguments))
        except InvalidTool as error:
            raise ProtocolFailure(f"This tool cannot be called: {error}.") from None
        await self._spoken()
        if is_by_task(self.session.server, tool):
            result = await self._call_by_task(tool, arguments, follow=follow)
        else:
            result = await self._completed(calling(tool, arguments, headers))
        if self.session.protocol != MODERN or kind_of(result) != TASK or not follow:
            return result
        return await self.task_result(tool, result)

    async def _call_by_task(self, tool: Mapping[str, Any], arguments: Mapping[str, Any], *, follow: bool) -> dict[str, Any]:
        """MCP 2025-11-25, tasks. Its progress token lives as long as the task."""
        token = next(self.session.ids)
        with self._receiver.following(token, slow=True):
            created = await self._augmented_tasks.create(self._completed, calling_by_task(tool, arguments, token, self.options.task_timeout))
            if not isinstance(created.get("task"), dict):
                return created
            ticket = {**created["task"], "resultType": TASK}
            return await self.task_result(tool, ticket) if follow else ticket

    async def task_result(self, tool: Mapping[str, Any], task: dict[str, Any]) -> dict[str, Any]:
        """The result of a call that went on as a task."""
        async with self.trace.hop(CLIENT, CLIENT, Chapter.USING, "Waiting for the task") as notes:
            result = await self.tasks.result(task)
            calling(tool, {}, {}).read(notes, result)
            return result

    async def call(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool by its name; the list is asked for anew when the server finds the mirrored headers wrong (Streamable HTTP, client behaviour)."""
        try:
            return await self.call_tool(await self._tool(name, fresh=False), arguments)
        except RpcError as error:
            if error.code != HEADER_MISMATCH:
                raise
        return await self.call_tool(await self._tool(name, fresh=True), arguments)

    async def _tool(self, name: str, *, fresh: bool) -> dict[str, Any]:
        tools, _ = await self.list_tools(fresh=fresh)
        for tool in tools:
            if tool["name"] == name:
                return tool
        raise ProtocolFailure(f"The server offers no tool called {name[:100]}.")

    # Resources and prompts

    async def list_resources(self, *, fresh: bool = False) -> Listing:
        return presentable(await self._list("resources/list", "resources", fresh), "resources", "uri")

    async def list_resource_templates(self, *, fresh: bool = False) -> Listing:
        return presentable(await self._list("resources/templates/list", "resourceTemplates", fresh), "resourceTemplates", "uriTemplate")

    async def read_resource(self, uri: str, *, fresh: bool = False) -> dict[str, Any]:
        """``contents``, as the server gave them."""
        return await self._kept(reading(uri), fresh)

    async def subscribe(self, uri: str) -> None:
        """For servers of before 2026-07-28; listen() is for all."""
        await self._ask_legacy(resource_subscription("resources/subscribe", uri))
        self.session.subscribes(uri, "client")

    async def unsubscribe(self, uri: str) -> None:
        if self.session.unsubscribes(uri, "client"):
            await self._ask_legacy(resource_subscription("resources/unsubscribe", uri))

    async def list_prompts(self, *, fresh: bool = False) -> Listing:
        return presentable(await self._list("prompts/list", "prompts", fresh), "prompts", "name")

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> dict[str, Any]:
        """``messages``, as the server gave them."""
        result, _ = await self._complete(getting(name, arguments))
        return result

    async def complete(self, ref: Mapping[str, Any], name: str, value: str, context: Mapping[str, str] | None = None) -> list[str]:
        """Suggestions for one argument. ``ref`` is a ref/prompt or ref/resource object, ``context`` has the arguments chosen so far."""
        result = await self._ask(completing(ref, name, value, context or {}))
        values: list[str] = result["completion"]["values"]
        return values

    async def list_skills(self, *, fresh: bool = False) -> Listing:
        """What the server teaches; no file of a skill is fetched here (SEP-2640)."""
        return presentable(await self._list("skills/list", "skills", fresh), "skills", "uri")

    async def read_skill(self, skill: Mapping[str, Any], uri: str | None = None) -> bytes:
        """A file of a skill of list_skills(), the manifest unless said. Raises Untrusted for one that is not what was listed."""
        wanted = uri or str(skill["uri"])
        require_listed(skill, wanted)
        data = file_of(await self._kept(reading(wanted), fresh=True))
        async with self.trace.hop(CLIENT, CLIENT, Chapter.USING, "Is this the file that was listed?", rule="SEP-2640, integrity and verification") as notes:
            require_verified(skill, wanted, data)
            notes.meaning = "The file is what the server's list describes."
        return data

    # Everything else

    async def listen(self, notifications: Mapping[str, Any]) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        """News of changes: ``async with await client.listen({"toolsListChanged": True}) as news: async for each in news``.

        ``notifications`` is the filter of subscriptions/listen; servers of before 2026-07-28 are asked in their own way. The first is the acknowledgment.
        """
        return listening(subscription(await self._spoken(), dict(notifications)).run)

    async def set_level(self, level: str) -> None:
        """How much of its log the server should tell: asked once before 2026-07-28, with every request since."""
        if not isinstance(await self._spoken(), Modern):
            await self._ask(setting_level(level))
        self.session.level = level

    async def ping(self) -> None:
        """Whether the server still answers."""
        revision = await self._spoken()
        await revision.ask(pinging(isinstance(revision, Modern)))

    async def roots_changed(self) -> None:
        """Tell a server of before 2026-07-28 that it should ask for the roots again; later ones ask when they need them."""
        revision = await self._spoken()
        if isinstance(revision, Legacy | HttpSse):
            await revision.tell("notifications/roots/list_changed", {}, Step("My folders have changed", "MCP 2025-11-25, roots", Chapter.USING))

    async def _ask_legacy(self, ask: Ask) -> None:
        if isinstance(await self._spoken(), Modern):
            raise ProtocolFailure(f"Revision {MODERN} knows no {ask.method}: its servers tell of changes to whoever listens.")
        await self._ask(ask)
