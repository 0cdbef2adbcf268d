"""``mcpserver dev``: serve on this machine while the author writes the server, and reload after changes."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click
from aiohttp import web
from attrs import define, evolve, field

from mcpbase.addresses import is_loopback
from mcpbase.shutdown import Ending

from ...accounts import Accounts
from ...application import Application, Host, Served, open_application
from ...compose import SERVICE, create_app
from ...configuration import load
from ...mcp import Server
from ...settings import Settings
from ...sources import Sources
from ...values import origin
from ...web.pages import SignedIn, assume
from ..console import Misuse, load_served, readable_password, setting_option
from ..process import (
    Snapshot,
    answering,
    changed,
    listen,
    next_change,
    port_of,
    snapshot,
    stop_event,
    ways_to_connect,
    write_journal,
)
from .inspect import written_lists
from .serve import named_after

Lists = dict[str, list[dict[str, Any]]]
HOST = "127.0.0.1"
USERNAME = "developer"
FOLDER = "_DEV_FOLDER_OF_MCPSERVER"
"""Environment variable that passes the folder of the temporary database to the process that replaces this one."""


@click.command("dev")
@click.argument("app")
@setting_option("port")
@click.option("--database", metavar="URL", help="Database to keep the data in.  [default: temporary]")
def command(app: str, port: str | None, database: str | None) -> None:
    """Serve APP during development.

    Listens on this machine only and restarts when a .py file next to APP changes. APP is module:attribute or
    path.py:attribute, and names what `mcpserver serve --app` takes: an MCPServer or an application with pages. You are
    signed in without a password; clients still ask for consent.
    """
    folder = Path(os.environ.get(FOLDER) or tempfile.mkdtemp(prefix="mcpserver-dev-"))
    flags = {"host": HOST, "port": port, "database": database or f"sqlite:///{folder}/dev.db"}
    settings = load(flags, os.environ, defaults={"log_level": "info"})
    write_journal(settings.log_level)
    try:
        with Ending(settings.shutdown_timeout):
            again = asyncio.run(_once(app, settings))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if again:
        command = [sys.executable, "-m", "mcpserver", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, FOLDER: str(folder)})  # noqa: S606 - ourselves
    shutil.rmtree(folder, ignore_errors=True)


async def _once(app: str, settings: Settings) -> bool:
    """Serve until a file changes (True) or the program is asked to end (False)."""
    before = snapshot(_folder(app))
    try:
        return await _serve(app, load_served(app), settings, before)
    except Misuse as error:
        click.echo(f"Error: {error}\nWaiting for a change.", err=True)
        return await changed(before, _folder(app), stop_event())


async def _serve(app: str, served: Served, settings: Settings, before: Snapshot) -> bool:
    """The same, once APP is loaded. Raises Misuse for an application that cannot be opened."""
    with listen(settings.host, settings.port, option="--port") as listener:
        bound = port_of(listener)
        here = evolve(settings, port=bound, public_url=origin(HOST, bound))
        if isinstance(served, Server):
            here = named_after(served, here)
        opening = Opening(served)
        site = await create_app(here, server=opening)
        site.middlewares.append(signing_in(await Developer.begin(site[SERVICE].accounts)))
        stop = stop_event()
        async with answering(site, listener, here):
            server = opening.application.server
            click.echo(_words(here, server))
            return await _until_better(app, server, before, stop)


@define
class Opening:
    """Opens what is served, and keeps the opened application."""

    _served: Served
    application: Application = field(init=False)

    async def __call__(self, host: Host) -> Application:
        self.application = await open_application(self._served, host)
        return self.application


async def _until_better(app: str, server: Server, before: Snapshot, stop: asyncio.Event) -> bool:
    """Wait for a change after which the server can be loaded (True), or for ``stop`` (False).

    A change that breaks it is reported, and the current server goes on.
    """
    here: Lists = json.loads(written_lists(server))
    while files := await next_change(before, _folder(app), stop):
        before = await asyncio.to_thread(snapshot, _folder(app))
        click.echo(f"Changed: {', '.join(files)}.")
        lists = await _tried(app, stop)
        if not isinstance(lists, str):
            click.echo(_difference(here, lists))
            return True
        click.echo(f"{lists}\nThe server from before this change goes on. Waiting for a change.", err=True)
    return False


async def _tried(app: str, stop: asyncio.Event) -> Lists | str:
    """The lists of the changed server, or the reason why it cannot be loaded.

    It is loaded in another process, so that nothing of it stays in this one. That process is killed when ``stop`` is
    set.
    """
    command = (sys.executable, "-m", "mcpserver", "inspect", app, "--json")
    program = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    said, stopped = asyncio.create_task(program.communicate()), asyncio.create_task(stop.wait())
    await asyncio.wait((said, stopped), return_when=asyncio.FIRST_COMPLETED)
    if not said.done():
        program.kill()
    stopped.cancel()
    out, err = await said
    if program.returncode == 0:
        lists: Lists = json.loads(out)
        return lists
    return (
        err.decode(errors="replace").strip()
        or f"Error: {app} ended while it was loaded, with status {program.returncode}."
    )


def _difference(before: Lists, after: Lists) -> str:
    """A sentence about what was added, removed and changed, by name."""
    words = []
    for noun, key, name in (
        ("tool", "tools", "name"),
        ("resource", "resources", "uri"),
        ("template", "resourceTemplates", "uriTemplate"),
        ("prompt", "prompts", "name"),
    ):
        old, new = ({each[name]: each for each in lists[key]} for lists in (before, after))
        words += [f"new {noun} {each}" for each in new if each not in old]
        words += [f"{noun} {each} is gone" for each in old if each not in new]
        words += [f"{noun} {each} is described anew" for each in new if each in old and new[each] != old[each]]
    told = ", ".join(words)
    return f"{told[0].upper()}{told[1:]}." if told else "It lists what it did before."


def _folder(app: str) -> Path:
    place = app.rpartition(":")[0] or app
    return Path(place).resolve().parent if place.endswith(".py") else Path.cwd()


@define
class Developer:
    """The account of the developer, with a random password that is not shown."""

    _accounts: Accounts
    _password: str
    _session: str = ""

    @classmethod
    async def begin(cls, accounts: Accounts) -> "Developer":
        account, password = await accounts.store.find_account_by_login(USERNAME), readable_password(Sources())
        if account is None:
            await accounts.add(USERNAME, password, name="Local developer", email="developer@example.com")
        else:
            await accounts.set_password(account, password)
        return cls(accounts, password)

    async def signed_in(self) -> SignedIn:
        """Return the person with a live session, and a new one when it was ended on the account page.

        It counts as begun just now, so that no client's demand for a recent sign-in can fail.
        """
        found = await self._accounts.find_session(self._session)
        if found is None:
            self._session = await self._accounts.sign_in(USERNAME, self._password, address=HOST, browser="This machine")
            found = await self._accounts.find_session(self._session)
        assert found is not None
        session, account = found
        return SignedIn(account, evolve(session, created_at=self._accounts.sources.now()), assumed=True)


def signing_in(developer: Developer) -> Callable[..., Awaitable[web.StreamResponse]]:
    """A middleware that signs in every request from this machine as the developer."""

    @web.middleware
    async def middleware(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if is_loopback(request.remote or ""):
            assume(request, await developer.signed_in())
        return await handler(request)

    return middleware


def _words(settings: Settings, server: Server) -> str:
    return f"""{settings.name} answers at {settings.public_url}/ and serves MCP at {settings.resource}
(Use {HOST}, not localhost: tokens are valid for this address only.)

Every browser on this machine is signed in as "{USERNAME}", without a password.
The server listens on {HOST} only, so other machines have no access. Never put it behind a proxy.

{ways_to_connect(server.info["name"], settings.resource)}

The server restarts when a .py file changes. Press Ctrl-C to stop it."""
