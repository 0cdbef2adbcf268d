"""W3C trace context in ``_meta`` (MCP 2026-07-28, basic: OpenTelemetry trace context), for the log and, where
OpenTelemetry is installed, for spans.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from attrs import frozen

try:  # optional: installed by applications that use tracing
    otel: Any = import_module("opentelemetry.trace")
    propagate: Any = import_module("opentelemetry.propagate")
except ImportError:
    otel = propagate = None

# W3C Trace Context, section 3.2: version 00; all zeros are invalid.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")
_LONGEST = 8192


@frozen
class TraceContext:
    traceparent: str
    tracestate: str | None = None
    baggage: str | None = None

    @property
    def trace_id(self) -> str:
        return self.traceparent[3:35]

    def carrier(self) -> dict[str, str]:
        members = {"traceparent": self.traceparent, "tracestate": self.tracestate, "baggage": self.baggage}
        return {name: value for name, value in members.items() if value is not None}


current_trace: ContextVar[TraceContext | None] = ContextVar("current_trace", default=None)
"""The trace context of the request being answered, read by log formatters."""


def trace_of(meta: Mapping[str, Any]) -> TraceContext | None:
    """The trace context in ``_meta``; None when absent or malformed.

    Without one a new trace starts (W3C Trace Context, section 4.3).
    """
    parent = meta.get("traceparent")
    if not isinstance(parent, str) or not _TRACEPARENT.fullmatch(parent):
        return None
    return TraceContext(parent, _text(meta.get("tracestate")), _text(meta.get("baggage")))


def traced(method: str, trace: TraceContext | None) -> AbstractContextManager[object]:
    """Context manager that sets the trace of a request, and opens a span where OpenTelemetry is configured."""
    if otel is None or isinstance(otel.get_tracer_provider(), otel.ProxyTracerProvider):
        return _NOTHING if trace is None else _within(trace)
    return _span(method, trace)


_NOTHING: AbstractContextManager[object] = nullcontext()


@contextmanager
def _within(trace: TraceContext | None) -> Iterator[None]:
    token = current_trace.set(trace)
    try:
        yield
    finally:
        current_trace.reset(token)


@contextmanager
def _span(method: str, trace: TraceContext | None) -> Iterator[None]:
    parent = propagate.extract(trace.carrier()) if trace is not None else None
    tracer = otel.get_tracer("mcpserver")
    with (
        _within(trace),
        tracer.start_as_current_span(
            method, context=parent, kind=otel.SpanKind.SERVER, attributes={"mcp.method.name": method}
        ),
    ):
        yield


def _text(value: object) -> str | None:
    return (
        value if isinstance(value, str) and len(value) <= _LONGEST and value.isascii() and value.isprintable() else None
    )
