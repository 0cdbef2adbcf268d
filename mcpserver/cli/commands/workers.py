"""``mcpserver serve --workers N``: the same service in several processes."""

import asyncio
from multiprocessing import get_context
from multiprocessing.connection import Connection

from aiohttp import web
from attrs import evolve

from mcpbase.settings import SettingError

from ...application import Served
from ...compose import require_startable, standalone
from ...database_url import in_memory
from ...mcp import Server
from ...notes import open_notes
from ...settings import Settings
from ..console import Misuse, Refusal, load_served
from ..process import listen, port_of, write_journal
from .serve import named_after, warn_of_missing_proxy, words_of


def run_workers(settings: Settings) -> None:
    """Serve in several processes until SIGTERM or Ctrl-C. SIGHUP replaces them without a request being lost.

    What can be wrong with the settings and the database is told before the first process is started. Raises Refusal,
    SettingError or StoreError.
    """
    try:
        from ..workers import Supervisor, Work  # noqa: PLC0415 - gunicorn is an extra
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "gunicorn":
            raise
        raise Refusal(
            "More than one worker needs the package gunicorn: install it with pip install 'mcpserver[workers]'."
        ) from None
    if in_memory(settings.database):
        raise SettingError("The setting workers is more than 1, and each would have a database in memory of its own.")
    write_journal(settings.log_level)
    with listen(settings.host, settings.port, option="--port") as listener:
        name, problem = _look_at(settings)
        if problem:
            raise Misuse(problem)
        settings = evolve(settings.listening_on(port_of(listener)), name=name)
        warn_of_missing_proxy(settings)
        words = words_of(settings)
        asyncio.run(require_startable(settings))
        work = Work(settings, lambda: _create(settings), lambda: _look_at(settings)[1])
        Supervisor(work, listener.detach(), words).run()


def _look_at(settings: Settings) -> tuple[str, str]:
    """Load the application in a process of its own, so that a reload finds it not loaded in this one.

    Return the name of the service, and what stands against serving it, in one sentence; the latter is empty when there
    is nothing.
    """
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_tell, args=(settings, sender))
    child.start()
    sender.close()
    try:
        name, problem = receiver.recv()
    except EOFError:
        name, problem = "", f"{settings.app} could not be loaded: its process ended."
    child.join()
    return name, problem


def _tell(settings: Settings, sender: Connection) -> None:
    try:
        _, settings = _loaded(settings)
        sender.send((settings.name, ""))
    except Misuse as error:
        sender.send(("", str(error)))


def _loaded(settings: Settings) -> tuple[Served, Settings]:
    served = open_notes if settings.app is None else load_served(settings.app)
    return served, named_after(served, settings) if isinstance(served, Server) else settings


async def _create(settings: Settings) -> web.Application:
    served, settings = _loaded(settings)
    return await standalone(settings, server=served)
