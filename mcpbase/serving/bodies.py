"""How the body of a request may come: as it is and not compressed, no larger than anything here takes, and not for ever."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler, Middleware

from .connection import attended

LONGEST_LINE = 64 * 1024
"""Bytes of a request line or a header field: a state of 8 KB must come through, percent-encoded."""

HANDLER_ARGS = {"max_line_size": LONGEST_LINE, "max_field_size": LONGEST_LINE, "auto_decompress": False, "lingering_time": 5.0}
"""How applications read requests: aiohttp would unpack a body before anybody asks for it, and read on for ten seconds what was refused."""

SLOWEST = 4096
"""Bytes a second that a sender must keep up once the patience with it is over."""


class CompressedBody(Exception):
    """RFC 9110 section 15.5.16, and section 12.5.3: with ``Accept-Encoding``, which tells it from a media type that is refused."""

    status = 415
    sentence = "Send the body without Content-Encoding: compressed bodies are not supported."
    headers: Mapping[str, str] = MappingProxyType({"Accept-Encoding": "identity"})


class BodyTooSlow(TimeoutError):
    """RFC 9110 section 15.5.9: nobody knows where the next request of the connection would begin. (aiohttp reads on after other exceptions.)"""

    status = 408
    sentence = "The body of the request did not arrive in time."
    headers: Mapping[str, str] = MappingProxyType({"Connection": "close"})


def is_compressed(request: web.Request) -> bool:
    """Whether the body has any content coding but ``identity``: a megabyte may stand for a thousand."""
    codings = ",".join(request.headers.getall("Content-Encoding", ())).split(",")
    return any(coding.strip().lower() not in ("", "identity") for coding in codings)


def require_plain(request: web.Request) -> None:
    """Raises CompressedBody for what ``is_compressed``."""
    if is_compressed(request):
        raise CompressedBody(CompressedBody.sentence)


def is_too_large(request: web.Request, limit: int) -> bool:
    """By its own word, so that nothing need be read."""
    return (request.content_length or 0) > limit


@contextmanager
def arriving(content: StreamReader, patience: float) -> Iterator[None]:
    """Whoever reads ``content`` gets BodyTooSlow when it is not there in time: after ``patience`` seconds, and one more for each ``SLOWEST`` bytes.

    A phone may be slow, and is not cut off; a byte now and then does not count.
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
    """A middleware. ``limit`` in bytes is that of the route that takes most; each has its own beside it. ``patience`` as in ``arriving``.

    ``careful`` handlers see to all of it themselves, to refuse in their own words. What goes on to an application within is left to that one.
    Raises CompressedBody, HTTPRequestEntityTooLarge, and BodyTooSlow where a body is read.
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
    """The connection knows while a request of it is handled, in applications without ``body_rules``."""
    with attended(request):
        return await handler(request)


@web.middleware
async def plain_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """For applications that have no pages."""
    try:
        return await handler(request)
    except (CompressedBody, BodyTooSlow) as refusal:
        return web.json_response({"error": "invalid_request", "error_description": refusal.sentence}, status=refusal.status, headers=refusal.headers)
