"""What the service writes to its log: never a query string, a header, a cookie or a body, for those hold codes and tokens."""

import logging

from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web import BaseRequest, StreamResponse

from ..masking import masked, masked_path
from ..mcp.tracing import current_trace


class AccessLog(AbstractAccessLogger):
    """One line a request: who, what, the outcome and how long it took."""

    def log(self, request: BaseRequest, response: StreamResponse, time: float) -> None:
        self.logger.info("%s %s %s %d %.0f ms", request.remote, request.method, masked_path(request.rel_url.raw_path), response.status, time * 1000)

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)


class MalformedRequests(logging.Filter):
    """aiohttp logs what is no HTTP with a traceback and the line itself, which may hold a token: only the fact is kept."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, BadHttpMessage):
            return True
        record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg = "malformed HTTP from %s was refused"
        return logging.getLogger(record.name).isEnabledFor(logging.INFO)


class Traces(logging.Filter):
    """Lines that belong to a request of a distributed trace say which (MCP 2026-07-28, basic: OpenTelemetry trace context)."""

    def filter(self, record: logging.LogRecord) -> bool:
        trace = current_trace.get()
        record.trace = "" if trace is None else f" [trace {trace.trace_id}]"
        return True


class MaskingFormatter(logging.Formatter):
    """Whatever a line was made of, and the traceback under it: no secret is readable in it."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record), most=None)


def write_journal(level: str) -> None:
    """To standard error; ``level`` is one of the setting ``log_level``."""
    handler = logging.StreamHandler()
    handler.addFilter(Traces())
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s:%(trace)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("aiohttp.server").addFilter(MalformedRequests())
