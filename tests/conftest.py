"""The whole service on a real port, with a clock that only the test moves, and people in it."""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from socket import AF_INET

import hypothesis
import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer, get_port_socket

from mcpbase.sign_in.passwords import Passwords
from mcpbase.sign_in.throttle import Throttle
from mcpserver.accounts.models import Account
from mcpserver.compose.service import SERVICE, Service
from mcpserver.network import Network
from mcpserver.settings import Settings
from mcpserver.sources import Sources

from .clock import Clock as Clock  # noqa: PLC0414 - what other tests import from here
from .postgresql import Server, running_server
from .provision import need, postgresql
from .sample import create_app

PASSWORD = "correct horse battery staple"

# Timings gate no test: a busy machine is no fault. What else holds (in CI, that runs are repeatable) is as it was.
hypothesis.settings.register_profile(
    "patient", hypothesis.settings.default, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

ServiceClient = TestClient[web.Request, web.Application]
AddUser = Callable[..., Awaitable[Account]]
SignIn = Callable[..., Awaitable[None]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """``-n auto``: half as many again as there are processors, for the tests wait a quarter of their time."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server, for all tests of this process."""
    need(postgresql)
    with running_server() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sources(clock: Clock) -> Sources:
    return clock.sources()


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    """With one thread."""
    made = Passwords(slots=1)
    yield made
    made.close()


@pytest.fixture
def throttle(sources: Sources) -> Throttle:
    """With the clock of the test."""
    return Throttle(sources)


@pytest.fixture
def settings() -> Settings:
    """What a test module overrides to run the service with other settings; port 0 becomes a real one in ``server``."""
    return Settings(port=0, database="sqlite://")


@pytest.fixture
async def network() -> Network:
    """What a test module overrides that brings a place of its own to fetch from."""
    return Network()


@pytest.fixture
async def server(settings: Settings, sources: Sources, network: Network) -> AsyncIterator[TestServer]:
    """The service on a real port, which its public URL names."""
    listener = get_port_socket("127.0.0.1", settings.port, AF_INET)
    app = await create_app(settings.listening_on(listener.getsockname()[1]), sources=sources, network=network)
    server = TestServer(app, port=listener.getsockname()[1], socket_factory=lambda host, port, family: listener)
    async with server:
        yield server


@pytest.fixture
def service_app(server: TestServer) -> web.Application:
    return server.app


@pytest.fixture
def service(service_app: web.Application) -> Service:
    """Everything the handlers have, to arrange a scene or to look behind it."""
    return service_app[SERVICE]


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[ServiceClient]:
    """A browser with its own cookies; redirects are followed unless a test says otherwise."""
    async with TestClient(server, cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


@pytest.fixture
def add_user(service: Service) -> AddUser:
    """``await add_user("ada")`` makes a person who signs in with ``PASSWORD``."""

    async def add(
        username: str, password: str = PASSWORD, *, name: str = "", email: str | None = None, admin: bool = False
    ) -> Account:
        return await service.accounts.add(username, password, name=name, email=email, admin=admin)

    return add


@pytest.fixture
def sign_in() -> SignIn:
    """``await sign_in(client, "ada")`` goes through the sign-in page."""

    async def through_the_page(client: ServiceClient, username: str, password: str = PASSWORD) -> None:
        page = await client.get("/login")
        form = {"login": username, "password": password, "next": "/", "csrf": csrf_of(await page.text())}
        answer = await client.post("/login", data=form, allow_redirects=False)
        assert answer.status == 303, await answer.text()

    return through_the_page


def csrf_of(page: str) -> str:
    """The token in a page's form."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]
