"""``mcpserver dev``: a server while its author writes it, on this machine only."""

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
from attrs import define, evolve

from mcpbase.addresses import is_loopback

from ...accounts.service import Accounts
from ...compose.app import create_app
from ...compose.service import SERVICE
from ...configuration import load
from ...mcp.server import MCPServer
from ...settings import Settings
from ...sources import Sources
from ...values import origin
from ...web.pages.browser import SignedIn, assume
from ..console.app_loader import load_server
from ..console.options import setting_option
from ..console.passphrase import readable_password
from ..console.refusal import Misuse
from ..process.connection_hints import ways_to_connect
from ..process.logging_setup import write_journal
from ..process.reload import Snapshot, changed, next_change, snapshot
from ..process.serving import answering, listen, port_of, stop_event
from ..process.shutdown import Ending
from .inspect import written_lists
from .serve import named_after

Lists = dict[str, list[dict[str, Any]]]
HOST = "127.0.0.1"
USERNAME = "developer"
FOLDER = "_DEV_FOLDER_OF_MCPSERVER"
"""In the environment: where the throwaway database lies, for the program that follows this one after a change."""


@click.command("dev")
@click.argument("app")
@setting_option("port")
@click.option("--database", metavar="URL", help="Database to keep the data in.  [default: temporary]")
def command(app: str, port: str | None, database: str | None) -> None:
    """Serve APP during development.

    Listens on this machine only and restarts when a .py file next to APP changes. APP is module:attribute or path.py:attribute. You are
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
        os.execve(sys.executable, [sys.executable, "-m", "mcpserver", *sys.argv[1:]], {**os.environ, FOLDER: str(folder)})  # noqa: S606 - ourselves
    shutil.rmtree(folder, ignore_errors=True)


async def _once(app: str, settings: Settings) -> bool:
    """Whether a file changed, rather than somebody ending the program."""
    before = snapshot(_folder(app))
    try:
        server = load_server(app)
    except Misuse as error:
        click.echo(f"Error: {error}\nWaiting for a change.", err=True)
        return await changed(before, _folder(app), stop_event())
    with listen(settings.host, settings.port, option="--port") as listener:
        bound = port_of(listener)
        here = named_after(server, evolve(settings, port=bound, public_url=origin(HOST, bound)))
        application = await create_app(here, server=server)
        application.middlewares.append(signing_in(await Developer.begin(application[SERVICE].accounts)))
        stop = stop_event()
        async with answering(application, listener, here):
            click.echo(_words(here, server))
            return await _until_better(app, server, before, stop)


async def _until_better(app: str, server: MCPServer, before: Snapshot, stop: asyncio.Event) -> bool:
    """Serve on until there is something that can be loaded: what is broken is told, and the server from before goes on. False once ``stop`` is set."""
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
    """What the server lists as it is now, loaded by a program of its own so that nothing of it stays here; or what is wrong with it.

    A module that does not come to an end is given up when ``stop`` is set.
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
    return err.decode(errors="replace").strip() or f"Error: {app} ended while it was loaded, with status {program.returncode}."


def _difference(before: Lists, after: Lists) -> str:
    """What is offered otherwise than before, by name."""
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
    """The one person there is; their password is nobody's."""

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
        """With a session that is alive: who ends it on the account page is signed in again. It counts as begun just now, which is all a client may ask for."""
        found = await self._accounts.find_session(self._session)
        if found is None:
            self._session = await self._accounts.sign_in(USERNAME, self._password, address=HOST, browser="This machine")
            found = await self._accounts.find_session(self._session)
        assert found is not None
        session, account = found
        return SignedIn(account, evolve(session, created_at=self._accounts.sources.now()), assumed=True)


def signing_in(developer: Developer) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Whoever comes from this machine is the developer."""

    @web.middleware
    async def middleware(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if is_loopback(request.remote or ""):
            assume(request, await developer.signed_in())
        return await handler(request)

    return middleware


def _words(settings: Settings, server: MCPServer) -> str:
    return f"""{settings.name} answers at {settings.public_url}/ and serves MCP at {settings.resource}
(Use {HOST}, not localhost: tokens are valid for this address only.)

Every browser on this machine is signed in as "{USERNAME}", without a password.
The server listens on {HOST} only, so other machines have no access. Never put it behind a proxy.

{ways_to_connect(server.info["name"], settings.resource)}

The server restarts when a .py file changes. Press Ctrl-C to stop it."""
