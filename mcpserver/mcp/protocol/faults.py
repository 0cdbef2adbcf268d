"""A fault of ours, as the client may know of it: a reference, while the story stays in the log."""

import logging
import secrets

from ...busy import Busy
from .errors import Unavailable
from .jsonrpc import Request

_log = logging.getLogger(__name__)


def internal_error(message: Request) -> dict[str, object]:
    """An error without a detail, for the exception that is being handled; its reference leads to the story in the log."""
    reference = secrets.token_hex(6)
    _log.exception("fault %s in %s", reference, message.method)
    return {"code": -32603, "message": f"Something went wrong here. The reference {reference} leads to the reason in the server's log."}


def unavailable(busy: Busy, doing: str) -> Unavailable:
    """What to answer in its place; the log hears why."""
    _log.warning("%s: %s", doing, busy)
    return Unavailable()
