"""What the service writes to its log: never a query string, a header, a cookie or a body, for those hold codes and
tokens.
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
    """One line a request: address, person, client, method, path, what was called, status and how long it took; ``-``
    where nothing is known.
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
        """Whoever speaks to the first proxy that is trusted."""
        headers = CIMultiDict(request.headers)  # of what is no HTTP, aiohttp has a plain dict
        forwarded_for, forwarded = headers.getall("X-Forwarded-For", []), headers.getall("Forwarded", [])
        return origin_address(
            request.remote or "-", self.trusted_proxies, forwarded_for=forwarded_for, forwarded=forwarded
        )

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)


def access_log(trusted: tuple[str, ...]) -> type[AccessLog]:
    """A class, as aiohttp makes loggers itself, that believes these proxies about addresses (setting
    ``trusted_proxies``).
    """
    return type("TrustingAccessLog", (AccessLog,), {"trusted_proxies": trusted})


class MalformedRequests(logging.Filter):
    """aiohttp logs what is no HTTP with a traceback and the line itself, which may hold a token: only the fact is
    kept.
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
    """Lines that belong to a request of a distributed trace say which (MCP 2026-07-28, basic: OpenTelemetry trace
    context).
    """

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
