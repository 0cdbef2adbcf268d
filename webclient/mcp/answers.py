"""What a server's answer comes to: a result, an error, or nothing that is MCP (JSON-RPC 2.0; MCP 2026-07-28, basic)."""

from typing import Any

from ..complaints import complaint, says_something
from ..errors import ProtocolFailure
from .messages import Message

HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION = -32020, -32021, -32022
METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32601, -32602, -32603
REJECTED = -1
"""A person said no to a sampling request (MCP 2025-11-25, sampling)."""
URL_REQUIRED = -32042
"""MCP 2025-11-25, elicitation: an address must be visited before the request can be served."""


class RpcError(ProtocolFailure):
    """A JSON-RPC error. ``status`` is the HTTP status it came with."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        code, message = error.get("code"), str(error.get("message", ""))[:500]
        super().__init__(f"The MCP server refused: {message or 'no reason given'} (error {str(code)[:20]}).")
        self.status = status
        self.code = code if isinstance(code, int) else 0
        self.data = error.get("data")
        self.named = False
        """Whether it names the request that was asked; an error without its id may be about anything."""

    @property
    def is_modern(self) -> bool:
        """Whether only a server of revision 2026-07-28 or later says this: no reason to fall back to the handshake."""
        known = self.code in (HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION)
        return known or (self.code == METHOD_NOT_FOUND and self.status == 404)

    @property
    def supported(self) -> tuple[str, ...]:
        """The versions an UnsupportedProtocolVersionError names."""
        named = self.data.get("supported") if isinstance(self.data, dict) else None
        return tuple(each[:40] for each in named[:20] if isinstance(each, str)) if isinstance(named, list) else ()


class StrangeAnswer(ProtocolFailure):
    """An answer that is not MCP at all."""

    def __init__(self, status: int, sentence: str, cause: str = "") -> None:
        super().__init__(sentence, cause)
        self.status = status


class InvalidResult(ProtocolFailure):
    """A result that breaks the tool's own promise. ``result`` is as the server gave it."""

    def __init__(self, sentence: str, result: dict[str, Any]) -> None:
        super().__init__(sentence, "broken_promise")
        self.result = result


class Misshapen(ProtocolFailure):
    """A message of MCP that lacks what its kind must have."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "misshapen")


class Endless(ProtocolFailure):
    """A server that goes on and on."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "endless")


def no_mcp(status: int, body: bytes = b"", kind: str = "") -> StrangeAnswer:
    """``body`` is the answer, or how it begins, and ``kind`` its media type: what it says itself is passed on."""
    told = complaint(body, kind)
    said = f" It says: {told}{'' if told[-1] in '.!?…' else '.'}" if says_something(told) else ""
    return StrangeAnswer(status, f"What answers at this address is not an MCP server (status {status}).{said}")


def cut_off(status: int) -> StrangeAnswer:
    return StrangeAnswer(status, "The server ended its stream without an answer.", "no_answer")


def result_of(status: int, message: Message) -> dict[str, Any]:
    """The ``result`` of a response. Raises RpcError, and StrangeAnswer for what is neither result nor error."""
    error = message.get("error")
    if isinstance(error, dict):
        raise RpcError(status, error)
    result = message.get("result")
    if not isinstance(result, dict):
        raise no_mcp(status)
    return result
