"""A fault of ours, as the client may know of it: a reference, while the story stays in the log."""

import logging
import secrets

from ...busy import Busy
from .errors import InternalError, Unavailable
from .jsonrpc import Request

_log = logging.getLogger(__name__)


def logged_fault(doing: str) -> str:
    """Log the exception that is being handled, and give the reference under which the log has it."""
    reference = secrets.token_hex(6)
    _log.exception("fault %s in %s", reference, doing)
    return reference


def internal_error(message: Request) -> dict[str, object]:
    """The error object for the exception that is being handled, without details."""
    return InternalError(logged_fault(message.method)).as_dict()


def unavailable(busy: Busy, doing: str) -> Unavailable:
    """What to answer in its place; the log hears why."""
    _log.warning("%s: %s", doing, busy)
    return Unavailable()
