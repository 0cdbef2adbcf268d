"""Connections of the web client: which are used again."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from webclient.fetcher import Call, Fetcher, Limits


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """Answers with the port that the request came from, which tells its connection."""

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        return web.Response(text=str(request.transport.get_extra_info("peername")[1]))

    app = web.Application()
    app.router.add_post("/", answer)
    server = TestServer(app)
    async with server:
        yield server


async def ask(server: TestServer, keep_alive: float) -> tuple[bytes, bytes]:
    """The connections of two requests, one after the other."""
    fetcher = Fetcher(Limits(keep_alive=keep_alive))
    call = Call("POST", str(server.make_url("/")), "127.0.0.1", body=b"x")
    try:
        return (await fetcher.fetch(call)).body, (await fetcher.fetch(call)).body
    finally:
        await fetcher.close()


async def test_connection_is_used_again_at_once(server: TestServer) -> None:
    first, second = await ask(server, keep_alive=60)
    assert first == second


async def test_connection_that_was_idle_for_too_long_is_not_used_again(server: TestServer) -> None:
    """RFC 9112 section 9.5: a server may have ended it, and a request that crosses with that end is lost."""
    first, second = await ask(server, keep_alive=0)
    assert first != second


def test_idle_connections_are_kept_for_less_than_any_common_server_keeps_them() -> None:
    """Node, the shortest in common use: five seconds."""
    assert Limits().keep_alive <= 3
