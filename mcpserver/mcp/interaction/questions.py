"""Questions to the client while a request is answered: elicitation, sampling, roots (MCP 2026-07-28, client).

A question is a value: the request as sent, the capability that it needs, and the function that reads its answer. An
``Interview`` delivers it to the client.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from attrs import evolve, field, frozen

from ..codec import Codec, Mismatch, codec_of, form_schema_of
from ..protocol import Message, Params, Text, ToolError
from ..schema import JsonSchema, compile_schema, require_form_schema, without_blanks

T = TypeVar("T")

MOST_ANSWERS = 3
"""Number of unfit answers after which a question is not asked again."""

LONGEST_REASON = 500
"""Maximum number of characters of the reason why an answer does not fit, which may quote the answer."""


class Declined(ToolError):
    """The person declined (``decline``) or dismissed (``cancel``) a question.

    When a tool does not catch it, its message is the tool's error for the model.
    """

    def __init__(self, action: str) -> None:
        super().__init__(
            "The person declined to answer." if action == "decline" else "The person dismissed the question."
        )
        self.action = action


@frozen
class Question(Generic[T]):
    """A request to the client; ``capability`` is the path in ClientCapabilities that it needs.

    ``read`` converts the client's result to a value and raises Mismatch or Declined.
    """

    method: str
    params: Params
    capability: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], T]
    key: str | None = None

    def as_dict(self) -> Params:
        return {"method": self.method, "params": self.params}

    def again(self, misfit: Mismatch) -> "Question[T]":
        """The question with the reason why the last answer did not fit in its message; unchanged without a message."""
        if "message" not in self.params:
            return self
        told = f"{self.params['message']}\n\nThe answer before did not fit. {str(misfit)[:LONGEST_REASON]}"
        return evolve(self, params={**self.params, "message": told})

    def refused(self, misfit: Mismatch) -> ToolError:
        """The error for the model after ``MOST_ANSWERS`` unfit answers."""
        return ToolError(f"The client's answer to {self.method} cannot be used: {str(misfit)[:LONGEST_REASON]}")


@frozen
class Root:
    """A folder or file that the client lets the server work with (MCP 2026-07-28, client: roots)."""

    uri: str
    name: str | None = None


@frozen
class SamplingResult:
    """The answer of the client's model; ``content`` are its blocks, ``text`` is the text of all text blocks."""

    role: str
    content: Sequence[Mapping[str, Any]]
    model: str
    stop_reason: str | None = None
    text: str = field(init=False)

    @text.default
    def _joined(self) -> str:
        return "".join(
            block["text"]
            for block in self.content
            if block.get("type") == "text" and isinstance(block.get("text"), str)
        )


def form(kind: type[T] | Mapping[str, Any], message: str, *, key: str | None = None) -> Question[Any]:
    """A form to fill in, from a type of flat fields or a restricted schema (client: elicitation)."""
    schema, read = _raw_form(kind) if isinstance(kind, Mapping) else _typed_form(cast(Hashable, kind))
    params = {"message": message, "requestedSchema": schema}
    return Question(
        "elicitation/create",
        params,
        ("elicitation", "form"),
        lambda result: read(_accepted(result).get("content")),
        key,
    )


def url(address: str, message: str, *, key: str | None = None) -> Question[None]:
    """A page for the person to open; the answer says only that they agreed to (client: elicitation, URL mode)."""
    params = {"mode": "url", "url": address, "message": message}

    def read(result: Mapping[str, Any]) -> None:
        _accepted(result)

    return Question("elicitation/create", params, ("elicitation", "url"), read, key)


def sample(
    messages: str | Sequence[Message | str],
    *,
    max_tokens: int = 1000,
    system: str | None = None,
    temperature: float | None = None,
    stop_sequences: Sequence[str] = (),
    model_preferences: Mapping[str, Any] | None = None,
    tools: Sequence[Mapping[str, Any]] = (),
    tool_choice: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> Question[SamplingResult]:
    """A request to the client's model; strings become user messages (client: sampling)."""
    said = [messages] if isinstance(messages, str) else messages
    params: Params = {"messages": [_message(each).as_dict() for each in said], "maxTokens": max_tokens}
    options = {
        "systemPrompt": system,
        "temperature": temperature,
        "stopSequences": list(stop_sequences) or None,
        "modelPreferences": model_preferences,
        "tools": list(tools) or None,
        "toolChoice": tool_choice,
    }
    params |= {name: value for name, value in options.items() if value is not None}
    return Question("sampling/createMessage", params, ("sampling", "tools") if tools else ("sampling",), _sampled, key)


def roots(*, key: str | None = None) -> Question[list[Root]]:
    """A request for the folders and files that the client lets the server work with (client: roots)."""
    return Question("roots/list", {}, ("roots",), _roots, key)


def _message(value: Message | str) -> Message:
    return Message("user", Text(value)) if isinstance(value, str) else value


def _raw_form(schema: Mapping[str, Any]) -> tuple[Params, Callable[[object], Any]]:
    require_form_schema(schema)
    checker: JsonSchema = compile_schema(dict(schema))

    def read(content: object) -> object:
        given = without_blanks(content, schema)
        checker.require(given)
        return given

    return dict(schema), read


@lru_cache(maxsize=512)
def _typed_form(kind: Hashable) -> tuple[Params, Callable[[object], Any]]:
    codec: Codec = codec_of(kind)
    return form_schema_of(kind), lambda content: codec.read(without_blanks(content, codec.schema))


def _accepted(result: Mapping[str, Any]) -> Mapping[str, Any]:
    action = result.get("action")
    if action == "accept":
        return result
    if action in ("decline", "cancel"):
        raise Declined(action)
    raise Mismatch('The answer to an elicitation must have the action "accept", "decline" or "cancel".')


def _sampled(result: Mapping[str, Any]) -> SamplingResult:
    content = result.get("content")
    blocks: list[Any] = content if isinstance(content, list) else [content]
    if not blocks or not all(isinstance(block, dict) and isinstance(block.get("type"), str) for block in blocks):
        raise Mismatch("The answer to a sampling request must have content.")
    return SamplingResult(
        str(result.get("role", "assistant")), blocks, str(result.get("model", "")), result.get("stopReason")
    )


def _roots(result: Mapping[str, Any]) -> list[Root]:
    listed = result.get("roots")
    if not isinstance(listed, list) or not all(
        isinstance(each, dict) and isinstance(each.get("uri"), str) for each in listed
    ):
        raise Mismatch("The answer to roots/list must have a list of roots, each with its uri.")
    return [Root(each["uri"], each.get("name")) for each in listed]
