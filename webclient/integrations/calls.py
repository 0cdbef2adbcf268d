"""Calls to a connected server: tools, resources and prompts, each run as a background operation."""

from attrs import define, evolve

from ..errors import FlowError, NeedsScope, NeedsSignIn, named_scopes
from ..json_text import JsonObject
from ..mcp.protocol import HEADER_MISMATCH, InvalidResult, RpcError
from ..storage import PROMPT, RESOURCE, TOOL, CallRecord, Integration, Store
from ..trace import CLIENT, YOU, Chapter
from ..wire import CallToolResult, Tool
from .credentials import Access
from .operations import Operation, Operations

TITLES = {TOOL: "Call {}", PROMPT: "Get the prompt {}", RESOURCE: "Read {}"}


@define
class Calls:
    """Starts calls and records their results. A FlowError is stored in the record's ``problem``, never propagated."""

    store: Store
    access: Access
    operations: Operations

    def begin(self, integration: Integration, record: CallRecord) -> Operation:
        """Start a call in the background. Raises TooMuchAtOnce."""
        return self.operations.begin(integration, record, self._carry_out)

    async def again(self, integration: Integration) -> Operation | None:
        """Repeat the call that waited for a permission; None when there is none."""
        record = await self.store.find_waiting_call(integration.id)
        return self.begin(integration, record) if record else None

    async def _carry_out(self, operation: Operation) -> CallRecord:
        integration = operation.integration
        record = await self._begin_flow(integration, operation.begun)
        try:
            return evolve(record, result=await self._ask(operation))
        except NeedsScope as error:
            missing = await self._missing(integration, error.scopes)
            return evolve(
                record,
                missing=missing,
                problem=f"This call needs permissions that you have not granted yet: {named_scopes(missing)}.",
            )
        except NeedsSignIn:
            ended = (
                "Your sign-in has ended. Sign in again"
                if integration.issuer
                else ("This call requires you to sign in. Sign in")
            )
            return evolve(record, problem=f"{ended}, then repeat this call.")
        except InvalidResult as error:
            return evolve(record, result=error.result, problem=str(error))
        except FlowError as error:
            return evolve(record, problem=str(error))

    async def _begin_flow(self, integration: Integration, record: CallRecord) -> CallRecord:
        """Open a run of the trace for the call; a repeated call continues in the run in which it began."""
        trace = self.access.trace(integration)
        if record.attempts:
            trace.go_on(record.run)
            return record
        async with trace.hop(
            YOU, CLIENT, Chapter.ASKING, TITLES[record.kind].format(record.name[:60]), begins=True
        ) as notes:
            notes.sends(record.arguments)
            notes.meaning = "The client sends your request to the server as a message."
        return evolve(record, run=trace.run)

    async def _missing(self, integration: Integration, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The wanted scopes that the token lacks, since servers may name held ones too.

        All of them when none is lacking: then the server contradicts itself.
        """
        tokens = await self.store.find_tokens(integration.id)
        return tuple(scope for scope in wanted if not tokens or scope not in tokens.scopes) or wanted

    async def _ask(self, operation: Operation) -> JsonObject:
        record = operation.begun
        if record.kind == TOOL:
            return dict(await self._call_tool(operation))
        async with self.access.client(operation.integration, host=operation) as client:
            if record.kind == RESOURCE:
                return dict(await client.read_resource(record.name, fresh=True))
            return dict(await client.get_prompt(record.name, record.arguments))

    async def _call_tool(self, operation: Operation) -> CallToolResult:
        """Call the tool; after a HeaderMismatch error list the tools again and retry once, since the tool's definition
        has changed (MCP 2026-07-28, Streamable HTTP).
        """
        integration, record = operation.integration, operation.begun
        try:
            async with self.access.client(integration, host=operation) as client:
                return await client.call_tool(tool_of(integration, record.name), record.arguments)
        except RpcError as error:
            if error.code != HEADER_MISMATCH:
                raise
        met = await self.list_again(integration)
        async with self.access.client(met, host=operation) as client:
            return await client.call_tool(tool_of(met, record.name), record.arguments)

    async def list_again(self, integration: Integration) -> Integration:
        """Ask the server for its tools again and store them. Raises FlowError."""
        async with self.access.client(integration) as client:
            tools, set_aside = await client.list_tools(fresh=True)
        met = evolve(integration, tools=tuple(tools), set_aside=tuple(set_aside))
        await self.access.keep(met)
        return met

    async def find(self, integration: Integration, call_id: str) -> Operation | CallRecord | None:
        """The running operation, or else the stored record of the call; None when neither exists."""
        return self.operations.find(integration, call_id) or await self.store.calls.find(integration.id, call_id)


def tool_of(integration: Integration, name: str) -> Tool:
    """The tool as the server listed it. Raises FlowError when there is none of this name."""
    for tool in integration.tools:
        if tool["name"] == name:
            return tool
    raise FlowError("The server no longer offers this tool.")
