"""A server's sampling request (MCP 2026-07-28, sampling) as a chat completion request."""

from typing import Any

from ..results import pretty

MOST_TOKENS = 8000
MOST_MESSAGES = 100


def sampling_request(params: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The messages and the further members of a chat completion request. Invalid parameters are left out."""
    system, listed = params.get("systemPrompt"), params.get("messages")
    messages = [{"role": "system", "content": system}] if isinstance(system, str) and system else []
    said = [each for each in listed[:MOST_MESSAGES] if isinstance(each, dict)] if isinstance(listed, list) else []
    messages += [
        {"role": "assistant" if each.get("role") == "assistant" else "user", "content": _content(each.get("content"))}
        for each in said
    ]
    return messages, _limits(params)


def _limits(params: dict[str, Any]) -> dict[str, Any]:
    most, temperature, stops = params.get("maxTokens"), params.get("temperature"), params.get("stopSequences")
    more: dict[str, Any] = {"max_tokens": min(most, MOST_TOKENS) if isinstance(most, int) and most > 0 else MOST_TOKENS}
    if isinstance(temperature, int | float) and not isinstance(temperature, bool):
        more["temperature"] = temperature
    if isinstance(stops, list) and stops and all(isinstance(each, str) for each in stops):
        more["stop"] = stops[:4]
    return more


def _content(value: Any) -> Any:
    blocks = value if isinstance(value, list) else [value]
    if all(isinstance(block, dict) and block.get("type") == "text" for block in blocks):
        return "\n\n".join(str(block.get("text", "")) for block in blocks)
    return [_part(block) for block in blocks]


def _part(block: Any) -> dict[str, Any]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text":
        return {"type": "text", "text": str(block.get("text", ""))}
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": f"data:{block.get('mimeType')};base64,{block.get('data')}"}}
    if kind == "audio":
        form = str(block.get("mimeType")).partition("/")[2].removeprefix("x-")
        return {
            "type": "input_audio",
            "input_audio": {"data": block.get("data"), "format": {"mpeg": "mp3"}.get(form, form)},
        }
    return {"type": "text", "text": pretty(block)}


def sampling_result(text: str, model: str) -> dict[str, Any]:
    """The sampling result to send, with a text written by the model or by a person."""
    return {"role": "assistant", "content": {"type": "text", "text": text}, "model": model, "stopReason": "endTurn"}
