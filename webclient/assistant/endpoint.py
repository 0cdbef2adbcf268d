"""The chat endpoint that the operator configured, in the format of OpenAI's chat completions.

Requests are sent as POST .../chat/completions.
"""

import json
from typing import Unpack
from urllib.parse import urlsplit

from attrs import field, frozen

from ..errors import FlowError
from ..fetcher import Call, Fetcher, Response
from .chat import ChatMessage, ChatOptions, ChatRequest

MOST_WISHES, LONGEST_REPLY = 16, 100_000
OTHER_NAME = "max_completion_tokens"


class NoAnswer(FlowError):
    """Raised when the model gave no usable answer."""


@frozen
class ModelCall:
    """A tool call that the model asks for; ``arguments`` is JSON text, which may be invalid."""

    id: str
    function: str
    arguments: str = field(repr=False)


@frozen
class Reply:
    """A reply of the model. ``calls`` are its tool calls; ``stopped`` is its finish_reason."""

    text: str = field(repr=False)
    calls: tuple[ModelCall, ...] = field(default=(), repr=False)
    model: str = ""
    stopped: str = ""


@frozen
class Endpoint:
    """A chat endpoint and its model.

    ``url`` is the base address, such as http://127.0.0.1:11434/v1; ``timeout`` is in seconds for a whole answer.
    """

    url: str
    model: str
    key: str = field(repr=False)
    timeout: float
    fetcher: Fetcher = field(repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    async def complete(self, messages: list[ChatMessage], **more: Unpack[ChatOptions]) -> Reply:
        """The model's reply to the messages. ``more`` are further members of the request. Raises FlowError."""
        body: ChatRequest = {"model": self.model, "messages": messages, **more}
        response = await self._post(body)
        if response.status == 400 and "max_tokens" in body and OTHER_NAME.encode() in response.body:
            # Newer models accept the limit under its newer name only, many model servers under the older one only.
            body["max_completion_tokens"] = body.pop("max_tokens")
            response = await self._post(body)
        if not response.succeeded:
            raise NoAnswer(self._refusal(response))
        return self._read(response)

    async def _post(self, body: ChatRequest) -> Response:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        address, host = self.url.rstrip("/") + "/chat/completions", urlsplit(self.url).hostname or ""
        sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return await self.fetcher.fetch(Call("POST", address, host, headers, sent, self.timeout))

    def _refusal(self, response: Response) -> str:
        said = _error_message(response)
        words = {
            401: f"{self.host} does not accept the key. Set assistant_key to a valid key.",
            403: f"{self.host} does not allow this key to use {self.model}.",
            404: f"{self.host} has no model {self.model}, or the address is wrong. Check assistant_url and "
            "assistant_model.",
            413: "The conversation is too long for the model. Start a new one.",
            429: f"{self.host} received too many requests, or the limit of the account is reached. Wait before you try "
            "again.",
        }
        sentence = words.get(response.status, f"{self.host} responded with an error (status {response.status}).")
        return f"{sentence} It says: {said}" if said else sentence

    def _read(self, response: Response) -> Reply:
        answer = response.json_object() or {}
        choices = answer.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        message = choice.get("message")
        if not isinstance(message, dict):
            raise NoAnswer(f"{self.host} sent a response that is not a chat completion. Check assistant_url.")
        said = message.get("content") or message.get("refusal")
        text = said[:LONGEST_REPLY] if isinstance(said, str) else ""
        calls = _calls(message.get("tool_calls"))
        if not text.strip() and not calls:
            raise NoAnswer(f"{self.model} gave an empty answer.")
        return Reply(text, calls, str(answer.get("model") or self.model)[:100], str(choice.get("finish_reason") or ""))


def _calls(listed: object) -> tuple[ModelCall, ...]:
    """The id, function name and arguments of each tool call.

    Accepts calls without an id, and arguments given as an object, which some model servers send.
    """
    found: dict[str, ModelCall] = {}
    for number, each in enumerate(listed[:MOST_WISHES] if isinstance(listed, list) else []):
        function = each.get("function") if isinstance(each, dict) else None
        if not isinstance(function, dict):
            continue
        said = each.get("id")
        known = said[:200] if isinstance(said, str) and said and said[:200] not in found else f"call-{number}"
        arguments = function.get("arguments")
        found[known] = ModelCall(
            known,
            str(function.get("name"))[:200],
            arguments if isinstance(arguments, str) else json.dumps(arguments),
        )
    return tuple(found.values())


def _error_message(response: Response) -> str:
    """The endpoint's own message, shortened: OpenAI has it in error.message, others in error or message."""
    answer = response.json_object() or {}
    error = answer.get("error", answer.get("message"))
    said = error.get("message") if isinstance(error, dict) else error
    return " ".join(said.split())[:300] if isinstance(said, str) else ""
