"""Serving of this program's applications at a port."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from mcpbase.serving import Limits, listening

NAME = "webclient"
"""The Server header of every answer."""


@asynccontextmanager
async def answering(
    app: web.Application, listener: socket.socket, limits: Limits, *, shutdown_timeout: float = 2
) -> AsyncIterator[None]:
    """Serve the application at the port while the context is open. ``shutdown_timeout`` is the number of seconds that
    requests under way are given at the end.
    """
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=shutdown_timeout)
    try:
        await runner.setup()
        async with listening(runner, listener, limits, name=NAME):
            yield
    finally:
        await runner.cleanup()
