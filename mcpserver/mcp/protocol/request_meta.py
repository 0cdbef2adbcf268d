"""Parsing of the ``_meta`` of a request (MCP 2026-07-28, basic: general fields)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from attrs import frozen

from .errors import InvalidParams
from .identifiers import MessageId, identifier
from .tracing import TraceContext, trace_of
from .versions import HANDSHAKE_VERSIONS, MODERN_VERSION

LogLevel = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
LEVELS: tuple[LogLevel, ...] = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")

PREFIX = "io.modelcontextprotocol/"
PROTOCOL_VERSION = PREFIX + "protocolVersion"
CLIENT_CAPABILITIES = PREFIX + "clientCapabilities"
LOG_LEVEL = PREFIX + "logLevel"

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@frozen
class RequestMeta:
    """The fields of ``_meta`` that the protocol defines; ``values`` has all fields as sent.

    ``revision`` is None where no version is named: before 2026-07-28 the version is negotiated once per session.
    ``problem`` says, in a sentence for the client, why this is not the ``_meta`` of a modern request.
    """

    values: Mapping[str, Any] = _NOTHING
    revision: str | None = None
    client_capabilities: Mapping[str, Any] = _NOTHING
    log_level: LogLevel | None = None
    trace: TraceContext | None = None
    progress_token: MessageId | None = None
    problem: str | None = "The request must carry _meta with the protocol version and the client's capabilities."

    @property
    def is_modern(self) -> bool:
        """Whether a version is named that is not one of those negotiated with ``initialize``."""
        return self.revision is not None and self.revision not in HANDSHAKE_VERSIONS

    def require_modern(self) -> str:
        """The version. Raises InvalidParams when a required field is absent or malformed."""
        if self.problem is not None or self.revision is None:
            raise InvalidParams(self.problem or "")
        return self.revision


ABSENT = RequestMeta()


def request_meta(value: object) -> RequestMeta:
    """Parse the member ``_meta`` of a request's parameters; malformed fields are left out."""
    if not isinstance(value, dict):
        return ABSENT
    revision, capabilities, level = value.get(PROTOCOL_VERSION), value.get(CLIENT_CAPABILITIES), value.get(LOG_LEVEL)
    return RequestMeta(
        value,
        revision if isinstance(revision, str) else None,
        capabilities if isinstance(capabilities, dict) else _NOTHING,
        level if level in LEVELS else None,
        trace_of(value),
        identifier(value.get("progressToken")),
        _problem(revision, capabilities, level),
    )


def _problem(revision: object, capabilities: object, level: object) -> str | None:
    """The first problem of the required fields, or None.

    The log level is checked for 2026-07-28 only: other revisions may have other levels, and there the version is the
    error.
    """
    if not isinstance(revision, str):
        return f"_meta must carry {PROTOCOL_VERSION}, a string."
    if not isinstance(capabilities, dict):
        return f"_meta must carry {CLIENT_CAPABILITIES}, an object."
    if level is not None and level not in LEVELS and revision == MODERN_VERSION:
        return f"{LOG_LEVEL} must be one of {', '.join(LEVELS)}."
    return None
