"""Someone whose server fails finds the reason in under a minute: the ending of the trace names it, for each server
of the catalogue.
"""

from contextlib import suppress

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from click import unstyle

from webclient import connect
from webclient.cli.drawing import ending
from webclient.errors import FlowError
from webclient.fetcher import Limits
from webclient.program.token_stores import MemoryTokenStore
from webclient.sources import Sources
from webclient.trace import MemoryHops, Trace
from webclient.trace.display.flow import flow_of

from .failing import FAILURES, Server
from .failing.catalogue import Break


async def visit(url: str) -> None:
    """The browser of a person who says yes to everything."""
    async with ClientSession() as browser, browser.get(url) as page:
        await page.read()


def works(server: Server) -> None:
    """Nothing is wrong with it."""


async def ending_of(break_it: Break) -> tuple[Server, str]:
    """A server that is broken so, and the ending of its trace as a terminal prints it, on one line."""
    servers: list[Server] = []

    async def door(request: web.Request) -> web.StreamResponse:
        return await servers[0].answer(request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", door)
    hops = MemoryHops(b"k" * 32)
    async with TestServer(application) as listening:
        server = Server(f"http://127.0.0.1:{listening.port}")
        break_it(server)
        servers.append(server)
        trace = Trace(hops, server.url, Sources())
        async with connect(
            server.url, trace=trace, token_store=MemoryTokenStore(), open_browser=visit, limits=Limits(3)
        ) as client:
            with suppress(FlowError):
                await client.open()
                await client.list_tools()
    return server, " ".join(unstyle(" ".join(ending(flow_of(hops.hops), 500))).split())


async def test_server_that_works_is_done() -> None:
    _, read = await ending_of(works)
    assert read.startswith("Done: The server offers 1 tool.")


@pytest.mark.parametrize("name", FAILURES)
async def test_ending_names_what_is_wrong(name: str) -> None:
    failure = FAILURES[name]
    server, read = await ending_of(failure.break_it)
    for words in failure.words:
        assert words.format(origin=server.origin) in read
    for words in failure.never:
        assert words not in read
    assert "matches none of the causes" not in read
