"""The tools of a server: their list, and calls, which are followed when they become tasks (MCP 2026-07-28, tools)."""

from collections.abc import Mapping

from attrs import frozen

from ..errors import ProtocolFailure
from ..json_text import JsonObject
from ..trace import CLIENT, Chapter
from ..wire import Tool
from .augmented_tasks import is_by_task
from .connection import Connection
from .messaging import calling, calling_by_task
from .protocol import AUGMENTED, HEADER_MISMATCH, MODERN, InvalidTool, Listing, RpcError, parameter_headers, read_tools
from .transports import TASK, kind_of


@frozen
class ToolCalls:
    """The tools of one server. Results are as the server sent them, checked against the tool's output schema."""

    connection: Connection

    async def list_all(self, *, fresh: bool) -> Listing[Tool]:
        """All tools that can be offered, and one line for each that cannot."""
        found = await self.connection.list_all("tools/list", "tools", fresh)
        tools, set_aside = read_tools(found.items, by_task=self.connection.session.protocol in (MODERN, AUGMENTED))
        return Listing(tools, [*found.set_aside, *set_aside])

    async def call_by_name(self, name: str, arguments: Mapping[str, object], *, follow: bool) -> JsonObject:
        """As call(). When the server rejects the mirrored headers, the list is fetched again and the call repeated
        (Streamable HTTP, client behaviour).
        """
        try:
            return await self.call(await self._find(name, fresh=False), arguments, follow=follow)
        except RpcError as error:
            if error.code != HEADER_MISMATCH:
                raise
        return await self.call(await self._find(name, fresh=True), arguments, follow=follow)

    async def _find(self, name: str, *, fresh: bool) -> Tool:
        for tool in (await self.list_all(fresh=fresh)).items:
            if tool["name"] == name:
                return tool
        raise ProtocolFailure(f"The server offers no tool named {name[:100]}.")

    async def call(self, tool: Tool, arguments: Mapping[str, object], *, follow: bool) -> JsonObject:
        """Call a tool. Without ``follow`` the result of a long call is its task (``resultType`` is task)."""
        try:
            headers = parameter_headers(tool["inputSchema"], dict(arguments))
        except InvalidTool as error:
            raise ProtocolFailure(f"This tool cannot be called: {error}.") from None
        await self.connection.spoken()
        if is_by_task(self.connection.server, tool):
            return await self._call_by_task(tool, arguments, follow=follow)
        result = await self.connection.completed(calling(tool, arguments, headers))
        if self.connection.session.protocol != MODERN or kind_of(result) != TASK or not follow:
            return result
        return await self.result(tool, result)

    async def _call_by_task(self, tool: Tool, arguments: Mapping[str, object], *, follow: bool) -> JsonObject:
        """Call the tool as a task (MCP 2025-11-25, tasks). The progress token is valid as long as this method follows
        the task.
        """
        connection = self.connection
        token = next(connection.session.ids)
        with connection.receiver.following(token, slow=True):
            created = await connection.augmented_tasks.create(
                connection.completed, calling_by_task(tool, arguments, token, connection.options.task_timeout)
            )
            if not isinstance(created.get("task"), dict):
                return created
            ticket = {**created["task"], "resultType": TASK}
            return await self.result(tool, ticket) if follow else ticket

    async def result(self, tool: Tool, task: Mapping[str, object]) -> JsonObject:
        """Wait for the result of a call that continues as a task."""
        async with self.connection.trace.hop(CLIENT, CLIENT, Chapter.USING, "Wait for the task") as notes:
            result = await self.connection.tasks.result(task)
            calling(tool, {}, {}).read(notes, result)
            return result
