"""Applications on their ports, until somebody ends the program."""

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from .journal import AccessLog
from .refusal import Refusal

PATIENCE = 3
"""Seconds that requests under way have to end when the program does."""


def listen(host: str, port: int, *, option: str) -> socket.socket:
    """Take a port, before anything else is begun; connections wait in line from here on. ``option`` is the flag that names another port."""
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


@asynccontextmanager
async def answering(app: web.Application, listener: socket.socket) -> AsyncIterator[None]:
    """The application answers at the port while the context is open."""
    runner = web.AppRunner(app, access_log_class=AccessLog, shutdown_timeout=PATIENCE)
    try:
        await runner.setup()
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()


def stop_event() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM; from here on these end nothing by themselves."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
