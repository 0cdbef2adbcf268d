"""``webclient serve``: serves the pages."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping

import click

from mcpbase.settings import SettingError
from mcpbase.shutdown import Ending

from ..app import create_app
from ..http import answering
from ..logging_setup import write_journal
from ..pages.http import PLACE
from ..settings import Settings, load
from ..storage import StoreError

MISSING_PROXY = (
    "Warning: the public URL is https and the program listens on {host} only, so there must be a proxy in front of "
    "it, but the setting trusted_proxies is empty. Set it to the address of the proxy, such as {host}; until then, "
    "everybody who signs in counts as one address."
)


def bound_socket(settings: Settings) -> socket.socket:
    """Bind the port before anything else starts. Raises click.ClickException with one sentence when that fails."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. Choose another with --port."
        ) from None


async def serving(settings: Settings, listener: socket.socket, ending: Ending) -> None:
    """Serve until the program is asked to end. Raises StoreError when the database cannot be used."""
    stop = asyncio.Event()
    ending.tell(stop.set)
    app = create_app(settings)
    async with answering(app, listener, settings.connection_limits):
        click.echo(f"The web client is at {app[PLACE].url}")
        if settings.lacks_proxy:
            click.echo(MISSING_PROXY.format(host=settings.host), err=True)
        await stop.wait()


Flags = Mapping[str, str | None]
Loader = Callable[[Flags, Mapping[str, str], str | None], Settings]
OPTIONS = (
    click.option("--host", help="Address to listen on.  [default: 127.0.0.1]"),
    click.option("--port", help="Port to listen on.  [default: 8080]"),
    click.option(
        "--database",
        metavar="URL",
        help="Database: sqlite:///PATH, or sqlite:// for memory.  [default: sqlite:///webclient.db]",
    ),
    click.option(
        "--public-url", metavar="URL", help="Address at which browsers reach these pages.  [default: http://HOST:PORT]"
    ),
    click.option("--config", metavar="FILE", help="TOML file with settings."),
)


def serving_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def run(flags: Flags, environ: Mapping[str, str], loaded: Loader) -> None:
    """Serve until the program is asked to end.

    Raises click.ClickException for wrong settings or an unusable port or database.
    """
    chosen = {name: value for name, value in flags.items() if name != "config"}
    try:
        settings = loaded(chosen, environ, flags["config"])
        write_journal()
        with bound_socket(settings) as listener, Ending(settings.shutdown_timeout) as ending:
            asyncio.run(serving(settings, listener, ending))
    except (SettingError, StoreError) as error:
        raise click.ClickException(str(error)) from None


@click.command()
@serving_options
def serve(**flags: str | None) -> None:
    """Serve the pages, as `webclient` without a command."""
    run(flags, os.environ, load)
