"""A server's sampling request (MCP 2026-07-28, sampling) as a chat completion request."""

from ..json_text import JsonObject
from ..results import pretty
from .chat import ChatMessage, ChatOptions

MOST_TOKENS = 8000
MOST_MESSAGES = 100


def sampling_request(params: JsonObject) -> tuple[list[ChatMessage], ChatOptions]:
    """The messages and the further members of a chat completion request. Invalid parameters are left out."""
    system, listed = params.get("systemPrompt"), params.get("messages")
    messages: list[ChatMessage] = [{"role": "system", "content": system}] if isinstance(system, str) and system else []
    said = [each for each in listed[:MOST_MESSAGES] if isinstance(each, dict)] if isinstance(listed, list) else []
    messages += [
        ChatMessage(
            role="assistant" if each.get("role") == "assistant" else "user", content=_content(each.get("content"))
        )
        for each in said
    ]
    return messages, _limits(params)


def _limits(params: JsonObject) -> ChatOptions:
    most, temperature, stops = params.get("maxTokens"), params.get("temperature"), params.get("stopSequences")
    more: ChatOptions = {"max_tokens": min(most, MOST_TOKENS) if isinstance(most, int) and most > 0 else MOST_TOKENS}
    if isinstance(temperature, int | float) and not isinstance(temperature, bool):
        more["temperature"] = temperature
    if isinstance(stops, list) and stops and all(isinstance(each, str) for each in stops):
        more["stop"] = stops[:4]
    return more


def _content(value: object) -> str | list[JsonObject]:
    blocks = value if isinstance(value, list) else [value]
    parts = [_part(block) for block in blocks]
    if all(isinstance(block, dict) and block.get("type") == "text" for block in blocks):
        return "\n\n".join(part["text"] for part in parts)
    return parts


def _part(block: object) -> JsonObject:
    members: JsonObject = block if isinstance(block, dict) else {}
    kind = members.get("type")
    if kind == "text":
        return {"type": "text", "text": str(members.get("text", ""))}
    if kind == "image":
        url = f"data:{members.get('mimeType')};base64,{members.get('data')}"
        return {"type": "image_url", "image_url": {"url": url}}
    if kind == "audio":
        form = str(members.get("mimeType")).partition("/")[2].removeprefix("x-")
        audio = {"data": members.get("data"), "format": {"mpeg": "mp3"}.get(form, form)}
        return {"type": "input_audio", "input_audio": audio}
    return {"type": "text", "text": pretty(block)}


def sampling_result(text: str, model: str) -> JsonObject:
    """The sampling result to send, with a text written by the model or by a person."""
    return {"role": "assistant", "content": {"type": "text", "text": text}, "model": model, "stopReason": "endTurn"}
