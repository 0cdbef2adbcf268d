"""Bounds of request bodies: not compressed, no larger than a route accepts, and arriving in time."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler, Middleware

from .connection import attended

LONGEST_LINE = 64 * 1024
"""Bytes of a request line or a header field: a state of 8 KB must fit, percent-encoded."""

HANDLER_ARGS = {
    "max_line_size": LONGEST_LINE,
    "max_field_size": LONGEST_LINE,
    "auto_decompress": False,
    "lingering_time": 5.0,
}
"""Arguments for applications: aiohttp would unpack bodies before they are read, and read refused ones for ten
seconds.
"""

SLOWEST = 4096
"""Bytes a second that a sender must keep up once its first seconds are over."""


class CompressedBody(Exception):
    """The body is compressed (RFC 9110 section 15.5.16; section 12.5.3: ``Accept-Encoding`` distinguishes it from a
    refused media type).
    """

    status = 415
    sentence = "Send the body without Content-Encoding: compressed bodies are not supported."
    headers: Mapping[str, str] = MappingProxyType({"Accept-Encoding": "identity"})


class BodyTooSlow(TimeoutError):
    """The body did not arrive in time (RFC 9110 section 15.5.9).

    The connection cannot be used again: nobody knows where its next request would begin. (aiohttp reads on after other
    exceptions.)
    """

    status = 408
    sentence = "The body of the request did not arrive in time."
    headers: Mapping[str, str] = MappingProxyType({"Connection": "close"})


def is_compressed(request: web.Request) -> bool:
    """Return whether the body has a content coding other than ``identity``: a megabyte may stand for a thousand."""
    codings = ",".join(request.headers.getall("Content-Encoding", ())).split(",")
    return any(coding.strip().lower() not in ("", "identity") for coding in codings)


def require_plain(request: web.Request) -> None:
    """Refuse a compressed body. Raises CompressedBody."""
    if is_compressed(request):
        raise CompressedBody(CompressedBody.sentence)


def is_too_large(request: web.Request, limit: int) -> bool:
    """Return whether the announced size is beyond the limit, before anything is read."""
    return (request.content_length or 0) > limit


@contextmanager
def arriving(content: StreamReader, patience: float) -> Iterator[None]:
    """Let readers of ``content`` get BodyTooSlow when it does not arrive in time.

    The time is ``patience`` seconds, and one more for each ``SLOWEST`` bytes: a phone may be slow, but a byte now and
    then does not count.
    """
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
            self._content.set_exception(BodyTooSlow(BodyTooSlow.sentence))


def body_rules(limit: int, patience: float, *, careful: Collection[Handler] = ()) -> Middleware:
    """Return a middleware. ``limit`` in bytes is that of the route that accepts most; routes have their own besides.
    ``patience`` is that of ``arriving``.

    ``careful`` handlers check everything themselves, to refuse with their own messages. Requests of a nested
    application are left to it. Raises CompressedBody, HTTPRequestEntityTooLarge, and BodyTooSlow where a body is read.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.apps[-1] is not request.app:
            return await handler(request)
        with attended(request):
            if request.match_info.handler in careful:
                return await handler(request)
            require_plain(request)
            if is_too_large(request, limit):
                raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=request.content_length or 0)
            with arriving(request.content, patience):
                return await handler(request)

    return middleware


@web.middleware
async def attending(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the connection that a request is being handled, in applications without ``body_rules``."""
    with attended(request):
        return await handler(request)


@web.middleware
async def plain_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer refusals as JSON, for applications without pages."""
    try:
        return await handler(request)
    except (CompressedBody, BodyTooSlow) as refusal:
        return web.json_response(
            {"error": "invalid_request", "error_description": refusal.sentence},
            status=refusal.status,
            headers=refusal.headers,
        )
