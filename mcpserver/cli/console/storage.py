"""The store for the duration of a command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from mcpbase.settings import SettingError

from ...database_url import database_file, in_memory, without_secrets
from ...settings import Settings
from ...store import Store, open_store
from .refusal import Refusal


@asynccontextmanager
async def opened_store(settings: Settings, *, creates: bool = False) -> AsyncIterator[Store]:
    """Open the store while the context is open.

    ``creates`` allows a new database, for commands that may run before the first start of the service. Raises
    StoreError; Refusal for a missing database unless ``creates``, since its name was probably mistyped; SettingError
    for a database in memory, which would be lost with the command.
    """
    require_lasting(settings)
    path = database_file(settings.database)
    is_new = path is not None and not path.exists()
    if not creates:
        require_database(settings)
    store = await open_store(settings.database)
    try:
        yield store
    finally:
        await store.close()
    if is_new:
        click.echo(f"Created the database {database_place(settings)}.", err=True)


def require_lasting(settings: Settings) -> None:
    """Raises SettingError for a database in memory, which would be lost with the command."""
    if in_memory(settings.database):
        raise SettingError(
            f"The setting database is {settings.database!r}, where nothing outlives this command: name a file, such "
            "as sqlite:///mcpserver.db."
        )


def require_database(settings: Settings) -> None:
    """Raises Refusal when the database file does not exist: a command that reads one must not create it."""
    path = database_file(settings.database)
    if path is not None and not path.exists():
        raise Refusal(
            f"There is no database {database_place(settings)}: name that of the service with --database (or "
            "MCPSERVER_DATABASE, or --config),"
            " or go to the folder that it was started in."
        )


def database_place(settings: Settings) -> str:
    """Return the absolute path of the database file, or the address of the database without its password."""
    path = database_file(settings.database)
    return without_secrets(settings.database) if path is None else str(path.absolute())
