"""Two services as real processes on one database, and each proxy in front of them."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, CookieJar, TCPConnector
from attrs import frozen

from tests.ports import free_port
from tests.processes import Program, add_client, add_user, running, start_service

from .proxies import HOST, PROXIES, Place, running_proxy

PASSWORD = "correct horse battery staple"
PUBLIC_URL = f"https://{HOST}"
REDIRECT_URI = "https://c.example/cb"
CLIENT_ADDRESS = "127.0.0.9"
"""What callers connect from; the proxies connect from 127.0.0.1."""


@frozen
class Pair:
    """Two services with one person and one client; ``start`` starts a third."""

    database: Path
    client: dict[str, str]
    programs: tuple[Program, Program]
    start: Callable[[], Program]

    @property
    def upstreams(self) -> list[str]:
        return [address_of(program) for program in self.programs]


def address_of(program: Program) -> str:
    return program.url.removeprefix("http://")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    database = tmp_path_factory.mktemp("pair") / "pair.db"
    add_user(database, "ada", PASSWORD, name="Ada", email="ada@example.com")
    client = add_client(database, REDIRECT_URI, "--confidential")
    settings = {"public_url": PUBLIC_URL, "trusted_proxies": "127.0.0.1"}

    def start() -> Program:
        return start_service(database, port=free_port(), settings=settings)

    with running(start()) as first, running(start()) as second:
        yield Pair(database, client, (first, second), start)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Issues the certificates."""
    return trustme.CA()


@pytest.fixture
def new_folder(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes folders, each with the certificate of the proxies in the forms that they read."""

    def make() -> Path:
        folder, certificate = tmp_path_factory.mktemp("proxy"), authority.issue_cert(HOST)
        certificate.private_key_pem.write_to_path(folder / "privkey.pem")
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
        for part in certificate.cert_chain_pems:
            part.write_to_path(folder / "fullchain.pem", append=True)
        return folder

    return make


@pytest.fixture(params=PROXIES)
def name(request: pytest.FixtureRequest) -> str:
    """Of a proxy."""
    return str(request.param)


@pytest.fixture
def front(name: str, pair: Pair, new_folder: Callable[[], Path]) -> Iterator[Place]:
    with running_proxy(name, pair.upstreams, new_folder()) as place:
        yield place


@pytest.fixture
async def caller(authority: trustme.CA) -> AsyncIterator[ClientSession]:
    """Somebody at another address than the proxies', whose requests name the public URL's host.

    Requests need ``server_hostname=HOST``.
    """
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    connector = TCPConnector(local_addr=(CLIENT_ADDRESS, 0), ssl=trusting)
    async with ClientSession(connector=connector, headers={"Host": HOST}, cookie_jar=CookieJar(unsafe=True)) as session:
        yield session
