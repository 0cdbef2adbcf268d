"""Reading an MCP server's answer: JSON or an event stream, a result, an error (MCP 2026-07-28, Streamable HTTP)."""

import json
from typing import Any

from ..errors import ProtocolFailure
from ..fetcher import Stream
from .sse import events

HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION, METHOD_NOT_FOUND = -32020, -32021, -32022, -32601


class RpcError(ProtocolFailure):
    """A JSON-RPC error. ``status`` is the HTTP status it came with."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        code, message = error.get("code"), str(error.get("message", ""))[:500]
        super().__init__(f"The MCP server refused: {message or 'no reason given'} (error {code}).")
        self.status = status
        self.code = code if isinstance(code, int) else 0
        self.data = error.get("data")

    @property
    def is_modern(self) -> bool:
        """Whether only a server of revision 2026-07-28 or later says this: no reason to fall back to the handshake."""
        known = self.code in (HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION)
        return known or (self.code == METHOD_NOT_FOUND and self.status == 404)

    @property
    def supported(self) -> tuple[str, ...]:
        """The versions an UnsupportedProtocolVersionError names."""
        named = self.data.get("supported") if isinstance(self.data, dict) else None
        return tuple(each for each in named if isinstance(each, str)) if isinstance(named, list) else ()


class StrangeAnswer(ProtocolFailure):
    """An answer that is not MCP at all."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def require_no_redirect(stream: Stream) -> None:
    if 300 <= stream.status < 400:
        target = stream.headers.get("Location", "another address")[:300]
        raise StrangeAnswer(stream.status, f"The server points to {target} instead of answering. If you trust that address, add it instead.")


def _object(text: str | bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


async def _streamed(stream: Stream, request_id: int) -> dict[str, Any] | None:
    """The first message that answers the request; notifications before it pass by."""
    async for event in events(stream.chunks()):
        message = _object(event)
        if message and message.get("id") == request_id and ("result" in message or "error" in message):
            return message
    return None


async def read_result(stream: Stream, request_id: int) -> dict[str, Any]:
    """The ``result`` of the answer. Raises RpcError, StrangeAnswer, Unreachable."""
    require_no_redirect(stream)
    kind = stream.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    streamed = kind == "text/event-stream" and stream.status == 200
    message = await _streamed(stream, request_id) if streamed else _object(await stream.read())
    if message is None and streamed:
        raise StrangeAnswer(stream.status, "The server ended its stream without an answer.")
    error = message.get("error") if message else None
    if isinstance(error, dict):
        raise RpcError(stream.status, error)
    result = message.get("result") if message and message.get("jsonrpc") == "2.0" else None
    if stream.status != 200 or not isinstance(result, dict):
        raise StrangeAnswer(stream.status, f"What answers at this address is not an MCP server (status {stream.status}).")
    if message and message.get("id") != request_id:
        raise StrangeAnswer(stream.status, "The server answered another question than the one asked.")
    return result
