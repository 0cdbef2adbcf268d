"""Results and errors read from a server's answer (JSON-RPC 2.0; MCP 2026-07-28, basic)."""

from email.utils import parsedate_to_datetime

from ...cause_code import CauseCode
from ...errors import ProtocolFailure
from ...http import complaint, says_something
from ...json_text import JsonObject
from .messages import Response

HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION = -32020, -32021, -32022
METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32601, -32602, -32603
REJECTED = -1
"""The error code for a sampling request that a person declined (MCP 2025-11-25, sampling)."""
URL_REQUIRED = -32042
"""The error code for a request that needs an address to be visited first (MCP 2025-11-25, elicitation)."""

UNAVAILABLE = {
    429: "The server received too many requests from this client",
    503: "The server accepts no requests at the moment",
}
"""Sentences for temporary failures; other server errors share one sentence."""


class RpcError(ProtocolFailure):
    """A JSON-RPC error. ``status`` is the HTTP status of its response."""

    cause = CauseCode.RPC_ERROR

    def __init__(self, status: int, error: JsonObject) -> None:
        code, message = error.get("code"), str(error.get("message", ""))[:500]
        super().__init__(f"The MCP server refused: {message or 'no reason given'} (error {str(code)[:20]}).")
        self.status = status
        self.code = code if isinstance(code, int) else 0
        self.data = error.get("data")
        self.named = False
        """Whether the error has the request's id; one without it may be about anything."""

    @property
    def is_modern(self) -> bool:
        """Whether only a server of revision 2026-07-28 or later answers with this error, so that the handshake need not
        be tried.
        """
        known = self.code in (HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION)
        return known or (self.code == METHOD_NOT_FOUND and self.status == 404)

    @property
    def supported(self) -> tuple[str, ...]:
        """The versions listed in an UnsupportedProtocolVersionError."""
        named = self.data.get("supported") if isinstance(self.data, dict) else None
        return tuple(each[:40] for each in named[:20] if isinstance(each, str)) if isinstance(named, list) else ()


class StrangeAnswer(ProtocolFailure):
    """An answer that is not MCP, or not a proper answer to the request. ``status`` is its HTTP status."""

    def __init__(self, status: int, sentence: str, cause: CauseCode | None = None) -> None:
        super().__init__(sentence, cause)
        self.status = status


class InvalidResult(ProtocolFailure):
    """A result that does not fit the tool's output schema. ``result`` is as the server sent it."""

    def __init__(self, sentence: str, result: JsonObject) -> None:
        super().__init__(sentence, CauseCode.BROKEN_PROMISE)
        self.result = result


class Misshapen(ProtocolFailure):
    """An MCP message that lacks a required member."""

    cause = CauseCode.MISSHAPEN


class Endless(ProtocolFailure):
    """A server that sends messages or asks for input without end."""

    cause = CauseCode.ENDLESS


def _said(body: bytes, kind: str) -> str:
    """The server's own message as a sentence to append; ``body`` is the answer or its beginning, ``kind`` its media
    type.
    """
    told = complaint(body, kind)
    return f" It says: {told}{'' if told[-1] in '.!?…' else '.'}" if says_something(told) else ""


def no_mcp(status: int, body: bytes = b"", kind: str = "", reason: str = "") -> StrangeAnswer:
    """The error for an answer that is not MCP. ``reason`` is why it could not be read, shown when the answer has no
    message.
    """
    if status >= 500 or status == 429:
        return unavailable(status, body, kind)
    said = _said(body, kind) or (f" The response cannot be read: {reason}." if reason else "")
    return StrangeAnswer(status, f"The server at this address is not an MCP server (status {status}).{said}")


def unavailable(status: int, body: bytes = b"", kind: str = "", retry_after: str = "") -> StrangeAnswer:
    """The error for a status that reports a temporary failure (RFC 9110 section 15.6, RFC 6585 section 4).

    ``retry_after`` is the value of the header.
    """
    sentence = UNAVAILABLE.get(status, "The server failed")
    cause = {429: CauseCode.RATE_LIMITED, 503: CauseCode.UNAVAILABLE}.get(status)
    return StrangeAnswer(status, f"{sentence} (status {status}).{_later(retry_after)}{_said(body, kind)}", cause)


def _later(retry_after: str) -> str:
    """A sentence for a Retry-After value, in seconds or as a date (RFC 9110 section 10.2.3); empty for any other."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:
        return f" It asks to try again in {int(retry_after):,} second{('' if int(retry_after) == 1 else 's')}."
    try:
        return f" It asks to try again after {parsedate_to_datetime(retry_after):%H:%M:%S on %Y-%m-%d} UTC."
    except ValueError:
        return ""


def token_not_taken(status: int, body: bytes = b"", kind: str = "") -> StrangeAnswer:
    """The error for a refused request with a token whose answer has no OAuth challenge; the server is known, as it
    asked for the token (RFC 6750 section 3.1).
    """
    return StrangeAnswer(
        status,
        f"The server responds to the request with the token with status {status}, but not with an MCP "
        f"message.{_said(body, kind)}",
        CauseCode.TOKEN_NOT_TAKEN,
    )


def unreadable(status: int, reason: str) -> StrangeAnswer:
    """The error for an unreadable message of a server that is known to be an MCP server.

    ``reason`` says what is wrong with it, as the rest of a sentence.
    """
    return StrangeAnswer(status, f"The server sent a message that cannot be read: {reason}.", CauseCode.UNREADABLE)


def cut_off(status: int, reason: str = "") -> StrangeAnswer:
    """The error for a stream that ended without an answer. ``reason`` is why a message on it could not be read."""
    passed_over = f" A message on it could not be read: {reason}." if reason else ""
    return StrangeAnswer(
        status,
        f"The server ended its stream without a response.{passed_over}",
        CauseCode.UNREADABLE if reason else CauseCode.NO_ANSWER,
    )


def result_of(status: int, response: Response) -> JsonObject:
    """The ``result`` of a response. Raises RpcError, and StrangeAnswer for what is neither result nor error."""
    value = response.value
    if not isinstance(value, dict):
        raise unreadable(status, f"its {'error' if response.failed else 'result'} is not an object")
    if response.failed:
        raise RpcError(status, value)
    return value
