"""A running web client on a real port with a real database, a foreign server, and a person's browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from attrs import define, field

from tests.costs import HASHER
from tests.ports import free_port
from webclient.app import create_app
from webclient.integrations.service import IntegrationService
from webclient.pages.http.context import CONNECTIONS
from webclient.pages.http.place import PLACE
from webclient.settings import Settings
from webclient.sources import Sources

from .browser import Browser
from .foreign import Foreign
from .model import Model


@define
class Clock:
    """A clock that only tests move.

    Moving ``at`` forward passes time on the monotonic clock too; ``step`` sets the machine's clock alone.
    """

    _at: float = field(default=1_790_000_000.0, alias="at")
    monotonic: float = 1_000.0

    @property
    def at(self) -> float:
        """Epoch seconds."""
        return self._at

    @at.setter
    def at(self, at: float) -> None:
        self.monotonic += max(0.0, at - self._at)
        self._at = at

    def step(self, seconds: float) -> None:
        """Set the machine's clock forward, or back with a negative number, while no time passes."""
        self._at += seconds

    def sources(self) -> Sources:
        return Sources(now=lambda: self.at, monotonic=lambda: self.monotonic, hasher=HASHER)


@define
class Running:
    """The web client, startable again on the same port and database."""

    settings: Settings
    clock: Clock
    runner: web.AppRunner | None = None
    _apps: list[web.Application] = field(factory=list)

    async def start(self) -> None:
        app = create_app(self.settings, sources=self.clock.sources())
        self._apps.append(app)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.settings.port).start()

    @property
    def home(self) -> str:
        """Where the pages lie, without a trailing slash. Known once it runs."""
        return self._apps[-1][PLACE].url.rstrip("/")

    async def stop(self) -> None:
        assert self.runner is not None
        await self.runner.cleanup()

    def files(self) -> list[Path]:
        """The database and everything SQLite and the vault keep beside it."""
        path = self.settings.database_path
        assert path is not None
        return list(path.parent.iterdir())

    @property
    def app(self) -> web.Application:
        return self._apps[-1]

    @property
    def connections(self) -> IntegrationService:
        return self._apps[-1][CONNECTIONS]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Running]:
    settings = Settings(
        port=free_port(), database=f"sqlite:///{tmp_path / 'client.db'}", request_timeout=4, call_timeout=4
    )
    running = Running(settings, Clock())
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def foreign() -> AsyncIterator[Foreign]:
    server = await Foreign().start()
    yield server
    await server.stop()


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    endpoint = await Model().start()
    yield endpoint
    await endpoint.stop()


@pytest.fixture
async def browser(client: Running) -> AsyncIterator[Browser]:
    person = Browser(client.home)
    yield person
    await person.close()


@pytest.fixture
async def stranger(client: Running) -> AsyncIterator[Browser]:
    """Another person's browser."""
    person = Browser(client.home)
    yield person
    await person.close()
