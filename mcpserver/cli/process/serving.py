"""Applications on their ports, until somebody ends the program."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from mcpbase.serving import LOOPBACK, Limits, listening
from mcpbase.shutdown import ending

from ...settings import Settings
from ...web.http import NAME
from ..console import Refusal
from .logging_setup import access_log

PATIENCE = 1
"""Seconds that what is under way has to end when the program does; calls of MCP had theirs before
(``Settings.grace``).
"""


def listen(host: str, port: int, *, option: str) -> socket.socket:
    """Take a port, before anything else is begun; connections wait in line from here on.

    ``option`` is the flag that names another port.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=128)
    except OSError as error:
        reason = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise Refusal(f"Cannot listen on {host} port {port}: {reason}. Choose another port with {option}.") from None


def port_of(listener: socket.socket) -> int:
    port = listener.getsockname()[1]
    assert isinstance(port, int)
    return port


def limits_of(settings: Settings) -> Limits:
    """What connections may be and take."""
    return Limits(
        most=settings.max_connections,
        most_each=settings.max_connections_per_address,
        head=settings.head_timeout,
        idle=settings.keepalive_timeout,
        unbounded=(*LOOPBACK, *settings.trusted_proxies),
    )


@asynccontextmanager
async def answering(
    app: web.Application, listener: socket.socket, settings: Settings, limits: Limits | None = None
) -> AsyncIterator[None]:
    """The application answers at the port while the context is open; ``limits`` instead of those of the settings."""
    runner = web.AppRunner(app, access_log_class=access_log(settings.trusted_proxies), shutdown_timeout=PATIENCE)
    try:
        await runner.setup()
        async with listening(runner, listener, limits or limits_of(settings), name=NAME):
            yield
    finally:
        await runner.cleanup()


def stop_event() -> asyncio.Event:
    """Set when the program is asked to end."""
    stop = asyncio.Event()
    ending().tell(stop.set)
    return stop
