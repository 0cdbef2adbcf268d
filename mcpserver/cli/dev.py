"""``mcpserver dev``: a server while it is being written. It starts again on every change, and a developer is signed in already."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from aiohttp import web
from attrs import evolve

from ..app import create_app
from ..configuration import load
from ..settings import Settings
from ..sources import Sources
from ..values import origin
from ..web.browser import set_cookie, signed_in
from ..web.service import SERVICE
from .journal import write_journal
from .options import setting_option
from .readable import readable_password
from .reference import load_server
from .running import answering, listen, port_of, stop_event

HOST = "127.0.0.1"
USERNAME, NAME = "developer", "Developer"
LOOK_EVERY = 0.3
"""Seconds from one look at the files to the next."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@click.command("dev")
@click.argument("target", metavar="MODULE:NAME")
@setting_option("port")
@click.option("--database", metavar="URL", help="Keep everything there.  [default: a file that is gone at the end]")
@click.option("--listener", type=int, hidden=True, help="The port, taken already.")
def command(target: str, port: str | None, database: str | None, listener: int | None) -> None:
    """Serve on loopback, starting again whenever a Python file changes.

    You are signed in without a password: whoever reaches the port on this machine is taken for the developer. Never use it for anything else.
    """
    write_journal("info")
    if listener is not None:
        asyncio.run(_serve(target, load({"host": HOST, "port": port, "database": database}, os.environ), socket.socket(fileno=listener)))
        return
    with TemporaryDirectory(prefix="mcpserver-dev-") as folder:
        settings = load({"host": HOST, "port": port, "database": database}, os.environ, defaults={"database": f"sqlite:///{folder}/dev.db"})
        with listen(HOST, settings.port, option="--port") as taken:
            click.echo(_words(target, origin(HOST, port_of(taken))))
            _watch(target, settings, taken)


async def _serve(target: str, settings: Settings, listener: socket.socket) -> None:
    stop = stop_event()
    settings = evolve(settings, public_url=origin(HOST, settings.port))
    app = await create_app(settings, server=load_server(target))
    service, password = app[SERVICE], readable_password(Sources())
    account = await service.store.find_account_by_login(USERNAME)
    if account is None:
        await service.accounts.add(USERNAME, password, name=NAME, email="developer@example.com")
    else:
        await service.accounts.set_password(account, password)
    app.middlewares.append(_signs_in(password))
    async with answering(app, listener):
        await stop.wait()


def _signs_in(password: str) -> Any:
    """A middleware."""

    @web.middleware
    async def sign_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Pages are for the developer; who signs out is signed in again by the next page."""
        if request.method != "GET" or "text/html" not in request.headers.get("Accept", "") or await signed_in(request) is not None:
            return await handler(request)
        service = request.app[SERVICE]
        value = await service.accounts.sign_in(USERNAME, password, address=request.remote or "")
        response = web.Response(status=303, headers={"Location": request.path_qs, "Cache-Control": "no-store"})
        set_cookie(request, response, "session", value, lifetime=service.settings.session_lifetime)
        return response

    return sign_in


def _watch(target: str, settings: Settings, listener: socket.socket) -> None:
    """Until Ctrl-C; a program that ended by itself starts again with the next change."""
    arguments = ["dev", target, "--port", str(port_of(listener)), "--database", settings.database, "--listener", str(listener.fileno())]
    folder = Path(target).parent if ".py" in target else Path()
    with suppress(KeyboardInterrupt):
        while True:
            before = dict(_stamps(folder))
            with _running([sys.executable, "-m", "mcpserver", *arguments], listener):
                while dict(_stamps(folder)) == before:
                    time.sleep(LOOK_EVERY)
            click.echo("Something changed: starting again.", err=True)


@contextmanager
def _running(arguments: list[str], listener: socket.socket) -> Iterator[None]:
    program = subprocess.Popen(arguments, pass_fds=[listener.fileno()])  # noqa: S603 - this program itself
    try:
        yield
    finally:
        program.terminate()
        program.wait()


def _stamps(folder: Path) -> Iterator[tuple[Path, int]]:
    """When each Python file was changed last; those of virtual environments and caches do not count."""
    for path in folder.rglob("*.py"):
        if not any(part.startswith((".", "__pycache__")) or part == "node_modules" for part in path.relative_to(folder).parts[:-1]):
            with suppress(FileNotFoundError):
                yield path, path.stat().st_mtime_ns


def _words(target: str, address: str) -> str:
    endpoint = f"{address}/mcp"
    name = target.partition(":")[0].rpartition(".")[2] if ".py" not in target else Path(target.partition(":")[0]).stem
    return f"""
  {target} answers at {endpoint} and starts again on every change.
  You are signed in as {NAME}, without a password, on this machine only: {address}/

  Claude Code   claude mcp add --transport http {name} {endpoint}
  Codex         codex mcp add {name} --url {endpoint}
  Cursor        in .cursor/mcp.json: {{"mcpServers": {{"{name}": {{"url": "{endpoint}"}}}}}}
  VS Code       code --add-mcp '{{"name":"{name}","type":"http","url":"{endpoint}"}}'
  Inspector     npx @modelcontextprotocol/inspector --transport http --server-url {endpoint}
  Claude and ChatGPT on the web call from the Internet, and cannot reach this machine.

  Ctrl-C ends it.
"""
