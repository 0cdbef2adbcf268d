"""The ``_meta`` of a request, read once (MCP 2026-07-28, basic: general fields)."""

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
    """The fields of ``_meta`` that the protocol gives a meaning to; ``values`` has all of them as they were sent.

    ``revision`` is None where no version is named: requests of revisions before 2026-07-28 name theirs once for their
    session. ``problem`` says, in a sentence for the client, why this is not the ``_meta`` of a modern request.
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
        """Whether a version is named that is not negotiated with ``initialize``."""
        return self.revision is not None and self.revision not in HANDSHAKE_VERSIONS

    def require_modern(self) -> str:
        """The version, where all required fields are there. Raises InvalidParams."""
        if self.problem is not None or self.revision is None:
            raise InvalidParams(self.problem or "")
        return self.revision


ABSENT = RequestMeta()


def request_meta(value: object) -> RequestMeta:
    """Read the member ``_meta`` of a request's parameters. Of what is malformed nothing is taken."""
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
    """Other revisions may have other log levels: there the version is what is wrong."""
    if not isinstance(revision, str):
        return f"_meta must carry {PROTOCOL_VERSION}, a string."
    if not isinstance(capabilities, dict):
        return f"_meta must carry {CLIENT_CAPABILITIES}, an object."
    if level is not None and level not in LEVELS and revision == MODERN_VERSION:
        return f"{LOG_LEVEL} must be one of {', '.join(LEVELS)}."
    return None
