"""What a tool may do while it runs: report progress and log, on the answer to the request that started it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from attrs import field, frozen

from ..principal import User
from .errors import MissingCapability
from .jsonrpc import Params

LogLevel = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
LEVELS: tuple[LogLevel, ...] = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")

Notify = Callable[[str, Params], Awaitable[None]]
"""Sends a notification (method, params) on the response stream of the request."""


@frozen
class Context:
    """Of one request, whichever era it came from. ``user`` is None on a server without sign-in.

    ``capabilities`` are what the client declared, ``meta`` is the request's ``_meta``.
    """

    user: User | None
    notify: Notify
    revision: str
    meta: Mapping[str, Any] = field(factory=dict)
    capabilities: Mapping[str, Any] = field(factory=dict)
    log_level: LogLevel | None = None

    def require_capability(self, name: str) -> None:
        """Refuse unless the client declared it (MCP 2026-07-28, basic: general fields). Raises MissingCapability."""
        if name not in self.capabilities:
            raise MissingCapability({name: {}})

    async def progress(self, progress: float, *, total: float | None = None, message: str | None = None) -> None:
        """Say how far the work is; sent only when the client asked for it (MCP 2026-07-28, patterns: progress)."""
        token = self.meta.get("progressToken")
        if isinstance(token, bool) or not isinstance(token, str | int):
            return
        params: Params = {"progressToken": token, "progress": progress}
        await self.notify("notifications/progress", params | {k: v for k, v in (("total", total), ("message", message)) if v is not None})

    async def log(self, level: LogLevel, data: object, *, logger: str | None = None) -> None:
        """Tell the client something; sent only at or above the level it asked for (MCP 2026-07-28, utilities: logging)."""
        if self.log_level is None or LEVELS.index(level) < LEVELS.index(self.log_level):
            return
        params: Params = {"level": level, "data": data}
        await self.notify("notifications/message", params if logger is None else {**params, "logger": logger})
