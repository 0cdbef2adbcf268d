"""How the body of a request may come: as it is and not compressed, no larger than a form may be, and not for ever."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler

from .connection import attended

SLOWEST = 4096
"""Bytes a second that a sender must keep up once the patience with it is over."""
TOO_SLOW = "What you sent did not arrive in time. Try again, with a better connection if you can."
COMPRESSED = "Send the body as it is, without Content-Encoding: nothing is unpacked here."

HANDLER_ARGS = {"auto_decompress": False, "lingering_time": 5.0}
"""How applications read requests: aiohttp would unpack a body before anybody asks for it, and read on for ten seconds what was refused."""


class BodyTooSlow(TimeoutError):
    """RFC 9110 section 15.5.9. (aiohttp reads on after other exceptions.)"""


def is_compressed(request: web.Request) -> bool:
    """Whether the body has any content coding but ``identity``: a megabyte may stand for a thousand (RFC 9110 section 15.5.16)."""
    codings = ",".join(request.headers.getall("Content-Encoding", ())).split(",")
    return any(coding.strip().lower() not in ("", "identity") for coding in codings)


def is_too_large(request: web.Request, limit: int) -> bool:
    """By its own word, so that nothing need be read."""
    return (request.content_length or 0) > limit


@contextmanager
def arriving(content: StreamReader, patience: float) -> Iterator[None]:
    """Whoever reads ``content`` gets BodyTooSlow when it is not there in time: after ``patience`` seconds, and one more for each ``SLOWEST`` bytes."""
    if content.is_eof():
        yield
        return
    watch = _Watch(content, patience)
    try:
        yield
    finally:
        watch.stop()


class _Watch:
    def __init__(self, content: StreamReader, patience: float) -> None:
        self._content = content
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + patience
        self._timer = self._loop.call_later(patience, self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        deadline = self._deadline + self._content.total_bytes / SLOWEST
        if self._content.is_eof():
            return
        if self._loop.time() < deadline:
            self._timer = self._loop.call_at(deadline, self._look)
        else:
            self._content.set_exception(BodyTooSlow(TOO_SLOW))


@web.middleware
async def attending(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The connection knows while a request of it is handled."""
    with attended(request):
        return await handler(request)
