"""The answer to one request of 2026-07-28: JSON for a result alone, an SSE stream from the first notification on."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Self

import msgspec
from aiohttp import web

from ...mcp.protocol import Budget, Lease, Params, RpcError, notification_message
from .heartbeat import Heartbeat, beat_after
from .request import EndpointRequest
from .timing import Timing

SSE_HEADERS = {"Cache-Control": "no-cache, no-store", "X-Accel-Buffering": "no", "Content-Type": "text/event-stream"}
"""Headers of an event stream (MCP 2026-07-28, Streamable HTTP: receiving messages); proxies must not buffer it."""

KEEP_ALIVE = b":\n\n"


MOST_WAITING = 16 * 1024
"""Bytes buffered in a stream's connection before writers wait for a slow reader; a quarter of asyncio's default."""


def retry_headers(error: RpcError) -> dict[str, str]:
    """The Retry-After header of an error, if it has one (RFC 9110 section 10.2.3)."""
    return {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}


def encode(message: object) -> bytes:
    return msgspec.json.encode(message)


async def open_stream(request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
    """Begin an SSE stream as the answer. Raises ConnectionResetError when the client is gone."""
    stream = web.StreamResponse(headers={**headers, **SSE_HEADERS})
    if request.transport is not None:
        request.transport.set_write_buffer_limits(high=MOST_WAITING)
    await stream.prepare(request)
    return stream


async def write(request: web.Request, stream: web.StreamResponse, data: bytes, *, patience: float) -> None:
    """Write to a stream, and wait until there is room for more.

    Raises ConnectionResetError when the client is gone, or makes no room within ``patience`` seconds.
    """
    if request.transport is not None and len(data) <= MOST_WAITING and request.transport.get_write_buffer_size() == 0:
        await stream.write(data)  # fits into the empty buffer, so there is nothing to wait for
        return
    try:
        async with asyncio.timeout(patience):
            await stream.write(data)
            await request.writer.drain()  # aiohttp by itself drains only after every 64 KiB
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the client reads too slowly") from None


class EndpointResponse:
    """The response to one HTTP request.

    It becomes a stream with the first notification or keep-alive, unless its holder has too many streams open:
    notifications are then dropped.

    ``listens`` says that the whole answer is a stream, which the caller of this class has counted as a listener. As a
    context manager it cancels what runs inside once the client is gone (MCP 2026-07-28, Streamable HTTP: cancellation).
    """

    def __init__(
        self, visit: EndpointRequest, *, budget: Budget, timing: Timing, pulse: Heartbeat, listens: bool = False
    ) -> None:
        self._request = visit.request
        self._headers = visit.headers
        self._holder = visit.holder
        self._json = visit.accept.json
        self._may_stream = visit.accept.stream
        self._is_counted = listens
        self._budget = budget
        self._lease: Lease | None = None
        self._timing = timing
        self._pulse = pulse
        self._stream: web.StreamResponse | None = None
        self._quiet = beat_after(timing.quiet)
        self._sending = asyncio.Lock()
        self._finished = False
        self._last = asyncio.get_running_loop().time()
        self._beat: asyncio.Task[None] | None = None
        self._task = asyncio.current_task()

    def __enter__(self) -> Self:
        self._pulse.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pulse.discard(self)
        if self._lease is not None:
            self._lease.end()

    def look(self, now: float) -> bool:
        """Cancel the work if the client is gone, or send a keep-alive if one is due. Returns whether it did either."""
        if self._request.transport is None:
            self._leave()
            return True
        if self._may_stream and now - self._last >= self._quiet and not self._sending.locked():
            self._beat = asyncio.create_task(self._keep_alive())
            return True
        return False

    def _leave(self) -> None:
        """Cancel the unfinished work, because the client is gone."""
        self._pulse.discard(self)
        if self._task is not None and not self._finished:
            self._task.cancel("the client closed the connection")

    async def notify(self, method: str, params: Params) -> None:
        """Send a notification about the request; the first one opens the stream. Sends nothing after the response."""
        message = notification_message(method, params)
        async with self._sending:
            if not self._finished and self._may_begin():
                await self._send(_event(message))

    async def finish(
        self, message: dict[str, object], *, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})
    ) -> web.StreamResponse:
        """Send the response, which ends the stream when there is one."""
        async with self._sending:
            self._finished = True
            if self._stream is None and (status != 200 or self._json):
                return web.Response(
                    body=encode(message),
                    status=status,
                    headers={**self._headers, **headers, "Content-Type": "application/json"},
                )
            return await self._send(_event(message))

    async def _keep_alive(self) -> None:
        async with self._sending:
            if not self._finished and self._may_begin():
                await self._send(KEEP_ALIVE)

    def _may_begin(self) -> bool:
        """Whether the answer is or can become a stream; the first time, counts it in the budget."""
        if self._may_stream and not self._is_counted:
            self._may_stream = self._is_counted = self._budget.streams.has_room(self._holder)
            if self._may_stream:
                self._lease = self._budget.streams.take(self._holder)
        return self._may_stream

    async def _send(self, data: bytes) -> web.StreamResponse:
        """Write to the stream, which is opened first if necessary; a lost connection cancels the work."""
        self._last = asyncio.get_running_loop().time()
        try:
            stream = self._stream = self._stream or await open_stream(self._request, self._headers)
            await write(self._request, stream, data, patience=self._timing.patience)
        except ConnectionResetError:
            self._leave()
            await asyncio.sleep(0)  # lets the cancellation reach work that notifies in a loop
            return self._stream or web.StreamResponse()
        return stream


def _event(message: dict[str, object]) -> bytes:
    return b"event: message\ndata: " + encode(message) + b"\n\n"
