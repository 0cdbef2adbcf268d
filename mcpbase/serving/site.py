"""An application at a port, with all bounds."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from .connections import Connections
from .descriptors import raise_descriptor_limit
from .doorway import Doorway
from .limits import Limits
from .signature import handlers_of

_log = logging.getLogger(__name__)


@asynccontextmanager
async def listening(
    runner: web.AppRunner, listener: socket.socket, limits: Limits, *, name: str
) -> AsyncIterator[None]:
    """Serve an application whose runner was set up while the context is open, as ``name``. Connections stay, for the
    runner to end.
    """
    descriptors = raise_descriptor_limit()
    within = limits.within(descriptors)
    if within.most < limits.most:
        _log.info("at most %d connections at once, for the system allows %d descriptors", within.most, descriptors)
    connections = Connections(within)
    assert runner.server is not None
    async with connections.watched():
        doorway = Doorway(listener, connections.factory(handlers_of(runner.server, name)), connections.make_room)
        try:
            yield
        finally:
            doorway.close()
