"""Serving of applications on their ports, until the program is asked to end."""

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
"""Seconds in which requests under way must end when the program does; MCP calls had ``Settings.grace`` before that."""


def listen(host: str, port: int, *, option: str) -> socket.socket:
    """Bind a port before anything else starts; connections are queued from then on.

    ``option`` is the flag that chooses another port, for the error message. Raises Refusal when the port cannot be
    bound.
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
    """The connection limits of the settings."""
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
    """Serve an application on a port while the context is open; ``limits`` replace those of the settings."""
    runner = web.AppRunner(app, access_log_class=access_log(settings.trusted_proxies), shutdown_timeout=PATIENCE)
    try:
        await runner.setup()
        async with listening(runner, listener, limits or limits_of(settings), name=NAME):
            yield
    finally:
        await runner.cleanup()


def stop_event() -> asyncio.Event:
    """An event that is set when the program is asked to end."""
    stop = asyncio.Event()
    ending().tell(stop.set)
    return stop
