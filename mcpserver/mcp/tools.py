"""A tool: an annotated function, its schemas, and one call of it (MCP 2026-07-28, server: tools)."""

import asyncio
import inspect
import logging
import secrets
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import msgspec
from attrs import field, frozen

from ..principal import User
from .context import Context
from .errors import RpcError, ToolError
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
    output: "msgspec.json.Decoder[Any]"
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
        """A CallToolResult. What the model can mend is an error result; a fault is one with an id, its story in the log. Raises RpcError."""
        try:
            given = msgspec.convert(arguments, self.arguments, str_keys=True)
        except msgspec.ValidationError as error:
            return _error_result(plain_reason(error))
        try:
            value = await self._run({**_fields(given), **self._inject(context)})
            return self._result(value, objects_only=objects_only)
        except ToolError as error:
            return _error_result(str(error))
        except RpcError:
            raise
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
            return {"content": [_text(_plain(value))], "isError": False}
        encoded = msgspec.json.encode(value)
        self._require_output(encoded)
        structured = msgspec.json.decode(encoded)
        shown = {"result": structured} if objects_only and self.wraps_output else structured
        return {"content": [_text(encoded.decode())], "structuredContent": shown, "isError": False}

    def _require_output(self, encoded: bytes) -> None:
        """MCP 2026-07-28, tools: structured results conform to the output schema; one that does not is our fault, not the model's."""
        try:
            self.output.decode(encoded)
        except msgspec.ValidationError as error:
            raise TypeError(f"the result does not have the declared type: {error}") from error


def make_tool(function: Function, *, name: str | None, title: str | None, scope: str | None, annotations: dict[str, bool]) -> Tool:
    """Read a tool off a function: its name, its docstring, its types. Raises TypeError for a parameter that has none, or cannot be named."""
    hints = get_type_hints(function, include_extras=True)
    output = hints.pop("return", None)
    injected = {parameter: kind for parameter, hint in hints.items() if (kind := _injected(hint)) is not None}
    arguments = _arguments(function, {parameter: kind for parameter, kind in hints.items() if parameter not in injected}, injected)
    input_schema = _input_schema(arguments)
    return Tool(
        name=name or function.__name__,
        function=function,
        description=inspect.getdoc(function) or "",
        arguments=arguments,
        input_schema=input_schema,
        output=msgspec.json.Decoder(Any if output is None else output),
        output_schema=None if output in (None, type(None), str, Any) else schema_of(output),
        injected=injected,
        scope=scope,
        title=title,
        annotations=annotations,
        headers=header_parameters(input_schema),
    )


def _injected(hint: Any) -> type | None:
    """User or Context when the type says so, also as one of several: no caller may ever send what we vouch for."""
    if hint in (User, Context):
        return User if hint is User else Context
    return next((kind for each in get_args(hint) if (kind := _injected(each)) is not None), None)


def _arguments(function: Function, hints: dict[str, Any], injected: dict[str, type]) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in injected:
            continue
        if parameter.name not in hints:
            raise TypeError(f"The parameter {parameter.name} of the tool {function.__name__} needs a type.")
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"The parameter {parameter.name} of the tool {function.__name__} cannot be given by its name.")
        default = () if parameter.default is parameter.empty else (parameter.default,)
        fields.append((parameter.name, hints[parameter.name], *default))
    return msgspec.defstruct("Arguments", fields, kw_only=True, forbid_unknown_fields=True)


def _input_schema(arguments: type[msgspec.Struct]) -> Schema:
    schema = {name: value for name, value in schema_of(arguments).items() if name != "title"}
    return {**schema, "additionalProperties": False}


def _fields(arguments: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in arguments.__struct_fields__}


def _wrapped(schema: Schema | None) -> Schema:
    inner = {name: value for name, value in (schema or {}).items() if name != "$defs"}
    wrapped: Schema = {"type": "object", "properties": {"result": inner}, "required": ["result"]}
    return {**wrapped, "$defs": schema["$defs"]} if schema and "$defs" in schema else wrapped


def _plain(value: Any) -> str:
    """A result without a schema as text."""
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode()


def _text(text: str) -> dict[str, str]:
    """Lone surrogates, which file names may hold but JSON may not, become question marks."""
    return {"type": "text", "text": text.encode("utf-8", "replace").decode()}


def _error_result(message: str) -> Result:
    return {"content": [_text(message)], "isError": True}
