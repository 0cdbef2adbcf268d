"""An application at a port, with all of the bounds."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from .connections import Connections
from .descriptors import exhaustion_told_seldom, raise_descriptor_limit
from .limits import Limits

BACKLOG = 128
"""Connections that the system keeps until they are taken, and how many are taken in one turn of the loop."""


@asynccontextmanager
async def answering(app: web.Application, listener: socket.socket, limits: Limits, *, shutdown_timeout: float = 2) -> AsyncIterator[None]:
    """The application answers at the port while the context is open; ``shutdown_timeout`` in seconds is for what is under way at its end."""
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=shutdown_timeout)
    try:
        await runner.setup()
        assert runner.server is not None
        connections = Connections(limits.within(raise_descriptor_limit()))
        async with connections.watched():
            with exhaustion_told_seldom(connections.make_room):
                site = await asyncio.get_running_loop().create_server(connections.factory(runner.server), sock=listener, backlog=BACKLOG)
                try:
                    yield
                finally:
                    site.close()
    finally:
        await runner.cleanup()
