"""Several processes behind one port: gunicorn starts them, watches them and replaces them."""

import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import click
from aiohttp import web
from aiohttp.worker import GunicornWebWorker
from attrs import frozen
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from mcpbase.settings import SettingError

from ...settings import Settings
from ...store.database import StoreError
from ..process import answering

STUCK = 30
"""Seconds without a sign of life after which a worker is replaced: its event loop stands still."""


@frozen
class Work:
    """What each worker does: ``create`` makes its application, after the fork."""

    settings: Settings
    create: Callable[[], Awaitable[web.Application]]


class Worker(GunicornWebWorker):
    """One process. It answers within the limits of the settings, and tells gunicorn every second that it lives."""

    wsgi: Work

    def run(self) -> None:
        try:
            super().run()
        except (SettingError, StoreError, click.ClickException) as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    async def _run(self) -> None:
        app = await self.wsgi.create()
        async with answering(app, self.sockets[0].sock, self.wsgi.settings):
            self.booted = True
            while self.alive and os.getppid() == self.ppid:
                self.notify()
                await self._wait_next_notify()


class Supervisor(BaseApplication):  # type: ignore[misc]
    """The process above the workers: it owns the port, whose file descriptor is ``listener``, and never answers itself.

    SIGHUP replaces the workers: new ones load the author's code again and take over the port, then the old ones finish
    their requests. SIGTERM and SIGINT end all of them within the setting ``shutdown_timeout``.
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


class Journal(Logger):  # type: ignore[misc]
    """Sends what gunicorn logs to the log of the service."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True
