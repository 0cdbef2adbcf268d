"""Errors for faults of the server: the client receives a reference, the log has the details."""

import logging
import secrets

from ...busy import Busy
from .errors import InternalError, Unavailable
from .jsonrpc import Request

_log = logging.getLogger(__name__)


def logged_fault(doing: str) -> str:
    """Log the exception being handled and return its reference in the log."""
    reference = secrets.token_hex(6)
    _log.exception("fault %s in %s", reference, doing)
    return reference


def internal_error(message: Request) -> dict[str, object]:
    """Log the exception being handled and return an error object without its details."""
    return InternalError(logged_fault(message.method)).as_dict()


def unavailable(busy: Busy, doing: str) -> Unavailable:
    """Log the reason and return the error to answer with."""
    _log.warning("%s: %s", doing, busy)
    return Unavailable(busy.outcome)
