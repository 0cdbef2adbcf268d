"""MCP 2026-07-28: stateless; every request carries its version and capabilities in ``_meta`` (basic: general fields)."""

from collections.abc import Mapping
from typing import Any

from ...principal import User
from ..context import LEVELS, Context, Notify
from ..errors import InvalidParams
from ..jsonrpc import Request

VERSION = "2026-07-28"

_PREFIX = "io.modelcontextprotocol/"
PROTOCOL_VERSION = _PREFIX + "protocolVersion"
CLIENT_CAPABILITIES = _PREFIX + "clientCapabilities"
LOG_LEVEL = _PREFIX + "logLevel"
SERVER_INFO = _PREFIX + "serverInfo"


def requested_version(request: Request) -> str | None:
    """What ``_meta`` says, when it says anything: the sign of a modern request."""
    meta = request.params.get("_meta")
    version = meta.get(PROTOCOL_VERSION) if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def require_meta(request: Request) -> Mapping[str, Any]:
    """The request's ``_meta`` with its required fields. Raises InvalidParams."""
    meta = request.params.get("_meta")
    if not isinstance(meta, dict):
        raise InvalidParams("The request must carry _meta with the protocol version and the client's capabilities.")
    if not isinstance(meta.get(PROTOCOL_VERSION), str):
        raise InvalidParams(f"_meta must carry {PROTOCOL_VERSION}, a string.")
    if not isinstance(meta.get(CLIENT_CAPABILITIES), dict):
        raise InvalidParams(f"_meta must carry {CLIENT_CAPABILITIES}, an object.")
    return meta


def context_of(request: Request, user: User | None, notify: Notify) -> Context:
    """Raises InvalidParams."""
    meta = require_meta(request)
    level = meta.get(LOG_LEVEL)
    if level is not None and level not in LEVELS:
        raise InvalidParams(f"{LOG_LEVEL} must be one of {', '.join(LEVELS)}.")
    return Context(user=user, notify=notify, revision=VERSION, meta=meta, capabilities=meta[CLIENT_CAPABILITIES], log_level=level)


def complete(result: dict[str, Any], server_info: Mapping[str, str]) -> dict[str, Any]:
    """A final result says that it is one, and who made it."""
    return {"resultType": "complete", **result, "_meta": {SERVER_INFO: server_info}}


def cacheable(result: dict[str, Any], *, ttl_ms: int, private: bool = False) -> dict[str, Any]:
    """MCP 2026-07-28, utilities: caching."""
    return {**result, "ttlMs": ttl_ms, "cacheScope": "private" if private else "public"}
