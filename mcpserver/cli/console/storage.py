"""The store for the duration of a command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from mcpbase.settings import SettingError

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
    if settings.database in ("sqlite://", "sqlite:///:memory:"):
        raise SettingError(
            f"The setting database is {settings.database!r}, where nothing outlives this command: name a file, such "
            "as sqlite:///mcpserver.db."
        )
    is_new = not database_path(settings).exists()
    if not creates:
        require_database(settings)
    store = await open_store(settings.database)
    try:
        yield store
    finally:
        await store.close()
    if is_new:
        click.echo(f"Created the database {database_path(settings)}.", err=True)


def require_database(settings: Settings) -> None:
    """Raises Refusal when the database does not exist: a command that reads one must not create it."""
    if settings.database.startswith("sqlite:///") and not database_path(settings).exists():
        raise Refusal(
            f"There is no database {database_path(settings)}: name that of the service with --database (or "
            "MCPSERVER_DATABASE, or --config),"
            " or go to the folder that it was started in."
        )


def database_path(settings: Settings) -> Path:
    """The absolute path of the database file."""
    return Path(settings.database.removeprefix("sqlite:///")).absolute()
