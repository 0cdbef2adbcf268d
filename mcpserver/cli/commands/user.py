"""``mcpserver user``: the people who can sign in."""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable

import click

from mcpbase.sign_in import LONGEST

from ...accounts import Account, AccountError, Accounts
from ...compose import create_accounts
from ...settings import Settings
from ...sources import Sources
from ...store import Store
from ..console import STORAGE, Command, Refusal, TakesId, as_json, database_place, opened_store, show, with_settings

_password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)


@click.group("user")
def command() -> None:
    """Manage the people who can sign in."""


@command.command("add")
@click.argument("username", metavar="NAME")
@click.option("--email", metavar="EMAIL", help="E-mail address, which also works for signing in.")
@click.option("--name", "full_name", metavar="NAME", default="", help="Full name.")
@click.option("--admin", is_flag=True, hidden=True, help="Make an administrator.")
@_password_stdin
@with_settings(*STORAGE)
def add(
    settings: Settings, *, username: str, email: str | None, full_name: str, admin: bool, password_stdin: bool
) -> None:
    """Add a person who signs in as NAME.

    Asks for the password twice.
    """
    password = _password(password_stdin)
    asyncio.run(
        _with_accounts(
            settings, lambda accounts: accounts.add(username, password, name=full_name, email=email, admin=admin)
        )
    )
    click.echo(f"Added {username}, in {database_place(settings)}.")


@command.command("list")
@as_json
@with_settings(*STORAGE)
def list_users(settings: Settings, as_json: bool) -> None:
    """List all people, without passwords."""
    rows = [
        {
            "username": account.username,
            "name": account.name,
            "email": account.email,
            "admin": account.admin,
            "enabled": account.disabled_at is None,
            "created": account.created_at,
        }
        for account in asyncio.run(_list(settings))
    ]
    show(rows, as_json=as_json, empty="There is nobody yet: add a person with `mcpserver user add NAME`.")


def _for_person(function: Command) -> Command:
    decorated: Command = click.argument("username", metavar="NAME")(with_settings(*STORAGE)(function))
    return decorated


@command.command("disable")
@_for_person
def disable(settings: Settings, username: str) -> None:
    """Prevent a person from signing in.

    Ends their sessions and revokes everything that they allowed clients.
    """
    now = Sources().now()
    asyncio.run(_with_person(settings, username, lambda store, account: store.disable_account(account.id, now=now)))
    click.echo(f"Disabled {username}.")


@command.command("enable")
@_for_person
def enable(settings: Settings, username: str) -> None:
    """Let a disabled person sign in again."""
    asyncio.run(_with_person(settings, username, lambda store, account: store.enable_account(account.id)))
    click.echo(f"Enabled {username}.")


@command.command("set-password")
@_password_stdin
@click.option(
    "--disconnect", is_flag=True, help="Also disconnect their clients, for example if somebody else knew the password."
)
@_for_person
def set_password(settings: Settings, username: str, password_stdin: bool, disconnect: bool) -> None:
    """Change a person's password.

    Ends their sessions. Asks for the new password twice.
    """
    asyncio.run(_with_person(settings, username, _present))
    password = _password(password_stdin)
    asyncio.run(
        _with_person(
            settings,
            username,
            lambda store, account: _accounts(settings, store).set_password(account, password, disconnect=disconnect),
        )
    )
    click.echo(f"Changed the password of {username}.")


@command.command("sessions")
@as_json
@_for_person
def sessions(settings: Settings, username: str, as_json: bool) -> None:
    """List the sessions of a person.

    The session that was used last is first.
    """
    rows: list[dict[str, object]] = []

    async def read(store: Store, account: Account) -> None:
        now = Sources().now()
        names: defaultdict[str | None, list[str]] = defaultdict(list)
        for connection in await store.list_connections(
            account.id, now=now, tokens_since=now - settings.access_token_lifetime
        ):
            names[connection.grant.session_id].append(connection.client_name)
        for session in await store.list_sessions(account.id, now=now):
            about = {
                "session": session.id,
                "browser": session.browser,
                "created": session.created_at,
                "seen": session.seen_at,
            }
            rows.append({**about, "connected": list(dict.fromkeys(names[session.id]))})

    asyncio.run(_with_person(settings, username, read))
    show(rows, as_json=as_json, empty=f"{username} is not signed in anywhere.")


@command.command("end-session", cls=TakesId)
@click.option(
    "--disconnect",
    is_flag=True,
    help="Also disconnect the clients that were connected in it, for example if somebody else used it.",
)
@_for_person
@click.argument("session", metavar="SESSION")
def end_session(settings: Settings, username: str, session: str, disconnect: bool) -> None:
    """End one session of a person.

    `user sessions` shows the SESSION ids.
    """

    async def end(store: Store, account: Account) -> None:
        if not await _accounts(settings, store).end_session(account, session, disconnect=disconnect):
            raise Refusal(f"{username} has no session {session!r}.")

    asyncio.run(_with_person(settings, username, end))
    click.echo(f"Ended the session {session} of {username}.")


@command.command("remove")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@_for_person
def remove(settings: Settings, username: str, yes: bool) -> None:
    """Delete a person and all their data.

    At a terminal, asks for confirmation first.
    """
    now = Sources().now()
    asyncio.run(_with_person(settings, username, _present))
    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove {username} with all their notes? This cannot be undone.", abort=True)
    asyncio.run(_with_person(settings, username, lambda store, account: store.remove_account(account.id, now=now)))
    click.echo(f"Removed {username}.")


async def _list(settings: Settings) -> list[Account]:
    async with opened_store(settings) as store:
        return await store.list_accounts()


async def _with_accounts(settings: Settings, work: Callable[[Accounts], Awaitable[object]]) -> None:
    async with opened_store(settings, creates=True) as store:
        try:
            await work(_accounts(settings, store))
        except AccountError as error:
            raise Refusal(str(error)) from None


async def _with_person(settings: Settings, login: str, work: Callable[[Store, Account], Awaitable[object]]) -> None:
    async with opened_store(settings) as store:
        account = await store.find_account_by_login(login)
        if account is None:
            raise Refusal(f"There is no user {login!r}.")
        try:
            await work(store, account)
        except AccountError as error:
            raise Refusal(str(error)) from None


async def _present(store: Store, account: Account) -> None:
    """Do nothing: finding the account was enough, so that the command asks only about people who exist."""


def _accounts(settings: Settings, store: Store) -> Accounts:
    return create_accounts(settings, store, Sources())


def _password(from_stdin: bool) -> str:
    return _read_password() if from_stdin else str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _read_password() -> str:
    """Return the first line of standard input without its line ending. Spaces belong to the password."""
    line = sys.stdin.buffer.readline(8 * LONGEST)
    try:
        return line.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise Refusal("The password on standard input is not UTF-8 text.") from None
