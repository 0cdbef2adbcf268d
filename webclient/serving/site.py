"""An application at a port, with all of the bounds."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from .connections import Connections
from .descriptors import raise_descriptor_limit
from .doorway import Doorway
from .limits import Limits
from .signature import handlers_of


@asynccontextmanager
async def answering(app: web.Application, listener: socket.socket, limits: Limits, *, shutdown_timeout: float = 2) -> AsyncIterator[None]:
    """The application answers at the port while the context is open; ``shutdown_timeout`` in seconds is for what is under way at its end."""
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=shutdown_timeout)
    try:
        await runner.setup()
        assert runner.server is not None
        connections = Connections(limits.within(raise_descriptor_limit()))
        async with connections.watched():
            doorway = Doorway(listener, connections.factory(handlers_of(runner.server)), connections.make_room)
            try:
                yield
            finally:
                doorway.close()
    finally:
        await runner.cleanup()
