"""Results and errors read from a server's answer (JSON-RPC 2.0; MCP 2026-07-28, basic)."""

from email.utils import parsedate_to_datetime
from typing import Any

from ...cause_code import CauseCode
from ...errors import ProtocolFailure
from ...http import complaint, says_something
from .messages import Message

HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION = -32020, -32021, -32022
METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32601, -32602, -32603
REJECTED = -1
"""A person said no to a sampling request (MCP 2025-11-25, sampling)."""
URL_REQUIRED = -32042
"""MCP 2025-11-25, elicitation: an address must be visited before the request can be served."""

UNAVAILABLE = {
    429: "The server gets more requests from this client than it wants",
    503: "The server takes no requests at the moment",
}
"""Statuses that speak of the moment; other failures of the server's have one sentence for all."""


class RpcError(ProtocolFailure):
    """A JSON-RPC error. ``status`` is the HTTP status it came with."""

    cause = CauseCode.RPC_ERROR

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

    def __init__(self, status: int, sentence: str, cause: CauseCode | None = None) -> None:
        super().__init__(sentence, cause)
        self.status = status


class InvalidResult(ProtocolFailure):
    """A result that breaks the tool's own promise. ``result`` is as the server gave it."""

    def __init__(self, sentence: str, result: dict[str, Any]) -> None:
        super().__init__(sentence, CauseCode.BROKEN_PROMISE)
        self.result = result


class Misshapen(ProtocolFailure):
    """A message of MCP that lacks what its kind must have."""

    cause = CauseCode.MISSHAPEN


class Endless(ProtocolFailure):
    """A server that goes on and on."""

    cause = CauseCode.ENDLESS


def _said(body: bytes, kind: str) -> str:
    """What an answer says itself, as a sentence to add; ``body`` is the answer or how it begins, ``kind`` its media
    type.
    """
    told = complaint(body, kind)
    return f" It says: {told}{'' if told[-1] in '.!?…' else '.'}" if says_something(told) else ""


def no_mcp(status: int, body: bytes = b"", kind: str = "", reason: str = "") -> StrangeAnswer:
    """``reason`` is why it could not be read, for answers that say nothing themselves."""
    if status >= 500 or status == 429:
        return unavailable(status, body, kind)
    said = _said(body, kind) or (f" What it sent cannot be read: {reason}." if reason else "")
    return StrangeAnswer(status, f"What answers at this address is not an MCP server (status {status}).{said}")


def unavailable(status: int, body: bytes = b"", kind: str = "", retry_after: str = "") -> StrangeAnswer:
    """A status that speaks of the moment, not of what answers (RFC 9110 section 15.6, RFC 6585 section 4).

    ``retry_after`` is the header.
    """
    sentence = UNAVAILABLE.get(status, "The server failed to answer")
    cause = {429: CauseCode.RATE_LIMITED, 503: CauseCode.UNAVAILABLE}.get(status)
    return StrangeAnswer(status, f"{sentence} (status {status}).{_later(retry_after)}{_said(body, kind)}", cause)


def _later(retry_after: str) -> str:
    """RFC 9110 section 10.2.3: seconds, or a date."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:
        return f" It asks to come back in {int(retry_after):,} second{'' if int(retry_after) == 1 else 's'}."
    try:
        return f" It asks to come back after {parsedate_to_datetime(retry_after):%H:%M:%S on %Y-%m-%d} UTC."
    except ValueError:
        return ""


def token_not_taken(status: int, body: bytes = b"", kind: str = "") -> StrangeAnswer:
    """A refusal without a word of OAuth, of a request with a token; a server that asked for the token is there (RFC
    6750 section 3.1).
    """
    return StrangeAnswer(
        status,
        f"The server answers the request with the token with status {status}, and not as MCP does.{_said(body, kind)}",
        CauseCode.TOKEN_NOT_TAKEN,
    )


def unreadable(status: int, reason: str) -> StrangeAnswer:
    """A message of a server that was understood before.

    ``reason`` says what is wrong with it, as the rest of a sentence.
    """
    return StrangeAnswer(status, f"The server sent a message that cannot be read: {reason}.", CauseCode.UNREADABLE)


def cut_off(status: int, reason: str = "") -> StrangeAnswer:
    """``reason`` is why a message on the stream could not be read."""
    passed_over = f" A message on it could not be read: {reason}." if reason else ""
    return StrangeAnswer(
        status,
        f"The server ended its stream without an answer.{passed_over}",
        CauseCode.UNREADABLE if reason else CauseCode.NO_ANSWER,
    )


def result_of(status: int, message: Message) -> dict[str, Any]:
    """The ``result`` of a response. Raises RpcError, and StrangeAnswer for what is neither result nor error."""
    error = message.get("error")
    if isinstance(error, dict):
        raise RpcError(status, error)
    if "error" in message:
        raise unreadable(status, "its error is no object")
    result = message.get("result")
    if not isinstance(result, dict):
        raise unreadable(status, "its result is no object")
    return result
