"""``mcpserver serve``: the service, until it is told to stop."""

import asyncio
import socket
from pathlib import Path

import click

from ..mcp.server import MCPServer
from ..mounting import standalone
from ..settings import Settings
from .journal import write_journal
from .options import ALL, with_settings
from .reference import load_server
from .running import answering, listen, port_of, stop_event


@click.command("serve")
@with_settings(*ALL)
def command(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Every setting can also come from the environment (--public-url is MCPSERVER_PUBLIC_URL) or from a TOML file (public_url);
    a flag beats the environment, that beats the file.
    """
    write_journal(settings.log_level)
    server = None if settings.app is None else load_server(settings.app)
    with listen(settings.host, settings.port, option="--port") as listener:
        asyncio.run(serve(settings.listening_on(port_of(listener)), listener, server))


async def serve(settings: Settings, listener: socket.socket, server: MCPServer | None = None) -> None:
    stop = stop_event()
    first = not _database_exists(settings)
    async with answering(await standalone(settings, server=server), listener):
        click.echo(f"{settings.name} answers at {settings.public_url}/ and serves MCP at {settings.resource}")
        if first:
            click.echo("Nobody can sign in yet: add a person with `mcpserver user add NAME`.")
        await stop.wait()


def _database_exists(settings: Settings) -> bool:
    return Path(settings.database.removeprefix("sqlite:///")).exists()
