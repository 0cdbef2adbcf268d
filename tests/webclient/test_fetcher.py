"""Connections of the web client: which are used again, and what headers of an answer may be."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from webclient.errors import Unreachable
from webclient.fetcher import Call, Fetcher, Limits, Response
from webclient.http.challenges import parse_challenges


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


async def answered(headers: bytes) -> Response:
    """What the client makes of an answer with these headers."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n" + headers + b"\r\nx")
        writer.close()

    server, fetcher = await asyncio.start_server(say, "127.0.0.1", 0), Fetcher(Limits())
    try:
        async with server:
            return await fetcher.fetch(
                Call("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "127.0.0.1")
            )
    finally:
        await fetcher.close()


@pytest.mark.parametrize("size", [9_000, 60_000])
async def test_large_header_is_read(size: int) -> None:
    """RFC 9110 section 5.4 sets no limit; policies, cookies and challenges of real servers pass 8 KiB."""
    assert (await answered(b"X-Large: " + b"a" * size + b"\r\n")).headers["X-Large"] == "a" * size


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Large: " + b"a" * 70_000 + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (n, b"a" * 60_000) for n in range(3)),
        b"".join(b"X-%d: a\r\n" % n for n in range(200)),
    ],
)
async def test_headers_beyond_the_limit_are_named(headers: bytes) -> None:
    with pytest.raises(Unreachable, match="headers") as caught:
        await answered(headers)
    assert caught.value.cause == "headers_too_large"


def test_large_challenge_is_read_in_no_time() -> None:
    started = time.process_time()
    assert parse_challenges(['Bearer realm="x"' + ", a a" * 12_000])[0].parameters == {"realm": "x"}
    assert time.process_time() - started < 10
