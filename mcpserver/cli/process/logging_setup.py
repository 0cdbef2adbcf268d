"""Logging of the service.

Query strings, headers, cookies and bodies are never logged, because they hold codes and tokens.
"""

import logging

from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web import BaseRequest, StreamResponse
from multidict import CIMultiDict

from mcpbase.guard import origin_address
from mcpbase.masking import masked, masked_path

from ...attribution import attribution_of, word
from ...mcp.protocol import current_trace


class AccessLog(AbstractAccessLogger):
    """Writes one line per request: address, person, client, method, path, action, status and duration.

    ``-`` stands for an unknown address, person or client.
    """

    trusted_proxies: tuple[str, ...] = ()

    def log(self, request: BaseRequest, response: StreamResponse, time: float) -> None:
        known, what = attribution_of(request), masked_path(request.rel_url.raw_path)
        words = (
            self._address(request),
            word(known.person),
            word(known.client),
            request.method,
            what,
            known.action,
            str(response.status),
        )
        self.logger.info("%s %.0f ms", " ".join(filter(None, words)), time * 1000)

    def _address(self, request: BaseRequest) -> str:
        """The address of the client, behind the trusted proxies."""
        headers = CIMultiDict(request.headers)  # a plain dict when the request is not HTTP
        forwarded_for, forwarded = headers.getall("X-Forwarded-For", []), headers.getall("Forwarded", [])
        return origin_address(
            request.remote or "-", self.trusted_proxies, forwarded_for=forwarded_for, forwarded=forwarded
        )

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)


def access_log(trusted: tuple[str, ...]) -> type[AccessLog]:
    """An access log class that trusts these proxies (setting ``trusted_proxies``); aiohttp makes the instances."""
    return type("TrustingAccessLog", (AccessLog,), {"trusted_proxies": trusted})


class MalformedRequests(logging.Filter):
    """Reduces aiohttp's log entries about malformed HTTP to one sentence.

    aiohttp logs a traceback and the malformed line, which may hold a token.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, BadHttpMessage):
            return True
        record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg = "malformed HTTP from %s was refused"
        return logging.getLogger(record.name).isEnabledFor(logging.INFO)


class Traces(logging.Filter):
    """Adds the trace id to log lines of a request in a distributed trace.

    See MCP 2026-07-28, basic: OpenTelemetry trace context.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        trace = current_trace.get()
        record.trace = "" if trace is None else f" [trace {trace.trace_id}]"
        return True


class MaskingFormatter(logging.Formatter):
    """Masks secrets in the whole formatted entry, including its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record), most=None)


def write_journal(level: str) -> None:
    """Log to standard error; ``level`` is a value of the setting ``log_level``."""
    handler = logging.StreamHandler()
    handler.addFilter(Traces())
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s:%(trace)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("aiohttp.server").addFilter(MalformedRequests())
