"""Several processes behind one port: gunicorn starts them, watches them and replaces them."""

import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import click
from aiohttp import web
from aiohttp.worker import GunicornWebWorker
from attrs import field, frozen
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from mcpbase.settings import SettingError

from ...settings import Settings
from ...store.database import StoreError
from ..process import answering

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

STUCK = 30
"""Seconds without a sign of life after which a worker is replaced: its event loop stands still."""


_log = logging.getLogger(__name__)

PAUSE = 2
"""Seconds before a worker that could not start is replaced by another one."""


@frozen
class Work:
    """What each worker does: ``create`` makes its application, after the fork.

    ``problem`` returns what stands against creating it, in one sentence, or an empty text. ``begun`` is shared with the
    workers: 1 once one of them has answered.
    """

    settings: Settings
    create: Callable[[], Awaitable[web.Application]]
    problem: Callable[[], str]
    begun: "Synchronized[int]" = field(factory=lambda: get_context("fork").Value("b", 0))


class Worker(GunicornWebWorker):
    """One process. It answers within the limits of the settings, and tells gunicorn every second that it lives."""

    wsgi: Work

    def run(self) -> None:
        """Raises SystemExit when it cannot start: for all workers with the first one, and later for itself alone."""
        try:
            super().run()
        except (SettingError, StoreError, click.ClickException) as error:
            click.echo(f"Error: {error}", err=True)
        except Exception:  # the outermost frame: the author's code may raise anything
            _log.exception("fault in a worker")
        else:
            return
        if not self.wsgi.begun.value:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
        time.sleep(PAUSE)
        sys.exit(1)

    async def _run(self) -> None:
        app = await self.wsgi.create()
        async with answering(app, self.sockets[0].sock, self.wsgi.settings):
            self.booted = True
            self.wsgi.begun.value = 1
            while self.alive and os.getppid() == self.ppid:
                self.notify()
                await self._wait_next_notify()


class Supervisor(BaseApplication):  # type: ignore[misc]
    """The process above the workers: it owns the port, whose file descriptor is ``listener``, and never answers itself.

    SIGHUP replaces the workers: new ones load the author's code again and take over the port, then the old ones finish
    their requests. When that code cannot be loaded, nothing is replaced. SIGTERM and SIGINT end all of them within the
    setting ``shutdown_timeout``.
    """

    def __init__(self, work: Work, listener: int, words: Iterable[str]) -> None:
        self._work = work
        self._listener = listener
        self._words = words
        super().__init__()

    def load_config(self) -> None:
        settings = self._work.settings
        chosen = {
            "bind": [f"fd://{self._listener}"],
            "workers": settings.workers,
            "worker_class": Worker,
            "timeout": STUCK,
            "graceful_timeout": max(1, settings.shutdown_timeout),
            "logger_class": Journal,
            "loglevel": settings.log_level,
            "proc_name": "mcpserver",
            "control_socket_disable": True,
            "when_ready": lambda _: click.echo("\n".join(self._words)),
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Work:
        return self._work

    def problem(self) -> str:
        """Return what stands against a reload, in one sentence; empty for nothing."""
        return self._work.problem()

    def run(self) -> None:
        Keeper(self).run()


class Keeper(Arbiter):  # type: ignore[misc]
    """Keeps the workers that answer when a reload would replace them by others that cannot start."""

    app: Supervisor

    def reload(self) -> None:
        if problem := self.app.problem():
            self.log.error("Nothing was replaced: %s", problem)
        else:
            super().reload()


class Journal(Logger):  # type: ignore[misc]
    """Sends what gunicorn logs to the log of the service."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True
