"""The headers of every answer, whoever gives it: a handler, the router, the check of the host, or aiohttp itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from attrs import frozen

from mcpserver import MCPServer
from mcpserver.compose.app import create_open_app
from mcpserver.settings import Settings
from tests.ports import free_port
from tests.processes import running, start_service, start_webclient

from ..conftest import ServiceClient
from ..sample import standalone

HSTS = "Strict-Transport-Security"
HOST = "mcp.example.org"


@frozen
class Site:
    """``base`` is the path that the service lies under, empty at the root."""

    server: TestServer
    base: str


@pytest.fixture(params=["", "/base"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    base = request.param
    settings = Settings(
        public_url=f"https://{HOST}{base}", database=f"sqlite:///{tmp_path / 'service.db'}", hsts="host"
    )
    server = TestServer(await standalone(settings))
    async with server:
        yield Site(server, base)


async def test_every_answer_carries_the_headers(site: Site) -> None:
    """ASVS 3.4.1, and RFC 9110 section 10.2.4: no more detail than is needed."""
    places = [
        (f"{site.base}/", HOST, 200),
        (f"{site.base}/nothing", HOST, 404),
        ("/nothing", HOST, 404),
        (f"{site.base}/mcp", HOST, 401),
    ]
    places += [
        ("/", "else.example", 421),
        (f"{site.base}/", "else.example", 421),
        (f"{site.base}/static/house.css", HOST, 200),
    ]
    document = f"/.well-known/oauth-authorization-server{site.base}"
    places += [(document, HOST, 200), (document, "else.example", 421)]
    async with ClientSession() as browser:
        for path, host, status in places:
            async with browser.get(site.server.make_url(path), headers={"Host": host, "Accept": "text/html"}) as answer:
                assert (path, answer.status) == (path, status)
                assert answer.headers[HSTS] == "max-age=31536000"
                assert answer.headers["Server"] == "mcpserver"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("hsts", "sent"),
    [("off", None), ("host", "max-age=31536000"), ("subdomains", "max-age=31536000; includeSubDomains")],
)
async def test_hsts_is_as_the_operator_sets_it(tmp_path: Path, hsts: str, sent: str | None) -> None:
    """RFC 6797 section 6.1.2: names below the host are theirs who run them."""
    settings = Settings(public_url=f"https://{HOST}", database=f"sqlite:///{tmp_path / 'service.db'}", hsts=hsts)
    async with TestServer(await standalone(settings)) as server, ClientSession(headers={"Host": HOST}) as browser:
        answer = await browser.get(server.make_url("/"))
        assert answer.headers.get(HSTS) == sent


async def test_endpoint_without_sign_in_carries_the_headers(tmp_path: Path) -> None:
    async with TestServer(create_open_app(Settings(), MCPServer("open"))) as server, ClientSession() as browser:
        for path in ("/mcp", "/nothing"):
            async with browser.get(server.make_url(path)) as answer:
                assert (answer.headers["Server"], answer.headers["X-Content-Type-Options"]) == ("mcpserver", "nosniff")
                assert HSTS not in answer.headers


@pytest.mark.parametrize("start", [start_service, start_webclient])
async def test_what_cannot_be_read_is_refused_without_versions(tmp_path: Path, start: object) -> None:
    """aiohttp refuses malformed requests by itself."""
    assert callable(start)
    with running(start(tmp_path / "own.db", port=free_port())) as program:
        program.wait_until_ready()
        port = int(program.url.rpartition(":")[2])
        for request in (
            b"GE\x00T / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            answer = await reader.read()
            writer.close()
            assert answer.startswith(b"HTTP/1.")
            assert b"aiohttp" not in answer
            assert b"Python" not in answer


async def test_cookies_are_for_pages_only(client: ServiceClient) -> None:
    """A program that keeps no cookies is given none; the page with a form sets the one that its CSRF token is
    derived from.
    """
    for method, path in (
        ("GET", "/jwks"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/static/server.css"),
        ("POST", "/token"),
        ("POST", "/mcp"),
    ):
        async with client.request(method, path, headers={"Accept": "text/html"}) as answer:
            assert "Set-Cookie" not in answer.headers, path
    async with client.get("/login") as answer:
        assert "mcpserver-visitor=" in answer.headers["Set-Cookie"]
