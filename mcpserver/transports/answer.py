"""The answer to one request of 2026-07-28: JSON when only a result comes, an SSE stream from the first notification on."""

import asyncio

import msgspec
from aiohttp import web

from ..mcp.jsonrpc import Params, notification_message

SSE_HEADERS = {"Cache-Control": "no-cache, no-store", "X-Accel-Buffering": "no", "Content-Type": "text/event-stream"}
"""MCP 2026-07-28, Streamable HTTP: receiving messages; proxies must not hold events back."""

QUIET = 15.0
"""Seconds of silence after which a comment says that the work goes on: proxies and clients give up on connections that are still."""

PATIENCE = 30.0
"""Seconds that a reader may let us wait before they count as gone."""

KEEP_ALIVE = b":\n\n"


def encode(message: object) -> bytes:
    return msgspec.json.encode(message)


async def write(request: web.Request, stream: web.StreamResponse, data: bytes) -> None:
    """Raises ConnectionResetError when nobody reads any more, or so slowly that what is written would pile up."""
    try:
        async with asyncio.timeout(PATIENCE):
            await stream.write(data)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the client reads too slowly") from None


class Answer:
    """Made for one HTTP request; ``headers`` go out with whatever is answered. ``stream`` says that the client takes one."""

    def __init__(self, request: web.Request, headers: dict[str, str], *, json: bool, stream: bool) -> None:
        self._request = request
        self._headers = headers
        self._json = json
        self._may_stream = stream
        self._stream: web.StreamResponse | None = None
        self._sending = asyncio.Lock()
        self._finished = False
        self._last = asyncio.get_running_loop().time()
        self._beat: asyncio.Task[None] | None = None
        self._timer = self._later(QUIET)

    async def notify(self, method: str, params: Params) -> None:
        """Send a notification about the request, opening the stream when it is the first; after the response, send nothing."""
        message = notification_message(method, params)
        async with self._sending:
            if not self._finished:
                await self._send(b"event: message\ndata: " + encode(message) + b"\n\n")

    async def finish(self, message: dict[str, object], *, status: int = 200) -> web.StreamResponse:
        """Send the response, which ends the stream when there is one."""
        async with self._sending:
            self.close()
            if self._stream is None and (status != 200 or self._json):
                return web.Response(body=encode(message), status=status, content_type="application/json", headers=self._headers)
            return await self._send(b"event: message\ndata: " + encode(message) + b"\n\n")

    def close(self) -> None:
        self._finished = True
        self._timer.cancel()

    def _later(self, delay: float) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay, self._look)

    def _look(self) -> None:
        """Whether it has been quiet for too long."""
        quiet = asyncio.get_running_loop().time() - self._last
        if quiet >= QUIET and self._may_stream and not self._sending.locked():
            self._beat = asyncio.create_task(self._keep_alive())
        self._timer = self._later(QUIET if quiet >= QUIET else QUIET - quiet)

    async def _keep_alive(self) -> None:
        async with self._sending:
            if not self._finished:
                await self._send(KEEP_ALIVE)

    async def _send(self, data: bytes) -> web.StreamResponse:
        """Silently lost when nobody listens any more: that is ``departure``'s to judge."""
        self._last = asyncio.get_running_loop().time()
        try:
            stream = self._stream = self._stream or await self._open()
            await write(self._request, stream, data)
        except ConnectionResetError:
            return self._stream or web.StreamResponse()
        return stream

    async def _open(self) -> web.StreamResponse:
        stream = web.StreamResponse(headers={**self._headers, **SSE_HEADERS})
        await stream.prepare(self._request)
        return stream
