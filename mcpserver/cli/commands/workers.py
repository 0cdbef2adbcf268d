"""``mcpserver serve --workers N``: the same service in several processes."""

import asyncio

from aiohttp import web

from mcpbase.settings import SettingError

from ...compose import require_startable, standalone
from ...database_url import in_memory
from ...mcp import Server
from ...notes import open_notes
from ...settings import Settings
from ..console import Refusal, load_served
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
        settings = settings.listening_on(port_of(listener))
        warn_of_missing_proxy(settings)
        words = words_of(settings)
        asyncio.run(require_startable(settings))
        Supervisor(Work(settings, lambda: _create(settings)), listener.detach(), words).run()


async def _create(settings: Settings) -> web.Application:
    served = open_notes if settings.app is None else load_served(settings.app)
    if isinstance(served, Server):
        settings = named_after(served, settings)
    return await standalone(settings, server=served)
