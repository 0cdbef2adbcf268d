"""``mcpserver demo``: the service and the web client together, with an account to sign in to."""

import asyncio
import os
import socket
from collections.abc import Mapping

import click
from attrs import evolve

from mcpbase.settings import SettingError
from mcpbase.shutdown import Ending
from webclient.app import create_app as create_client_app
from webclient.http import answering as client_answering
from webclient.pages.http import PLACE
from webclient.settings import Settings as ClientSettings
from webclient.settings import load as load_client_settings

from ...compose import SERVICE, Service, create_app
from ...configuration import load
from ...database_url import without_secrets
from ...notes import NoteStore, open_notes
from ...settings import Settings
from ...sources import Sources
from ...values import origin
from ..console import readable_password, setting_option
from ..process import answering, listen, port_of, stop_event, write_journal

HOST = "127.0.0.1"
USERNAME = "ada"
NAME = "Ada Lovelace"
NOTES = (
    "The Analytical Engine weaves algebraic patterns just as the Jacquard loom weaves flowers and leaves.",
    "Ask Charles about the cards for the Bernoulli numbers.",
    "Tea with Mary on Thursday.",
)
MEMORY = "sqlite://"
DEFAULTS: Mapping[str, object] = {"database": MEMORY, "log_level": "warning"}


@click.command("demo")
@setting_option("port")
@click.option("--client-port", metavar="NUMBER", help="Port of the web client; 0 takes any free one.  [default: 8080]")
@click.option("--database", metavar="URL", help="Database to keep the data in.  [default: in memory, lost at the end]")
@click.option("--log-level", metavar="LEVEL", help="Lowest level of messages in the log.  [default: warning]")
def command(port: str | None, client_port: str | None, database: str | None, log_level: str | None) -> None:
    """Run the service and the web client to try them out.

    Both listen on this machine only. Creates a person to sign in as.
    """
    settings = load(
        {"host": HOST, "port": port, "database": database, "log_level": log_level}, os.environ, defaults=DEFAULTS
    )
    wanted = 0 if client_port == "0" else _client_settings(client_port).port
    write_journal(settings.log_level)
    with (
        listen(HOST, settings.port, option="--port") as listener,
        listen(HOST, wanted, option="--client-port") as client_listener,
        Ending(settings.shutdown_timeout),
    ):
        asyncio.run(demonstrate(_at(settings, listener), listener, _client_at(client_listener), client_listener))


async def demonstrate(
    settings: Settings, listener: socket.socket, client_settings: ClientSettings, client_listener: socket.socket
) -> None:
    stop = stop_event()
    service = await create_app(settings, server=open_notes)
    client = create_client_app(client_settings)
    async with (
        answering(service, listener, settings),
        client_answering(client, client_listener, client_settings.connection_limits),
    ):
        password = await _welcome(service[SERVICE], Sources())
        click.echo(_words(settings, client[PLACE].url, password))
        await stop.wait()
    click.echo("The demo has ended.")


def _client_settings(port: str | None) -> ClientSettings:
    """Return the settings of the web client from the environment, with a database in memory unless one is named.

    Raises SettingError.
    """
    database = None if "WEBCLIENT_DATABASE" in os.environ else MEMORY
    try:
        return load_client_settings({"host": HOST, "port": port, "database": database}, os.environ)
    except SettingError as error:
        raise SettingError(
            str(error).replace("The setting", "The web client's setting", 1).replace("--port", "--client-port")
        ) from None


def _at(settings: Settings, listener: socket.socket) -> Settings:
    """Return the settings without a public URL from the environment: the demo is for this machine only."""
    port = port_of(listener)
    return evolve(settings, port=port, public_url=origin(HOST, port))


def _client_at(listener: socket.socket) -> ClientSettings:
    return evolve(_client_settings(str(port_of(listener))), public_url="")


async def _welcome(service: Service, sources: Sources) -> str | None:
    """Create a person with some notes and return the password; None when the named database has a person of that name
    already.
    """
    if await service.store.find_account_by_login(USERNAME) is not None:
        return None
    password = readable_password(sources)
    account = await service.accounts.add(USERNAME, password, name=NAME, email="ada@example.com")
    notes = NoteStore(service.store.database)
    for text in NOTES:
        await notes.add_note(account.id, text, now=sources.now())
    return password


def _words(settings: Settings, pages: str, password: str | None) -> str:
    kept = (
        "in memory and lost when you press Ctrl-C"
        if settings.database == MEMORY
        else f"in {without_secrets(settings.database)}; Ctrl-C ends the demo"
    )
    return f"""
  The demo is running. Open

      {pages}

  add the integration   {settings.resource}
  sign in as            {USERNAME}
  with the password     {password or "that was printed when this database was new"}

  The service itself is at {settings.public_url}/
  (Use {HOST}, not localhost: tokens are valid for this address only.)
  The data is {kept}.
"""
