"""A client that closes its connection has cancelled its request (MCP 2026-07-28, Streamable HTTP: cancellation)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

LOOK_EVERY = 0.5
"""Seconds. aiohttp can cancel by itself, but only every handler of a server together: the forms of the pages must not end halfway."""


@contextmanager
def ends_with_client(request: web.Request) -> Iterator[None]:
    """Cancel what runs inside once the client is gone."""
    watch = _Watch(request)
    try:
        yield
    finally:
        watch.timer.cancel()


class _Watch:
    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._task = asyncio.current_task()
        self.timer = self._look_later()

    def _look_later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(LOOK_EVERY, self._look)

    def _look(self) -> None:
        if self._request.transport is not None:
            self.timer = self._look_later()
        elif self._task is not None:
            self._task.cancel("the client closed the connection")
