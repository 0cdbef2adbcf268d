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

    @property
    def streaming(self) -> bool:
        """Whether the status line is gone, and with it the chance to answer with another one."""
        return self._stream is not None

    async def notify(self, method: str, params: Params) -> None:
        """Send a notification about the request, opening the stream when it is the first."""
        await self._send(notification_message(method, params))

    async def finish(self, message: dict[str, object], *, status: int = 200) -> web.StreamResponse:
        """Send the response, which ends the stream when there is one."""
        if self._stream is None and (status != 200 or not self._stream_only):
            return web.Response(body=encode(message), status=status, content_type="application/json", headers=self._headers)
        stream = await self._send(message)
        await stream.write_eof()
        return stream

    async def _send(self, message: dict[str, object]) -> web.StreamResponse:
        if self._stream is None:
            self._stream = web.StreamResponse(headers={**self._headers, **SSE_HEADERS, "Content-Type": "text/event-stream"})
            await self._stream.prepare(self._request)
        try:
            await self._stream.write(b"event: message\ndata: " + encode(message) + b"\n\n")
        except ConnectionResetError as error:
            # MCP 2026-07-28, cancellation: a closed stream cancels the request, and a tool must not take it for a fault of its own.
            raise asyncio.CancelledError from error
        return self._stream
