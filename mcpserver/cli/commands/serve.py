"""``mcpserver serve``: runs the service until it is asked to stop."""

import asyncio
import logging
import socket

import click
from aiohttp import web
from attrs import evolve

from mcpbase.addresses import is_loopback
from mcpbase.guard import missing_proxy
from mcpbase.settings import LINE
from mcpbase.shutdown import Ending

from ...application import Served
from ...compose import create_open_app, standalone
from ...database_url import database_file
from ...mcp import Server
from ...notes import open_notes
from ...settings import Settings
from ..console import ALL, load_served, with_settings
from ..process import answering, listen, port_of, stop_event, write_journal

_log = logging.getLogger(__name__)


@click.command("serve")
@with_settings(*ALL)
def command(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM.

    --app names an MCPServer, a function without parameters that returns one, or an async function that opens an
    application with pages.

    Every setting can also come from the environment (MCPSERVER_PUBLIC_URL for --public-url) or from a TOML file
    (public_url). A flag takes precedence over the environment, and the environment over the file.
    """
    if settings.workers > 1:
        from .workers import run_workers  # noqa: PLC0415 - it imports this module

        run_workers(settings)
    else:
        run(settings, None if settings.app is None else load_served(settings.app), for_good=True)


def run(settings: Settings, served: Served | None = None, *, sign_in: bool = True, for_good: bool = False) -> None:
    """Serve a server or an application, the sample application when None. ``for_good``: the program ends afterwards.

    Without ``sign_in``, a server answers everybody; an application always has sign-in. Raises Refusal, Misuse,
    SettingError or StoreError when it cannot start.
    """
    write_journal(settings.log_level)
    if isinstance(served, Server):
        settings = named_after(served, settings)
    with (
        listen(settings.host, settings.port, option="--port") as listener,
        Ending(settings.shutdown_timeout, for_good=for_good),
    ):
        settings = settings.listening_on(port_of(listener))
        asyncio.run(
            serve_open(settings, listener, served)
            if isinstance(served, Server) and not sign_in
            else serve(settings, listener, served or open_notes)
        )


def named_after(server: Server, settings: Settings) -> Settings:
    """Use the name of the server for the service, unless the operator gave the service a name."""
    title = server.info.get("title") or server.info["name"]
    return (
        settings
        if settings.name != Settings().name or not title.isprintable()
        else evolve(settings, name=str(LINE.parse(title)))
    )


async def serve(settings: Settings, listener: socket.socket, served: Served) -> None:
    words = words_of(settings)
    warn_of_missing_proxy(settings)
    app = await standalone(settings, server=served)
    await _until_stopped(settings, app, listener, words)


def warn_of_missing_proxy(settings: Settings) -> None:
    if settings.authorization_server is None and (
        warning := missing_proxy(settings.public_url, settings.host, settings.trusted_proxies)
    ):
        _log.warning(warning)


async def serve_open(settings: Settings, listener: socket.socket, server: Server) -> None:
    await _until_stopped(settings, create_open_app(settings, server), listener, open_words(settings))


def open_words(settings: Settings) -> list[str]:
    words = [f"{settings.name} serves MCP at {settings.resource} without sign-in."]
    return words if is_loopback(settings.host) else [*words, f"Everybody who reaches {settings.host} can use it."]


async def _until_stopped(settings: Settings, app: web.Application, listener: socket.socket, words: list[str]) -> None:
    stop = stop_event()
    async with answering(app, listener, settings):
        for line in words:
            click.echo(line)
        await stop.wait()


def words_of(settings: Settings) -> list[str]:
    """Return what to say once the service answers; to be called before the database is created."""
    if settings.authorization_server is not None:
        return [
            f"{settings.name} serves MCP at {settings.resource}, for people who sign in at "
            f"{settings.authorization_server}."
        ]
    words = [f"{settings.name} answers at {settings.public_url}/ and serves MCP at {settings.resource}"]
    path = database_file(settings.database)
    first = path is not None and not path.exists()
    return [*words, "Nobody can sign in yet: add a person with `mcpserver user add NAME`."] if first else words
