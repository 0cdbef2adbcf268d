"""File descriptors: as many as the system allows, and few words when there are none left."""

import asyncio
import errno
import logging
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .seldom import Seldom

_log = logging.getLogger(__name__)

EXHAUSTION = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What ``accept`` fails with when the system has no room for another connection."""


def raise_descriptor_limit() -> int:
    """Raise the soft limit to the hard one. Returns how many descriptors this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):
            return _count(soft)  # macOS calls its hard limit infinite, and grants less
    return _count(hard)


def _count(limit: int) -> int:
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit


@contextmanager
def exhaustion_told_seldom(make_room: Callable[[], None]) -> Iterator[None]:
    """At most one line a second about connections that the system has no room for; asyncio writes a traceback for each that waits.

    ``make_room`` is called each time.
    """
    loop, seldom = asyncio.get_running_loop(), Seldom(1)
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in EXHAUSTION and "socket" in context:
            if seldom.now(loop.time()):
                _log.error("no connection can be taken at the moment: %s", error.strerror)
                make_room()
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        if loop.get_exception_handler() is handle:
            loop.set_exception_handler(before)
