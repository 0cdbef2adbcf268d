"""``mcpserver stdio``: a server for the one program that starts it, without sign-in."""

import asyncio
import os
from collections.abc import Mapping

import click

from mcpbase.shutdown import Ending, ending

from ...configuration import USER, USER_EMAIL, USER_NAME
from ...database_url import without_secrets
from ...mcp import Server
from ...principal import User
from ...settings import Settings
from ...store import open_store
from ...transports.stdio import PATIENCE, Stdio
from ..console import Misuse, Refusal, load_server, require_database, with_settings
from ..process import kept_apart, reading, write_journal, writing

CLIENT = "stdio"
"""Client id and grant id of the program that started this one, to tell a person's clients apart."""


@click.command("stdio")
@click.option(
    "--user", metavar="NAME", help="Person from the database, by user name or e-mail address; has every scope."
)
@with_settings(
    "app",
    "database",
    "shutdown_timeout",
    "log_level",
    texts={
        "app": "The server to run, as module:attribute or path.py:attribute; required here or as a setting",
        "database": "The database in which --user is looked up",
    },
)
def command(settings: Settings, user: str | None) -> None:
    """Speak MCP over standard input and output.

    For clients that start the server as a subprocess. --app names an MCPServer, not an application with pages. There is
    no sign-in. The current user is the person of --user, or
    else the one named in the environment (MCPSERVER_USER, MCPSERVER_USER_NAME, MCPSERVER_USER_EMAIL), or else none.
    """
    if settings.app is None:
        raise Misuse("Name the server with --app module:attribute.")
    with kept_apart() as (source, target):
        write_journal(settings.log_level)
        server = load_server(settings.app)
        with Ending(settings.shutdown_timeout):
            asyncio.run(serve(server, settings, user, (source, target)))


async def serve(server: Server, settings: Settings, user: str | None, streams: tuple[int, int]) -> None:
    """Serve until the client closes its end, or the program is asked to end."""
    caller = environment_user(os.environ) if user is None else await database_user(settings, user)
    reader, close = await reading(streams[0])
    ending().tell(close)
    await Stdio(server, caller=caller, patience=min(PATIENCE, settings.grace)).serve(reader, await writing(streams[1]))
    ending().begin()


def environment_user(environ: Mapping[str, str]) -> User | None:
    """Return the person named in the environment, or None.

    The environment is trusted: it comes from the program that started this one.
    """
    username = environ.get(USER)
    return (
        None
        if not username
        else _person(username, username, environ.get(USER_NAME) or username, environ.get(USER_EMAIL) or None)
    )


async def database_user(settings: Settings, login: str) -> User:
    """Return the person with this user name or e-mail address. Raises Refusal for unknown and disabled people."""
    require_database(settings)
    store = await open_store(settings.database)
    try:
        account = await store.find_account_by_login(login)
    finally:
        await store.close()
    if account is None:
        raise Refusal(
            f"There is no user {login} in {without_secrets(settings.database)}: add them with `mcpserver user add`."
        )
    if account.disabled_at is not None:
        raise Refusal(f"{account.username} is disabled: `mcpserver user enable {account.username}` enables them again.")
    return _person(account.id, account.username, account.name, account.email)


def _person(user_id: str, username: str, name: str, email: str | None) -> User:
    return User(user_id, username, name, email, scopes=frozenset(), client_id=CLIENT, grant_id=CLIENT)
