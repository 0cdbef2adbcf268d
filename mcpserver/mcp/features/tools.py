"""Tools: functions with input and output schemas, and calls of them (MCP 2026-07-28, server: tools)."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import cached_property
from typing import Any, Literal, cast

import msgspec
from attrs import define, field

from ...busy import Busy
from ..codec import Codec, Mismatch, codec_of
from ..interaction import Contained, Context
from ..protocol import (
    CallToolResult,
    Icon,
    RpcError,
    ToolDefinition,
    ToolError,
    ToolResult,
    block_of,
    icons,
    logged_fault,
    plain,
)
from ..schema import JsonSchema, Schema, SchemaError, compile_schema, header_parameters
from ..types import write_json
from .access import Access
from .free_content import free_content, is_free
from .functions import Function

TaskMode = bool | Literal["required", "later"]


class Arguments:
    """Reads the arguments of a tool by the types of its function, or checks them against the author's schema."""

    def __init__(self, function: Function, schema: Schema | None) -> None:
        self._codec: Codec | None = None if schema is not None else function.arguments()
        self._checker: JsonSchema | None = None if schema is None else compile_schema(schema)
        self._parameter = "" if schema is None else _only_parameter(function, schema)
        self.schema: Schema = schema if self._codec is None else self._codec.schema  # type: ignore[assignment]

    def read(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments for the function, by parameter name. Raises Mismatch when they do not fit."""
        if self._codec is not None:
            return self._codec.read(arguments)  # type: ignore[no-any-return]
        assert self._checker is not None
        self._checker.require(arguments)
        return {self._parameter: arguments} if self._parameter else {}


def _only_parameter(function: Function, schema: Schema) -> str:
    """The name of the function's only parameter, empty if it has none; for tools with the author's own schema.

    Raises SchemaError when the root of the schema is not of the type object (MCP 2026-07-28, schema:
    Tool.inputSchema), TypeError when the function has several parameters.
    """
    if schema.get("type") != "object":
        raise SchemaError(
            f'The input schema of {function.name} needs "type": "object" at its root, for arguments are given by name.'
        )
    names = [name for name, _, _ in function.sent]
    if len(names) > 1:
        raise TypeError(
            f"{function.name} has a schema of its own: it takes one parameter for all arguments, not "
            f"{', '.join(names)}."
        )
    return names[0] if names else ""


class Output:
    """Converts and checks the results of a tool: structured if the author declares a type or a schema, else content."""

    def __init__(self, returns: Any, schema: Schema | None) -> None:
        self._checker: JsonSchema | None = None if schema is None else compile_schema(schema)
        self._codec: Codec | None = _codec(returns, has_schema=schema is not None)
        self._free = free_content(returns) if self._codec is None and schema is None else None
        self.schema: Schema | None = schema if schema is not None or self._codec is None else self._codec.schema

    @cached_property
    def wraps(self) -> bool:
        """Whether revisions before 2026-07-28, which allow only objects, get the output as ``{"result": ...}``."""
        return self.schema is not None and self.schema.get("type") != "object"

    def result(self, value: Any, *, objects_only: bool) -> CallToolResult:
        """The CallToolResult for a value.

        Raises TypeError for a value that is not of the declared type: a fault of the server, not of the model.
        """
        if isinstance(value, ToolResult):
            return self._full(value, objects_only=objects_only)
        if self._free is not None:
            return {"content": self._free.blocks_of(value), "isError": False}
        encoded = self._encoded(value)
        return {
            "content": [{"type": "text", "text": encoded.decode()}],
            "structuredContent": self._shown(encoded, objects_only=objects_only),
            "isError": False,
        }

    def _full(self, value: ToolResult, *, objects_only: bool) -> CallToolResult:
        result: CallToolResult = {"content": [block_of(each) for each in value.content], "isError": value.is_error}
        if value.structured is not None and not value.is_error:
            encoded = self._encoded(value.structured)
            result["structuredContent"] = self._shown(encoded, objects_only=objects_only)
            result["content"] = result["content"] or [{"type": "text", "text": encoded.decode()}]
        elif self.schema is not None and not value.is_error:
            raise TypeError("the result has no structured value, but the tool promises one")
        if value.meta is not None:
            result["_meta"] = dict(value.meta)
        return result

    def _encoded(self, value: Any) -> bytes:
        encoded = write_json(value) if self._codec is None else self._codec.write(value)
        if self._checker is not None:
            try:
                self._checker.require(msgspec.json.decode(encoded))
            except Mismatch as mismatch:
                raise TypeError(f"the result does not fit the output schema: {mismatch}") from mismatch
        return encoded

    def _shown(self, encoded: bytes, *, objects_only: bool) -> msgspec.Raw:
        wraps = objects_only and (self.wraps or (self.schema is None and not encoded.startswith(b"{")))
        return msgspec.Raw(b'{"result":' + encoded + b"}" if wraps else encoded)


def _codec(returns: Any, *, has_schema: bool) -> Codec | None:
    """The codec of a structured result, None for content.

    It is used even with the author's own schema, so that only what the type declares is sent.
    """
    if returns is str and has_schema:
        return codec_of(str, writes=True)
    return None if is_free(returns) else codec_of(returns, writes=True)


@define(eq=False)
class Tool:
    """A tool.

    ``timeout`` is in seconds. ``concurrency`` is how many calls of the tool run at a time; further calls wait.
    """

    name: str
    function: Function
    arguments: Arguments
    output: Output
    access: Access
    title: str | None = None
    annotations: Mapping[str, bool] = field(factory=dict)
    icons: Sequence[Icon] = ()
    meta: Mapping[str, Any] = field(factory=dict)
    timeout: float | None = None
    concurrency: int | None = None
    task: TaskMode = False
    headers: Mapping[str, Any] = field(init=False)
    _slots: asyncio.Semaphore | None = field(init=False, repr=False)

    @headers.default
    def _read_headers(self) -> Mapping[str, Any]:
        return header_parameters(self.arguments.schema)

    @_slots.default
    def _make_slots(self) -> asyncio.Semaphore | None:
        return None if self.concurrency is None else asyncio.Semaphore(self.concurrency)

    def definition(self, *, objects_only: bool) -> ToolDefinition:
        output = self.output.schema
        shown = {
            "name": self.name,
            "title": self.title,
            "description": self.function.description,
            "icons": icons(self.icons),
            "inputSchema": self.arguments.schema,
            "outputSchema": _wrapped(output) if objects_only and self.output.wraps else output,
            "annotations": dict(self.annotations),
            "_meta": dict(self.meta),
        }
        present = {
            name: value for name, value in shown.items() if value not in (None, "", [], {}) or name == "inputSchema"
        }
        return cast(ToolDefinition, present)

    async def call(self, arguments: dict[str, Any], context: Context, *, objects_only: bool) -> CallToolResult:
        """Run the tool and return a CallToolResult.

        Errors that the model can correct become error results with their message; faults become error results with a
        reference to the log. Raises RpcError and Busy as raised by the function.
        """
        try:
            with Contained():
                value = await self._run(self.arguments.read(arguments), context)
                return self.output.result(value, objects_only=objects_only)
        except (Mismatch, ToolError) as error:
            return error_result(str(error))
        except (RpcError, Busy):
            raise
        except Exception:
            reference = logged_fault(f"the tool {self.name}")
            return error_result(f"The tool failed. The reference {reference} leads to the reason in the server's log.")

    async def _run(self, given: dict[str, Any], context: Context) -> Any:
        if self._slots is None and self.timeout is None:
            return await self.function(given, context)
        async with AsyncExitStack() as stack:
            if self._slots is not None:
                await stack.enter_async_context(self._slots)
            limit = asyncio.timeout(self.timeout)
            try:
                async with limit:
                    return await self.function(given, context)
            except TimeoutError:
                if not limit.expired():
                    raise
                context.cancel()
                raise ToolError(f"The tool did not finish within {self.timeout:g} seconds.") from None


def make_tool(
    function: Function,
    *,
    name: str | None,
    access: Access,
    input_schema: Schema | None,
    output_schema: Schema | None,
    **details: Any,
) -> Tool:
    """Build a tool; ``details`` are further attributes of Tool.

    Raises TypeError for a parameter or type that tools cannot have, SchemaError for a schema that cannot be used.
    """
    try:
        output = Output(function.returns, output_schema)
    except TypeError as error:
        raise type(error)(f"{function.name}: the result: {error}") from error
    return Tool(
        function.name if name is None else name, function, Arguments(function, input_schema), output, access, **details
    )


def hints(**values: bool | None) -> dict[str, bool]:
    """Tool annotations, without those that the author did not give (None)."""
    return {name: value for name, value in values.items() if value is not None}


def error_result(message: str) -> CallToolResult:
    return {"content": [{"type": "text", "text": plain(message)}], "isError": True}


def _wrapped(schema: Schema | None) -> Schema:
    inner = {name: value for name, value in (schema or {}).items() if name != "$defs"}
    wrapped: Schema = {"type": "object", "properties": {"result": inner}, "required": ["result"]}
    return {**wrapped, "$defs": schema["$defs"]} if schema and "$defs" in schema else wrapped
