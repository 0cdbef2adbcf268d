"""The command line of the web client."""

import asyncio
import os
import signal
import socket
from contextlib import suppress

import click
from aiohttp import web

from .. import __version__
from ..app import create_app
from ..settings import SettingError, Settings, load
from ..store import StoreError


def bound_socket(settings: Settings) -> socket.socket:
    """Take the port before anything else starts. Raises click.ClickException with one sentence."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except OSError as error:
        raise click.ClickException(f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. Choose another with --port.") from None


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM. Raises StoreError when the database cannot be used."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(create_app(settings), handle_signals=False, access_log=None, shutdown_timeout=2)
    try:
        await runner.setup()
        await web.SockSite(runner, listener).start()
        click.echo(f"The web client is at {settings.origin}/")
        await stop.wait()
    finally:
        await runner.cleanup()


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", help="Port to listen on.  [default: 8080]")
@click.option("--database", metavar="URL", help="sqlite:///PATH, or sqlite:// for memory.  [default: sqlite:///webclient.db]")
@click.option("--public-url", metavar="URL", help="Where browsers reach these pages.  [default: http://HOST:PORT]")
@click.option("--config", metavar="FILE", help="A TOML file with settings.")
@click.version_option(__version__, prog_name="webclient", message="%(prog)s %(version)s")
def main(host: str | None, port: str | None, database: str | None, public_url: str | None, config: str | None) -> None:
    """An MCP client with pages: add servers, sign in, call their tools, and watch every hop."""
    flags = {"host": host, "port": port, "database": database, "public_url": public_url}
    try:
        settings = load(flags, os.environ, config)
        with bound_socket(settings) as listener:
            asyncio.run(serve(settings, listener))
    except (SettingError, StoreError) as error:
        raise click.ClickException(str(error)) from None
