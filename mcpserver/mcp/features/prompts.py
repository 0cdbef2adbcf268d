"""Prompts: message templates that a person chooses (MCP 2026-07-28, server: prompts)."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from attrs import define, field

from ...busy import Busy
from ..codec import Codec, Mismatch
from ..interaction import Contained, Context
from ..protocol import (
    SHOWN,
    GetPromptResult,
    Icon,
    InternalError,
    InvalidParams,
    Message,
    PromptArgument,
    PromptDefinition,
    RpcError,
    ToolError,
    icons,
    logged_fault,
)
from .access import Access
from .completion import Completions
from .functions import Function


@define(eq=False)
class Prompt:
    name: str
    function: Function
    access: Access
    completions: Completions
    title: str | None = None
    icons: Sequence[Icon] = ()
    meta: Mapping[str, Any] = field(factory=dict)
    _arguments: Codec = field(init=False, repr=False)

    @_arguments.default
    def _read_arguments(self) -> Codec:
        return self.function.arguments()

    def definition(self, *, objects_only: bool) -> PromptDefinition:
        shown = {
            "name": self.name,
            "title": self.title,
            "description": self.function.description,
            "icons": icons(self.icons),
            "arguments": self._described(),
            "_meta": dict(self.meta),
        }
        return cast(PromptDefinition, {name: value for name, value in shown.items() if value not in (None, "", [], {})})

    async def get(self, arguments: Mapping[str, Any], context: Context) -> GetPromptResult:
        """Run the function and return its messages.

        Raises InvalidParams for arguments that do not fit and for a ToolError, InternalError for other faults, and
        RpcError and Busy as raised by the function.
        """
        try:
            with Contained():
                given = self._arguments.read(dict(arguments), strict=False)
                messages = _messages(await self.function(given, context))
        except (RpcError, Busy):
            raise
        except (Mismatch, ToolError) as error:
            raise InvalidParams(str(error)) from error
        except Exception as error:
            raise InternalError(logged_fault(f"the prompt {self.name}")) from error
        result: GetPromptResult = {"messages": [message.as_dict() for message in messages]}
        if self.function.description:
            result["description"] = self.function.description
        return result

    def _described(self) -> list[PromptArgument]:
        schema = self._arguments.schema
        texts = {
            name: {"description": each["description"]} if "description" in each else {}
            for name, each in schema["properties"].items()
        }
        return [
            cast(PromptArgument, {"name": name, **text, "required": name in schema["required"]})
            for name, text in texts.items()
        ]


def _messages(value: Any) -> list[Message]:
    """The messages of a result, one or a list. Raises TypeError for one that is neither a message nor content."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    return [_message(each) for each in values]


def _message(value: Any) -> Message:
    if isinstance(value, Message):
        return value
    if isinstance(value, SHOWN):
        return Message("user", value)
    raise TypeError(f"a prompt gives messages, text or content, not {type(value).__name__}")
