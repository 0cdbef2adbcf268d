"""The answer to one request: JSON when only a result comes, an SSE stream from the first notification on."""

import asyncio

import msgspec
from aiohttp import web

from ..mcp.jsonrpc import Params, notification_message

SSE_HEADERS = {"Cache-Control": "no-cache, no-store", "X-Accel-Buffering": "no"}
"""MCP 2026-07-28, Streamable HTTP: receiving messages; proxies must not hold events back."""


def encode(message: object) -> bytes:
    return msgspec.json.encode(message)


class Answer:
    """Made for one HTTP request; ``headers`` go out with whatever is answered."""

    def __init__(self, request: web.Request, headers: dict[str, str], *, stream_only: bool) -> None:
        self._request = request
        self._headers = headers
        self._stream_only = stream_only
        self._stream: web.StreamResponse | None = None
        self._sending = asyncio.Lock()
        self._finished = False

    async def notify(self, method: str, params: Params) -> None:
        """Send a notification about the request, opening the stream when it is the first; after the response, send nothing."""
        message = notification_message(method, params)
        async with self._sending:
            if not self._finished:
                await self._send(message)

    async def finish(self, message: dict[str, object], *, status: int = 200) -> web.StreamResponse:
        """Send the response, which ends the stream when there is one."""
        async with self._sending:
            self._finished = True
            if self._stream is None and (status != 200 or not self._stream_only):
                return web.Response(body=encode(message), status=status, content_type="application/json", headers=self._headers)
            return await self._send(message)

    async def _send(self, message: dict[str, object]) -> web.StreamResponse:
        """Silently lost when nobody listens any more: that is ``departure``'s to judge."""
        event = b"event: message\ndata: " + encode(message) + b"\n\n"
        try:
            stream = self._stream = self._stream or await self._open()
            await stream.write(event)
        except ConnectionResetError:
            return self._stream or web.StreamResponse()
        return stream

    async def _open(self) -> web.StreamResponse:
        stream = web.StreamResponse(headers={**self._headers, **SSE_HEADERS, "Content-Type": "text/event-stream"})
        await stream.prepare(self._request)
        return stream
