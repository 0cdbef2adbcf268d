"""Durations of the phases of a request, measured by aiohttp's trace signals."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
from attrs import define

from ..trace.recording import Timing


def _now() -> float:
    return asyncio.get_running_loop().time()


@define
class Stopwatch:
    """Instants of one request, in seconds of the event loop's clock.

    Each request has its own, passed to aiohttp as ``trace_request_ctx``.
    """

    began: float = 0
    resolving: float = 0
    resolved: float = 0
    connecting: float = 0
    connected: float = 0
    sent: float = 0
    answered: float = 0
    finished: float = 0
    reused: bool = False
    """Whether the request used a connection kept from an earlier one."""

    def start(self) -> None:
        self.began = _now()

    def finish(self) -> None:
        self.finished = _now()

    @property
    def timing(self) -> Timing:
        """The phases in milliseconds; ``connect`` excludes the name resolution before it."""
        ready = self.connected or self.resolved or self.began
        resolve = _between(self.resolving, self.resolved)
        connect = _between(self.connecting, self.connected)
        return Timing(
            resolve=resolve,
            connect=None if connect is None else max(0.0, round(connect - (resolve or 0), 2)),
            send=_between(ready, self.sent),
            wait=_between(self.sent, self.answered),
            receive=_between(self.answered, self.finished),
        )


def _between(first: float, then: float) -> float | None:
    return round((then - first) * 1000, 2) if first and then else None


def trace_config() -> aiohttp.TraceConfig:
    """A trace configuration that writes the instants of each request into its Stopwatch."""
    config = aiohttp.TraceConfig()
    for signal, instant in (
        (config.on_dns_resolvehost_start, "resolving"),
        (config.on_dns_resolvehost_end, "resolved"),
        (config.on_connection_create_start, "connecting"),
        (config.on_connection_create_end, "connected"),
        (config.on_request_headers_sent, "sent"),
        (config.on_request_end, "answered"),
    ):
        signal.append(_setter(instant, _now))
    config.on_connection_create_start.append(_setter("reused", lambda: False))
    config.on_connection_reuseconn.append(_setter("reused", lambda: True))
    return config


def _setter(name: str, value: Callable[[], float]) -> Any:
    async def set_value(session: aiohttp.ClientSession, context: SimpleNamespace, parameters: object) -> None:
        watch = context.trace_request_ctx
        if isinstance(watch, Stopwatch):
            setattr(watch, name, value())

    return set_value
