"""MCP 2025-11-25 and 2025-06-18: ``initialize`` first. Served without sessions, which both let a server do (transports: session management)."""

from typing import Any

from ...principal import User
from ..context import Context, Notify
from ..jsonrpc import Request

VERSIONS = ("2025-11-25", "2025-06-18")
"""Newest first."""


def negotiated(request: Request) -> str:
    """The version asked for when it is spoken here, else the newest of the era (2025-11-25, lifecycle: version negotiation)."""
    asked = request.params.get("protocolVersion")
    return asked if isinstance(asked, str) and asked in VERSIONS else VERSIONS[0]


def context_of(request: Request, user: User | None, notify: Notify, *, version: str) -> Context:
    """What the client declared in ``initialize`` is not kept, so nothing is assumed of it."""
    meta = request.params.get("_meta")
    return Context(user=user, notify=notify, revision=version, meta=meta if isinstance(meta, dict) else {})


def initialize_result(request: Request, *, capabilities: dict[str, Any], server_info: dict[str, str], instructions: str | None) -> dict[str, Any]:
    result = {"protocolVersion": negotiated(request), "capabilities": capabilities, "serverInfo": server_info}
    return result if instructions is None else {**result, "instructions": instructions}
