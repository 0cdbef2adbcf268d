"""``webclient user``: manages the people who may sign in to the pages with a password."""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import click

from mcpbase.settings import SettingError

from ..people import People, Person
from ..settings import load
from ..sources import Sources
from ..storage import StoreError, open_store

database_option = click.option(
    "--database", metavar="URL", help="Database of the pages: sqlite:///PATH.  [default: sqlite:///webclient.db]"
)
config_option = click.option("--config", metavar="FILE", help="TOML file with settings.")


def _with_people(
    database: str | None, config: str | None, work: Callable[[People], Awaitable[Any]], *, creates: bool = False
) -> Any:
    """Run ``work`` on the people in the database and return its result.

    ``creates`` is whether a missing database is created, for commands that may run before the first start.
    Raises click.ClickException with one sentence.
    """

    async def run() -> Any:
        sources, settings = Sources(), load({"database": database}, os.environ, config)
        path = settings.database_path
        if path and not creates and not path.exists():
            raise ValueError(
                f"There is no database {path.absolute()}. Name the database of the pages with --database (or "
                "WEBCLIENT_DATABASE, or --config)."
            )
        store = await open_store(settings, sources)
        try:
            return await work(People(store.people, sources))
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    except (SettingError, StoreError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except sqlite3.Error as error:
        raise click.ClickException(f"The database could not be changed: {error}.") from None


async def _find(people: People, name: str) -> Person:
    person = await people.find(name)
    if person is None:
        raise ValueError(f"There is no person named {name}.")
    return person


@click.group()
def user() -> None:
    """Manage the people who may sign in to the pages with a password."""


@user.command()
@click.argument("name")
@click.password_option(
    help="Password. If omitted, the command asks for it, which keeps it out of the history of the shell."
)
@database_option
@config_option
def add(name: str, password: str, database: str | None, config: str | None) -> None:
    """Add a person who signs in as NAME."""
    person: Person = _with_people(database, config, lambda people: people.add(name, password), creates=True)
    place = load({"database": database}, os.environ, config).database_path
    click.echo(f"{person.name} can sign in now (database: {(place.absolute() if place else 'in memory')}).")


@user.command("list")
@database_option
@config_option
def show(database: str | None, config: str | None) -> None:
    """List all people, including those who sign in with an identity provider."""
    for person in _with_people(database, config, lambda people: people.store.everybody()):
        click.echo(f"{person.name}\t{'password' if person.login else person.subject}")


@user.command("set-password")
@click.argument("name")
@click.password_option(help="New password. If omitted, the command asks for it.")
@database_option
@config_option
def set_password(name: str, password: str, database: str | None, config: str | None) -> None:
    """Change a person's password and end their sessions."""

    async def work(people: People) -> None:
        await people.set_password(await _find(people, name), password)

    _with_people(database, config, work)
    click.echo(f"Changed the password of {name}.")


@user.command()
@click.argument("name")
@database_option
@config_option
def remove(name: str, database: str | None, config: str | None) -> None:
    """Delete a person and all their data.

    Permissions that they granted at authorization servers stay; revoke them there.
    """

    async def work(people: People) -> None:
        await people.store.remove(await _find(people, name))

    _with_people(database, config, work)
    click.echo(f"Removed {name}.")
