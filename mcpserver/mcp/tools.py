"""A tool: an annotated function, its schemas, and one call of it (MCP 2026-07-28, server: tools)."""

import asyncio
import inspect
import logging
import secrets
from collections.abc import Callable
from typing import Any, get_type_hints

import msgspec
from attrs import field, frozen

from ..principal import User
from .context import Context
from .errors import ToolError
from .schema import Schema, header_parameters, plain_reason, schema_of

_log = logging.getLogger(__name__)

Function = Callable[..., Any]
Result = dict[str, Any]


@frozen
class Tool:
    """``scope`` is what a caller must have been granted, space-separated; ``injected`` maps parameters to User or Context."""

    name: str
    function: Function
    description: str
    arguments: type[msgspec.Struct]
    input_schema: Schema
    output: Any
    output_schema: Schema | None
    injected: dict[str, type]
    scope: str | None
    title: str | None
    annotations: dict[str, bool] = field(factory=dict)
    headers: dict[str, str] = field(factory=dict)

    @property
    def wraps_output(self) -> bool:
        """Whether revisions before 2026-07-28, which know objects only, get the output as ``{"result": ...}``."""
        return self.output_schema is not None and self.output_schema.get("type") != "object"

    def definition(self, *, objects_only: bool = False) -> dict[str, Any]:
        """As ``tools/list`` shows it; ``objects_only`` for revisions before 2026-07-28."""
        shown: dict[str, Any] = {"name": self.name, "title": self.title, "description": self.description, "inputSchema": self.input_schema}
        shown["outputSchema"] = _wrapped(self.output_schema) if objects_only and self.wraps_output else self.output_schema
        shown["annotations"] = self.annotations
        return {name: value for name, value in shown.items() if value not in (None, "", {}) or name == "inputSchema"}

    async def call(self, arguments: object, context: Context, *, objects_only: bool = False) -> Result:
        """A CallToolResult. What the model can mend is an error result; a fault is one with an id, its story in the log."""
        try:
            given = msgspec.convert(arguments, self.arguments)
            value = await self._run({**_fields(given), **self._inject(context)})
            return self._result(value, objects_only=objects_only)
        except ToolError as error:
            return _error_result(str(error))
        except msgspec.ValidationError as error:
            return _error_result(plain_reason(error))
        except Exception:
            reference = secrets.token_hex(6)
            _log.exception("fault %s in the tool %s", reference, self.name)
            return _error_result(f"The tool failed. The reference {reference} leads to the reason in the server's log.")

    async def _run(self, arguments: dict[str, Any]) -> Any:
        if inspect.iscoroutinefunction(self.function):
            return await self.function(**arguments)
        return await asyncio.to_thread(self.function, **arguments)

    def _inject(self, context: Context) -> dict[str, Any]:
        return {name: context.user if kind is User else context for name, kind in self.injected.items()}

    def _result(self, value: Any, *, objects_only: bool) -> Result:
        if self.output_schema is None:
            return {"content": [_text("" if value is None else str(value))], "isError": False}
        structured = msgspec.to_builtins(value)
        _require_output(structured, self.output)
        shown = {"result": structured} if objects_only and self.wraps_output else structured
        return {"content": [_text(msgspec.json.encode(structured).decode())], "structuredContent": shown, "isError": False}


def make_tool(function: Function, *, name: str | None, title: str | None, scope: str | None, annotations: dict[str, bool]) -> Tool:
    """Read a tool off a function: its name, its docstring, its types. Raises TypeError for a parameter without a type."""
    hints = get_type_hints(function, include_extras=True)
    output = hints.pop("return", None)
    injected = {parameter: kind for parameter, kind in hints.items() if kind in (User, Context)}
    arguments = _arguments(function, {parameter: kind for parameter, kind in hints.items() if parameter not in injected}, injected)
    input_schema = _input_schema(arguments)
    return Tool(
        name=name or function.__name__,
        function=function,
        description=inspect.getdoc(function) or "",
        arguments=arguments,
        input_schema=input_schema,
        output=output,
        output_schema=None if output in (None, type(None), str, Any) else schema_of(output),
        injected=injected,
        scope=scope,
        title=title,
        annotations=annotations,
        headers=header_parameters(input_schema),
    )


def _arguments(function: Function, hints: dict[str, Any], injected: dict[str, type]) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in injected:
            continue
        if parameter.name not in hints:
            raise TypeError(f"The parameter {parameter.name} of the tool {function.__name__} needs a type.")
        default = () if parameter.default is parameter.empty else (parameter.default,)
        fields.append((parameter.name, hints[parameter.name], *default))
    return msgspec.defstruct("Arguments", fields, kw_only=True, forbid_unknown_fields=True)


def _input_schema(arguments: type[msgspec.Struct]) -> Schema:
    schema = {name: value for name, value in schema_of(arguments).items() if name != "title"}
    return {**schema, "additionalProperties": False}


def _fields(arguments: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in arguments.__struct_fields__}


def _require_output(structured: Any, kind: Any) -> None:
    """MCP 2026-07-28, tools: structured results conform to the output schema; one that does not is our fault, not the model's."""
    try:
        msgspec.convert(structured, kind)
    except msgspec.ValidationError as error:
        raise TypeError(f"the result does not have the declared type: {error}") from error


def _wrapped(schema: Schema | None) -> Schema:
    inner = {name: value for name, value in (schema or {}).items() if name != "$defs"}
    wrapped: Schema = {"type": "object", "properties": {"result": inner}, "required": ["result"]}
    return {**wrapped, "$defs": schema["$defs"]} if schema and "$defs" in schema else wrapped


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _error_result(message: str) -> Result:
    return {"content": [_text(message)], "isError": True}
